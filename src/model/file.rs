//! The model file: safetensors, everything checked before it is used.
//!
//! | tensor | type and shape | holds |
//! |---|---|---|
//! | `weights` | f16 or f32, n | weights other than zero, feature by feature and within it label by label, calibration folded in |
//! | `weight_labels` | u8 (u16 if there are more than 256 labels), n | the label of each |
//! | `weight_counts` | u16, features | how many each feature has |
//! | `bias` | f32, labels | bias of each label |
//! | `thresholds` | f32, labels | probability from which on a label is given |
//! | `idf` | f32, terms | inverse document frequency |
//! | `vocabulary` | u8 | terms as lines of UTF-8, words of a term separated by a blank |
//! | `surfaces` | u8 | readable form of each word, likewise, in the order in which words first stand in the terms |
//! | `fingerprints`, `sketches` | u64, n; u16, n x 16 | fingerprints of the training texts |
//!
//! The metadata entry `wiretag` is one JSON object with sorted keys: format version, schema, analyzer, card, and a digest of
//! all these and of the tensors.
//! No dates and no paths are in the file: the same training gives the same bytes.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::Xxh3;

use super::Model;
use super::card::Card;
use super::linear::Linear;
use super::settings::Precision;
use super::tensors::{Tensor, f32s, floats, lines, u16s, u64s};
use crate::corpus::near::{Fingerprint, SKETCH};
use crate::error::{Error, Kind, ModelFault, Place, Result};
use crate::features::featurizer::Featurizer;
use crate::features::vocabulary::{LONGEST, Vocabulary};
use crate::output;
use crate::schema::Schema;
use crate::text::analyzer::{Analyzer, AnalyzerSettings};

/// The format that this version writes, and the highest it reads.
pub const FORMAT_VERSION: u64 = 1;
/// The metadata entry.
const ENTRY: &str = "wiretag";
/// Its member that holds the digest of all other members and of the tensors.
const DIGEST: &str = "digest";

#[derive(Debug, Serialize, Deserialize)]
struct Metadata {
    format_version: u64,
    schema: Schema,
    analyzer: AnalyzerSettings,
    card: Card,
}

pub(super) type Fault<T> = std::result::Result<T, ModelFault>;

pub(super) fn damaged<T>(what: impl Into<String>) -> Fault<T> {
    Err(ModelFault::Damaged(what.into()))
}

impl Model {
    /// The bytes of the model file.
    ///
    /// # Errors
    /// If the model is too large for the format: a vocabulary of 4 GiB.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let vocabulary = self.featurizer.vocabulary();
        let weights = SparseWeights::of(&self.linear);
        let tensors: BTreeMap<&str, Tensor> = [
            ("weights", Tensor::floats(&weights.values, self.card.settings.precision)),
            ("weight_labels", Tensor::up_to(self.linear.labels(), &weights.labels)),
            ("weight_counts", Tensor::u16(weights.counts)),
            ("bias", Tensor::f32(self.linear.bias())),
            ("thresholds", Tensor::f32(&self.thresholds)),
            ("idf", Tensor::f32(self.featurizer.idf())),
            (
                "vocabulary",
                Tensor::lines((0..vocabulary.len()).map(|t| vocabulary.term(t))),
            ),
            (
                "surfaces",
                Tensor::lines(vocabulary.words().map(|(_, surface)| surface)),
            ),
            ("fingerprints", Tensor::u64(self.fingerprints.iter().map(|f| f.words))),
            (
                "sketches",
                Tensor::u16(self.fingerprints.iter().flat_map(|f| f.sketch)).columns(SKETCH),
            ),
        ]
        .into();
        let metadata = Metadata {
            format_version: FORMAT_VERSION,
            schema: self.schema.clone(),
            analyzer: self.featurizer.analyzer().settings().clone(),
            card: self.card.clone(),
        };
        let fault = |e: String| Error::from(Kind::Model(ModelFault::Damaged(e)));
        let mut json = sorted(serde_json::to_value(&metadata).map_err(|e| fault(e.to_string()))?);
        let parts = tensors.iter().map(|(name, tensor)| (*name, tensor.bytes.as_slice()));
        json[DIGEST] = digest(&json, parts).into();
        let views = tensors
            .iter()
            .map(|(name, tensor)| Ok((*name, tensor.view()?)))
            .collect::<std::result::Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|e| fault(e.to_string()))?;
        let entry = HashMap::from([(ENTRY.to_owned(), sorted(json).to_string())]);
        safetensors::serialize(views, Some(entry)).map_err(|e| fault(e.to_string()))
    }

    /// Writes the model file; an older one is replaced only when the new one is whole.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        output::write_whole(path, &self.to_bytes()?)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`Kind::Model`] if the file cannot be read or is not a whole, sound model of a known format.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|e| Kind::Model(ModelFault::Io(e)).at(Place::path(path)))?;
        Self::from_bytes(&bytes, Place::path(path))
    }

    /// Reads the bytes of a model file; `place` is used in messages.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn from_bytes(bytes: &[u8], place: Place) -> Result<Self> {
        read(bytes).map_err(|fault| Kind::Model(fault).at(place))
    }
}

fn read(bytes: &[u8]) -> Fault<Model> {
    let container = |e: safetensors::SafeTensorError| ModelFault::Container(e.to_string());
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(container)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(container)?;
    let entry = header
        .metadata()
        .as_ref()
        .and_then(|m| m.get(ENTRY))
        .ok_or(ModelFault::Foreign)?;
    let mut json: Value = serde_json::from_str(entry).or_else(|e| damaged(format!("metadata: {e}")))?;
    match json.get("format_version").and_then(Value::as_u64) {
        Some(1..=FORMAT_VERSION) => {}
        Some(found) if found > FORMAT_VERSION => {
            return Err(ModelFault::Newer {
                found,
                known: FORMAT_VERSION,
            });
        }
        _ => return damaged("metadata: no format version"),
    }
    let mut named: BTreeMap<&str, TensorView<'_>> = tensors.iter().collect();
    // Two texts can stand for one number; only the one that was written is whole.
    let written = sorted(json.clone()).to_string();
    if &written != entry {
        return damaged("the metadata are not as they were written");
    }
    let stated = json.as_object_mut().and_then(|members| members.remove(DIGEST));
    let found = digest(
        &sorted(json.clone()),
        named.iter().map(|(name, view)| (*name, view.data())),
    );
    if stated.as_ref().and_then(Value::as_str) != Some(&found) {
        return damaged("the contents do not match their digest");
    }
    let metadata: Metadata = serde_json::from_value(json).or_else(|e| damaged(format!("metadata: {e}")))?;
    let mut take = |name: &str, wanted: &[Dtype]| -> Fault<TensorView<'_>> {
        match named.remove(name) {
            Some(view) if wanted.contains(&view.dtype()) => Ok(view),
            Some(view) => damaged(format!(
                "tensor {name:?} holds {:?} instead of {wanted:?}",
                view.dtype()
            )),
            None => damaged(format!("tensor {name:?} is missing")),
        }
    };
    metadata.schema.check().or_else(|e| damaged(format!("schema: {e}")))?;
    let labels = metadata.schema.label_count();
    let terms = lines("vocabulary", &take("vocabulary", &[Dtype::U8])?)?;
    let vocabulary = vocabulary(&terms, &lines("surfaces", &take("surfaces", &[Dtype::U8])?)?)?;
    let idf = f32s("idf", &take("idf", &[Dtype::F32])?, terms.len())?;
    if idf.iter().any(|&v| v <= 0.0) {
        return damaged("an inverse document frequency is not positive");
    }
    let thresholds = f32s("thresholds", &take("thresholds", &[Dtype::F32])?, labels)?;
    if thresholds.iter().any(|t| !(0.0..=1.0).contains(t)) {
        return damaged("a threshold is no probability");
    }
    let analyzer = Analyzer::new(metadata.analyzer);
    let cues = metadata.card.settings.cues;
    let featurizer = Featurizer::from_parts(analyzer, vocabulary, idf, &metadata.schema, cues);
    let precision = metadata.card.settings.precision;
    let float = match precision {
        Precision::F32 => Dtype::F32,
        Precision::F16 => Dtype::F16,
    };
    let weights = SparseWeights {
        values: floats("weights", &take("weights", &[float])?, precision)?,
        labels: u16s(&take("weight_labels", &[Dtype::U8, Dtype::U16])?),
        counts: u16s(&take("weight_counts", &[Dtype::U16])?),
    };
    let bias = f32s("bias", &take("bias", &[Dtype::F32])?, labels)?;
    let hashes = take("fingerprints", &[Dtype::U64])?;
    let sketches = take("sketches", &[Dtype::U16])?;
    Ok(Model {
        schema: metadata.schema,
        linear: weights.into_linear(featurizer.features(), bias)?,
        featurizer,
        thresholds,
        fingerprints: fingerprints(&hashes, &sketches)?,
        card: metadata.card,
    })
}

/// All weights other than zero, feature by feature, and within a feature label by label.
#[derive(Default)]
struct SparseWeights {
    values: Vec<f32>,
    /// The label of each.
    labels: Vec<u16>,
    /// How many each feature has.
    counts: Vec<u16>,
}

impl SparseWeights {
    fn of(linear: &Linear) -> Self {
        let mut sparse = Self::default();
        for feature in 0..linear.features() {
            let before = sparse.values.len();
            for (label, weight) in linear.of_feature(feature) {
                sparse.labels.push(label as u16);
                sparse.values.push(weight);
            }
            sparse.counts.push((sparse.values.len() - before) as u16);
        }
        sparse
    }

    fn into_linear(self, features: usize, bias: Vec<f32>) -> Fault<Linear> {
        let stated: usize = self.counts.iter().map(|&n| usize::from(n)).sum();
        if self.counts.len() != features || self.labels.len() != stated || self.values.len() != stated {
            return damaged("the weights are not as many as the features and their counts say");
        }
        let mut linear = Linear::new(bias);
        let mut dense = vec![0.0; linear.labels()];
        let mut weights = self.labels.iter().map(|&label| usize::from(label)).zip(self.values);
        for count in self.counts {
            dense.fill(0.0);
            let mut next = 0;
            for (label, weight) in weights.by_ref().take(usize::from(count)) {
                if label < next || label >= dense.len() || weight == 0.0 {
                    return damaged("the labels of the weights do not ascend, or a weight is zero");
                }
                dense[label] = weight;
                next = label + 1;
            }
            linear.push(dense.iter().copied());
        }
        Ok(linear)
    }
}

fn vocabulary(terms: &[&str], surfaces: &[&str]) -> Fault<Vocabulary> {
    let mut seen = std::collections::HashSet::with_capacity(terms.len());
    let mut words: HashMap<&str, usize> = HashMap::new();
    for term in terms {
        if !seen.insert(term) {
            return damaged(format!("term {term:?} stands twice"));
        }
        if term.split(' ').any(str::is_empty) || term.split(' ').count() > LONGEST {
            return damaged(format!("{term:?} is no term"));
        }
        for word in term.split(' ') {
            let next = words.len();
            words.entry(word).or_insert(next);
        }
    }
    if surfaces.len() != words.len() {
        return damaged(format!("{} readable forms for {} words", surfaces.len(), words.len()));
    }
    let surface = |form: &str| words.get(form).map(|&i| surfaces[i].to_owned());
    Ok(Vocabulary::from_terms(terms.iter().copied(), surface))
}

fn fingerprints(hashes: &TensorView<'_>, sketches: &TensorView<'_>) -> Fault<Vec<Fingerprint>> {
    let (hashes, minima) = (u64s(hashes), u16s(sketches));
    if sketches.shape() != [hashes.len(), SKETCH] {
        let shape = sketches.shape();
        return damaged(format!("{shape:?} sketches for {} fingerprints", hashes.len()));
    }
    Ok(hashes
        .into_iter()
        .zip(minima.as_chunks::<SKETCH>().0)
        .map(|(words, &sketch)| Fingerprint { words, sketch })
        .collect())
}

/// Digest of metadata with sorted keys and of tensors by name: 32 hexadecimal digits.
fn digest<'b>(metadata: &Value, tensors: impl Iterator<Item = (&'b str, &'b [u8])>) -> String {
    let mut hash = Xxh3::new();
    hash.update(metadata.to_string().as_bytes());
    for (name, bytes) in tensors {
        for part in [name.as_bytes(), bytes] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    format!("{:032x}", hash.digest128())
}

/// The same JSON with the keys of all objects sorted.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let members: BTreeMap<String, Value> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}
