//! Labelled data: texts with the labels that people gave them.

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::Xxh3;

use super::batch::{Batch, Contents, Scratch};
use super::input::{InputOptions, OnBadRow};
use super::reader::BatchReader;
use super::rows::Row;
use super::source::Source;
use crate::error::{Error, Kind, Place, Result, did_you_mean, list};
use crate::progress::Progress;
use crate::schema::{Label, Schema, Task, TaskKind};

/// What to do with a label that the schema does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownLabels {
    /// It makes the row a bad row.
    Reject,
    /// It joins the labels of its task behind the schema's own.
    Append,
    /// There are no own labels: all are taken from the data, in alphabetical order.
    Collect,
}

/// Where a labelled text came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Number of its source among [`Labelled::sources`].
    pub source: u32,
    /// 1-based line.
    pub line: u64,
    /// 1-based row of its source.
    pub row: u64,
    /// The row's own id, if it has one.
    pub id: Option<String>,
}

/// Labelled texts, column by column: index `i` of each vector is one text.
#[derive(Debug, Default)]
pub struct Labelled {
    /// The tasks with all labels that occur.
    pub schema: Schema,
    /// The texts.
    pub texts: Vec<String>,
    /// The article that each text belongs to; unique where the data name none.
    pub articles: Vec<String>,
    /// For each task and text the numbers of its labels, ascending; exactly one for a single-choice task.
    pub gold: Vec<Vec<Vec<u32>>>,
    /// Where each text stands.
    pub origins: Vec<Origin>,
    /// Names of the sources.
    pub sources: Vec<String>,
    /// Rows that could not be used and were left out.
    pub bad_rows: Vec<Error>,
}

impl Labelled {
    /// Reads all sources.
    ///
    /// # Errors
    /// The first bad row (unless they are skipped), a missing column, or a source that cannot be read; [`Kind::NoRows`] or [`Kind::NoUsableRow`] if nothing is left.
    pub fn read(
        sources: &[Source],
        schema: Schema,
        unknown: UnknownLabels,
        options: &InputOptions,
        progress: &dyn Progress,
    ) -> Result<Self> {
        check_separator(&schema, &options.label_separator)?;
        let mut reader = LabelledReader::new(schema, unknown, options);
        progress.stage("reading", None);
        for source in sources {
            reader.read_source(source, progress)?;
        }
        progress.finish();
        let mut data = reader.data;
        if data.texts.is_empty() {
            let place = sources.first().map_or_else(Place::default, |s| Place::source(s.name()));
            return Err(match data.bad_rows.first() {
                Some(first) => Kind::NoUsableRow {
                    skipped: data.bad_rows.len(),
                    first: first.to_string(),
                }
                .into(),
                None => Kind::NoRows.at(place),
            });
        }
        if unknown == UnknownLabels::Collect {
            data.sort_labels();
            data.schema.tasks.iter().try_for_each(enough_labels)?;
        }
        Ok(data)
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The labels of all tasks of each text, numbered through.
    pub fn all_labels(&self) -> Vec<Vec<u32>> {
        let ranges = self.schema.label_ranges();
        (0..self.len())
            .map(|i| {
                let tasks = self.gold.iter().zip(&ranges);
                tasks
                    .flat_map(|(gold, range)| gold[i].iter().map(|&l| l + range.start as u32))
                    .collect()
            })
            .collect()
    }

    /// Digest of texts and labels, in order: 32 hexadecimal digits.
    pub fn digest(&self) -> String {
        let mut hash = Xxh3::new();
        let mut field = |bytes: &[u8]| {
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        for (i, text) in self.texts.iter().enumerate() {
            field(text.as_bytes());
            field(self.articles[i].as_bytes());
            for (task, gold) in self.schema.tasks.iter().zip(&self.gold) {
                for &label in &gold[i] {
                    field(task.labels[label as usize].name.as_bytes());
                }
                field(b"");
            }
        }
        format!("{:032x}", hash.digest128())
    }

    /// The texts at these indices, in this order.
    pub fn select(&self, rows: &[usize]) -> Self {
        let pick = |values: &[String]| rows.iter().map(|&i| values[i].clone()).collect();
        Self {
            schema: self.schema.clone(),
            texts: pick(&self.texts),
            articles: pick(&self.articles),
            gold: self
                .gold
                .iter()
                .map(|g| rows.iter().map(|&i| g[i].clone()).collect())
                .collect(),
            origins: rows.iter().map(|&i| self.origins[i].clone()).collect(),
            sources: self.sources.clone(),
            bad_rows: Vec::new(),
        }
    }

    fn sort_labels(&mut self) {
        for (task, gold) in self.schema.tasks.iter_mut().zip(&mut self.gold) {
            let mut order: Vec<u32> = (0..task.labels.len() as u32).collect();
            order.sort_by(|&a, &b| task.labels[a as usize].name.cmp(&task.labels[b as usize].name));
            let mut rank = vec![0; order.len()];
            for (new, &old) in (0_u32..).zip(&order) {
                rank[old as usize] = new;
            }
            task.labels = order.iter().map(|&old| task.labels[old as usize].clone()).collect();
            for labels in gold {
                labels.iter_mut().for_each(|l| *l = rank[*l as usize]);
                labels.sort_unstable();
            }
        }
    }
}

/// Collects rows while sources are read.
struct LabelledReader<'o> {
    data: Labelled,
    numbers: Vec<FxHashMap<String, u32>>,
    unknown: UnknownLabels,
    options: &'o InputOptions,
}

/// The usable parts of a row.
struct Parsed {
    text: String,
    article: String,
    id: Option<String>,
    /// Label names by task.
    labels: Vec<Vec<String>>,
}

impl<'o> LabelledReader<'o> {
    fn new(schema: Schema, unknown: UnknownLabels, options: &'o InputOptions) -> Self {
        let numbers = schema
            .tasks
            .iter()
            .map(|task| task.label_names().map(str::to_owned).zip(0..).collect())
            .collect();
        let gold = vec![Vec::new(); schema.tasks.len()];
        Self {
            data: Labelled {
                schema,
                gold,
                ..Labelled::default()
            },
            numbers,
            unknown,
            options,
        }
    }

    fn read_source(&mut self, source: &Source, progress: &dyn Progress) -> Result<()> {
        let mut reader = BatchReader::open(source, self.options)?;
        if let Some(header) = reader.header() {
            let columns = self.data.schema.tasks.iter();
            columns
                .map(|task| header.check_column(task.column(), &self.cure(task)))
                .chain([header.check_unrepeated(&self.options.article_column)])
                .collect::<Result<(), Kind>>()
                .map_err(|kind| kind.at(Place::source(source.name()).line(1)))?;
        }
        self.data.sources.push(source.name());
        let mut scratch = Scratch::default();
        let mut buffer = Vec::new();
        while let Some(batch) = reader.next_batch(buffer)? {
            self.read_batch(&batch, &mut scratch, progress)?;
            buffer = batch.bytes;
        }
        Ok(())
    }

    fn read_batch(&mut self, batch: &Batch, scratch: &mut Scratch, progress: &dyn Progress) -> Result<()> {
        if let Contents::Article(_) = batch.contents {
            let message = "this is an article, but labelled rows are needed (give CSV, TSV or JSONL, or name the format with --input-format)";
            return Err(Kind::Usage(message.into()).at(Place::source(&*batch.source)));
        }
        batch.each_row(scratch, |row| {
            let added = row
                .map_err(|(_, error)| error)
                .and_then(|row| Ok((self.parse(&batch.source, &row)?, row)));
            match added {
                Ok((parsed, row)) => self.add(parsed, &row),
                Err(error) if self.options.on_bad_row == OnBadRow::Skip => self.data.bad_rows.push(error),
                Err(error) => return Err(error),
            }
            progress.advance(1);
            Ok(())
        })
    }

    fn parse(&self, source: &str, row: &Row<'_>) -> Result<Parsed> {
        let options = self.options;
        let at = |column: &str| row.place(source, column);
        let text_column = options.text_column.as_str();
        let text = row.text(text_column).map_err(|kind| kind.at(at(text_column)))?;
        if text.trim().is_empty() {
            return Err(Kind::EmptyText.at(at(text_column)));
        }
        let optional = |column: &str| -> Result<Option<String>> {
            match row.get(column) {
                Some(value) => {
                    let value = value.string().map_err(|kind| kind.at(at(column)))?;
                    Ok(Some(value.into_owned()).filter(|v| !v.trim().is_empty()))
                }
                None => Ok(None),
            }
        };
        let labels = self
            .data
            .schema
            .tasks
            .iter()
            .zip(&self.numbers)
            .map(|(task, numbers)| {
                self.labels(task, numbers, row)
                    .map_err(|kind| kind.at(at(task.column())))
            })
            .collect::<Result<_>>()?;
        Ok(Parsed {
            // Not by the name of the source: the digest of the data must not depend on where they lie.
            article: optional(&options.article_column)?
                .unwrap_or_else(|| format!("\0{}\0{}", self.data.sources.len(), row.number)),
            id: optional(&options.id_column)?,
            text: text.into_owned(),
            labels,
        })
    }

    /// The labels of a row in one task, checked.
    fn labels(&self, task: &Task, numbers: &FxHashMap<String, u32>, row: &Row<'_>) -> Result<Vec<String>, Kind> {
        let separator = self.options.label_separator.as_str();
        let Some(value) = row.get(task.column()) else {
            return Err(Kind::MissingField {
                name: task.column().to_owned(),
                cure: self.cure(task),
            });
        };
        let names: Vec<String> = match task.kind {
            TaskKind::Multi => value.labels(separator)?,
            TaskKind::Single => {
                let name = value.string()?.trim().to_owned();
                if name.is_empty() {
                    return Err(Kind::NoLabel);
                }
                vec![name]
            }
        };
        if let Some(label) = names.iter().find(|name| name.chars().any(char::is_control)) {
            return Err(Kind::LabelCharacters(label.clone()));
        }
        match names.iter().find(|name| !numbers.contains_key(*name)) {
            Some(label) if self.unknown == UnknownLabels::Reject => Err(Kind::UnknownLabel {
                label: label.clone(),
                near: match other_separator(label, numbers).filter(|_| task.kind == TaskKind::Multi) {
                    Some(other) => format!(", which looks like labels joined by {other:?}: see --label-separator"),
                    None => did_you_mean(label, task.label_names()),
                },
                known: list(task.label_names()),
            }),
            _ => Ok(names),
        }
    }

    /// What to do if the column of a task has another name.
    fn cure(&self, task: &Task) -> String {
        match self.unknown {
            UnknownLabels::Collect => {
                let kind = match task.kind {
                    TaskKind::Multi => "multi",
                    TaskKind::Single => "single",
                };
                format!("name yours with --task {}={kind}:COLUMN", task.name)
            }
            UnknownLabels::Reject => "give the task a `column` in the schema".to_owned(),
            UnknownLabels::Append => "train a model that reads yours".to_owned(),
        }
    }

    fn add(&mut self, parsed: Parsed, row: &Row<'_>) {
        let data = &mut self.data;
        for (t, names) in parsed.labels.into_iter().enumerate() {
            let task = &mut data.schema.tasks[t];
            let numbers = &mut self.numbers[t];
            let mut labels: Vec<u32> = names
                .into_iter()
                .map(|name| {
                    *numbers.entry(name).or_insert_with_key(|name| {
                        task.labels.push(Label {
                            name: name.clone(),
                            definition: String::new(),
                            cues: Vec::new(),
                        });
                        task.labels.len() as u32 - 1
                    })
                })
                .collect();
            labels.sort_unstable();
            labels.dedup();
            data.gold[t].push(labels);
        }
        data.texts.push(parsed.text);
        data.articles.push(parsed.article);
        data.origins.push(Origin {
            source: data.sources.len() as u32 - 1,
            line: row.line,
            row: row.number,
            id: parsed.id,
        });
    }
}

/// Whether a separator can join the labels of multi-label tasks: none of them holds it.
///
/// # Errors
/// [`Kind::Usage`].
pub fn check_separator(schema: &Schema, separator: &str) -> Result<(), Kind> {
    for task in schema.tasks.iter().filter(|t| t.kind == TaskKind::Multi) {
        if let Some(label) = task.label_names().find(|l| l.contains(separator)) {
            let task = &task.name;
            return Err(Kind::Usage(format!(
                "label {label:?} of task {task:?} holds the label separator {separator:?} (set another --label-separator)"
            )));
        }
    }
    Ok(())
}

/// Whether the data have given a task enough labels to be one.
fn enough_labels(task: &Task) -> Result<(), Kind> {
    let least = match task.kind {
        TaskKind::Multi => 1,
        TaskKind::Single => 2,
    };
    if task.labels.len() >= least {
        return Ok(());
    }
    Err(Kind::TooFewLabels {
        task: task.name.clone(),
        kind: task.kind.title(),
        found: match task.labels.first() {
            Some(label) => format!("one label, {:?}", label.name),
            None => "no label".to_owned(),
        },
        least,
    })
}

/// What seems to join several known labels in place of the separator.
fn other_separator(label: &str, known: &FxHashMap<String, u32>) -> Option<char> {
    let joined =
        |&separator: &char| label.contains(separator) && label.split(separator).all(|l| known.contains_key(l.trim()));
    [',', ';', '|', '/', '+', ' '].into_iter().find(joined)
}
