//! A folder of record files.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use indicators::Source;

use super::export;
use super::split::Splitter;
use crate::places::Location;
use crate::problem::{Outcome, Problem};

/// A folder that holds one file a record kind.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

/// An open record file, already decompressed.
pub struct RecordFile {
    /// Where it is, for messages.
    pub path: PathBuf,
    reader: Box<dyn Read + Send>,
}

impl Read for RecordFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl RecordFile {
    /// Hands over record after record; returns how many. Holds one at a time.
    ///
    /// # Errors
    ///
    /// When the file cannot be read to its end, or is no JSON array of records. Records handed over before the
    /// error are of an incomplete file.
    pub fn each(mut self, on_record: &mut dyn FnMut(&[u8])) -> Outcome<u64> {
        let path = self.path.display().to_string();
        let broken = |what: &str| {
            Problem::usage(format!("a file of records {what}"))
                .fact("file", path.clone())
                .next("export it again: a file that ends early would give numbers that are too low")
        };
        let mut splitter = Splitter::new();
        let mut chunk = vec![0_u8; 256 * 1024];
        let mut n_records = 0;
        loop {
            let n = match self.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken("cannot be read to its end").because(error)),
            };
            splitter
                .push(&chunk[..n], &mut |record| {
                    n_records += 1;
                    on_record(record);
                })
                .map_err(|error| broken("is no JSON array of records").because(error))?;
        }
        splitter.finish().map_err(|error| broken("is cut off").because(error))?;
        Ok(n_records)
    }
}

impl std::fmt::Debug for RecordFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Folder {
    /// A folder that is there.
    ///
    /// # Errors
    ///
    /// When `path` is no folder.
    pub fn open(path: &Path) -> Outcome<Self> {
        if path.is_dir() {
            Ok(Self { path: path.to_owned() })
        } else {
            Err(Problem::usage("the folder with the records is not there")
                .fact("folder", path.display().to_string())
                .next("name a folder that holds cases.json (or cases.json.gz) and locations.json"))
        }
    }

    /// The folder in it with the records of one outbreak, by its id or name as the configuration has it; a `/` in a
    /// name is a `-` in the folder's.
    #[must_use]
    pub fn of(&self, outbreak: &str) -> Option<Self> {
        let path = self.path.join(outbreak.replace(['/', '\\'], "-"));
        (!outbreak.starts_with('.') && path.is_dir()).then_some(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file of a record kind.
    ///
    /// # Errors
    ///
    /// When there is none, or it cannot be opened.
    pub fn records(&self, source: Source) -> Outcome<RecordFile> {
        self.file(source.as_str())
    }

    /// Whether there is a file of this record kind.
    #[must_use]
    pub fn has(&self, source: Source) -> bool {
        self.find(source.as_str()).is_some()
    }

    /// Reads all locations.
    ///
    /// # Errors
    ///
    /// When the file is missing or is no JSON array of locations.
    pub fn locations(&self) -> Outcome<Vec<Location>> {
        let file = self.file("locations")?;
        let path = file.path.clone();
        serde_json::from_reader(BufReader::new(file)).map_err(|error| {
            Problem::usage("the file of locations cannot be read")
                .fact("file", path.display().to_string())
                .because(error)
                .next("export the locations again: the file may be cut off")
        })
    }

    fn find(&self, stem: &str) -> Option<PathBuf> {
        ["json", "json.gz"]
            .into_iter()
            .map(|end| self.path.join(format!("{stem}.{end}")))
            .find(|path| path.is_file())
    }

    fn file(&self, stem: &str) -> Outcome<RecordFile> {
        let path = self.find(stem).ok_or_else(|| {
            Problem::usage(format!("there is no {stem}.json in the folder with the records"))
                .fact("folder", self.path.display().to_string())
                .next(format!("put {stem}.json or {stem}.json.gz there, or leave out the indicators that count it"))
        })?;
        let open = || -> io::Result<Box<dyn Read + Send>> {
            let mut file = File::open(&path)?;
            let mut magic = [0_u8; 2];
            let n = file.read(&mut magic)?;
            let start = io::Cursor::new(magic).take(n as u64);
            let whole = start.chain(file);
            // By what is in it, not by its name: a download may have lost or gained its ending.
            let plain: Box<dyn Read + Send> = if magic == [0x1f, 0x8b] {
                Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, whole)))
            } else {
                Box::new(whole)
            };
            export::as_answered(plain)
        };
        let reader = open().map_err(|error| {
            Problem::usage("a file of records cannot be opened")
                .fact("file", path.display().to_string())
                .because(error)
        })?;
        Ok(RecordFile { path, reader })
    }
}
