//! Output files that appear whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// Bytes of a write buffer.
const BUFFER: usize = 256 * 1024;

/// A file being written. Until [`WholeFile::finish`] its contents stand under another name in the same folder, and are removed if it is dropped, so that a
/// failed or killed run leaves an older file as it was. Devices and pipes are written directly.
pub struct WholeFile {
    path: PathBuf,
    target: Target,
}

enum Target {
    Temporary(BufWriter<NamedTempFile>),
    Direct(BufWriter<File>),
}

impl WholeFile {
    /// Begins to write a file.
    ///
    /// # Errors
    /// If its folder cannot be written to.
    pub fn create(path: &Path) -> Result<Self> {
        let fault = |e| Error::io("cannot write", path, e);
        let special = std::fs::metadata(path).is_ok_and(|m| !m.is_file());
        let target = if special {
            Target::Direct(BufWriter::with_capacity(
                BUFFER,
                File::options().write(true).open(path).map_err(fault)?,
            ))
        } else {
            // A link stays a link: what it points to is replaced.
            let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            let folder = real
                .parent()
                .filter(|p| !p.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            let mut builder = tempfile::Builder::new();
            builder.prefix(".wiretag-").suffix(".part");
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            let file = builder.tempfile_in(folder).map_err(|e| fault(cause(e)))?;
            return Ok(Self {
                path: real,
                target: Target::Temporary(BufWriter::with_capacity(BUFFER, file)),
            });
        };
        Ok(Self {
            path: path.to_owned(),
            target,
        })
    }

    /// Writes what is buffered to the disk and gives the file its name.
    ///
    /// # Errors
    /// If the disk is full or the file cannot be renamed; then nothing is left behind.
    pub fn finish(self) -> Result<()> {
        let path = self.path;
        let fault = |e: io::Error| Error::io("cannot write", &path, e);
        match self.target {
            Target::Direct(mut writer) => writer.flush().map_err(fault),
            Target::Temporary(writer) => {
                let file = writer.into_inner().map_err(|e| fault(e.into_error()))?;
                file.as_file().sync_all().map_err(fault)?;
                file.persist(&path).map_err(|e| fault(e.error))?;
                Ok(())
            }
        }
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Temporary(writer) => writer.write(bytes),
            Target::Direct(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::Temporary(writer) => writer.flush(),
            Target::Direct(writer) => writer.flush(),
        }
    }
}

/// What the system said, without the temporary name that tempfile adds to it.
fn cause(error: io::Error) -> io::Error {
    match error.to_string().rsplit_once(" at path ") {
        Some((said, _)) => io::Error::new(error.kind(), said.to_owned()),
        None => error,
    }
}

/// Writes a whole file at once.
///
/// # Errors
/// If it cannot be written; an older file stays as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes).map_err(|e| Error::io("cannot write", path, e))?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_file_leaves_the_old_one() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("out");
        write_whole(&path, b"old")?;
        let mut file = WholeFile::create(&path)?;
        file.write_all(b"new")?;
        drop(file);
        assert_eq!(std::fs::read(&path)?, b"old");
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
        write_whole(&path, b"new")?;
        assert_eq!(std::fs::read(&path)?, b"new");
        Ok(())
    }
}
