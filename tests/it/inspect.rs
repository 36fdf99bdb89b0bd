//! `wiretag inspect`: what is in a model.

use serde_json::Value;

use crate::support::Folder;

#[test]
fn the_text_names_settings_figures_and_features() {
    let folder = Folder::with_model(&[]);
    let text = folder.ok("inspect -m model --top 3");
    let shape: Vec<&str> = text
        .lines()
        .map(|l| l.trim_end_matches(|c: char| !c.is_alphabetic()))
        .collect();
    for wanted in [
        "trained with",
        "training data",
        "analyzer",
        "vocabulary",
        "cues",
        "solver",
        "folds",
        "topic: alpha",
        "stance: alpha",
    ] {
        assert!(
            shape.iter().any(|l| l.starts_with(wanted)),
            "{wanted} is missing in\n{text}"
        );
    }
    let features = text.split_once("    for\n").unwrap().1;
    assert!(
        features.trim_start().starts_with("praised") || features.trim_start().starts_with("welcomed"),
        "{text}"
    );
    assert!(!folder.ok("inspect -m model --top 0").contains("strongest features"));
}

#[test]
fn the_card_is_json() {
    let folder = Folder::with_model(&[]);
    let ran = folder.run("inspect -m model --json");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let card: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(card["data"]["texts"], 60);
    assert_eq!(card["tasks"][1]["task"], "stance");
}

#[test]
fn the_model_inside_the_program_is_the_default() {
    let folder = Folder::new();
    let text = folder.ok("inspect --top 0");
    assert!(
        text.contains("topic: alpha") && text.contains("framing: alpha") && text.contains("stance: alpha"),
        "{text}"
    );
}
