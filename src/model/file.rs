//! The model file: safetensors, everything checked before it is used.
//!
//! | tensor | type and shape | holds |
//! |---|---|---|
//! | `weights` | f32, features x labels | weight of each feature for each label, calibration folded in |
//! | `bias` | f32, labels | bias of each label |
//! | `thresholds` | f32, labels | probability from which on a label is given |
//! | `idf` | f32, terms | inverse document frequency |
//! | `vocabulary`, `vocabulary_offsets` | u8, u32 | terms as UTF-8, words of a term separated by a blank |
//! | `surfaces`, `surfaces_offsets` | u8, u32 | readable form of each word, in the order in which words first stand in the terms |
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
use crate::corpus::near::{Fingerprint, SKETCH};
use crate::error::{Error, Kind, ModelFault, Place, Result};
use crate::features::featurizer::Featurizer;
use crate::features::vocabulary::Vocabulary;
use crate::output;
use crate::schema::Schema;
use crate::text::analyzer::{Analyzer, AnalyzerSettings};

/// The format that this version writes, and the highest it reads.
pub const FORMAT_VERSION: u64 = 1;
/// The metadata entry.
const ENTRY: &str = "wiretag";
/// Its member that holds the digest of all other members and of the tensors.
const DIGEST: &str = "digest";
/// Longest term in words that a file may hold.
const LONGEST_TERM: usize = 8;

#[derive(Debug, Serialize, Deserialize)]
struct Metadata {
    format_version: u64,
    schema: Schema,
    analyzer: AnalyzerSettings,
    card: Card,
}

type Fault<T> = std::result::Result<T, ModelFault>;

fn damaged<T>(what: impl Into<String>) -> Fault<T> {
    Err(ModelFault::Damaged(what.into()))
}

impl Model {
    /// The bytes of the model file.
    ///
    /// # Errors
    /// If the model is too large for the format: a vocabulary of 4 GiB.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let vocabulary = self.featurizer.vocabulary();
        let (terms, term_offsets) = strings((0..vocabulary.len()).map(|t| vocabulary.term(t)))?;
        let (surfaces, surface_offsets) = strings(vocabulary.words().map(|(_, surface)| surface.to_owned()))?;
        let labels = self.linear.labels();
        let tensors: BTreeMap<&str, (Dtype, Vec<usize>, Vec<u8>)> = [
            (
                "weights",
                (
                    Dtype::F32,
                    vec![self.linear.features(), labels],
                    f32_bytes(self.linear.weights()),
                ),
            ),
            ("bias", (Dtype::F32, vec![labels], f32_bytes(self.linear.bias()))),
            ("thresholds", (Dtype::F32, vec![labels], f32_bytes(&self.thresholds))),
            (
                "idf",
                (Dtype::F32, vec![vocabulary.len()], f32_bytes(self.featurizer.idf())),
            ),
            ("vocabulary", (Dtype::U8, vec![terms.len()], terms)),
            (
                "vocabulary_offsets",
                (Dtype::U32, vec![term_offsets.len() / 4], term_offsets),
            ),
            ("surfaces", (Dtype::U8, vec![surfaces.len()], surfaces)),
            (
                "surfaces_offsets",
                (Dtype::U32, vec![surface_offsets.len() / 4], surface_offsets),
            ),
            (
                "fingerprints",
                (
                    Dtype::U64,
                    vec![self.fingerprints.len()],
                    self.fingerprints.iter().flat_map(|f| f.words.to_le_bytes()).collect(),
                ),
            ),
            (
                "sketches",
                (
                    Dtype::U16,
                    vec![self.fingerprints.len(), SKETCH],
                    self.fingerprints
                        .iter()
                        .flat_map(|f| f.sketch)
                        .flat_map(u16::to_le_bytes)
                        .collect(),
                ),
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
        let parts = tensors.iter().map(|(name, (_, _, bytes))| (*name, bytes.as_slice()));
        json[DIGEST] = digest(&json, parts).into();
        let views = tensors
            .iter()
            .map(|(name, (dtype, shape, bytes))| Ok((*name, TensorView::new(*dtype, shape.clone(), bytes)?)))
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
    let mut take = |name: &str, dtype: Dtype| -> Fault<TensorView<'_>> {
        match named.remove(name) {
            Some(view) if view.dtype() == dtype => Ok(view),
            Some(view) => damaged(format!("tensor {name:?} holds {:?} instead of {dtype:?}", view.dtype())),
            None => damaged(format!("tensor {name:?} is missing")),
        }
    };
    metadata.schema.check().or_else(|e| damaged(format!("schema: {e}")))?;
    let labels = metadata.schema.label_count();
    let terms = texts(
        "vocabulary",
        take("vocabulary", Dtype::U8)?.data(),
        take("vocabulary_offsets", Dtype::U32)?.data(),
    )?;
    let vocabulary = vocabulary(
        &terms,
        &texts(
            "surfaces",
            take("surfaces", Dtype::U8)?.data(),
            take("surfaces_offsets", Dtype::U32)?.data(),
        )?,
    )?;
    let idf = floats("idf", &take("idf", Dtype::F32)?, &[terms.len()])?;
    if idf.iter().any(|&v| v <= 0.0) {
        return damaged("an inverse document frequency is not positive");
    }
    let thresholds = floats("thresholds", &take("thresholds", Dtype::F32)?, &[labels])?;
    if thresholds.iter().any(|t| !(0.0..=1.0).contains(t)) {
        return damaged("a threshold is no probability");
    }
    let analyzer = Analyzer::new(metadata.analyzer);
    let cues = metadata.card.settings.cues;
    let featurizer = Featurizer::from_parts(analyzer, vocabulary, idf, &metadata.schema, cues);
    let weights = floats(
        "weights",
        &take("weights", Dtype::F32)?,
        &[featurizer.features(), labels],
    )?;
    let bias = floats("bias", &take("bias", Dtype::F32)?, &[labels])?;
    let hashes = take("fingerprints", Dtype::U64)?;
    let sketches = take("sketches", Dtype::U16)?;
    Ok(Model {
        schema: metadata.schema,
        featurizer,
        linear: Linear::from_parts(weights, bias),
        thresholds,
        fingerprints: fingerprints(&hashes, &sketches)?,
        card: metadata.card,
    })
}

fn vocabulary(terms: &[&str], surfaces: &[&str]) -> Fault<Vocabulary> {
    let mut seen = std::collections::HashSet::with_capacity(terms.len());
    let mut words: HashMap<&str, usize> = HashMap::new();
    for term in terms {
        if !seen.insert(term) {
            return damaged(format!("term {term:?} stands twice"));
        }
        if term.split(' ').any(str::is_empty) || term.split(' ').count() > LONGEST_TERM {
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

/// Texts one after the other, and where each begins and ends.
fn strings(texts: impl Iterator<Item = String>) -> Result<(Vec<u8>, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut offsets = 0_u32.to_le_bytes().to_vec();
    for text in texts {
        bytes.extend_from_slice(text.as_bytes());
        let end = u32::try_from(bytes.len()).map_err(|_| {
            Kind::CannotLearn("the vocabulary is larger than 4 GiB (set --max-features or a higher --min-df)".into())
        })?;
        offsets.extend(end.to_le_bytes());
    }
    Ok((bytes, offsets))
}

fn texts<'b>(name: &str, bytes: &'b [u8], offsets: &[u8]) -> Fault<Vec<&'b str>> {
    let offsets: Vec<usize> = offsets
        .as_chunks()
        .0
        .iter()
        .map(|b| u32::from_le_bytes(*b) as usize)
        .collect();
    if offsets.first() != Some(&0) || offsets.last() != Some(&bytes.len()) {
        return damaged(format!("the offsets of {name:?} do not span it"));
    }
    offsets
        .windows(2)
        .map(|pair| {
            let part = bytes.get(pair[0]..pair[1]);
            let text = part.and_then(|p| std::str::from_utf8(p).ok());
            text.map_or_else(|| damaged(format!("{name:?} is not made of whole texts")), Ok)
        })
        .collect()
}

fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn floats(name: &str, view: &TensorView<'_>, shape: &[usize]) -> Fault<Vec<f32>> {
    if view.shape() != shape {
        return damaged(format!(
            "tensor {name:?} has shape {:?} instead of {shape:?}",
            view.shape()
        ));
    }
    let values: Vec<f32> = view
        .data()
        .as_chunks()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect();
    match values.iter().find(|v| !v.is_finite()) {
        Some(value) => damaged(format!("tensor {name:?} holds {value}")),
        None => Ok(values),
    }
}

fn fingerprints(hashes: &TensorView<'_>, sketches: &TensorView<'_>) -> Fault<Vec<Fingerprint>> {
    let hashes: Vec<u64> = hashes
        .data()
        .as_chunks()
        .0
        .iter()
        .map(|b| u64::from_le_bytes(*b))
        .collect();
    if sketches.shape() != [hashes.len(), SKETCH] {
        return damaged(format!(
            "{:?} sketches for {} fingerprints",
            sketches.shape(),
            hashes.len()
        ));
    }
    let minima: Vec<u16> = sketches
        .data()
        .as_chunks()
        .0
        .iter()
        .map(|b| u16::from_le_bytes(*b))
        .collect();
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
