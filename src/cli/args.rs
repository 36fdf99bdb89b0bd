//! The arguments as typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::bulk::{Boilerplate, OutputFormat};
use crate::corpus::format::Format;
use crate::corpus::input::{InputOptions, OnBadRow};
use crate::error::{Kind, Result};
use crate::model::settings::{Precision, TrainSettings};
use crate::report::record::{Keep, ScoresKept};
use crate::solver::SolverKind;
use crate::text::analyzer::Numbers;
use crate::text::language::Language;

/// Tags the paragraphs of news articles.
///
/// Exit codes: 0 done, 2 wrong usage, 3 wrong data, 4 wrong model.
#[derive(Debug, Parser)]
#[command(name = "wiretag", version, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Worker threads [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// No progress and no summary on standard error
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
}

impl Arguments {
    pub(super) fn threads(&self) -> usize {
        match self.threads {
            Some(n) => usize::from(n),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Learn a model from labelled data
    Train(TrainArgs),
    /// Measure a model on labelled data
    Eval(EvalArgs),
    /// Tag articles and rows
    Predict(PredictArgs),
    /// Show what is in a model
    Inspect(InspectArgs),
}

/// How input is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct InputArgs {
    /// Format of all input [default: by file name; of standard input and pipes by the first bytes]
    #[arg(long, value_name = "FORMAT")]
    pub input_format: Option<Format>,
    /// Field delimiter of tables: one character, or `tab` [default: , for csv, tab for tsv]
    #[arg(long, value_name = "CHAR")]
    pub delimiter: Option<String>,
    /// Column (or JSON field) that holds the text
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub text_column: String,
    /// Column that holds the row's id, if there is one
    #[arg(long, value_name = "NAME", default_value = "id")]
    pub id_column: String,
    /// What joins several labels in one cell
    #[arg(long, value_name = "TEXT", default_value = "|")]
    pub label_separator: String,
    /// What becomes of a row that cannot be used
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub on_bad_row: OnBadRow,
    /// Longest row, or paragraph of an article, in bytes (K and M stand for KiB and MiB); a longer one is a bad row
    #[arg(long, default_value = "1M", value_parser = byte_count, value_name = "N")]
    pub max_paragraph_bytes: usize,
}

/// Where labelled rows say which article they belong to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct ArticleArgs {
    /// Column that names the article of a row, if there is one; rows of one article stay together
    #[arg(long, value_name = "NAME", default_value = "article")]
    pub article_column: String,
}

impl InputArgs {
    pub fn options(&self, article: Option<&ArticleArgs>) -> Result<InputOptions> {
        let defaults = InputOptions::default();
        if self.label_separator.is_empty() {
            return Err(Kind::Usage("--label-separator must not be empty".into()).into());
        }
        Ok(InputOptions {
            format: self.input_format,
            delimiter: self.delimiter.as_deref().map(delimiter).transpose()?,
            text_column: self.text_column.clone(),
            id_column: self.id_column.clone(),
            article_column: article.map_or(defaults.article_column, |a| a.article_column.clone()),
            label_separator: self.label_separator.clone(),
            on_bad_row: self.on_bad_row,
            max_paragraph_bytes: self.max_paragraph_bytes,
        })
    }
}

/// A positive number of bytes: `4096`, `64K`, `2M`.
fn byte_count(text: &str) -> std::result::Result<usize, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'K' | b'k') => (&text[..text.len() - 1], 1 << 10),
        Some(b'M' | b'm') => (&text[..text.len() - 1], 1 << 20),
        _ => (text, 1),
    };
    let bytes = digits.parse().ok().and_then(|n: usize| n.checked_mul(unit));
    bytes
        .filter(|&n| n > 0)
        .ok_or_else(|| "expected a positive number of bytes, such as 65536, 64K or 1M".to_owned())
}

fn delimiter(text: &str) -> Result<u8> {
    match text.as_bytes() {
        [b'"' | b'\n' | b'\r'] => {}
        [byte] if byte.is_ascii() => return Ok(*byte),
        b"tab" | b"\\t" => return Ok(b'\t'),
        _ => {}
    }
    let wanted = "one ASCII character other than a quote or line break, or `tab`".into();
    Err(Kind::Setting {
        name: "delimiter",
        wanted,
        found: format!("{text:?}"),
    }
    .into())
}

#[derive(Debug, Args)]
pub(super) struct TrainArgs {
    /// Labelled data: CSV, TSV or JSONL, also compressed; `-` for standard input
    #[arg(required = true, value_name = "DATA")]
    pub data: Vec<PathBuf>,
    /// The model file to write, which appears whole or not at all; `-` for standard output
    #[arg(long, short, value_name = "MODEL")]
    pub output: PathBuf,
    #[command(flatten)]
    pub tasks: TaskArgs,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub article: ArticleArgs,
    #[command(flatten)]
    pub features: FeatureArgs,
    #[command(flatten)]
    pub learning: LearningArgs,
}

/// What is to be learned.
#[derive(Debug, Args)]
#[command(next_help_heading = "Tasks")]
pub(super) struct TaskArgs {
    /// Schema file [default: schema.toml beside the first data file, or in the first folder]
    #[arg(long, value_name = "FILE", conflicts_with = "task")]
    pub schema: Option<PathBuf>,
    /// A task without a schema file: NAME=multi or NAME=single, and :COLUMN if the column has another name;
    /// its labels are those of the data. Can be given several times
    #[arg(long, value_name = "NAME=KIND[:COLUMN]")]
    pub task: Vec<String>,
}

/// From text to features.
#[derive(Debug, Args)]
#[command(next_help_heading = "Features")]
pub(super) struct FeatureArgs {
    /// Language of the stemmer; `none` for no stemming
    #[arg(long, value_enum, default_value_t, value_name = "LANGUAGE")]
    pub language: Language,
    /// What becomes of numbers: stay as written, fold all but years into one, or drop
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub numbers: Numbers,
    /// Words to leave out: `none`, `language` for the common words of the language, or a file with one word a line
    #[arg(long, default_value = "none", value_name = "WHICH")]
    pub stop_words: String,
    /// Longest word n-gram
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub ngrams: u32,
    /// Least number of texts with a term
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub min_df: u32,
    /// Greatest share of texts with a term
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true, value_name = "SHARE")]
    pub max_df: f64,
    /// Greatest number of terms, the most frequent ones [default: no limit]
    #[arg(long, value_name = "N")]
    pub max_features: Option<u32>,
    /// Greatest value of a cue feature; 0 turns cues off
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true, value_name = "X")]
    pub cue_scale: f64,
}

/// From features to a model.
#[derive(Debug, Args)]
#[command(next_help_heading = "Learning")]
pub(super) struct LearningArgs {
    /// Solver: the sparse Newton solver, or linfa-logistic on dense arrays (small data only)
    #[arg(long, value_enum, default_value_t, value_name = "SOLVER")]
    pub solver: SolverKind,
    /// Strength of the L2 regularisation (1/C); `auto` chooses it for each task by cross-validation
    #[arg(long, default_value = "auto", allow_negative_numbers = true, value_name = "X")]
    pub alpha: String,
    /// Weights of the classes: `none`, `balanced`, or TASK.LABEL=WEIGHT, several joined by commas
    #[arg(long, default_value = "none", value_name = "WEIGHTS")]
    pub class_weight: String,
    /// Folds of the cross-validation for alpha, calibration and thresholds; 0 trains without them (alpha 0.1 unless given)
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub folds: u32,
    /// Leave out weights that move the scores of a label by less than this share (root mean square); 0 keeps all
    #[arg(long, default_value_t = TrainSettings::default().prune, value_name = "SHARE")]
    pub prune: f64,
    /// How weights are kept in the model file
    #[arg(long, value_enum, default_value_t, value_name = "TYPE")]
    pub precision: Precision,
}

#[derive(Debug, Args)]
pub(super) struct EvalArgs {
    /// Labelled data: CSV, TSV or JSONL, also compressed; `-` for standard input
    #[arg(required = true, value_name = "DATA")]
    pub data: Vec<PathBuf>,
    #[command(flatten)]
    pub model: ModelArgs,
    /// Write the report to a file; the format is told from its ending: .json. Can be given several times
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub article: ArticleArgs,
}

#[derive(Debug, Args)]
pub(super) struct ModelArgs {
    /// The model file [default: the news model inside this program]
    #[arg(long, short, value_name = "MODEL")]
    pub model: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct PredictArgs {
    /// Articles (text, HTML), rows (CSV, TSV, JSONL), folders of them, also compressed; `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub model: ModelArgs,
    /// Output file, which appears whole or not at all; `-` for standard output, as by default
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub input: InputArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    pub format: OutputFormat,
    /// Which fields of an input row go along: all but the text, the id, or none
    #[arg(long, value_enum, default_value_t, value_name = "WHICH", help_heading = "Output")]
    pub keep: Keep,
    /// Which probabilities go along: of all labels, of those given, or none [default: all for jsonl, none for csv; `--scores` alone is all]
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "all", value_name = "WHICH", help_heading = "Output")]
    pub scores: Option<ScoresKept>,
    /// Explain each label given by its N strongest features (jsonl only)
    #[arg(long, default_value_t = 0, value_name = "N", help_heading = "Output")]
    pub explain: usize,
    /// Give a label of a multi-label task from this probability on: X for all labels, TASK=X or TASK.LABEL=X for some.
    /// Can be given several times
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "[WHICH=]X",
        help_heading = "Tagging"
    )]
    pub threshold: Vec<String>,
    /// Whether boilerplate of articles is marked and not tagged, or tagged like prose; rows are always tagged
    #[arg(long, value_enum, default_value_t, value_name = "WHAT", help_heading = "Tagging")]
    pub boilerplate: Boilerplate,
}

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Strongest features to show for each label
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub top: usize,
    /// The model's card as JSON instead
    #[arg(long)]
    pub json: bool,
}
