//! CSV exports, row by row.
//!
//! A row becomes the record that the API would have answered, as far as it is needed. An empty cell is a field that the
//! record has not. Cells are text: `TRUE` and `FALSE` become what they are, and digits become a number where a
//! condition compares the field with one. Separators are commas, semicolons or tabs; line breaks may stand in quotes.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use csv::{ByteRecord, Reader, ReaderBuilder};
use serde_json::{Map, Value};

use super::columns::Columns;
use super::header::{self, Step};
use super::shape::{Shape, WORDS, answers_in_words};
use super::stream::{Records, Rows};
use super::unfit::Unfit;
use super::unknown;

/// No row is longer; one that is has a quotation mark that is not closed, and would be the rest of the file.
const LONGEST_ROW: usize = 16 * 1024 * 1024;
const BUFFER: usize = 256 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How the columns of a table are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// By the fields of the database.
    Fields,
    /// By headings in a person's language.
    Headings,
}

/// A column that is looked at.
#[derive(Debug)]
struct Column {
    at: usize,
    path: Vec<Step>,
    kind: Kind,
}

/// How the text of a cell is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Answer,
    Number,
    Date,
}

/// A table whose header has been read.
pub(super) struct Table {
    reader: Reader<Metered<Box<dyn Read + Send>>>,
    since: Arc<AtomicUsize>,
    shape: Shape,
    headings: Vec<String>,
    columns: Vec<Column>,
    row: ByteRecord,
    /// How many rows were read, the header among them: the number that a spreadsheet program shows.
    n_rows: u64,
}

/// The separator of a table, by its first line; `None` if it has one column.
pub(super) fn separator(start: &[u8]) -> Option<u8> {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for &byte in start {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if !quoted => {
                for (separator, n) in &mut counts {
                    *n += usize::from(*separator == byte);
                }
            }
            _ => {}
        }
    }
    counts.into_iter().filter(|(_, n)| *n > 0).max_by_key(|(_, n)| *n).map(|(byte, _)| byte)
}

impl Table {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// When its names are not understood, or a column is missing that an indicator needs.
    pub(super) fn open(
        file: Box<dyn Read + Send>,
        separator: u8,
        names: Names,
        shape: Shape,
    ) -> io::Result<Self> {
        let since = Arc::new(AtomicUsize::new(0));
        let metered = Metered { file, since: Arc::clone(&since) };
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(BUFFER)
            .from_reader(metered);
        let mut row = ByteRecord::new();
        reader.read_byte_record(&mut row).map_err(of_csv)?;
        since.store(0, Ordering::Relaxed);
        let headings = row
            .iter()
            .map(|cell| {
                let cell = cell.strip_prefix(BYTE_ORDER_MARK).unwrap_or(cell);
                std::str::from_utf8(cell)
                    .map(|text| text.trim().to_owned())
                    .map_err(|_| not_utf8("the header"))
            })
            .collect::<Result<Vec<String>, Unfit>>()?;
        let paths: Vec<Option<Vec<Step>>> = headings
            .iter()
            .map(|heading| match names {
                Names::Fields => header::path(heading),
                Names::Headings => shape.headings.path(heading),
            })
            .collect();
        let found: Vec<Option<String>> =
            paths.iter().map(|path| path.as_ref().map(|path| header::name(path))).collect();
        let columns = Columns::new(paths.iter().flatten().map(Vec::as_slice), &found);
        if names == Names::Headings {
            if shape.needs.has("questionnaireAnswers") {
                return Err(answers_in_words().into());
            }
            unknown::check(&shape, &headings, &paths, &columns)?;
        }
        shape.needs.check(&columns)?;
        let columns = paths
            .into_iter()
            .zip(found)
            .enumerate()
            .filter_map(|(at, (path, name))| {
                let (path, name) = (path?, name?);
                let top = name.split(['.', ' ']).next().unwrap_or(&name);
                let kind = Kind::of(&name, shape.needs.is_number(&name));
                is_looked_at(top, &shape).then_some(Column { at, path, kind })
            })
            .collect();
        Ok(Self { reader, since, shape, headings, columns, row, n_rows: 1 })
    }

    fn record(&self) -> Result<Map<String, Value>, Unfit> {
        let mut fields = Map::new();
        for column in &self.columns {
            let Some(cell) = self.row.get(column.at).filter(|cell| !cell.is_empty()) else {
                continue;
            };
            let text =
                std::str::from_utf8(cell).map_err(|_| not_utf8(&self.headings[column.at]))?;
            let value = column.kind.value(text).ok_or_else(|| {
                Unfit::new(
                    "a date is not written as Go.Data writes it; a spreadsheet program changes dates when it saves",
                    "use the file as it was exported, without opening and saving it in a spreadsheet program",
                )
                .at("column", self.headings[column.at].clone())
            })?;
            put(&mut fields, &column.path, value);
        }
        for value in fields.values_mut() {
            close_gaps(value);
        }
        self.shape.apply(fields)
    }
}

impl Rows for Table {
    fn more(&mut self, records: &mut Records) -> io::Result<bool> {
        // Rows are small: a buffer of records at a time.
        while records.n_ready() < BUFFER {
            self.since.store(0, Ordering::Relaxed);
            if !self.reader.read_byte_record(&mut self.row).map_err(of_csv)? {
                return Ok(false);
            }
            self.n_rows += 1;
            // A spreadsheet program may leave empty rows at the end.
            if self.row.iter().all(<[u8]>::is_empty) {
                continue;
            }
            let n_row = self.n_rows;
            let at_row = |unfit: Unfit| unfit.at("row", n_row.to_string());
            if self.row.len() != self.headings.len() {
                return Err(at_row(Unfit::new(
                    format!(
                        "a row has {} cells where the header has {}",
                        self.row.len(),
                        self.headings.len()
                    ),
                    "export it again: a file that ends early would give numbers that are too low",
                ))
                .into());
            }
            let record = self.record().map_err(at_row)?;
            records.push_fields(&record)?;
        }
        Ok(true)
    }
}

/// Whether a column of this field is read: it is needed, or what is needed is put together from it.
fn is_looked_at(top: &str, shape: &Shape) -> bool {
    const PARTS: [&str; 6] = ["_id", "sourcePerson", "targetPerson", "contact", "case", "person"];
    PARTS.contains(&top) || WORDS.contains(&top) || shape.needs.has(top)
}

impl Kind {
    fn of(name: &str, is_number: bool) -> Self {
        let last = name.rsplit('.').next().unwrap_or(name);
        match () {
            () if is_number => Self::Number,
            () if name.starts_with("questionnaireAnswers.") => Self::Answer,
            () if last.starts_with("date")
                || last.ends_with("Date")
                || last.ends_with("At")
                || last == "dob" =>
            {
                Self::Date
            }
            () => Self::Text,
        }
    }

    /// The value of a cell; `None` for a date that Go.Data did not write.
    fn value(self, text: &str) -> Option<Value> {
        Some(match (self, text) {
            (Self::Text | Self::Date, "TRUE") => Value::Bool(true),
            (Self::Text | Self::Date, "FALSE") => Value::Bool(false),
            (Self::Number, _) => match text.trim().parse::<serde_json::Number>() {
                Ok(number) => Value::Number(number),
                Err(_) => Value::String(text.to_owned()),
            },
            (Self::Date, _) => Value::String(date(text)?),
            (Self::Text | Self::Answer, _) => Value::String(text.to_owned()),
        })
    }
}

/// A date as the API writes it. Servers before 2.40 wrote milliseconds since 1970 where values were not translated.
fn date(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.len() > 8 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let moment = chrono::DateTime::from_timestamp_millis(text.parse().ok()?)?;
        return Some(moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
    }
    let year_first = text.get(..5).is_some_and(|start| {
        start.ends_with('-') && start[..4].bytes().all(|byte| byte.is_ascii_digit())
    });
    let like_a_date = text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().filter(|c| matches!(c, '/' | '.' | '-')).count() >= 2;
    (year_first || !like_a_date).then(|| text.to_owned())
}

/// Puts a value where its path says; places in lists that no column fills are null.
fn put(fields: &mut Map<String, Value>, path: &[Step], value: Value) {
    let [Step::Field(name), rest @ ..] = path else { return };
    let slot = fields.entry(name.as_str()).or_insert(Value::Null);
    put_below(slot, rest, value);
}

fn put_below(slot: &mut Value, path: &[Step], value: Value) {
    match path {
        [] => *slot = value,
        [Step::Field(_), ..] => {
            if !slot.is_object() {
                *slot = Value::Object(Map::new());
            }
            if let Some(fields) = slot.as_object_mut() {
                put(fields, path, value);
            }
        }
        [Step::Item(item), rest @ ..] => {
            if !slot.is_array() {
                *slot = Value::Array(Vec::new());
            }
            if let Some(list) = slot.as_array_mut() {
                if list.len() <= *item {
                    list.resize(item + 1, Value::Null);
                }
                put_below(&mut list[*item], rest, value);
            }
        }
    }
}

/// Takes out elements of lists that no cell filled.
fn close_gaps(value: &mut Value) {
    match value {
        Value::Array(list) => {
            list.retain(|item| !item.is_null());
            list.iter_mut().for_each(close_gaps);
        }
        Value::Object(fields) => fields.values_mut().for_each(close_gaps),
        _ => {}
    }
}

fn not_utf8(column: &str) -> Unfit {
    Unfit::new(
        "the file is not written in UTF-8",
        "use the file as it was exported, or save it as \"CSV UTF-8\"",
    )
    .at("column", column)
}

/// What went wrong beneath the CSV reader, without any content.
fn of_csv(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => io::Error::new(io::ErrorKind::InvalidData, "it is no CSV"),
    }
}

/// Says how much was read since the last row.
struct Metered<R> {
    file: R,
    since: Arc<AtomicUsize>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        if self.since.fetch_add(n, Ordering::Relaxed) + n > LONGEST_ROW {
            return Err(Unfit::new(
                "a row does not end: a quotation mark is not closed",
                "export it again, or correct the file at its last row that is whole",
            )
            .into());
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use indicators::Source;
    use serde_json::json;

    use super::*;
    use crate::records::Needs;
    use crate::records::heading::Headings;
    use crate::records::labels::Labels;
    use crate::records::stream::Stream;

    fn shape(fields: &[&str]) -> Shape {
        Shape {
            source: Source::Cases,
            needs: Arc::new(Needs::fields(fields.iter().copied())),
            labels: Arc::new(Labels::default()),
            headings: Arc::new(Headings::of(Source::Cases)),
        }
    }

    fn open(file: impl Read + Send + 'static, fields: &[&str]) -> io::Result<Stream> {
        let table = Table::open(Box::new(file), b',', Names::Fields, shape(fields))?;
        Ok(Stream::new(None, Box::new(table), []))
    }

    fn read(text: &'static str, fields: &[&str]) -> io::Result<Value> {
        let mut whole = Vec::new();
        open(text.as_bytes(), fields)?.read_to_end(&mut whole)?;
        Ok(serde_json::from_slice(&whole).expect("one array"))
    }

    #[test]
    fn a_row_is_a_record() {
        let text = "\u{feff}_id,comment,age age.years,dateRanges startDate [1],dateRanges startDate [3],wasContact,x [MV 1]\r\n\
                    a,\"one, \"\"two\"\"\nthree\",7,2021-01-19T00:00:00.000Z,-86400000000,TRUE,TRUE\r\n\
                    ,,,,,,\r\n\
                    b,,,,,,\r\n";
        let fields = [
            "comment",
            "age.years",
            "dateRanges.startDate",
            "wasContact",
            "questionnaireAnswers.x",
        ];

        assert_eq!(
            read(text, &fields).unwrap(),
            json!([
                {
                    "id": "a",
                    "comment": "one, \"two\"\nthree",
                    "age": { "years": "7" },
                    "dateRanges": [
                        { "startDate": "2021-01-19T00:00:00.000Z" },
                        { "startDate": "1967-04-07T00:00:00.000Z" },
                    ],
                    "wasContact": true,
                    "questionnaireAnswers": { "x": [{ "value": "TRUE" }] },
                },
                { "id": "b" },
            ])
        );
        // What nobody needs is not read.
        assert_eq!(read(text, &[]).unwrap()[0], json!({ "id": "a" }));
    }

    #[test]
    fn an_empty_table_is_no_records() {
        assert_eq!(read("_id,gender\n", &["gender"]).unwrap(), json!([]));
    }

    #[test]
    fn dates_are_those_that_go_data_writes() {
        for good in ["2021-01-21T00:00:00.000Z", "2021-01-21", "soon", "2021"] {
            assert_eq!(date(good).as_deref(), Some(good));
        }
        assert_eq!(date("1611187200000").as_deref(), Some("2021-01-21T00:00:00.000Z"));
        for rewritten in ["21/01/2021", "1/21/21 0:00", "21.01.2021", "21-01-2021"] {
            assert_eq!(date(rewritten), None, "{rewritten}");
        }
    }

    #[test]
    fn separators_are_counted_outside_of_quotes() {
        assert_eq!(separator(b"\"a;b;c\",d\n;;;;"), Some(b','));
        assert_eq!(separator(b"a\tb\tc,d"), Some(b'\t'));
        assert_eq!(separator(b"one"), None);
    }

    /// Rows without end, made as they are read.
    struct Endless {
        text: &'static [u8],
        n_left: usize,
    }

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.n_left.min(buffer.len() / self.text.len() * self.text.len());
            buffer[..n].iter_mut().zip(self.text.iter().cycle()).for_each(|(to, from)| *to = *from);
            self.n_left -= n;
            Ok(n)
        }
    }

    #[test]
    fn a_long_table_takes_the_memory_of_a_short_one() {
        let row = b"a,2021-01-21T00:00:00.000Z\n";
        let rows = Endless { text: row, n_left: row.len() * 200_000 };
        let mut stream = open((&b"_id,dateOfOnset\n"[..]).chain(rows), &["dateOfOnset"]).unwrap();
        let mut chunk = vec![0; BUFFER];
        let (mut n_bytes, mut n_held) = (0, 0);
        loop {
            let n = stream.read(&mut chunk).unwrap();
            if n == 0 {
                break;
            }
            n_bytes += n;
            n_held = n_held.max(stream.n_held());
        }

        assert!(n_bytes > 8_000_000);
        assert!(n_held < 4 * BUFFER, "{n_held}");
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_does_not_take_the_rest_of_the_file() {
        let rest = Endless { text: b"b,2021-01-21T00:00:00.000Z\n", n_left: 27 * 4_000_000 };
        let head = b"_id,dateOfOnset\na,2021-01-21T00:00:00.000Z\n\"";
        let mut whole = Vec::new();
        let mut stream = open((&head[..]).chain(rest), &["dateOfOnset"]).unwrap();
        let error = stream.read_to_end(&mut whole).unwrap_err();

        assert!(error.to_string().contains("quotation mark"), "{error}");
    }
}
