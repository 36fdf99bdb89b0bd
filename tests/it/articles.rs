//! `wiretag predict` on articles: paragraphs, spans, boilerplate, HTML, odd text.

use std::io::Write;

use serde_json::Value;

use crate::support::{Folder, without_scores};

const ARTICLE: &str = "\u{feff}We use cookies to improve your experience. By continuing you accept our cookie policy.\r\n\
    \r\n\
    Officials in the capital praised the army again on Monday, and “welcomed” the troops.  \r\n\
    \t\r\n\
    Advertisement\r\n\
    \r\n\
      Zzz qqq xxx vvv, www yyy uuu ttt sss rrr ppp.\r\n";

/// The records of one article, each checked against the bytes of its file.
fn records(bytes: &[u8], options: &str) -> Vec<Value> {
    let folder = Folder::with_model(&[]);
    folder.write("a.txt", bytes);
    let records = folder.records(&format!("predict -q a.txt -m model {options}"));
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut at = 0;
    for record in &records {
        let Some(span) = record["span"].as_array() else {
            continue;
        };
        let [start, end] = [0, 1].map(|i| span[i].as_u64().unwrap() as usize);
        assert!(at <= start && start < end, "{record}");
        let source = std::str::from_utf8(&bytes[start..end]).unwrap();
        assert_eq!(squeeze(source), squeeze(record["text"].as_str().unwrap()));
        let gap = std::str::from_utf8(&bytes[at..start]).unwrap();
        assert!(
            gap.chars().all(|c| c.is_whitespace() || c == '\u{feff}'),
            "{gap:?} is lost"
        );
        at = end;
    }
    records
}

fn texts(text: &str) -> Vec<String> {
    let records = records(text.as_bytes(), "--boilerplate tag");
    records
        .iter()
        .map(|r| r["text"].as_str().unwrap_or("-").to_owned())
        .collect()
}

#[test]
fn a_record_for_each_paragraph() {
    let folder = Folder::with_model(&[("a.txt", ARTICLE)]);
    let ran = folder.run("predict a.txt -m model");
    insta::assert_snapshot!(without_scores(&ran.stdout), @r#"
    {"source":"a.txt","paragraph":1,"span":[3,89],"text":"We use cookies to improve your experience. By continuing you accept our cookie policy.","status":"boilerplate","rule":"cookie_notice"}
    {"source":"a.txt","paragraph":2,"span":[93,182],"text":"Officials in the capital praised the army again on Monday, and “welcomed” the troops.","status":"tagged","labels":{"topic":["military"],"stance":"for"},"scores":{"topic":{"energy":_,"military":_},"stance":{"against":_,"for":_,"neutral":_}}}
    {"source":"a.txt","paragraph":3,"span":[189,202],"text":"Advertisement","status":"boilerplate","rule":"advertisement"}
    {"source":"a.txt","paragraph":4,"span":[206,251],"text":"Zzz qqq xxx vvv, www yyy uuu ttt sss rrr ppp.","status":"no_known_words"}
    "#);
    insta::assert_snapshot!(ran.stderr, @"read 4 texts, tagged 1, 2 boilerplate, 1 without known words");
    assert_eq!(records(ARTICLE.as_bytes(), "").len(), 4);
    let tagged = records(ARTICLE.as_bytes(), "--boilerplate tag");
    assert!(tagged.iter().all(|r| r["status"] != "boilerplate") && tagged.len() == 4);
}

#[test]
fn an_article_without_text_is_answered_too() {
    for text in ["", "\n \r\n\t\n", "\u{feff}"] {
        let records = records(text.as_bytes(), "");
        assert_eq!(
            serde_json::to_string(&records).unwrap(),
            r#"[{"source":"a.txt","status":"empty"}]"#
        );
    }
    let folder = Folder::with_model(&[("a.txt", ""), ("b.html", "<html><body><img src=x></body></html>")]);
    insta::assert_snapshot!(folder.run("predict a.txt -m model").stderr, @"read 1 text, tagged 0, 1 empty");
    insta::assert_snapshot!(folder.fails("predict b.html -m model"), @"3: error: b.html: no article found in this HTML: the page has no text");
}

const LONG: [&str; 3] = [
    "The ministers of both countries met in Vienna on Monday and agreed to cut oil output by a million barrels a day, officials said after the talks.",
    "Prices rose by two percent in London and New York. Traders said that the deal had been expected for weeks, and that stocks were low after winter.",
    "“We are content,” the minister said.",
];

/// A paragraph broken at this width: the first line behind `first`, the others behind `rest`.
fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> String {
    let mut lines = vec![first.to_owned()];
    for word in text.split(' ') {
        let last = lines.last_mut().unwrap();
        if last.chars().count() + 1 + word.chars().count() > width {
            lines.push(format!("{rest}{word}"));
        } else {
            let gap = if last.chars().all(char::is_whitespace) || last == first {
                ""
            } else {
                " "
            };
            last.push_str(&format!("{gap}{word}"));
        }
    }
    lines.join("\n") + "\n"
}

fn all_wrapped(width: usize, first: &str, rest: &str, between: &str) -> String {
    LONG.map(|p| wrapped(p, width, first, rest)).join(between)
}

#[test]
fn hard_wrapped_text_gives_the_same_paragraphs_as_one_line_each() {
    assert_eq!(texts(&LONG.join("\n")), LONG);
    for width in [40, 60, 72, 80, 100] {
        assert_eq!(texts(&all_wrapped(width, "", "", "\n")), LONG, "{width}");
        assert_eq!(
            texts(&all_wrapped(width, "", "", "\n").replace('\n', "\r\n")),
            LONG,
            "{width}"
        );
        assert_eq!(texts(&all_wrapped(width, "    ", "", "")), LONG, "{width}");
        assert_eq!(texts(&all_wrapped(width, "  ", "  ", "\n")), LONG, "{width}");
    }
    assert_eq!(texts(&all_wrapped(72, "", "", "\n").replace('\n', "\r")), LONG);
    assert_eq!(texts(&all_wrapped(72, "", "", "\n").replace('\n', "   \n")), LONG);
    assert_eq!(texts(&LONG.join("\u{2028}")), LONG);
}

#[test]
fn lists_tables_verses_and_long_lines_within_wrapped_text() {
    let prose = wrapped(LONG[0], 72, "", "");
    let around = |middle: &str| {
        let all = texts(&format!("{prose}\n{middle}\n{prose}"));
        assert_eq!(
            (all.first().unwrap().as_str(), all.last().unwrap().as_str()),
            (LONG[0], LONG[0])
        );
        all[1..all.len() - 1].join("\n")
    };
    insta::assert_snapshot!(around("- oil prices rose\n- gas prices fell\n- coal was stable\n"), @r#"
    - oil prices rose
    - gas prices fell
    - coal was stable
    "#);
    insta::assert_snapshot!(around("Country       Output   Change\nRussia          10.1     -0.2\nSaudi Arabia     9.8     +0.1\n"), @r#"
    Country       Output   Change
    Russia          10.1     -0.2
    Saudi Arabia     9.8     +0.1
    "#);
    insta::assert_snapshot!(around("Had we but world enough, and time,\nThis coyness, Lady, were no crime.\n"), @r#"
    Had we but world enough, and time,
    This coyness, Lady, were no crime.
    "#);
    insta::assert_snapshot!(around("Read more: https://example.com/2019/05/a-very-long-address-that-no-one-can-break-into-lines-without-harm-and-so-nobody-does-it.html\n"), @"Read more: https://example.com/2019/05/a-very-long-address-that-no-one-can-break-into-lines-without-harm-and-so-nobody-does-it.html");
    insta::assert_snapshot!(around("* * *\n\n-----\n"), @r#"
    * * *
    -----
    "#);
    insta::assert_snapshot!(around("Oil\nGas\nCoal\n"), @r#"
    Oil
    Gas
    Coal
    "#);
    let hanging = [wrapped(LONG[0], 72, "- ", "  "), wrapped(LONG[1], 72, "- ", "  ")].concat();
    assert_eq!(around(&hanging), format!("- {}\n- {}", LONG[0], LONG[1]));
    let numbered = [wrapped(LONG[0], 72, "1. ", "   "), wrapped(LONG[1], 72, "2. ", "   ")].concat();
    assert_eq!(around(&numbered), format!("1. {}\n2. {}", LONG[0], LONG[1]));
}

#[test]
fn short_lines_of_like_width_stay_apart() {
    let lines = [
        "Oil prices rose on Monday in London.",
        "Traders said the deal was expected.",
        "Police said nobody was hurt there.",
    ];
    assert_eq!(texts(&lines.join("\n")), lines);
    let long = LONG.join(" ").repeat(300);
    assert_eq!(texts(&format!("{long}\n{}", LONG[1])), [long.as_str(), LONG[1]]);
}

#[test]
fn html_has_no_spans() {
    let page = format!(
        "<!DOCTYPE html><html><head><title>Oil</title><script>var oil = '<p>gas</p>';</script></head><body>\
         <nav><a href=/>Home</a><a href=/w>World</a></nav><article><h1>Oil talks end in Vienna</h1><p>{}</p>\n<p>{}<br>\nSecond &amp; l\u{e4}st line.</p>\
         </article><footer>© 2019</footer></body></html>",
        LONG[0], LONG[1]
    );
    let folder = Folder::with_model(&[("a.html", &page)]);
    folder.write("a.html.zst", zstd::encode_all(page.as_bytes(), 3).unwrap());
    let shape = |name: &str| -> String {
        let records = folder.records(&format!("predict -q {name} -m model"));
        assert!(records.iter().all(|r| r["span"].is_null() && r["paragraph"].is_u64()));
        records
            .iter()
            .map(|r| format!("{} {} {}\n", r["paragraph"], r["status"], r["text"]))
            .collect()
    };
    insta::assert_snapshot!(shape("a.html"), @r#"
    1 "tagged" "The ministers of both countries met in Vienna on Monday and agreed to cut oil output by a million barrels a day, officials said after the talks."
    2 "no_known_words" "Prices rose by two percent in London and New York. Traders said that the deal had been expected for weeks, and that stocks were low after winter."
    3 "no_known_words" "Second & läst line."
    "#);
    assert_eq!(shape("a.html.zst"), shape("a.html"));
    let piped = folder
        .run_with(&["predict", "-q", "-m", "model", "-"], page.as_bytes())
        .ok();
    assert_eq!(piped.lines().count(), shape("a.html").lines().count());
}

#[test]
fn text_that_is_no_utf_8() {
    let folder = Folder::with_model(&[]);
    folder.write("latin.txt", b"Oil.\n\nCaf\xe9 oil.");
    folder.write("wide.txt", [0xff, 0xfe, b'O', 0, b'i', 0, b'l', 0]);
    folder.write("page.html", b"<p>Caf\xe9 oil and gas.</p>");
    insta::assert_snapshot!(folder.fails("predict latin.txt -m model"), @"3: error: latin.txt:3:4: not valid UTF-8 (save the file as UTF-8)");
    insta::assert_snapshot!(folder.fails("predict wide.txt -m model"), @"3: error: wide.txt: this is UTF-16 (save the file as UTF-8)");
    insta::assert_snapshot!(folder.fails("predict page.html -m model"), @"3: error: page.html:1:7: not valid UTF-8 (save the file as UTF-8)");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(b"Oil prices rose in the capital again on Monday.")
        .unwrap();
    folder.write("good.txt.gz", gz.finish().unwrap());
    let ran = folder.run("predict latin.txt wide.txt good.txt.gz -m model --on-bad-row skip");
    insta::assert_snapshot!(ran.stderr, @"read 3 texts, tagged 1, 2 unreadable");
}
