//! The records of several stretches of bytes as one JSON array, the way the API answers.

use std::collections::VecDeque;
use std::io::{self, Read};

use serde_json::{Map, Value};

use super::shape::Shape;
use super::split::{SplitError, Splitter};
use super::unfit::Unfit;

/// How much is read at a time.
const CHUNK: usize = 64 * 1024;

/// Something that makes records ready, a few at a time.
pub(super) trait Rows: Send {
    /// Makes more records ready; whether there may be more still.
    ///
    /// # Errors
    ///
    /// When the file is not whole, or a record cannot be counted from.
    fn more(&mut self, records: &mut Records) -> io::Result<bool>;
}

/// Opens the rows of one stretch, when its turn comes.
pub(super) type Open = Box<dyn FnOnce() -> io::Result<Box<dyn Rows>> + Send>;

/// Records that are ready to be handed over, as stretches of an array.
#[derive(Debug, Default)]
pub(super) struct Records {
    ready: Vec<u8>,
    n_records: u64,
}

impl Records {
    pub(super) fn n_ready(&self) -> usize {
        self.ready.len()
    }

    /// A record as it is.
    fn push(&mut self, record: &[u8]) {
        self.begin();
        self.ready.extend_from_slice(record);
    }

    /// A record that was put together.
    pub(super) fn push_fields(&mut self, fields: &Map<String, Value>) -> io::Result<()> {
        self.begin();
        serde_json::to_writer(&mut self.ready, fields).map_err(io::Error::other)
    }

    fn begin(&mut self) {
        self.ready.push(if self.n_records == 0 { b'[' } else { b',' });
        self.n_records += 1;
    }

    fn end(&mut self) {
        self.ready.extend_from_slice(if self.n_records == 0 { b"[]" } else { b"]" });
    }
}

/// One array out of all stretches.
pub(super) struct Stream {
    waiting: VecDeque<(String, Open)>,
    current: Option<Box<dyn Rows>>,
    /// The file in the archive, where there are several.
    member: Option<String>,
    records: Records,
    n_given: usize,
    ended: bool,
}

impl Stream {
    pub(super) fn new(
        member: Option<String>,
        current: Box<dyn Rows>,
        waiting: impl IntoIterator<Item = (String, Open)>,
    ) -> Self {
        Self {
            member,
            waiting: waiting.into_iter().collect(),
            current: Some(current),
            records: Records::default(),
            n_given: 0,
            ended: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        if let Some(rows) = &mut self.current {
            if !rows.more(&mut self.records)? {
                self.current = None;
            }
        } else if let Some((member, open)) = self.waiting.pop_front() {
            self.member = Some(member);
            self.current = Some(open()?);
        } else {
            self.records.end();
            self.ended = true;
        }
        Ok(())
    }

    /// How many bytes it holds.
    #[cfg(test)]
    pub(super) fn n_held(&self) -> usize {
        self.records.ready.capacity()
    }

    /// Says in which file of the archive it was.
    fn placed(&self, error: io::Error) -> io::Error {
        match (error.downcast::<Unfit>(), &self.member) {
            (Ok(unfit), Some(member)) => unfit.at("member", member.clone()).into(),
            (Ok(unfit), None) => unfit.into(),
            (Err(error), _) => error,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.n_given == self.records.ready.len() && !self.ended {
            self.records.ready.clear();
            self.n_given = 0;
            self.fill().map_err(|error| self.placed(error))?;
        }
        let n = buffer.len().min(self.records.ready.len() - self.n_given);
        buffer[..n].copy_from_slice(&self.records.ready[self.n_given..self.n_given + n]);
        self.n_given += n;
        Ok(n)
    }
}

/// What is done with the records of a JSON file.
#[derive(Debug, Clone)]
pub(super) enum Json {
    /// Nothing: the API answered them.
    AsItIs,
    /// An export with names of fields.
    Fields(Shape),
    /// An export with headings.
    Headings(Shape),
}

/// The records of a JSON array.
pub(super) struct Array {
    file: Box<dyn Read + Send>,
    json: Json,
    splitter: Splitter,
    chunk: Vec<u8>,
    n_seen: u64,
}

impl Array {
    pub(super) fn new(file: Box<dyn Read + Send>, json: Json) -> Self {
        Self { file, json, splitter: Splitter::new(), chunk: vec![0; CHUNK], n_seen: 0 }
    }
}

impl Rows for Array {
    fn more(&mut self, records: &mut Records) -> io::Result<bool> {
        let invalid = |error: SplitError| io::Error::new(io::ErrorKind::InvalidData, error);
        let n = loop {
            match self.file.read(&mut self.chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        if n == 0 {
            self.splitter.finish().map_err(invalid)?;
            return Ok(false);
        }
        let mut failed = None;
        let (json, n_seen) = (&self.json, &mut self.n_seen);
        self.splitter
            .push(&self.chunk[..n], &mut |record| {
                *n_seen += 1;
                if failed.is_none()
                    && let Err(error) = json.push(record, *n_seen, records)
                {
                    failed = Some(error);
                }
            })
            .map_err(invalid)?;
        failed.map_or(Ok(true), Err)
    }
}

impl Json {
    fn push(&self, record: &[u8], n: u64, records: &mut Records) -> io::Result<()> {
        let shape = match self {
            Self::AsItIs => {
                records.push(record);
                return Ok(());
            }
            Self::Fields(shape) | Self::Headings(shape) => shape,
        };
        let Ok(mut fields) = serde_json::from_slice::<Map<String, Value>>(record) else {
            // One broken record is counted as unreadable, like one that a server sends.
            records.push(record);
            return Ok(());
        };
        if let Self::Headings(_) = self {
            fields = shape.without_headings(fields);
        }
        let at = |unfit: Unfit| unfit.at("record", n.to_string());
        records.push_fields(&shape.apply(fields).map_err(at)?)
    }
}
