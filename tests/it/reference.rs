//! Outside truth: the same numbers from scikit-learn, made by `tests/reference/make_reference.py`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use wiretag::features::featurizer::{FeatureSettings, Featurizer};
use wiretag::features::rows::SparseRows;
use wiretag::features::vocabulary::VocabularySettings;
use wiretag::metrics::{Scores, task_figures};
use wiretag::model::calibration::{self, Affine};
use wiretag::progress::Silent;
use wiretag::schema::{Label, Schema, Task, TaskKind};
use wiretag::solver::problem::{ClassCosts, Problem};
use wiretag::solver::{SolverKind, Stopping, solve};
use wiretag::text::analyzer::{Analyzer, AnalyzerSettings};

fn reference<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The greatest distance between two lists of the same length.
fn distance(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    found
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max)
}

/// For each of `count` texts whether it is among the positive ones.
fn indicators(count: usize, positives: &[usize]) -> Vec<bool> {
    let mut targets = vec![false; count];
    positives.iter().for_each(|&i| targets[i] = true);
    targets
}

#[derive(Deserialize)]
struct Tfidf {
    sentences: Vec<String>,
    tokens: Vec<Vec<String>>,
    runs: Vec<TfidfRun>,
}

#[derive(Deserialize)]
struct TfidfRun {
    min_df: u32,
    max_df: f64,
    max_features: Option<u32>,
    terms: Vec<String>,
    idf: Vec<f64>,
    rows: Vec<Vec<(usize, f64)>>,
}

#[test]
fn the_analyzer_gives_the_tokens_written_by_hand() {
    let reference: Tfidf = reference("tfidf.json");
    let analyzer = Analyzer::new(AnalyzerSettings::default());
    for (sentence, expected) in reference.sentences.iter().zip(&reference.tokens) {
        let found: Vec<String> = analyzer.analyze(sentence).map(|(_, form)| form).collect();
        assert_eq!(&found, expected, "{sentence}");
    }
}

#[test]
fn terms_idf_and_rows_are_those_of_tfidf_vectorizer() {
    let reference: Tfidf = reference("tfidf.json");
    for run in &reference.runs {
        let TfidfRun {
            min_df,
            max_df,
            max_features,
            ..
        } = *run;
        let settings = FeatureSettings {
            vocabulary: VocabularySettings {
                ngrams: 2,
                min_df,
                max_df,
                max_features,
            },
            ..FeatureSettings::default()
        };
        let featurizer = Featurizer::fit(&reference.sentences, &Schema::default(), &settings).unwrap();

        let idf: BTreeMap<String, f64> = (0..)
            .zip(featurizer.idf())
            .map(|(t, &idf)| (featurizer.vocabulary().term(t), idf.into()))
            .collect();
        let expected: BTreeMap<String, f64> = run.terms.iter().cloned().zip(run.idf.iter().copied()).collect();
        assert_eq!(idf.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        let far = distance(
            &idf.into_values().collect::<Vec<_>>(),
            &expected.into_values().collect::<Vec<_>>(),
        );
        assert!(far < 1e-6, "an idf is {far:e} off");

        for (row, expected) in featurizer
            .transform(&reference.sentences, &Silent)
            .iter()
            .zip(&run.rows)
        {
            let found: BTreeMap<String, f64> = row
                .iter()
                .map(|(t, value)| (featurizer.vocabulary().term(t), value.into()))
                .collect();
            let expected: BTreeMap<String, f64> = expected
                .iter()
                .map(|&(t, value)| (run.terms[t].clone(), value))
                .collect();
            assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
            let far = distance(
                &found.into_values().collect::<Vec<_>>(),
                &expected.into_values().collect::<Vec<_>>(),
            );
            assert!(far < 1e-6, "a value is {far:e} off");
        }
    }
}

#[derive(Deserialize)]
struct SolverData {
    features: usize,
    rows: Vec<Vec<(u32, f32)>>,
    /// For each label its positive rows.
    targets: Vec<Vec<usize>>,
    solutions: Vec<Optimum>,
}

#[derive(Deserialize)]
struct Optimum {
    alpha: f64,
    balanced: bool,
    label: usize,
    bias: f64,
    weights: Vec<f64>,
}

impl SolverData {
    /// Solves all problems, the balanced ones only if asked to, and gives for each alpha the greatest distance to scikit-learn.
    fn distances(&self, kind: SolverKind, stopping: Stopping, balanced_too: bool) -> BTreeMap<String, f64> {
        let mut rows = SparseRows::new(self.features);
        self.rows.iter().for_each(|row| rows.push(row.iter().copied()));
        let targets: Vec<Vec<bool>> = self
            .targets
            .iter()
            .map(|positives| indicators(rows.len(), positives))
            .collect();
        let wanted: Vec<&Optimum> = self.solutions.iter().filter(|o| balanced_too || !o.balanced).collect();
        let problems: Vec<Problem<'_>> = wanted
            .iter()
            .map(|o| Problem {
                targets: &targets[o.label],
                held_out: None,
                costs: if o.balanced {
                    ClassCosts::Balanced
                } else {
                    ClassCosts::default()
                },
                alpha: o.alpha,
                start: None,
                hidden: &[],
            })
            .collect();
        let solutions = solve(kind, &rows, &problems, stopping, &Silent).unwrap();
        let mut distances = BTreeMap::new();
        for (solution, expected) in solutions.iter().zip(wanted) {
            assert!(solution.converged);
            let far = distance(&solution.weights, &expected.weights).max((solution.bias - expected.bias).abs());
            let greatest = distances.entry(format!("alpha {}", expected.alpha)).or_insert(0.0_f64);
            *greatest = greatest.max(far);
        }
        distances
    }
}

#[test]
fn newton_finds_the_optimum() {
    let data: SolverData = reference("solver.json");
    let stopping = Stopping {
        tolerance: 1e-12,
        max_iterations: 1000,
    };
    for (alpha, far) in data.distances(SolverKind::Newton, stopping, true) {
        assert!(far < 1e-6, "{alpha}: a weight is {far:e} off");
    }
}

/// What limits linfa-logistic, however tight the tolerance of the gradient: its L-BFGS also stops where the objective changes by less than
/// 2.2e-16, and near an optimum a change of weights by `d` changes the objective by `d²` only.
#[test]
fn linfa_finds_the_optimum() {
    let data: SolverData = reference("solver.json");
    let stopping = Stopping {
        tolerance: 1e-9,
        max_iterations: 1000,
    };
    for (alpha, far) in data.distances(SolverKind::Linfa, stopping, false) {
        assert!(far < 1e-5, "{alpha}: a weight is {far:e} off");
    }
}

#[derive(Deserialize)]
struct Calibrations {
    texts: usize,
    multi: Platt,
    single: Vec<Multinomial>,
}

#[derive(Deserialize)]
struct Platt {
    /// By label, then text.
    scores: Vec<Vec<f64>>,
    /// For each label its positive texts.
    targets: Vec<Vec<usize>>,
    slopes: Vec<f64>,
    offsets: Vec<f64>,
}

#[derive(Deserialize)]
struct Multinomial {
    scores: Vec<Vec<f64>>,
    /// The label of each text.
    choice: Vec<usize>,
    /// The labels that any text has.
    classes: Vec<usize>,
    matrix: Vec<Vec<f64>>,
    /// With mean zero: softmax leaves a common offset open.
    offset: Vec<f64>,
}

#[test]
fn platt_scaling_is_a_logistic_regression() {
    let Calibrations { texts, multi, .. } = reference("calibration.json");
    let targets: Vec<Vec<bool>> = multi
        .targets
        .iter()
        .map(|positives| indicators(texts, positives))
        .collect();
    let Affine { matrix, offset } = calibration::fit(TaskKind::Multi, &multi.scores, &targets).unwrap();
    let slopes: Vec<f64> = (0..matrix.len()).map(|k| matrix[k][k]).collect();
    let far = distance(&slopes, &multi.slopes).max(distance(&offset, &multi.offsets));
    assert!(far < 1e-3, "a number is {far:e} off");
    for (k, row) in matrix.iter().enumerate() {
        assert!(row.iter().enumerate().all(|(j, &factor)| j == k || factor == 0.0));
    }
}

#[test]
fn calibration_of_a_choice_is_a_multinomial_regression() {
    let Calibrations { texts, single, .. } = reference("calibration.json");
    for case in single {
        let labels = 0..case.scores.len();
        let targets: Vec<Vec<bool>> = labels
            .clone()
            .map(|k| case.choice.iter().map(|&choice| choice == k).collect())
            .collect();
        assert_eq!(case.choice.len(), texts);
        let Affine { matrix, offset } = calibration::fit(TaskKind::Single, &case.scores, &targets).unwrap();
        let mean = case.classes.iter().map(|&k| offset[k]).sum::<f64>() / case.classes.len() as f64;
        for ((&k, expected), expected_offset) in case.classes.iter().zip(&case.matrix).zip(&case.offset) {
            let far = distance(&matrix[k], expected).max((offset[k] - mean - expected_offset).abs());
            assert!(far < 1e-3, "label {k}: a number is {far:e} off");
        }
        for k in labels.filter(|k| !case.classes.contains(k)) {
            assert!(matrix[k].iter().all(|&factor| factor == 0.0) && offset[k] < -20.0);
        }
    }
}

#[derive(Deserialize)]
struct Metrics {
    label_count: usize,
    cases: Vec<MetricsCase>,
}

#[derive(Deserialize)]
struct MetricsCase {
    name: String,
    kind: TaskKind,
    gold: Vec<Vec<u32>>,
    predicted: Vec<Vec<u32>>,
    /// Precision, recall, F1 and support of each label.
    labels: Vec<[f64; 4]>,
    micro: [f64; 3],
    #[serde(rename = "macro")]
    macro_average: [f64; 3],
    weighted: [f64; 3],
    accuracy: f64,
    confusion: Option<Vec<Vec<u64>>>,
}

#[test]
fn figures_are_those_of_scikit_learn() {
    let Metrics { label_count, cases } = reference("metrics.json");
    let label = |k: usize| Label {
        name: format!("label {k}"),
        definition: String::new(),
        cues: Vec::new(),
    };
    for case in cases {
        let task = Task {
            name: "task".into(),
            kind: case.kind,
            column: None,
            description: String::new(),
            labels: (0..label_count).map(label).collect(),
        };
        let figures = task_figures(&task, &case.gold, &case.predicted);
        let check = |what: &str, scores: Scores, expected: &[f64]| {
            let far = distance(&[scores.precision, scores.recall, scores.f1], expected);
            assert!(far < 1e-12, "{}: {what}: {scores:?} instead of {expected:?}", case.name);
        };
        assert_eq!(figures.labels.len(), label_count);
        for (found, expected) in figures.labels.iter().zip(&case.labels) {
            check(&found.label, found.scores, &expected[..3]);
            assert_eq!(found.support as f64, expected[3]);
        }
        check("micro", figures.micro, &case.micro);
        check("macro", figures.macro_average, &case.macro_average);
        check("weighted", figures.weighted, &case.weighted);
        assert!(
            (figures.accuracy - case.accuracy).abs() < 1e-12,
            "{}: accuracy",
            case.name
        );
        assert_eq!(figures.confusion, case.confusion, "{}", case.name);
        assert_eq!(figures.texts, case.gold.len() as u64);
    }
}
