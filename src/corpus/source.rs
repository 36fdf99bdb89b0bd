//! Sources: paths, folders and standard input, opened and decompressed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::format::Format;
use super::input::InputOptions;
use crate::error::{Error, Kind, Place, Result};

/// Bytes of a read buffer: enough for the longest header that a stream is known by. Large reads pass it by.
const BUFFER: usize = 64 * 1024;

/// Something to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Source {
    /// What messages and records call it.
    pub fn name(&self) -> String {
        match self {
            Source::Stdin => "<stdin>".to_owned(),
            Source::File(path) => path.display().to_string(),
        }
    }

    /// Whether it can be read only once: standard input, a named pipe.
    pub fn is_stream(&self) -> bool {
        match self {
            Source::Stdin => true,
            Source::File(path) => std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir()),
        }
    }

    /// The format asked for, or the one that its name stands for.
    pub fn named_format(&self, options: &InputOptions) -> Option<Format> {
        options.format.or_else(|| match self {
            Source::Stdin => None,
            Source::File(path) => Format::of_path(path),
        })
    }

    /// Opens it, decompressing gzip and zstd by their first bytes. Says the format: the one asked for, or by name, or (a stream) by first bytes.
    ///
    /// # Errors
    /// If it cannot be opened or its format cannot be told.
    pub fn open(&self, options: &InputOptions) -> Result<(Box<dyn BufRead + Send>, Format)> {
        let raw: Box<dyn Read + Send> = match self {
            Source::Stdin => Box::new(io::stdin()),
            Source::File(path) => {
                let file = File::open(path).map_err(|e| Error::io("cannot open", path, e))?;
                let is_folder = file.metadata().is_ok_and(|m| m.is_dir());
                if is_folder {
                    return Err(Kind::Usage("is a folder where a file is needed".into()).at(Place::path(path)));
                }
                Box::new(file)
            }
        };
        let mut reader = decompress(raw).map_err(|error| self.fault("cannot read", error))?;
        let start = reader.fill_buf().map_err(|error| self.fault("cannot read", error))?;
        if is_utf16(start) {
            return Err(Kind::Utf16.at(Place::source(self.name())));
        }
        let format = match self.named_format(options) {
            Some(format) => format,
            None if self.is_stream() => Format::of_bytes(start, options),
            None => return Err(Kind::UnknownFormat.at(Place::source(self.name()))),
        };
        Ok((reader, format))
    }

    fn fault(&self, action: &'static str, error: io::Error) -> Error {
        Kind::Io { action, error }.at(Place::source(self.name()))
    }
}

/// Whether bytes begin with a UTF-16 byte-order mark, or with an ASCII character in UTF-16.
fn is_utf16(start: &[u8]) -> bool {
    matches!(
        start,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=127, ..] | [1..=127, 0, ..]
    )
}

/// Wraps a reader with the decompression that its first bytes ask for.
fn decompress(raw: Box<dyn Read + Send>) -> io::Result<Box<dyn BufRead + Send>> {
    let mut reader = BufReader::with_capacity(BUFFER, raw);
    let start = reader.fill_buf()?;
    Ok(if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::with_capacity(
            BUFFER,
            flate2::bufread::MultiGzDecoder::new(reader),
        ))
    } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Box::new(BufReader::with_capacity(BUFFER, zstd::Decoder::with_buffer(reader)?))
    } else {
        Box::new(reader)
    })
}

/// What the arguments stand for: the sources in order, and the files of folders that were passed over because their format is unknown.
#[derive(Debug, Default)]
pub struct Sources {
    /// To be read, in the order of the arguments; the files of a folder in the order of their names.
    pub sources: Vec<Source>,
    /// Not to be read.
    pub passed_over: Vec<PathBuf>,
}

impl Sources {
    /// Expands arguments: `-` is standard input, a folder is all files below it. With `forced`, every file of a folder is read.
    ///
    /// # Errors
    /// If a path does not exist or a folder cannot be listed.
    pub fn expand(arguments: &[PathBuf], forced: Option<Format>) -> Result<Self> {
        let mut found = Self::default();
        for argument in arguments {
            if argument.as_os_str() == "-" {
                found.sources.push(Source::Stdin);
                continue;
            }
            let metadata = std::fs::metadata(argument).map_err(|e| Error::io("cannot open", argument, e))?;
            if metadata.is_dir() {
                found.add_folder(argument, forced)?;
            } else {
                found.sources.push(Source::File(argument.clone()));
            }
        }
        Ok(found)
    }

    fn add_folder(&mut self, folder: &Path, forced: Option<Format>) -> Result<()> {
        for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
            let entry = entry.map_err(|e| {
                let path = e.path().unwrap_or(folder).to_owned();
                Error::io("cannot list", &path, e.into())
            })?;
            if entry.file_type().is_dir() {
                continue;
            }
            let path = entry.into_path();
            if forced.is_some() || Format::of_path(&path).is_some() {
                self.sources.push(Source::File(path));
            } else {
                self.passed_over.push(path);
            }
        }
        Ok(())
    }
}
