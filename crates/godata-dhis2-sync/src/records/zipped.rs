//! Members of zip archives, read as they come.
//!
//! Go.Data packs exports that are too long for one file into one archive, named `1.csv`, `2.csv` and so on; people
//! pack several exports into one. The directory of the archive says where a member lies, and a reader of its own
//! inflates it, so that readers outlive the archive. Length and checksum are compared at the end of a member.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};
use std::path::Path;

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::unfit::Unfit;

/// Where a member lies in its archive, and what it must come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    start: u64,
    n_packed: u64,
    n_bytes: u64,
    checksum: u32,
    deflated: bool,
}

/// The files in an archive, in its order.
///
/// # Errors
///
/// When it is no whole archive, or a member is encrypted or packed in another way than by deflate.
pub(super) fn members(path: &Path) -> io::Result<Vec<Member>> {
    let broken = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    let mut archive = ZipArchive::new(BufReader::new(File::open(path)?)).map_err(broken)?;
    let mut members = Vec::new();
    for n in 0..archive.len() {
        let file = archive.by_index_raw(n).map_err(broken)?;
        if file.is_dir() {
            continue;
        }
        let name = file.name().map_err(broken)?.into_owned();
        // What file managers add: `.DS_Store`, `__MACOSX/._cases.csv`.
        if name.rsplit('/').next().is_some_and(|name| name.starts_with('.')) {
            continue;
        }
        if file.encrypted() {
            return Err(Unfit::new(
                "the archive is locked with a password",
                "unpack it, or pack it again without a password",
            )
            .into());
        }
        let packing = file.compression();
        if packing != CompressionMethod::Stored && packing != CompressionMethod::Deflated {
            return Err(Unfit::new(
                format!("a file in the archive is packed by {packing}"),
                "pack it again as an ordinary zip archive, or unpack it",
            )
            .at("member", name)
            .into());
        }
        let start = file.data_start().ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "the archive says not where a file begins")
        })?;
        members.push(Member {
            name,
            start,
            n_packed: file.compressed_size(),
            n_bytes: file.size(),
            checksum: file.crc32(),
            deflated: packing == CompressionMethod::Deflated,
        });
    }
    Ok(members)
}

/// Opens a member.
pub(super) fn open(path: &Path, member: &Member) -> io::Result<Box<dyn Read + Send>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(member.start))?;
    let packed = BufReader::with_capacity(1 << 16, file).take(member.n_packed);
    let inner = if member.deflated {
        Inner::Deflated(Box::new(DeflateDecoder::new(packed)))
    } else {
        Inner::Stored(packed)
    };
    Ok(Box::new(Checked {
        inner,
        crc: Crc::new(),
        n_bytes: 0,
        expected: (member.n_bytes, member.checksum),
    }))
}

enum Inner {
    Stored(Take<BufReader<File>>),
    Deflated(Box<DeflateDecoder<Take<BufReader<File>>>>),
}

/// A member that must have its length and checksum when it ends.
struct Checked {
    inner: Inner,
    crc: Crc,
    n_bytes: u64,
    expected: (u64, u32),
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = match &mut self.inner {
            Inner::Stored(file) => file.read(buffer)?,
            Inner::Deflated(file) => file.read(buffer)?,
        };
        self.crc.update(&buffer[..n]);
        self.n_bytes += n as u64;
        if n == 0 && !buffer.is_empty() && (self.n_bytes, self.crc.sum()) != self.expected {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a file in the archive is not as long as the archive says, or not the same",
            ));
        }
        Ok(n)
    }
}
