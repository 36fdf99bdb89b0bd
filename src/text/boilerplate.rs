//! Blocks of a web page that are no news prose, found by named rules.
//!
//! A rule looks at one block; the first that fires names the block. Two facts beyond the block count: whether it is the first of its
//! article, and whether it stands between two pleas of the same kind ([`label`]).
//! The rules speak English; blocks in other languages are found only by their form (headlines, fragments, lists of tags).

use std::fmt;

use rustc_hash::FxHashMap;
use serde::Serialize;

/// Why a block is no news prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// No words, or a stray word or letter.
    Fragment,
    /// Consent banners, privacy settings.
    CookieNotice,
    /// Share, print, save, listen.
    ShareButton,
    /// Newsletter sign-ups, subscriptions, apps, paywalls.
    Newsletter,
    /// Pleas for money.
    Donation,
    /// Marks of advertisements and sponsored content.
    Advertisement,
    /// Captions and credits of pictures and videos.
    Caption,
    /// Bylines, author biographies, credits of reporters and editors.
    AuthorBio,
    /// Footnotes, copyright, corrections policy, update notes.
    Footnote,
    /// Links to other stories.
    LinkList,
    /// Comment forms and rules.
    CommentForm,
    /// Lists of topics and tags.
    TagList,
    /// A headline, the article's own or another story's.
    Headline,
}

impl Rule {
    /// The rule's name in output.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Fragment => "fragment",
            Rule::CookieNotice => "cookie_notice",
            Rule::ShareButton => "share_button",
            Rule::Newsletter => "newsletter",
            Rule::Donation => "donation",
            Rule::Advertisement => "advertisement",
            Rule::Caption => "caption",
            Rule::AuthorBio => "author_bio",
            Rule::Footnote => "footnote",
            Rule::LinkList => "link_list",
            Rule::CommentForm => "comment_form",
            Rule::TagList => "tag_list",
            Rule::Headline => "headline",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// For each block of one article the rule that calls it boilerplate, or nothing for prose.
pub fn label<S: AsRef<str>>(blocks: &[S]) -> Vec<Option<Rule>> {
    let mut rules: Vec<_> = blocks
        .iter()
        .enumerate()
        .map(|(i, block)| find(block.as_ref(), i == 0))
        .collect();
    // A plea runs over several blocks, some of which would pass for prose.
    for i in 1..rules.len().saturating_sub(1) {
        if let (Some(before), None, Some(after)) = (rules[i - 1], rules[i], rules[i + 1])
            && before == after
            && matches!(before, Rule::Donation | Rule::Newsletter | Rule::CookieNotice)
        {
            rules[i] = Some(before);
        }
    }
    rules
}

/// The rule that calls this block boilerplate, if any. `first` says that it is the article's first block.
pub fn find(text: &str, first: bool) -> Option<Rule> {
    let view = View::new(text);
    type Fires = fn(&View) -> bool;
    const RULES: [(Rule, Fires); 13] = [
        (Rule::Fragment, is_fragment),
        (Rule::CookieNotice, is_cookie_notice),
        (Rule::Advertisement, is_advertisement),
        (Rule::ShareButton, is_share_button),
        (Rule::CommentForm, is_comment_form),
        (Rule::Donation, is_donation),
        (Rule::Newsletter, is_newsletter),
        (Rule::AuthorBio, is_author_bio),
        (Rule::Caption, is_caption),
        (Rule::LinkList, is_link_list),
        (Rule::Footnote, is_footnote),
        (Rule::TagList, is_tag_list),
        (Rule::Headline, is_headline),
    ];
    if first && view.words.len() <= 24 && !view.is_sentence() && !view.quoted {
        return Some(Rule::Headline);
    }
    RULES.into_iter().find(|(_, fires)| fires(&view)).map(|(rule, _)| rule)
}

/// Whether a word is one of a list joined by `|`.
fn is_among(word: &str, words: &str) -> bool {
    words.split('|').any(|w| w == word)
}

/// A block as the rules look at it. Lists of words and phrases are joined by `|`.
struct View<'t> {
    text: &'t str,
    /// In lower case, with plain apostrophes.
    lower: String,
    /// Lower-case runs of letters, digits and apostrophes.
    words: Vec<String>,
    /// How often each of them stands in the text: the rules ask for many words.
    counts: FxHashMap<String, usize>,
    /// It is, or is mostly, a quotation: somebody's voice, not the site's.
    quoted: bool,
}

impl<'t> View<'t> {
    fn new(text: &'t str) -> Self {
        let text = text.trim();
        // `Opinion | …` is `Opinion: …`, and lists of phrases are joined by `|`.
        let lower = text.to_lowercase().replace('\u{2019}', "'").replace(" |", ":");
        let words: Vec<String> = lower
            .split(|c: char| !c.is_alphanumeric() && c != '\'')
            .filter(|w| w.chars().any(char::is_alphanumeric))
            .map(|w| w.trim_matches('\'').to_owned())
            .collect();
        let quoted = text.starts_with(['"', '\u{201c}', '\u{ab}', '\u{201e}']);
        let mut counts = FxHashMap::default();
        words
            .iter()
            .for_each(|word| *counts.entry(word.clone()).or_default() += 1);
        Self {
            text,
            lower,
            words,
            counts,
            quoted,
        }
    }

    fn has(&self, phrases: &str) -> bool {
        phrases.split('|').any(|p| self.lower.contains(p))
    }

    fn begins(&self, phrases: &str) -> bool {
        phrases.split('|').any(|p| self.lower.starts_with(p))
    }

    fn is_exactly(&self, phrases: &str) -> bool {
        let bare = self.lower.trim_matches(|c: char| !c.is_alphanumeric());
        phrases.split('|').any(|p| p == bare)
    }

    fn has_word(&self, words: &str) -> bool {
        words.split('|').any(|w| self.counts.contains_key(w))
    }

    fn count(&self, words: &str) -> usize {
        words.split('|').filter_map(|w| self.counts.get(w)).sum()
    }

    /// All words are among these or numbers.
    fn only(&self, words: &str) -> bool {
        let known = |w: &String| is_among(w, words) || w.starts_with(|c: char| c.is_ascii_digit());
        !self.words.is_empty() && self.words.iter().all(known)
    }

    /// Ends as a sentence ends, closing quotes and brackets aside.
    fn is_sentence(&self) -> bool {
        let end = self
            .text
            .trim_end_matches(['"', '\'', '\u{201d}', '\u{2019}', ')', ']', '\u{bb}', ' ']);
        end.ends_with(['.', '!', '?', '\u{2026}', ':', ';', '\u{3002}', '\u{61f}', '\u{964}'])
    }

    /// The site speaks to the reader: `we … you`, and nobody is quoted.
    fn speaks_to_reader(&self) -> bool {
        !self.quoted && self.has_word("you|your|us|our|we|you're|you'll|you've|we're|we've")
    }

    /// Words that prose in the past tense has and a headline leaves out.
    fn prose_words(&self) -> usize {
        const PROSE: &str = "said|was|were|had|would|been|told|added|which|who|also|their|that|could|did|he|she|they|but|\
            according|there|it";
        self.count(PROSE)
    }

    /// Share of words written with a capital, numbers aside.
    fn capitalised(&self) -> f64 {
        let letters = |w: &&str| w.starts_with(char::is_alphabetic);
        let words: Vec<_> = self
            .text
            .split(|c: char| !c.is_alphanumeric())
            .filter(letters)
            .collect();
        let capitals = words.iter().filter(|w| w.starts_with(char::is_uppercase)).count();
        capitals as f64 / words.len().max(1) as f64
    }
}

fn is_fragment(v: &View) -> bool {
    let letters = v.text.chars().filter(|c| c.is_alphabetic()).count();
    let ends = v.text.ends_with(['.', '!', '?', '"', '\u{201d}', '\u{3002}']);
    letters == 0 || letters <= 2 || (v.words.len() == 1 && !ends && letters < 4)
}

fn is_cookie_notice(v: &View) -> bool {
    const MENU: &str = "accept|all|reject|manage|preferences|privacy|settings|cookie|cookies|policy|i|agree|ok|got|it|close|\
            necessary|only|options|more|allow|deny|terms|and";
    let topic = v.has(
        "cookie|personal data|(gdpr)|california resident|your information|consent|tracking|privacy settings|\
            privacy policy|gdpr",
    );
    let choices = v.count("accept|reject|manage|preferences|cookie|cookies|privacy|agree|allow");
    let menu = v.words.len() <= 12 && choices >= 2 && v.only(MENU);
    let voice = topic
        && v.speaks_to_reader()
        && v.has(
            "use cookies|uses cookies|cookie policy|cookies|your consent|privacy policy|your privacy|\
            your personal data|similar technologies|our partners|partners store|data protection regulation|\
            opt out of|consent to|withdraw|your data|privacy center",
        );
    let site = !v.quoted
        && v.has(
            "this site uses|this website uses|this site uses cookies|uses cookies to|\
            by continuing to use this site|by continuing to browse",
        );
    let other = v.begins(
        "we value your privacy|privacy settings|cookie settings|manage cookies|your privacy choices|\
            do not sell",
    ) || v
        .is_exactly("accept all|reject all|accept|i agree|accept and continue|continue without accepting");
    menu || voice || site || other
}

fn is_advertisement(v: &View) -> bool {
    let marked = v.begins(
        "advertisement|advertising|sponsored|ad |paid content|paid post|promoted|[ad]|(ad)|- advertisement|\
            content from our|partner content|presented by|article continues|story continues",
    ) && (v.words.len() <= 8 || v.begins("advertisement -|sponsored content"))
        && !v.has_word("fell|rose|said|was|were|revenue");
    marked
        || v.is_exactly(
            "advertisement|ad|ads|advert|sponsored|scroll to continue|loading|skip advertisement|skip ad|\
            promotion|anzeige|publicité",
        )
        || v.has(
            "continue reading below|continues below|after advertisement|below advertisement|after the ad|\
            ad blocker|adblocker|why you are seeing this ad|why am i seeing this|report this ad|\
            advertise with us|scroll to continue|remove ads|affiliate links|earn a commission|\
            may earn commission",
        ) && !v.quoted
            && v.words.len() <= 45
}

fn is_share_button(v: &View) -> bool {
    const MENU: &str = "share|shares|shared|tweet|facebook|twitter|x|whatsapp|linkedin|reddit|pinterest|telegram|email|e|\
            mail|print|printer|friendly|version|copy|link|copied|save|saved|later|gift|listen|article|this|\
            story|page|post|on|via|to|a|friend|for|by|comments|comment|read|more|min|mins|minutes|minute|follow|\
            us|add|as|preferred|source|google|news|bookmark|flipboard|like|likes|pin|it|send|messenger|vk|k|m|\
            with|your|friends|text|size|larger|smaller|font|the|now|bluesky|threads|instagram|youtube|app|\
            options";
    // Buttons come glued together: `Read moreShare`.
    let glued = v.text.len() < 80 && {
        let mut apart = String::new();
        let mut last = ' ';
        for c in v.text.chars() {
            if last.is_lowercase() && c.is_uppercase() {
                apart.push(' ');
            }
            apart.push(c);
            last = c;
        }
        View {
            words: apart
                .to_lowercase()
                .split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty())
                .map(str::to_owned)
                .collect(),
            counts: FxHashMap::default(),
            lower: String::new(),
            text: v.text,
            quoted: false,
        }
        .only(MENU)
    };
    const ACTS: &str = "share|shares|sharing|tweet|facebook|email|print|printer|listen|save|follow|copy|link|gift|read|\
            bookmark|send|mail|whatsapp|post|pin";
    let listen = v.begins("listen to this article|listen to the article|listen to this story|listen to article");
    let acts = v.has_word(ACTS) || v.words.iter().any(|w| w.contains("share") || w.contains("facebook"));
    let follow = v.begins(
        "follow us on|follow our channel|like us on|did you spot a mistake|spotted a mistake|found a mistake|\
            find us on|share on|share this|share via|tweet this|click to share|add us as|email this|print this|\
            send this",
    ) && !v.has_word("said");
    listen || follow || (v.words.len() <= 20 && acts && !v.text.ends_with('.') && (v.only(MENU) || glued))
}

fn is_comment_form(v: &View) -> bool {
    v.begins(
        "leave a comment|leave a reply|add a comment|post a comment|write a comment|join the conversation|\
            comments are closed|your email address will not be published|log in to comment|log in to reply|\
            login to comment|sign in to comment|you must be logged in|sort by:|view comments|show comments|\
            view all comments|load more comments|have your say|join the discussion|be the first to comment|\
            comments (|report comment|what do you think?",
    ) || v.is_exactly("comments|comment|reply|no comments yet|no comments|0 comments")
        || (!v.quoted
            && v.has(
                "comments policy|comment policy|required fields are marked|comments are moderated|\
            comments are subject|moderate comments|our community guidelines|community standards|your comment|\
            post your comment|comments below|comment section|comments section|opinions expressed in comments|\
            abusive comments|to leave a comment|save my name",
            )
            && (v.speaks_to_reader() || v.words.len() <= 25))
        || (v.words.len() <= 14 && v.words.last().is_some_and(|w| w == "reply") && v.has_word("am|pm|ago|says|said"))
}

fn is_donation(v: &View) -> bool {
    v.is_exactly(
        "donate|donate now|donate today|support us|make a donation|give now|contribute|become a member|\
            support our journalism",
    ) || v.has(
        "small favor to ask|small favour to ask|support our journalism|support independent journalism|\
            support our work|reader-supported|reader-funded|readers like you|listeners like you|\
            viewers like you|become a patron|your support matters|pledge now|monthly gift|tax-deductible|\
            click here to give|support us",
    ) || (v.begins("support the|support our") && v.words.len() <= 8 && v.text.ends_with('!'))
        || (v.speaks_to_reader()
            && v.has(
                "donat|contribut|your support|support us|your help|chip in|as little as|every gift|fundrais|\
            supporter|our mission|become a member|make a gift",
            )
            && v.has(
                "journalis|newsroom|reporting|readers|nonprofit|independent|paywall|month|gift|goal|our work|\
            our mission|critical mission|click|today|please",
            )
            && !v.has(" said| told "))
}

fn is_newsletter(v: &View) -> bool {
    let imperative = v.begins(
        "sign up|subscribe|get the|get our|get more|join our|join now|start your|try it|download the|\
            download our|log in|already a subscriber|register|create an account|create a free|unlock|never miss|\
            don't miss|stay informed|stay up to date|stay ahead|receive|to receive|please enter|\
            enter your email|thank you for|thanks for|want more|enjoying this|your inbox|this article is for|\
            this content is for|this story is for|this is a subscriber|subscriber-only|subscribers only|\
            you have|you've|continue reading|keep reading|to continue reading|to read the full|\
            read the full story|we're on|get breaking|be the first|delivered|also sign up|premium|\
            free newsletter|our newsletter|the newsletter",
    ) && v.has(
        "newsletter|subscri|inbox|email|e-mail|sign up|log in|trial|app store|google play|our app| app|\
            alerts|free article|unlimited|account|bulletin|briefing|digest|full story|this article|\
            every morning|every friday|every week|whatsapp channel|telegram channel|push notification|\
            membership|register",
    );
    let plea = v.has_word("you|your|you're|you'll|you've")
        && !v.has(" said| told ")
        && v.has(
            "newsletter|your inbox|subscribe|subscriber|sign up|free trial|free email|by email|email address|\
            our app|app store|terms of service|unsubscribe|free articles|cancel anytime|cancel any time|\
            every morning|telegram channel|whatsapp channel",
        );
    let bare = v.is_exactly(
        "subscribe|sign up|subscribe now|sign in|log in|register|newsletter|newsletters|get the app|\
            invalid email address|unsubscribe",
    );
    let offer = !v.quoted
        && v.has(
            "cancel anytime|cancel any time|for 4 weeks|compare our plans|sends a free email|\
            by signing up you agree|by signing up, you|subscribe to our|to our newsletter|for our newsletter|\
            for our daily|our free newsletter|subscribe for|subscribers only|exclusive to subscribers",
        );
    !v.quoted && (imperative || plea || bare || offer)
}

fn is_author_bio(v: &View) -> bool {
    let staff = v.begins(
        "reporting by|(reporting by|additional reporting|(additional reporting|writing by|(writing by|\
            editing by|(editing by|edited by|produced by|written by|compiled by|by our own correspondent|\
            by our correspondent|by staff|writer:|editor:|translated by|about the author|about the writer|\
            more from|more by|more stories by|staff writer|follow her on|follow him on|follow them on|author:|\
            authors:|text by|this article was written|this story was reported|our correspondent|correspondent:",
    ) && !v.has(" said ");
    let credits = v.has(
        "; editing by|; writing by|editing by|additional reporting by|contributed to this report|\
            contributed reporting|contributed to this story|contributed to this article|contributed from",
    ) && v.words.len() <= 45;
    let byline = v.begins("by |from ")
        && v.words.len() <= 12
        && !v.is_sentence()
        && v.capitalised() >= 0.7
        && v.prose_words() == 0;
    let trade = v.has(
        " is a senior fellow| is a fellow| is a research fellow| is a correspondent| is a reporter|\
            \u{20}is a staff writer| is a freelance| is a columnist| is an editor| is the editor| is a journalist|\
            \u{20}is a contributing| is the author of| is a nonresident| is a visiting| is the bureau chief| is our |\
            \u{20}covers | writes about| writes on| reports on| was a correspondent| is professor of| is a professor|\
            \u{20}is an analyst at| is associate| is director of| is chief | teaches | a former ambassador|\
            \u{20}is a non-resident| is a research| is a political analyst| is deputy| is managing editor|\
            \u{20}is a writer| is a data journalist| is managing director|a contributing editor| is the diplomatic|\
            \u{20}is an associate",
    );
    let contact = v.has(
        "follow her|follow him|follow them|on twitter|on x at|can be reached|reach him|reach her|\
            contact the author|views expressed|opinions expressed|his views|her views|the author's own|\
            are the author|are his own|are her own|are their own|her latest book|his latest book|her book|\
            his book|@|before joining|this column|lives in|is based in|her most recent book|\
            his most recent book|for this newspaper|for the paper|she joined|he joined|editorial board|he lives|\
            she lives|they live",
    );
    let reporter = v.begins(
        "the writer is|the author is|the writer was|the author was|the writer, |views expressed|\
            the views expressed|the opinions expressed|the views and opinions",
    );
    let two_names = v.capitalised() >= 0.15 && v.words.len() <= 60 && !v.has(" said| told ") && !v.quoted;
    // A biography opens with the name; a news sentence about a person rarely has trade and contact both, or is this short.
    let opens_with_name = v
        .text
        .split_whitespace()
        .take(2)
        .all(|w| w.starts_with(char::is_uppercase));
    staff
        || credits
        || byline
        || reporter
        || (two_names && opens_with_name && trade && (contact || v.words.len() <= 16))
        || (contact
            && v.words.len() <= 14
            && v.has("follow her|follow him|follow them|can be reached|reach him|reach her|contact the author"))
}

fn is_caption(v: &View) -> bool {
    const AGENCIES: &str = "getty|reuters|afp|ap photo|/ap|/epa|epa-efe|tass|xinhua|shutterstock|alamy|bloomberg via|handout|\
            pool photo|file photo|file image|associated press|press service";
    let credit_prefix = v.begins(
        "photo:|photo by|photo credit|photograph:|photograph by|photos:|photos by|image:|image credit|\
            image source|picture:|pictures:|credit:|(photo|[photo|(image|video:|(video|watch:|\
            file photo|file -|file--|file —|file –|(file|caption:|enlarge|image caption|media caption|\
            photo caption|play video|photograph |illustration:|illustration by|graphic:|map:|pictured:|above:|\
            left:|photo/|image via|photo courtesy|courtesy of|hide caption|toggle caption|screenshot|slideshow|\
            gallery|view gallery|in pictures:|source: getty|video shows",
    );
    if credit_prefix && !v.has(" said ") && v.words.len() <= 60 {
        return true;
    }
    if v.quoted {
        return false;
    }
    let marks = v.has(
        "file photo|(photo|photo:|photo by|image:|photograph:|handout|pool photo|in this file|in this photo|\
            in this image|in this picture|photo illustration|/getty|getty images|ap photo|/reuters|/afp|\
            reuters/|afp/|afp via|/ap)|via ap|via reuters|(reuters)|(video:|(left)|(right)|(l)|(r)|(c)|, left,|\
            , right,|, center,|, centre,|, second from|from left|pictured in|pictured here|is seen in|\
            are seen in|is seen at|is seen on|are seen on|is seen near|photo taken|picture taken|seen in this|\
            screen grab|screengrab|courtesy of|kremlin.ru|news agency photo|image from",
    );
    if marks && v.words.len() <= 50 && !v.has(" said |according to|reported| told ") && !v.begins("(reuters)") {
        // A dateline is no credit.
        let dateline = v.text.find("(Reuters)").is_some_and(|at| at < 40);
        return !dateline;
    }
    let last_words = v.lower.trim_end_matches(['.', ')', ' ']);
    let credited =
        AGENCIES.split('|').any(|a| last_words.ends_with(a)) && v.words.len() <= 40 && !v.has(" said |reported| told ");
    // A full-sentence caption: somebody in the present tense, doing what can be seen, and no other verb.
    const SEEN: &str = "walks|walk|stands|stand|poses|pose|speaks|speak|waves|wave|shakes|shake|attends|attend|arrives|\
            arrive|looks|look|sits|sit|gestures|gesture|addresses|address|inspects|inspect|carries|carry|holds|\
            hold|passes|pass|watches|watch|greets|greet|rides|ride|listens|listen|burns|rises|warm|warms|queue|\
            queues|protest|protests|march|marches|prepares|prepare|banners|checks|check|works|work|chairs|\
            delivers|leaves|leave|smokes|shows|welds|guard|guards|patrol|patrols";
    const TOLD: &str = "said|says|say|was|were|had|has|have|will|would|told|added|could|may|might|should|must|can|did|does|\
            do|more|than|also|but|because|if|not|no|which|they|he|she|we|i|percent|likely|expected|according|\
            its";
    let place_or_time = v.has_word("during|outside|near|beside|past|after|before|in|at|on");
    let pictured = v.words.len() >= 5
        && v.words.len() <= 26
        && v.count(SEEN) >= 1
        && v.words.iter().take(9).any(|w| is_among(w, SEEN))
        && v.count(TOLD) == 0
        && place_or_time
        && v.is_sentence()
        && !v.text.ends_with('?')
        && !v.text.contains(['"', '\u{201c}'])
        && v.words.first().is_some_and(|w| {
            is_among(w, "a|an|the|people|workers|soldiers|children|president|prime|residents|police|protesters|demonstrators|members|\
            women|men|two|three|smoke|troops|firefighters|supporters|foreign|us|russian|ukrainian")
                || v.capitalised() > 0.3
        });
    // No verb at all, and an occasion: `President N during a visit to Beijing in 2009.`
    let verbless = v.words.len() >= 4
        && v.words.len() <= 24
        && v.has(
            " during a | during the | during his | during her | during their | at a | at the opening| before a |\
            \u{20}after a | ahead of ",
        )
        && v.count(TOLD) == 0
        && v.words.iter().all(|w| !is_finite(w))
        && v.capitalised() >= 0.2
        && v.words.len() > v.count("and");
    credited || pictured || verbless
}

/// Whether a word looks like a finite verb of news prose.
fn is_finite(word: &str) -> bool {
    const VERBS: &str = "is|are|be|been|being|am|fell|rose|made|took|came|went|gave|got|began|met|won|lost|left|kept|held|\
            led|sent|set|put|cut|broke|spoke|saw|found|brought|built|sold|bought|paid|ran|stood|grew|became|\
            drew|hit|struck|threw|wrote|knew|thought|felt|shot|fled|swept|spent|faces|plans|wants|seems|remains";
    is_among(word, VERBS) || (word.len() > 4 && word.ends_with("ed")) || (word.len() > 3 && word.ends_with("n't"))
}

fn is_link_list(v: &View) -> bool {
    let short = v.words.len() <= 60;
    let prefix = v.begins(
        "related:|related stories|related articles|related news|related content|related topics|\
            related coverage|read also|read more|read next|read:|read the full|read our|also read|also on|\
            see also|see more|more on|more:|more in|more about|more stories|more from|more news|click here|\
            further reading|recommended|most read|most popular|trending|editor's picks|editors' picks|\
            in case you missed|icymi|you may also|you might also|up next|next:|next article|previous article|\
            previous:|don't miss:|top stories|latest news|live updates|live:|watch now|watch live|full coverage|\
            explainer:|explained:|opinion:|analysis:|go deeper|what to read|what we're reading|suggested|\
            popular now|headlines:|other stories|earlier:|background:|from the archive|elsewhere on|view all|\
            see all|all stories|> |>> |>>> |→|» |• |links:|on this site|on the web|external links|\
            internet links|documents:|also in|back to|return to|home >|home /|home »|continue to",
    );
    let as_prose = v.has(" said| told | was | were ") && v.is_sentence();
    let read_prose = v.is_sentence()
        && v.begins("read more|more in|more about|see more|further|also in|also on|next|background")
        && !v.text.contains([':', '|', '>']);
    (short && prefix && !as_prose && !read_prose)
        || (v.has("http://|https://|www.") && v.words.len() <= 20 && !v.has(" said| told "))
        || (v.begins("for more|for the latest|for full|for our")
            && v.has("visit|click|see our|follow|read|go to")
            && v.words.len() <= 40)
}

fn is_footnote(v: &View) -> bool {
    (v.has("names have been changed") && v.words.len() <= 20)
        || v.begins(
            "copyright|(c) |© |©|all rights reserved|this story was updated|this article was updated|\
            this story has been updated|this article has been updated|this article was amended|\
            this article has been amended|this article was corrected|correction:|corrections:|correction |\
            clarification:|clarification |editor's note|editors' note|editor's note:|note:|notes:|\
            an earlier version|a version of this|this article was originally|this article originally|\
            this story was originally|this piece was|this article first|this story first|originally published|\
            first published|published:|updated:|last updated|last modified|posted:|source:|sources:|\
            our standards|when citing|reprinted|disclaimer|this is a developing|this article is part of|\
            this story is part of|this report is|material from|the material|no part of this|* |† |¹|footnote|\
            references|[1]|(1)|1.|terms of use|terms and conditions|about us|contact us|contact:|the standards|\
            this transcript|the story was translated|this story was translated|this article was translated|\
            transcript:|rush transcript|data:|methodology:|not for distribution|ends -|- ends|-30-|reuter &",
        ) && !(v.has(" said ") && v.words.len() > 25)
        || v.has(
            "all rights reserved|may not be reproduced|may not be published, broadcast|reproduction without|\
            corrections policy|hyperlink to|without permission|without written permission|\
            an earlier version of this|republished under|creative commons|this story was produced|\
            was first published|originally appeared|read our editorial",
        ) && v.words.len() <= 60
            && !v.quoted
        || v.is_exactly("ends|end|more|mtf|reuter|endit|to be continued|***|abstract|contents")
}

fn is_tag_list(v: &View) -> bool {
    if v.begins(
        "tags:|tags |tag:|topics:|topics |filed under|keywords:|keywords |categories:|category:|companies:|\
            people:|places:|subjects:|sections:|posted in|in this story|in this article|labels:|themes:|\
            regions:|countries:",
    ) && !v.is_sentence()
    {
        return true;
    }
    if v.is_sentence() || v.quoted || v.words.len() < 3 {
        return false;
    }
    let hashes = v.text.split_whitespace().filter(|w| w.starts_with('#')).count();
    if hashes >= 2 && hashes * 2 >= v.words.len() {
        return true;
    }
    const GLUE: &str = "the|a|an|is|are|to|for|with|as|by|from|that|after|over|at|its|his|will|says|said|not|be|was|up|into|\
            but|has|than|about|amid";
    let glue = v.count(GLUE);
    let parts = v.text.split([',', '/', '|', ';', '•', '·']).count();
    // Comma after comma and nothing that makes a sentence.
    let enumerated = parts >= 4 && glue == 0 && v.words.len() <= parts * 4;
    // Names and topics run together, the same ones again and again.
    let mut distinct: Vec<_> = v.words.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let repeated = v.words.len() >= 8
        && distinct.len() * 10 <= v.words.len() * 7
        && glue * 10 <= v.words.len()
        && v.capitalised() >= 0.5;
    let piled = v.words.len() >= 10 && glue == 0 && v.capitalised() >= 0.8 && v.prose_words() == 0;
    enumerated || repeated || piled
}

fn is_headline(v: &View) -> bool {
    let words = v.words.len();
    if words > 22 || v.quoted && v.text.ends_with(['"', '\u{201d}']) {
        return false;
    }
    let shouted = words >= 2
        && v.text.chars().any(char::is_alphabetic)
        && !v.text.chars().any(char::is_lowercase)
        && !v.text.ends_with('.');
    let marked = v.begins(
        "update 1|update 2|update 3|breaking:|breaking news|exclusive:|exclusive -|live:|video:|editorial:|\
            opinion:|analysis:|watch:|factbox|timeline:|interview:|column:|q&a:|wrapup|corrected-|\
            refile-|rpt-|press release|headlines:",
    ) && !v.text.ends_with('.');
    let column = v.begins("opinion:|analysis:|comment:") && words <= 14;
    if shouted || marked || column {
        return true;
    }
    if v.is_sentence() {
        // `Who blew up the pipeline?` in title case only; questions are also asked in prose.
        return v.text.ends_with(['?', '!']) && words >= 4 && v.capitalised() >= 0.75;
    }
    // A closing quotation mark ends a sentence that the quotation swallowed, unless the line is a headline's build.
    if v.text.ends_with(',') {
        return false;
    }
    let titled = words >= 2 && v.capitalised() >= 0.7;
    titled || v.prose_words() == 0 || words <= 4 || (v.prose_words() <= 1 && v.count("the|a|an") == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn all(rule: Option<Rule>, blocks: &[&str]) {
        for block in blocks {
            assert_eq!(find(block, false), rule, "{block}");
        }
    }

    #[test]
    fn junk_is_named() {
        all(Some(Rule::Fragment), &["f", "***", "–"]);
        all(
            Some(Rule::CookieNotice),
            &[
                "We use cookies to improve your experience.",
                "Accept all | Manage preferences",
            ],
        );
        all(
            Some(Rule::ShareButton),
            &[
                "Share",
                "Read moreShare",
                "12 shares",
                "Share on Facebook Tweet Email Print",
            ],
        );
        all(
            Some(Rule::Newsletter),
            &[
                "Sign up for our daily newsletter",
                "You have 2 free articles left this month. Subscribe for full access.",
            ],
        );
        all(Some(Rule::Donation), &["… we have a small favour to ask.", "Donate"]);
        all(
            Some(Rule::Advertisement),
            &["Advertisement", "ADVERTISEMENT - CONTINUE READING BELOW"],
        );
        all(
            Some(Rule::Caption),
            &[
                "The president during a visit to Ankara in 2011.",
                "A worker walks past a gas storage tank near Vienna, in this file photo.",
            ],
        );
        all(
            Some(Rule::AuthorBio),
            &[
                "(Reporting by Ana Silva; Editing by Tom Reed)",
                "Jane Roe is a senior fellow at the Hartwell Institute.",
            ],
        );
        all(
            Some(Rule::Footnote),
            &[
                "This story was updated at 4:52 p.m.",
                "© 2011 The Daily Lantern. All rights reserved.",
            ],
        );
        all(
            Some(Rule::LinkList),
            &["Related: Gas prices rise", "Read also", "More on this topic"],
        );
        all(
            Some(Rule::CommentForm),
            &["Leave a comment", "Your email address will not be published."],
        );
        all(
            Some(Rule::TagList),
            &["Tags: gas, pipeline, Russia", "#energy #winter #gas"],
        );
        all(
            Some(Rule::Headline),
            &[
                "Norway overtakes Russia as top gas supplier",
                "OIL PRICES FALL AFTER OPEC MEETING",
            ],
        );
    }

    #[test]
    fn prose_is_left_alone() {
        all(
            None,
            &[
                "The minister declined to comment.",
                "\"No comment,\" said the chairman, getting into his car.",
                "Shares in the company fell 3 percent.",
                "The regulator said the cookie notices broke the law.",
                "In its monthly newsletter the grid operator warned members that reserves were low.",
                "Volunteers are asking residents to donate generators.",
                "And what of the villages downstream?",
                "Under the agreement the volume would rise to 12 billion cubic metres a year",
            ],
        );
    }

    #[test]
    fn a_plea_covers_the_block_in_its_middle() {
        let blocks = [
            "… we have a small favour to ask.",
            "The paper was founded in 1992.",
            "Your support keeps our newsroom independent, so please give today.",
        ];
        assert_eq!(label(&blocks), [Some(Rule::Donation); 3]);
    }
}
