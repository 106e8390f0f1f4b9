//! Reading: record kind after record kind, each once, page by page.

use std::io::{self, Read as _};

use indicators::{ArrayError, Counter, Feed, People, Source};

use super::look::{Look, Onlooker};
use super::read_for::{ReadFor, folders};
use super::{Counted, Prepared};
use crate::problem::{Outcome, Problem};
use crate::records::{Folder, Needs, RecordFile};

/// Where records come from.
#[derive(Debug)]
pub enum Input {
    /// Files in a folder.
    Files(Folder),
    /// A Go.Data server.
    Server(crate::godata::Reader),
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadProgress {
    /// The record kind.
    pub source: Source,
    /// Records read of it so far.
    pub n_records: u64,
    /// How many there are, where the server told.
    pub total: Option<u64>,
}

/// What one pass over a record kind came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) n_records: u64,
    /// How many of them each report counts: those of its outbreaks.
    pub(super) n_by_report: Vec<u64>,
    pub(super) n_bytes: u64,
    /// How many the server counted for the same condition, just before.
    pub(super) expected: Option<u64>,
}

/// How much of a file is read at a time. Large enough that the calls do not count, small against the memory limit.
const CHUNK: usize = 256 * 1024;

impl Input {
    /// One pass over a record kind, into the cubes and, where others are joined to it, the people of each report.
    pub(super) async fn pass(
        &self,
        source: Source,
        prepared: &[Prepared],
        counted: &mut Counted,
        onlooker: &mut Onlooker<'_>,
        progress: &mut dyn FnMut(ReadProgress),
    ) -> Outcome<Pass> {
        let joined = prepared.iter().any(|report| report.engine.people_sources().contains(&source));
        // While people are gathered nothing is joined to them yet, so that the counters see an empty table.
        let empty: Vec<People> = prepared.iter().map(|report| report.engine.people()).collect();
        let mut gathered: Vec<People> =
            if joined { std::mem::take(&mut counted.people) } else { Vec::new() };
        let seen = if joined { &empty } else { &counted.people };
        let mut counters: Vec<Counter<'_>> = prepared
            .iter()
            .zip(seen)
            .map(|(report, people)| report.engine.counter(people))
            .collect();

        let whole = onlooker.whole(source);
        let mut look = onlooker.look(source, prepared, seen);
        let pass = match self {
            Self::Files(folder) => {
                let mut pass = Pass::of(prepared.len());
                for (folder, read_for) in folders(folder, prepared)? {
                    from_file(
                        folder.records(
                            source,
                            &needs(read_for.of(prepared), source)
                                .and(whole.unwrap_or_default().iter().copied()),
                        )?,
                        (source, prepared, &read_for),
                        &mut counters,
                        &mut gathered,
                        look.as_mut(),
                        &mut pass,
                        progress,
                    )
                    .await?;
                }
                pass
            }
            Self::Server(reader) => {
                let mut pass = Pass::of(prepared.len());
                let (total, streams) = match whole {
                    Some(more) => (None, reader.whole_pages(source, prepared, more)),
                    None => {
                        let total = reader.count(source, prepared).await?;
                        (Some(total), reader.pages(source, prepared)?)
                    }
                };
                for (read_for, mut pages) in streams {
                    while let Some(page) = pages.next().await.map_err(|error| reader.fail(error))? {
                        for record in page.records() {
                            if let Some(look) = &mut look {
                                look.record(record.bytes(), &read_for);
                            }
                            let reading = counters.iter_mut().enumerate();
                            for (n, counter) in reading.filter(|(n, _)| read_for.report(*n)) {
                                counter.push(source, record.bytes());
                                if joined {
                                    gathered[n].push(&prepared[n].engine, source, record.bytes());
                                }
                            }
                        }
                        pass.add(&read_for, page.n_records() as u64);
                        pass.n_bytes += page.n_bytes() as u64;
                        progress(ReadProgress { source, n_records: pass.n_records, total });
                    }
                }
                pass.expected = total;
                pass
            }
        };

        let cubes: Vec<_> = counters.into_iter().map(Counter::into_cube).collect();
        for (whole, part) in counted.cubes.iter_mut().zip(cubes) {
            whole.merge(part).map_err(|error| {
                Problem::new(crate::Exit::Bug, "two cubes of one engine do not fit").because(error)
            })?;
        }
        if joined {
            counted.people = gathered;
        }
        Ok(pass)
    }
}

impl Pass {
    fn of(n_reports: usize) -> Self {
        Self { n_by_report: vec![0; n_reports], ..Self::default() }
    }

    fn add(&mut self, read_for: &ReadFor, n_records: u64) {
        self.n_records += n_records;
        for (n, of_report) in self.n_by_report.iter_mut().enumerate() {
            *of_report += if read_for.report(n) { n_records } else { 0 };
        }
    }
}

async fn from_file(
    mut file: RecordFile,
    (source, prepared, read_for): (Source, &[Prepared], &ReadFor),
    counters: &mut [Counter<'_>],
    gathered: &mut [People],
    look: Option<&mut Look<'_>>,
    pass: &mut Pass,
    progress: &mut dyn FnMut(ReadProgress),
) -> Outcome<()> {
    let path = file.path.display().to_string();
    let broken = |what: &str| {
        Problem::usage(format!("the file of {source} {what}"))
            .fact("file", path.clone())
            .next("export it again: a file that ends early would give numbers that are too low")
    };
    let mut feeds: Vec<Feed<'_>> = counters
        .iter_mut()
        .enumerate()
        .filter(|(n, _)| read_for.report(*n))
        .map(|(_, counter)| counter.feed(source))
        .collect();
    if let Some(look) = look {
        feeds.push(Feed::of_records(move |record| look.record(record, read_for)));
    }
    let mut people: Vec<_> = gathered
        .iter_mut()
        .zip(prepared)
        .enumerate()
        .filter(|(n, _)| read_for.report(*n))
        .map(|(_, (people, report))| people.feed(&report.engine, source))
        .collect();
    let mut n_records = 0;
    let mut chunk = vec![0_u8; CHUNK];
    loop {
        let n = match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(file.problem(error)),
        };
        pass.n_bytes += n as u64;
        for feed in &mut feeds {
            pour(&chunk[..n], feed)
                .map_err(|error| broken("is no JSON array of records").because(error))?;
        }
        for feed in &mut people {
            pour(&chunk[..n], feed)
                .map_err(|error| broken("is no JSON array of records").because(error))?;
        }
        progress(ReadProgress { source, n_records: pass.n_records, total: None });
        // Reading a file waits for nothing; a signal must still be heard.
        tokio::task::yield_now().await;
    }
    for feed in feeds {
        n_records = feed.finish().map_err(|error| broken("is cut off").because(error))?;
    }
    for feed in people {
        feed.finish().map_err(|error| broken("is cut off").because(error))?;
    }
    pass.add(read_for, n_records);
    progress(ReadProgress { source, n_records: pass.n_records, total: Some(pass.n_records) });
    Ok(())
}

/// What these reports together read of a record kind.
pub(super) fn needs<'p>(reports: impl Iterator<Item = &'p Prepared>, source: Source) -> Needs {
    Needs::of(reports.map(|report| &report.engine), source)
}

/// Copies a chunk into a feed's own buffer, which grows for a record that is longer than it.
fn pour(mut chunk: &[u8], feed: &mut Feed<'_>) -> Result<(), ArrayError> {
    while !chunk.is_empty() {
        let space = feed.space();
        let n = space.len().min(chunk.len());
        space[..n].copy_from_slice(&chunk[..n]);
        feed.filled(n)?;
        chunk = &chunk[n..];
    }
    Ok(())
}
