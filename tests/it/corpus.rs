//! The labelled data are what `models/README.md` says of them, and the shipped model is the one that they give.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use wiretag::corpus::input::InputOptions;
use wiretag::corpus::labelled::{Labelled, UnknownLabels};
use wiretag::corpus::near::near_duplicates;
use wiretag::corpus::source::Source;
use wiretag::model::Model;
use wiretag::model::settings::{TrainSettings, label_paths};
use wiretag::model::training::train;
use wiretag::progress::Silent;
use wiretag::schema::{Schema, TaskKind};
use wiretag::text::boilerplate;

const FILES: [&str; 3] = ["train.csv", "test.csv", "hard.csv"];
/// The file of artful prose, which is kept out of training.
const HARD: u32 = 2;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Reads files of the folder `labels`; a label that the schema does not have is an error.
fn read(names: &[&str]) -> Labelled {
    let sources: Vec<_> = names
        .iter()
        .map(|name| Source::File(project("labels").join(name)))
        .collect();
    let schema = Schema::read(&project("labels/schema.toml")).unwrap();
    let options = InputOptions::default();
    Labelled::read(&sources, schema, UnknownLabels::Reject, &options, &Silent).unwrap_or_else(|e| panic!("{e}"))
}

static CORPUS: LazyLock<Labelled> = LazyLock::new(|| read(&FILES));

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Fails if one of the sequences that `sequences` finds in a paragraph stands in more than this share of the articles.
fn assert_not_common(share: f64, sequences: impl Fn(&[String]) -> Vec<String>) {
    let mut articles: HashMap<String, BTreeSet<&str>> = HashMap::new();
    for (text, article) in CORPUS.texts.iter().zip(&CORPUS.articles) {
        for sequence in sequences(&words(text)) {
            articles.entry(sequence).or_default().insert(article);
        }
    }
    let all: BTreeSet<_> = CORPUS.articles.iter().collect();
    let most = (share * all.len() as f64) as usize;
    let common: Vec<_> = articles
        .iter()
        .filter(|(_, found)| found.len() > most)
        .map(|(sequence, found)| format!("{sequence:?} in {}", found.len()))
        .collect();
    assert!(common.is_empty(), "more than {most} articles share: {common:#?}");
}

#[test]
fn ids_are_unique() {
    let mut seen = BTreeSet::new();
    for origin in &CORPUS.origins {
        let id = origin.id.as_ref();
        let file = FILES[origin.source as usize];
        assert!(id.is_some(), "{file}, line {}: no id", origin.line);
        assert!(seen.insert(id), "{file}, line {}: a second {id:?}", origin.line);
    }
}

#[test]
fn an_article_is_whole_and_in_one_file() {
    let mut files: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (article, origin) in CORPUS.articles.iter().zip(&CORPUS.origins) {
        assert!(!article.contains('\0'), "{origin:?} names no article");
        files.entry(article).or_default().push(origin.source);
    }
    for (article, files) in &files {
        assert!(files.iter().all(|f| *f == files[0]), "{article} is in two files");
        let count = files.len();
        assert!((4..=12).contains(&count), "{article} has {count} paragraphs");
    }
    assert!(files.len() >= 550, "{} articles", files.len());
}

#[test]
fn articles_share_no_near_duplicates() {
    let shared: Vec<_> = near_duplicates(&CORPUS.texts)
        .into_iter()
        .filter(|&(a, b)| CORPUS.articles[a] != CORPUS.articles[b])
        .map(|(a, b)| (&CORPUS.origins[a].id, &CORPUS.origins[b].id))
        .collect();
    assert!(shared.is_empty(), "near-duplicates in two articles: {shared:#?}");
}

#[test]
fn there_is_enough_of_everything() {
    let plain = CORPUS.origins.iter().filter(|o| o.source != HARD).count();
    assert!(CORPUS.len() >= 4_500, "{} paragraphs", CORPUS.len());
    assert!(plain >= 3_600, "{plain} plain paragraphs");
    for (task, gold) in CORPUS.schema.tasks.iter().zip(&CORPUS.gold) {
        let least = match task.kind {
            TaskKind::Multi => 250,
            TaskKind::Single => 600,
        };
        for (number, label) in (0..).zip(task.label_names()) {
            let count = gold.iter().filter(|labels| labels.contains(&number)).count();
            assert!(count >= least, "{}.{label}: {count} of {least} paragraphs", task.name);
        }
    }
}

#[test]
fn paragraphs_are_as_long_as_in_newspapers() {
    let mut lengths: Vec<_> = CORPUS.texts.iter().map(|t| t.split_whitespace().count()).collect();
    for (length, origin) in lengths.iter().zip(&CORPUS.origins) {
        assert!((5..=160).contains(length), "{:?} has {length} words", origin.id);
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!((33..=43).contains(&median), "the median length is {median} words");
}

/// Prose from a template would teach the template's words and flatter every figure.
#[test]
fn no_paragraph_is_made_from_a_template() {
    assert_not_common(0.01, |words| words.windows(8).map(|w| w.join(" ")).collect());
    assert_not_common(0.02, |words| words.windows(5).take(1).map(|w| w.join(" ")).collect());
}

#[test]
fn boilerplate_is_told_from_prose() {
    let mut reader = csv::Reader::from_path(project("labels/boilerplate.csv")).unwrap();
    let rows: Vec<[String; 3]> = reader.deserialize().collect::<Result<_, _>>().unwrap();
    assert!(rows.len() >= 250, "{} rows of boilerplate", rows.len());
    let missed: Vec<_> = rows
        .iter()
        .filter(|[_, _, text]| boilerplate::find(text, false).is_none())
        .collect();
    assert!(missed.len() * 10 <= rows.len(), "missed: {missed:#?}");

    let called: Vec<_> = CORPUS
        .texts
        .iter()
        .filter_map(|text| Some((boilerplate::find(text, false)?, text)))
        .collect();
    assert!(called.len() * 200 <= CORPUS.len(), "called boilerplate: {called:#?}");
}

#[test]
fn the_shipped_model_is_that_of_the_training_data() {
    const CURE: &str =
        "retrain the shipped model: cargo run --release -- train labels/train.csv -o models/news.safetensors";
    let shipped = Model::load(&project("models/news.safetensors")).unwrap_or_else(|e| panic!("{e}; {CURE}"));
    let data = read(&FILES[..1]);
    assert_eq!(shipped.card.data.digest, data.digest(), "other data; {CURE}");
    let trained = train(&data, &TrainSettings::default(), &Silent).unwrap();

    let labels = |model: &Model| label_paths(&model.schema).collect::<Vec<_>>();
    assert_eq!(labels(&shipped), labels(&trained), "other labels; {CURE}");
    let terms = |model: &Model| {
        let features = 0..model.linear.features();
        features.map(|f| model.feature_name(f)).collect::<Vec<_>>()
    };
    assert!(terms(&shipped) == terms(&trained), "other terms; {CURE}");
    // Not byte for byte: logarithms and exponentials differ in the last digit from platform to platform.
    let close = |what: &str, shipped: &[f32], trained: &[f32], scale: f32| {
        assert_eq!(shipped.len(), trained.len(), "{what}; {CURE}");
        for (i, (a, b)) in shipped.iter().zip(trained).enumerate() {
            let far = (a - b).abs();
            assert!(
                far <= 1e-3 * (1.0 + scale * b.abs()),
                "{what} {i}: {a}, not {b}; {CURE}"
            );
        }
    };
    // A weight at the edge of what is pruned may be there in one and not in the other: all are compared, but by their sums over what is left.
    let weights = |model: &Model| {
        let features = 0..model.linear.features();
        features
            .flat_map(|f| (0..model.linear.labels()).map(move |l| model.linear.weight(f, l)))
            .collect::<Vec<_>>()
    };
    close("weight", &weights(&shipped), &weights(&trained), 1.0);
    close("bias", shipped.linear.bias(), trained.linear.bias(), 1.0);
    close("threshold", &shipped.thresholds, &trained.thresholds, 0.0);
}
