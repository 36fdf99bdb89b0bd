//! Cost of each floor on the project's own labelled paragraphs: `cargo bench`.
#![allow(clippy::expect_used, missing_docs)]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use wiretag::bulk::{Boilerplate, BulkOptions, OutputFormat, tag};
use wiretag::corpus::input::InputOptions;
use wiretag::corpus::labelled::{Labelled, UnknownLabels};
use wiretag::corpus::source::Source;
use wiretag::error::Place;
use wiretag::features::encoder::Encoder;
use wiretag::features::featurizer::{FeatureSettings, Featurizer};
use wiretag::model::Model;
use wiretag::model::tagger::Tagger;
use wiretag::progress::Silent;
use wiretag::report::record::{Keep, ScoresKept};
use wiretag::schema::Schema;
use wiretag::solver::Stopping;
use wiretag::solver::newton;
use wiretag::solver::problem::{ClassCosts, Problem};
use wiretag::text::analyzer::{Analyzer, AnalyzerSettings};
use wiretag::text::{article, boilerplate};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn data() -> Labelled {
    let schema = Schema::read(&root("labels/schema.toml")).expect("schema");
    let sources = [Source::File(root("labels/train.csv"))];
    Labelled::read(
        &sources,
        schema,
        UnknownLabels::Reject,
        &InputOptions::default(),
        &Silent,
    )
    .expect("data")
}

fn text(c: &mut Criterion) {
    let data = data();
    let analyzer = Analyzer::new(AnalyzerSettings::default());
    let bytes: usize = data.texts.iter().map(String::len).sum();
    let mut group = c.benchmark_group("text");
    group.throughput(Throughput::Bytes(bytes as u64)).sample_size(20);
    group.bench_function("tokenize", |b| {
        b.iter(|| {
            data.texts
                .iter()
                .map(|t| analyzer.tokens(black_box(t)).count())
                .sum::<usize>()
        });
    });
    group.bench_function("analyze", |b| {
        b.iter(|| {
            data.texts
                .iter()
                .map(|t| analyzer.analyze(black_box(t)).count())
                .sum::<usize>()
        });
    });
    let whole = data.texts.join("\n\n");
    group.bench_function("blocks", |b| b.iter(|| article::blocks(black_box(&whole)).len()));
    group.bench_function("boilerplate", |b| {
        b.iter(|| {
            data.texts
                .iter()
                .filter(|t| boilerplate::find(black_box(t), false).is_some())
                .count()
        });
    });
    group.finish();
}

fn features(c: &mut Criterion) {
    let data = data();
    let settings = FeatureSettings::default();
    let featurizer = Featurizer::fit(&data.texts, &data.schema, &settings).expect("featurizer");
    let mut group = c.benchmark_group("features");
    group
        .throughput(Throughput::Elements(data.len() as u64))
        .sample_size(20);
    group.bench_function("fit", |b| {
        b.iter(|| Featurizer::fit(black_box(&data.texts), &data.schema, &settings).expect("featurizer"))
    });
    group.bench_function("transform", |b| {
        let mut encoder = Encoder::new(&featurizer);
        b.iter(|| {
            data.texts
                .iter()
                .map(|t| encoder.encode(black_box(t)).len())
                .sum::<usize>()
        });
    });
    group.finish();
}

fn solver(c: &mut Criterion) {
    let data = data();
    let featurizer = Featurizer::fit(&data.texts, &data.schema, &FeatureSettings::default()).expect("featurizer");
    let rows = featurizer.transform(&data.texts, &Silent);
    let targets: Vec<Vec<bool>> = (0..data.schema.label_count() as u32)
        .map(|l| data.all_labels().iter().map(|own| own.contains(&l)).collect())
        .collect();
    let problems: Vec<Problem<'_>> = targets
        .iter()
        .map(|targets| Problem {
            targets,
            held_out: None,
            costs: ClassCosts::default(),
            alpha: 0.1,
            start: None,
            hidden: &[],
        })
        .collect();
    let mut group = c.benchmark_group("solver");
    group.sample_size(10);
    group.bench_function("newton, all labels", |b| {
        b.iter(|| newton::solve(&rows, &problems, Stopping::default(), &Silent))
    });
    group.finish();
}

fn model(c: &mut Criterion) {
    let data = data();
    let bytes = std::fs::read(root("models/news.safetensors")).expect("model file");
    let model = Model::from_bytes(&bytes, Place::default()).expect("model");
    let mut group = c.benchmark_group("model");
    group.sample_size(20);
    group.bench_function("load", |b| {
        b.iter(|| Model::from_bytes(black_box(&bytes), Place::default()).expect("model"))
    });
    group.throughput(Throughput::Elements(data.len() as u64));
    group.bench_function("tag", |b| {
        b.iter_batched_ref(
            || Tagger::new(&model),
            |tagger| {
                data.texts.iter().for_each(|t| {
                    black_box(tagger.tag(t));
                })
            },
            BatchSize::LargeInput,
        );
    });
    for (name, format) in [("csv to jsonl", OutputFormat::Jsonl), ("csv to csv", OutputFormat::Csv)] {
        let options = BulkOptions {
            input: InputOptions::default(),
            format,
            keep: Keep::All,
            scores: ScoresKept::All,
            explain: 0,
            boilerplate: Boilerplate::Mark,
            thresholds: model.thresholds.clone(),
            threads: 1,
        };
        let sources = [Source::File(root("labels/train.csv"))];
        group.bench_function(name, |b| {
            b.iter(|| tag(&model, &sources, &options, &mut std::io::sink(), &Silent).expect("tagged"))
        });
    }
    group.finish();
}

criterion_group!(benches, text, features, solver, model);
criterion_main!(benches);
