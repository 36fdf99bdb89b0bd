//! The same data give the same model file at any number of threads, a file gives back the same model, and a damaged file is refused.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use rayon::ThreadPoolBuilder;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use wiretag::corpus::labelled::Labelled;
use wiretag::error::{Class, Place};
use wiretag::eval::predict_all;
use wiretag::model::Model;
use wiretag::model::settings::{ClassWeight, TrainSettings};
use wiretag::model::tagger::{Tagger, Verdict};
use wiretag::model::training::train;
use wiretag::progress::Silent;
use wiretag::schema::Schema;
use xxhash_rust::xxh3::Xxh3;

const SCHEMA: &str = "
[[task]]
name = 'topic'
kind = 'multi'
label = [{ name = 'energy', cues = ['oil', 'gas pipeline*'] }, { name = 'military', cues = ['troop*'] }, { name = 'diplomacy' }]
[[task]]
name = 'tone'
kind = 'single'
label = [{ name = 'bad' }, { name = 'neutral' }, { name = 'good' }]
";
const TOPICS: [&[&str]; 3] = [
    &[
        "oil",
        "gas pipeline",
        "refinery",
        "barrels",
        "power grid",
        "Brent",
        "exports",
        "5bn",
    ],
    &[
        "troops",
        "artillery",
        "S-400",
        "brigade",
        "front line",
        "shelled",
        "drones",
        "airfield",
    ],
    &[
        "envoy",
        "talks",
        "summit",
        "treaty",
        "U.N.",
        "ministers",
        "communiqué",
        "mediator",
    ],
];
const TONES: [&[&str]; 3] = [
    &["feared", "collapsed", "deadly", "warned"],
    &["said", "noted", "listed"],
    &["welcomed", "eased", "hopeful", "agreed"],
];
const FILLERS: [&str; 16] = [
    "the",
    "of",
    "on",
    "Tuesday",
    "officials",
    "after",
    "in",
    "a",
    "2014",
    "40%",
    "country",
    "and",
    "its",
    "week",
    "capital",
    "report",
];

/// Linear congruential numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn pick<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words[self.below(words.len())]
    }
}

/// Strings of words with labels that mostly fit them, three to an article.
fn labelled(count: usize) -> Labelled {
    let mut numbers = Numbers(count as u64);
    let mut data = Labelled {
        schema: Schema::parse(SCHEMA, Place::default()).unwrap(),
        gold: vec![Vec::new(); 2],
        ..Labelled::default()
    };
    for i in 0..count {
        let topics: Vec<u32> = (0..3).filter(|&t| numbers.below(2 + t as usize) == 0).collect();
        let tone = numbers.below(3);
        let words: Vec<&str> = (0..8 + numbers.below(8))
            .map(|_| match numbers.below(10) {
                0..3 if !topics.is_empty() => {
                    let topic = topics[numbers.below(topics.len())] as usize;
                    numbers.pick(TOPICS[topic])
                }
                3 => numbers.pick(TONES[tone]),
                4 => numbers.pick(TOPICS[i % 3]),
                _ => numbers.pick(&FILLERS),
            })
            .collect();
        data.texts.push(words.join(" ") + ".");
        data.articles.push(format!("article {}", i / 3));
        data.gold[0].push(topics);
        data.gold[1].push(vec![tone as u32]);
    }
    data
}

fn trained(data: &Labelled, settings: &TrainSettings, threads: usize) -> Model {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| train(data, settings, &Silent).unwrap())
}

/// The probabilities of all labels for each text, bit by bit; nothing for a text that gets none.
fn probabilities(model: &Model, texts: &[String]) -> Vec<Vec<u32>> {
    let mut tagger = Tagger::new(model);
    let bits = |text: &String| match tagger.tag(text) {
        Verdict::Tagged(scores) => scores.iter().map(|s| s.to_bits()).collect(),
        Verdict::Empty | Verdict::NoKnownWords => Vec::new(),
    };
    texts.iter().map(bits).collect()
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    // More texts than any step takes at a time, so that there is something to put into the wrong order.
    let data = labelled(1100);
    let balanced = TrainSettings {
        class_weight: ClassWeight::Balanced,
        folds: 3,
        ..TrainSettings::default()
    };
    for settings in [TrainSettings::default(), balanced] {
        let one = trained(&data, &settings, 1).to_bytes().unwrap();
        for threads in [2, 1] {
            assert!(
                trained(&data, &settings, threads).to_bytes().unwrap() == one,
                "{threads} threads"
            );
        }
    }
}

#[test]
fn a_loaded_model_has_the_same_bytes() {
    for count in [150, 300, 450] {
        let model = trained(&labelled(count), &TrainSettings::default(), 2);
        let bytes = model.to_bytes().unwrap();
        let loaded = Model::from_bytes(&bytes, Place::default()).unwrap();
        assert_eq!(loaded.card, model.card);
        assert!(loaded.to_bytes().unwrap() == bytes, "{count} texts");
    }
}

#[test]
fn a_loaded_model_predicts_the_same() {
    let data = labelled(300);
    let model = trained(&data, &TrainSettings::default(), 2);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model.save(&path).unwrap();
    let loaded = Model::load(&path).unwrap();

    let texts = [data.texts, labelled(50).texts, vec![String::new(), "zzz".into()]].concat();
    assert_eq!(
        predict_all(&loaded, &texts, &Silent),
        predict_all(&model, &texts, &Silent)
    );
    assert_eq!(probabilities(&loaded, &texts), probabilities(&model, &texts));
}

/// A small model file.
static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let settings = TrainSettings {
        folds: 3,
        ..TrainSettings::default()
    };
    trained(&labelled(60), &settings, 2).to_bytes().unwrap()
});

/// Where the header (JSON after eight bytes of its length) stands in the file; the tensors follow.
fn header() -> Range<usize> {
    let length = u64::from_le_bytes(FILE[..8].try_into().unwrap());
    8..8 + length as usize
}

fn with_flipped_header(at: Index, bit: u32) -> Vec<u8> {
    let mut bytes = FILE.clone();
    bytes[at.index(header().end)] ^= 1 << bit;
    bytes
}

/// The file with the tensors changed and their digest made right, as a forger would do it.
fn forged(change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> Vec<u8> {
    let (_, metadata) = SafeTensors::read_metadata(&FILE).unwrap();
    let tensors = SafeTensors::deserialize(&FILE).unwrap();
    let mut data: BTreeMap<String, Vec<u8>> = tensors
        .iter()
        .map(|(name, view)| (name.to_owned(), view.data().to_vec()))
        .collect();
    change(&mut data);
    let entry = &metadata.metadata().as_ref().unwrap()["wiretag"];
    let mut entry: serde_json::Value = serde_json::from_str(entry).unwrap();
    entry.as_object_mut().unwrap().shift_remove("digest");
    let mut digest = Xxh3::new();
    digest.update(entry.to_string().as_bytes());
    for part in data.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes]) {
        digest.update(&(part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    entry["digest"] = format!("{:032x}", digest.digest128()).into();
    // Keys stand in alphabetical order.
    let members: BTreeMap<String, serde_json::Value> = serde_json::from_value(entry).unwrap();
    let entry = serde_json::to_string(&members).unwrap();
    let views = data.iter().map(|(name, bytes)| {
        let old = tensors.tensor(name).unwrap();
        (name, TensorView::new(old.dtype(), old.shape().to_vec(), bytes).unwrap())
    });
    safetensors::serialize(views, Some(HashMap::from([("wiretag".to_owned(), entry)]))).unwrap()
}

/// Whether the bytes load. A failure must be one of the model; what loads must be fit for use.
fn loads(bytes: &[u8]) -> Result<bool, TestCaseError> {
    match Model::from_bytes(bytes, Place::source("model")) {
        Err(error) => {
            prop_assert_eq!(error.kind.class(), Class::Model);
            Ok(false)
        }
        Ok(model) => {
            let text = "Officials feared that oil and troops collapsed the talks on the gas pipelines.";
            let labels: Vec<usize> = (0..model.linear.labels()).collect();
            Tagger::new(&model).tag(text);
            model.explain(text, &labels, 3);
            model.strongest(0, 3);
            prop_assert!(model.to_bytes().is_ok());
            Ok(true)
        }
    }
}

#[test]
fn a_forged_digest_is_accepted_and_an_untouched_file_loads() {
    assert!(loads(&FILE).unwrap());
    assert!(loads(&forged(|_| ())).unwrap());
    assert!(loads(&forged(|tensors| tensors.get_mut("bias").unwrap()[0] ^= 1)).unwrap());
}

proptest! {
    #[test]
    fn truncated_files_are_refused(end: Index) {
        prop_assert!(!loads(&FILE[..end.index(FILE.len())])?);
    }

    #[test]
    fn longer_files_are_refused(tail in prop::collection::vec(any::<u8>(), 1..50)) {
        prop_assert!(!loads(&[FILE.as_slice(), &tail].concat())?);
    }

    #[test]
    fn other_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(!loads(&bytes)?);
    }

    #[test]
    fn a_flipped_bit_of_a_tensor_is_found(at: Index, bit in 0..8_u32) {
        let mut bytes = FILE.clone();
        let tensors = &mut bytes[header().end..];
        tensors[at.index(tensors.len())] ^= 1_u8 << bit;
        prop_assert!(!loads(&bytes)?);
    }

    #[test]
    fn a_flipped_bit_of_the_header_does_no_harm(at: Index, bit in 0..8_u32) {
        loads(&with_flipped_header(at, bit))?;
    }

    #[test]
    fn a_flipped_bit_of_the_header_is_found(at: Index, bit in 0..8_u32) {
        prop_assert!(!loads(&with_flipped_header(at, bit))?);
    }

    #[test]
    fn forged_tensors_do_no_harm(tensor: Index, at: Index, new in prop::collection::vec(any::<u8>(), 1..6)) {
        loads(&forged(|tensors| {
            let tensor = tensor.index(tensors.len());
            let tensor = tensors.values_mut().nth(tensor).unwrap();
            let start = at.index(tensor.len());
            tensor[start..].iter_mut().zip(new).for_each(|(old, new)| *old = new);
        }))?;
    }
}
