//! A folder of record files.

use std::fmt;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicators::Source;
use serde_json::Value;

use super::content::{self, Content, Form, Kind, START, inspect};
use super::heading::Headings;
use super::labels::Labels;
use super::needs::Needs;
use super::part::Part;
use super::shape::Shape;
use super::split::Splitter;
use super::stream::{Array, Json, Open, Rows, Stream};
use super::table::{Names, Table};
use super::unfit::{self, Unfit};
use super::{locations, table, unknown};
use crate::godata::Outbreak;
use crate::places::Location;
use crate::problem::{Outcome, Problem};

/// A folder that holds the files of an outbreak, of which it is known what each is.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    entries: Vec<Entry>,
    strays: Vec<Stray>,
}

/// A file, or a file in an archive, that can be read.
#[derive(Debug, Clone)]
struct Entry {
    part: Part,
    kind: Kind,
    form: Form,
}

/// A file that cannot be read, or of which it is not known what it is.
#[derive(Debug, Clone)]
struct Stray {
    path: PathBuf,
    /// What it may hold.
    kinds: Vec<Kind>,
    why: Unfit,
}

/// An open record file, already decompressed.
pub struct RecordFile {
    /// Where it is, for messages.
    pub path: PathBuf,
    source: Source,
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
                Err(error) => return Err(self.problem(error)),
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

    /// What an error of reading means, for the person who exported the file.
    #[must_use]
    pub fn problem(&self, error: io::Error) -> Problem {
        unfit::problem(self.source.as_str(), &self.path, error)
    }
}

impl fmt::Debug for RecordFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Folder {
    /// A folder that is there, and what the files in it are, by their names and by what is in them.
    ///
    /// # Errors
    ///
    /// When `path` is no folder, or cannot be listed.
    pub fn open(path: &Path) -> Outcome<Self> {
        let problem = |what: &str| {
            Problem::usage(what).fact("folder", path.display().to_string()).next(
                "name a folder that holds cases.json, cases.csv or cases.zip, and locations.json",
            )
        };
        if !path.is_dir() {
            return Err(problem("the folder with the records is not there"));
        }
        Self::scan(path)
            .map_err(|error| problem("the folder with the records cannot be listed").because(error))
    }

    fn scan(path: &Path) -> io::Result<Self> {
        let listed = std::fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
        let mut files: Vec<PathBuf> = listed
            .into_iter()
            .filter(|file| !file.file_name().to_string_lossy().starts_with('.'))
            .map(|file| file.path())
            .filter(|file| file.is_file())
            .collect();
        files.sort();
        let mut folder = Self { path: path.to_owned(), entries: Vec::new(), strays: Vec::new() };
        for file in files {
            folder.add(&file);
        }
        Ok(folder)
    }

    /// The folder in it with the records of one outbreak, by its id or name as the configuration has it; a `/` in a
    /// name is a `-` in the folder's.
    #[must_use]
    pub fn of(&self, outbreak: &str) -> Option<Self> {
        let path = self.path.join(outbreak.replace(['/', '\\'], "-"));
        if outbreak.starts_with('.') || !path.is_dir() {
            return None;
        }
        let mut folder = Self::scan(&path).ok()?;
        // One file of labels, and one of headings, serves all outbreaks of a server.
        for kind in [Kind::Labels, Kind::Headings] {
            if !folder.entries.iter().any(|entry| entry.kind == kind) {
                let above = self.entries.iter().filter(|entry| entry.kind == kind);
                folder.entries.extend(above.cloned());
            }
        }
        Some(folder)
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
    /// When there is none or more than one, it cannot be opened, or it lacks a column that is needed.
    pub fn records(&self, source: Source, needs: &Needs) -> Outcome<RecordFile> {
        let (path, reader) = self.open_kind(source.into(), source, needs)?;
        Ok(RecordFile { path, source, reader })
    }

    /// Reads all locations: a list, a tree, or a table.
    ///
    /// # Errors
    ///
    /// When the file is missing or holds no locations.
    pub fn locations(&self) -> Outcome<Vec<Location>> {
        let needs = locations::needs();
        // Which kind of record does not matter: a level is named alike in all.
        let (path, reader) = self.open_kind(Kind::Locations, Source::Cases, &needs)?;
        locations::read(BufReader::new(reader)).map_err(|error| match error.io_error_kind() {
            Some(_) => unfit::problem("locations", &path, error.into()),
            None => Problem::usage("the file of locations cannot be read")
                .fact("file", path.display().to_string())
                .because(error)
                .next("export the locations again: the file may be cut off, or of something else"),
        })
    }

    /// Reads `outbreaks.json`, what the API answers to `GET /api/outbreaks`; `None` where there is none.
    ///
    /// # Errors
    ///
    /// When the file holds no outbreaks.
    pub fn outbreaks(&self) -> Outcome<Option<Vec<Outbreak>>> {
        if !self.entries.iter().any(|entry| entry.kind == Kind::Outbreaks) {
            return Ok(None);
        }
        let needs = Needs::fields(["name", "startDate", "deleted"]);
        let (path, reader) = self.open_kind(Kind::Outbreaks, Source::Cases, &needs)?;
        let found: Vec<Value> =
            serde_json::from_reader(BufReader::new(reader)).map_err(|error| {
                Problem::usage("the file of outbreaks cannot be read")
                    .fact("file", path.display().to_string())
                    .because(error)
                    .next("save the answer to `GET /api/outbreaks` again: the file may be cut off")
            })?;
        let live = found.into_iter().filter(|outbreak| outbreak["deleted"] != true);
        let known = live.filter_map(|outbreak| serde_json::from_value(outbreak).ok());
        Ok(Some(Outbreak::sorted(known)))
    }

    fn add(&mut self, file: &Path) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let named = Kind::of_name(&name);
        let parts = match Part::of(file) {
            Ok(parts) => parts,
            Err(error) => {
                // Only what looks like records is worth a message.
                if named.is_some() || is_data(&name) {
                    self.strays.push(Stray::of(file, named, error));
                }
                return;
            }
        };
        if parts.iter().any(|part| matches!(part.name(), "[Content_Types].xml" | "content.xml")) {
            self.strays.push(Stray::of(file, named, content::spreadsheet().into()));
            return;
        }
        for part in parts {
            // The name of an archive says what its files are only where they look like records.
            let of_archive = named.filter(|_| is_data(part.name()));
            let named = Kind::of_name(part.name()).or(of_archive);
            if named.is_some() || is_data(part.name()) {
                self.add_part(part, named);
            }
        }
    }

    fn add_part(&mut self, part: Part, named: Option<Kind>) {
        let mut start = Vec::new();
        let read = part.open().and_then(|file| file.take(START as u64).read_to_end(&mut start));
        // A file that ends early is told apart here as far as it goes; reading it says that it is cut off.
        let found = match read {
            Err(error) if start.is_empty() => Err(error),
            _ => inspect(&start).map_err(io::Error::from),
        };
        let place = part.place();
        let content = match found {
            Ok(content) => content,
            Err(error) => return self.strays.push(Stray::of(&place, named, error)),
        };
        let kind_in_it = content.and_then(|content| content.kind);
        match (named, kind_in_it, content) {
            (Some(named), Some(found), _) if named != found => self.strays.push(Stray {
                path: place,
                kinds: vec![named, found],
                why: Unfit::new(
                    format!("a file named {} holds {}", named.stem(), found.stem()),
                    format!("name it {}, or put the file of {} in its place", found.stem(), named.stem()),
                ),
            }),
            (Some(kind), _, Some(Content { form, .. })) | (None, Some(kind), Some(Content { form, .. })) => {
                self.entries.push(Entry { part, kind, form });
            }
            // Nothing that was recognised, but the name says what it is to be: reading it says what is wrong.
            (Some(kind), _, None) => {
                let begin = start.trim_ascii_start();
                let form = match table::separator(&start) {
                    Some(separator) if !begin.starts_with(b"[") && !begin.starts_with(b"{") => {
                        Form::Translated(Some(separator))
                    }
                    _ => Form::Answered,
                };
                self.entries.push(Entry { part, kind, form });
            }
            (None, None, Some(Content { of_persons: true, form, .. })) => self.strays.push(Stray {
                path: place,
                kinds: Source::ALL.into_iter().filter(|source| source.is_person()).map(Kind::from).collect(),
                why: if matches!(form, Form::Translated(_)) {
                    Unfit::new(
                        "nothing in the file says what it is: its headings are not those of fields",
                        "name it as its kind of records: cases, contacts, contacts-of-contacts or events, with the ending it has",
                    )
                } else {
                    Unfit::new(
                        "the file holds persons, but nothing in it says whether cases, contacts or others",
                        "name it cases, contacts, contacts-of-contacts or events, with the ending it has",
                    )
                },
            }),
            (None, None, Some(_)) => self.strays.push(Stray {
                path: place,
                kinds: Vec::new(),
                why: Unfit::new(
                    "nothing in the file says what it is",
                    "name it as its kind of records: cases, contacts, lab-results, locations …, with the ending it has",
                ),
            }),
            (None, _, None) => {}
        }
    }

    /// Opens everything of a kind as one JSON array.
    fn open_kind(
        &self,
        kind: Kind,
        source: Source,
        needs: &Needs,
    ) -> Outcome<(PathBuf, Box<dyn Read + Send>)> {
        if let Some(stray) = self.strays.iter().find(|stray| stray.kinds.contains(&kind)) {
            return Err(stray.why.clone().problem(&stray.path));
        }
        let entries: Vec<&Entry> = self.entries.iter().filter(|entry| entry.kind == kind).collect();
        let Some((first, rest)) = entries.split_first() else { return Err(self.missing(kind)) };
        if let Some(second) = rest.iter().find(|entry| entry.part.path() != first.part.path()) {
            return Err(Problem::usage(format!(
                "two files hold {}: both together would count twice",
                kind.stem()
            ))
            .fact(
                "files",
                format!("{}\n{}", first.part.place().display(), second.part.place().display()),
            )
            .next(
                "keep one of them in the folder; parts of one export belong into one zip archive",
            ));
        }
        let path = if rest.is_empty() { first.part.place() } else { first.part.path().to_owned() };
        let what = kind.stem();
        let shape = Shape {
            source,
            needs: Arc::new(needs.clone()),
            labels: Arc::new(if kind == Kind::Labels { Labels::default() } else { self.labels()? }),
            headings: Arc::new(self.headings(source)?),
        };
        let fault = |error| unfit::problem(what, &path, error);
        if rest.is_empty() && matches!(first.form, Form::Answered | Form::Tree | Form::Tokens) {
            let reader = first.part.open().map_err(fault)?;
            return Ok((path, reader));
        }
        let current = first.rows(&shape).map_err(fault)?;
        let waiting = rest.iter().map(|entry| {
            let (entry, shape) = ((*entry).clone(), shape.clone());
            let name = entry.part.name().to_owned();
            let open: Open = Box::new(move || entry.rows(&shape));
            (name, open)
        });
        let first_name = (!rest.is_empty()).then(|| first.part.name().to_owned());
        Ok((path.clone(), Box::new(Stream::new(first_name, current, waiting))))
    }

    /// The labels of reference data, where there is a file of them.
    fn labels(&self) -> Outcome<Labels> {
        let mut labels = Labels::default();
        if self.entries.iter().any(|entry| entry.kind == Kind::Labels) {
            let needs = Needs::fields(["value", "token", "translation"]);
            let (path, reader) = self.open_kind(Kind::Labels, Source::Cases, &needs)?;
            locations::labels(BufReader::new(reader), &mut labels)
                .map_err(|error| unfit::problem("reference data", &path, error.into()))?;
        }
        Ok(labels)
    }

    /// What the headings of a kind of records mean.
    fn headings(&self, source: Source) -> Outcome<Headings> {
        let mut headings = Headings::of(source);
        for entry in self.entries.iter().filter(|entry| entry.kind == Kind::Headings) {
            let fault = |error| unfit::problem("headings", &entry.part.place(), error);
            let file = entry.part.open().map_err(fault)?;
            headings.learn(source, file).map_err(|unfit| unfit.problem(&entry.part.place()))?;
        }
        Ok(headings)
    }

    fn missing(&self, kind: Kind) -> Problem {
        let stem = kind.stem();
        let mut problem =
            Problem::usage(format!("there is no file of {stem} in the folder with the records"))
                .fact("folder", self.path.display().to_string());
        let strays: Vec<String> = self
            .strays
            .iter()
            .filter(|stray| stray.kinds.is_empty())
            .map(|stray| format!("{}: {}", stray.path.display(), stray.why))
            .collect();
        if !strays.is_empty() {
            problem = problem.fact("not read", strays.join("\n"));
        }
        let or = if kind == Kind::Locations {
            ""
        } else {
            ", or leave out the indicators that count it"
        };
        problem.next(format!("put {stem}.json, {stem}.csv or {stem}.zip there{or}"))
    }
}

impl Entry {
    fn rows(&self, shape: &Shape) -> io::Result<Box<dyn Rows>> {
        let file = self.part.open()?;
        Ok(match self.form {
            Form::Answered | Form::Tree | Form::Tokens => Box::new(Array::new(file, Json::AsItIs)),
            Form::Exported => Box::new(Array::new(file, Json::Fields(shape.clone()))),
            Form::Headed => {
                shape.check_headings()?;
                Box::new(Array::new(file, Json::Headings(shape.clone())))
            }
            Form::Table(separator, names) => {
                Box::new(Table::open(file, separator, names, shape.clone())?)
            }
            Form::Translated(separator) => {
                if !shape.headings.are_own() {
                    return Err(
                        unknown::all(shape, self.headings()?.iter().map(String::as_str)).into()
                    );
                }
                match separator {
                    Some(separator) => {
                        Box::new(Table::open(file, separator, Names::Headings, shape.clone())?)
                    }
                    None => {
                        shape.check_headings()?;
                        Box::new(Array::new(file, Json::Headings(shape.clone())))
                    }
                }
            }
        })
    }
}

impl Entry {
    /// The headings of an export whose fields are not named.
    fn headings(&self) -> io::Result<Vec<String>> {
        let mut start = Vec::new();
        self.part.open()?.take(START as u64).read_to_end(&mut start)?;
        Ok(content::names(&start))
    }
}

impl Stray {
    fn of(path: &Path, kind: Option<Kind>, error: io::Error) -> Self {
        let why = error.downcast::<Unfit>().unwrap_or_else(|error| {
            Unfit::new(
                format!("the file cannot be opened: {error}"),
                "export it again, or take it out of the folder",
            )
        });
        Self { path: path.to_owned(), kinds: kind.into_iter().collect(), why }
    }
}

/// Whether a name is that of a file that may hold records.
fn is_data(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".json", ".csv", ".tsv", ".gz", ".zip", ".xlsx", ".xls", ".ods"]
        .iter()
        .any(|end| name.ends_with(end))
}
