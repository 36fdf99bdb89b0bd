//! HTML articles: the reader view of a page as plain text, a block a line group.

use dom_smoothie::{Config, Readability, TextMode};

use crate::error::Kind;

/// The article's text, its blocks separated by blank lines. Falls back to the whole body where no article stands out.
///
/// # Errors
/// [`Kind::Html`] if there is no text at all.
pub fn article_text(html: &str) -> Result<String, Kind> {
    let config = Config {
        text_mode: TextMode::Formatted,
        disable_json_ld: true,
        max_elements_to_parse: 200_000,
        ..Config::default()
    };
    let fault = |e: dom_smoothie::ReadabilityError| Kind::Html(e.to_string());
    let mut readability = Readability::new(html, None, Some(config)).map_err(fault)?;
    let body = readability.doc.select("body");
    body.select("script, style, noscript, template, nav, head").remove();
    let whole = body.formatted_text();
    let text = match readability.parse() {
        Ok(article) => article.text_content,
        Err(dom_smoothie::ReadabilityError::GrabFailed) => whole,
        Err(error) => return Err(fault(error)),
    };
    // Every line of the formatted text is a block; blank lines keep the splitter from joining them.
    let lines: Vec<_> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    if lines.is_empty() {
        return Err(Kind::Html("the page has no text".into()));
    }
    Ok(lines.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn menus_and_scripts_are_left_out() -> Result<(), Kind> {
        let sentence =
            "The ministers of both countries met in Vienna on Monday and agreed to cut oil output, officials said. ";
        let html = format!(
            "<html><head><title>T</title><style>p{{}}</style></head><body><nav><a href=/>Home</a> <a href=/>World</a></nav>\
             <article><h1>Oil</h1><p>{0}{0}{0}</p><p>{0}{0} Caf&eacute; &amp; more.</p></article>\
             <script>var x = 1;</script><footer><a href=/>About</a></footer></body></html>",
            sentence
        );
        let text = article_text(&html)?;
        assert!(text.contains("Café & more."), "{text}");
        assert!(!text.contains("var x") && !text.contains("World"), "{text}");
        assert!(text.split("\n\n").count() >= 2, "{text}");
        Ok(())
    }

    #[test]
    fn a_page_without_text_is_an_error() {
        assert!(article_text("<html><body><img src=x></body></html>").is_err());
    }
}
