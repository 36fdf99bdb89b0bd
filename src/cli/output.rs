//! Where the main output of a command goes.

use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::Path;

use crate::corpus::source::Source;
use crate::error::{Error, Kind, Place, Result};
use crate::output::WholeFile;

/// A file that appears whole or not at all, or standard output. Begun before the work, so that an unwritable output is told at once.
pub(super) struct Output {
    target: Target,
    place: Place,
}

enum Target {
    File(WholeFile),
    Standard(BufWriter<StdoutLock<'static>>),
}

impl Output {
    /// Begins the output; `-` or no path is standard output.
    ///
    /// # Errors
    /// If the file cannot be written, or is one of the `inputs`.
    pub fn create(path: Option<&Path>, inputs: &[Source]) -> Result<Self> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            let buffer = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            return Ok(Self {
                target: Target::Standard(buffer),
                place: Place::source("<stdout>"),
            });
        };
        let place = Place::path(path);
        if inputs.iter().any(|input| is_same(path, input)) {
            let message = "this output is also an input (choose another name)";
            return Err(Kind::Usage(message.into()).at(place));
        }
        Ok(Self {
            target: Target::File(WholeFile::create(path)?),
            place,
        })
    }

    /// Writes what is buffered, and gives a file its name.
    ///
    /// # Errors
    /// If that fails.
    pub fn finish(self) -> Result<()> {
        match self.target {
            Target::File(file) => file.finish(),
            Target::Standard(mut out) => out.flush().map_err(|error| fault(error).at(self.place)),
        }
    }

    /// A failed write, with its place.
    pub fn locate(&self, error: Error) -> Error {
        match error.kind {
            Kind::Io { .. } if *error.place == Place::default() => error.kind.at(self.place.clone()),
            _ => error,
        }
    }

    /// Writes all bytes.
    ///
    /// # Errors
    /// If that fails.
    pub fn write_whole(mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes).map_err(|e| fault(e).at(self.place.clone()))?;
        self.finish()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::File(file) => file.write(bytes),
            Target::Standard(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::File(file) => file.flush(),
            Target::Standard(out) => out.flush(),
        }
    }
}

fn fault(error: io::Error) -> Kind {
    Kind::Io {
        action: "cannot write",
        error,
    }
}

/// Whether an output that is there already is this input. A device may be both.
fn is_same(output: &Path, input: &Source) -> bool {
    match (input, output.canonicalize()) {
        (Source::File(input), Ok(output)) => {
            output.is_file() && input.canonicalize().is_ok_and(|input| input == output)
        }
        _ => false,
    }
}
