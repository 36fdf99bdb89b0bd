//! Pruning and half precision make the model file small and change no figure by more than 0.001.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use wiretag::corpus::input::InputOptions;
use wiretag::corpus::labelled::{Labelled, UnknownLabels};
use wiretag::corpus::source::Source;
use wiretag::error::Place;
use wiretag::eval::evaluate;
use wiretag::features::encoder::Encoder;
use wiretag::model::Model;
use wiretag::model::settings::{Alpha, Precision, TrainSettings};
use wiretag::model::tagger::{Tagger, Verdict};
use wiretag::model::training::train;
use wiretag::progress::Silent;
use wiretag::schema::{Schema, TaskKind};

fn read(names: &[&str]) -> Labelled {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("labels");
    let schema = Schema::read(&folder.join("schema.toml")).unwrap();
    let sources: Vec<Source> = names.iter().map(|name| Source::File(folder.join(name))).collect();
    Labelled::read(
        &sources,
        schema,
        UnknownLabels::Reject,
        &InputOptions::default(),
        &Silent,
    )
    .unwrap()
}

#[test]
fn small_models_are_as_good() {
    let (data, test) = (read(&["train.csv"]), read(&["test.csv", "hard.csv"]));
    let model = |prune, precision| {
        let settings = TrainSettings {
            alpha: Alpha::Fixed(0.1),
            folds: 0,
            prune,
            precision,
            ..TrainSettings::default()
        };
        let bytes = train(&data, &settings, &Silent).unwrap().to_bytes().unwrap();
        let model = Model::from_bytes(&bytes, Place::default()).unwrap();
        let figures: Vec<f64> = evaluate(&model, &test, &Silent)
            .tasks
            .iter()
            .flat_map(|task| [task.figures.micro.f1, task.figures.macro_average.f1])
            .collect();
        (bytes.len(), figures)
    };
    let (whole, expected) = model(0.0, Precision::F32);
    let default = TrainSettings::default().prune;
    for (precision, share) in [(Precision::F32, 0.8), (Precision::F16, 0.6)] {
        let (small, found) = model(default, precision);
        assert!((small as f64) < share * whole as f64, "{small} of {whole} bytes");
        for (expected, found) in expected.iter().zip(&found) {
            assert!(
                (expected - found).abs() <= 0.001,
                "{precision:?}: {found}, not {expected}"
            );
        }
    }
}

/// The quick way of the tagger against the plain one: normal forms, terms, and a sum for each label.
#[test]
fn the_tagger_gives_what_the_plain_sums_give() {
    let model = Model::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models/news.safetensors")).unwrap();
    let texts = read(&["hard.csv"]).texts;
    let mut tagger = Tagger::new(&model);
    let vocabulary = model.featurizer.vocabulary();
    let terms = (0..vocabulary.len()).map(|t| (vocabulary.term(t), t)).collect();
    for text in &texts {
        let plain = plain_probabilities(&model, &terms, text);
        let Verdict::Tagged(quick) = tagger.tag(text) else {
            panic!("nothing known in {text:?}");
        };
        for (plain, quick) in plain.iter().zip(quick) {
            assert!(
                (plain - f64::from(*quick)).abs() < 1e-5,
                "{plain} and {quick} in {text:?}"
            );
        }
    }
}

fn plain_probabilities(model: &Model, terms: &HashMap<String, usize>, text: &str) -> Vec<f64> {
    let featurizer = &model.featurizer;
    let vocabulary = featurizer.vocabulary();
    let forms: Vec<String> = featurizer.analyzer().analyze(text).map(|(_, form)| form).collect();
    let mut counts = BTreeMap::new();
    for n in 1..=2 {
        for term in forms.windows(n).filter_map(|words| terms.get(&words.join(" "))) {
            *counts.entry(*term).or_insert(0.0) += 1.0;
        }
    }
    let mut row: Vec<(usize, f64)> = counts
        .into_iter()
        .map(|(term, count): (usize, f64)| (term, (1.0 + count.ln()) * f64::from(featurizer.idf()[term])))
        .collect();
    let length = row.iter().map(|(_, v)| v * v).sum::<f64>().sqrt();
    row.iter_mut().for_each(|(_, v)| *v /= length);
    // Cue features have a test of their own against another program (docs/model-file.md).
    let mut encoder = Encoder::new(featurizer);
    let cues = encoder
        .encode(text)
        .iter()
        .filter(|(f, _)| *f as usize >= vocabulary.len());
    row.extend(cues.map(|&(f, v)| (f as usize, f64::from(v))));
    let mut scores: Vec<f64> = (0..model.linear.labels())
        .map(|label| {
            let weight = |f| f64::from(model.linear.weight(f, label));
            f64::from(model.linear.bias()[label]) + row.iter().map(|&(f, v)| v * weight(f)).sum::<f64>()
        })
        .collect();
    for (task, range) in model.schema.tasks.iter().zip(model.schema.label_ranges()) {
        let own = &mut scores[range];
        match task.kind {
            TaskKind::Multi => own.iter_mut().for_each(|z| *z = 1.0 / (1.0 + (-*z).exp())),
            TaskKind::Single => {
                let sum: f64 = own.iter().map(|z| z.exp()).sum();
                own.iter_mut().for_each(|z| *z = z.exp() / sum);
            }
        }
    }
    scores
}
