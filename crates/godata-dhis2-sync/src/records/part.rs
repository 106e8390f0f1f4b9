//! One stretch of bytes that holds records: a file, or a file in an archive.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::zipped::{self, Member};

/// Where records lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    path: PathBuf,
    member: Option<Member>,
}

impl Part {
    /// The parts of a file: itself, or the files in it.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, or is an archive that cannot be read.
    pub(crate) fn of(path: &Path) -> io::Result<Vec<Self>> {
        let mut start = [0_u8; 4];
        let n = read_start(&mut File::open(path)?, &mut start)?;
        let whole = Self { path: path.to_owned(), member: None };
        // An archive begins with a member, or with its end if it is empty.
        if n == 4 && matches!(&start, b"PK\x03\x04" | b"PK\x05\x06") {
            let members = zipped::members(path)?;
            return Ok(members
                .into_iter()
                .map(|member| Self { member: Some(member), ..whole.clone() })
                .collect());
        }
        Ok(vec![whole])
    }

    /// The file on disk.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// For messages: the file, and the file in it.
    pub(crate) fn place(&self) -> PathBuf {
        match &self.member {
            Some(member) => self.path.join(&member.name),
            None => self.path.clone(),
        }
    }

    /// Its own name, without folders.
    pub(crate) fn name(&self) -> &str {
        let path =
            self.member.as_ref().map_or(self.path.as_path(), |member| Path::new(&member.name));
        path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Opens it, decompressed.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let mut raw: Box<dyn Read + Send> = match &self.member {
            Some(member) => zipped::open(&self.path, member)?,
            None => Box::new(BufReader::with_capacity(1 << 16, File::open(&self.path)?)),
        };
        let mut start = [0_u8; 2];
        let n = read_start(&mut raw, &mut start)?;
        let whole = io::Cursor::new(start).take(n as u64).chain(raw);
        // By what is in it, not by its name: a download may have lost or gained its ending.
        Ok(if start == [0x1f, 0x8b] {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, whole)))
        } else {
            Box::new(whole)
        })
    }
}

/// Fills `buffer` as far as there is something to read.
fn read_start(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match reader.read(&mut buffer[n..]) {
            Ok(0) => break,
            Ok(more) => n += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n)
}
