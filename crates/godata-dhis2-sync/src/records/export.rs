//! Files of Go.Data's own export, made to look like what its API answers.
//!
//! A JSON export with database columns names the id `_id` and leaves out `usualPlaceOfResidenceLocationId` (recording
//! `export-download`), which is the `locationId` of the address of that type. An export with translated headings or
//! values (recording `export-labels-download`) cannot be counted: its codes are words of some language.

use std::io::{self, Read};

use serde_json::{Map, Value};

use super::split::{SplitError, Splitter};

/// How much is looked at to tell an export from the API's own JSON, and read at a time.
const CHUNK: usize = 64 * 1024;
const RESIDENCE: &str = "usualPlaceOfResidenceLocationId";

/// The records of a file, as the API would have answered them.
///
/// # Errors
///
/// When the beginning cannot be read, or the file is an export with translated headings.
pub(super) fn as_answered(mut file: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut start = Vec::new();
    file.by_ref().take(CHUNK as u64).read_to_end(&mut start)?;
    let key = first_key(&start).map(str::to_owned);
    let whole = io::Cursor::new(start).chain(file);
    match key.as_deref() {
        Some("_id") => Ok(Box::new(Exported {
            file: whole,
            splitter: Splitter::new(),
            ready: Vec::new(),
            n_given: 0,
            n_records: 0,
            at_end: false,
        })),
        Some("ID") => Err(translated()),
        _ => Ok(Box::new(whole)),
    }
}

/// The first key of the first object in an array.
fn first_key(start: &[u8]) -> Option<&str> {
    let text = start.split(|byte| *byte == b'{').nth(1)?;
    let mut quoted = text.split(|byte| *byte == b'"');
    if !quoted.next()?.iter().all(u8::is_ascii_whitespace) {
        return None;
    }
    std::str::from_utf8(quoted.next()?).ok()
}

fn translated() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "this export has translated headings or values; export again as JSON with \"Use database column names\" and \
         \"Don't translate values\"",
    )
}

struct Exported<R> {
    file: R,
    splitter: Splitter,
    ready: Vec<u8>,
    n_given: usize,
    n_records: u64,
    at_end: bool,
}

impl<R: Read> Read for Exported<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.n_given == self.ready.len() && !self.at_end {
            self.ready.clear();
            self.n_given = 0;
            self.fill()?;
        }
        let n = buffer.len().min(self.ready.len() - self.n_given);
        buffer[..n].copy_from_slice(&self.ready[self.n_given..self.n_given + n]);
        self.n_given += n;
        Ok(n)
    }
}

impl<R: Read> Exported<R> {
    /// Reads a chunk, and makes whole records of it ready.
    fn fill(&mut self) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        let n = self.file.read(&mut chunk)?;
        let invalid = |error: SplitError| io::Error::new(io::ErrorKind::InvalidData, error);
        if n == 0 {
            self.splitter.finish().map_err(invalid)?;
            self.at_end = true;
            self.ready.extend_from_slice(if self.n_records == 0 { b"[]" } else { b"]" });
            return Ok(());
        }
        let mut failed = None;
        let (ready, n_records) = (&mut self.ready, &mut self.n_records);
        self.splitter
            .push(&chunk[..n], &mut |record| {
                ready.push(if *n_records == 0 { b'[' } else { b',' });
                *n_records += 1;
                if let Err(error) = answered(record, ready) {
                    failed.get_or_insert(error);
                }
            })
            .map_err(invalid)?;
        failed.map_or(Ok(()), Err)
    }
}

/// Appends an exported record as the API would have answered it.
fn answered(record: &[u8], ready: &mut Vec<u8>) -> io::Result<()> {
    let Ok(mut fields) = serde_json::from_slice::<Map<String, Value>>(record) else {
        // One broken record is counted as unreadable, like one that a server sends.
        ready.extend_from_slice(record);
        return Ok(());
    };
    for code in ["classification", "gender", "type"] {
        if fields
            .get(code)
            .and_then(Value::as_str)
            .is_some_and(|code| !code.is_empty() && !code.starts_with("LNG_"))
        {
            return Err(translated());
        }
    }
    if let Some(id) = fields.remove("_id") {
        fields.insert("id".to_owned(), id);
    }
    if !fields.contains_key(RESIDENCE)
        && let Some(place) = residence(&fields)
    {
        fields.insert(RESIDENCE.to_owned(), place);
    }
    serde_json::to_writer(ready, &fields).map_err(io::Error::other)
}

/// The location of the usual place of residence; for events that of their one address.
fn residence(fields: &Map<String, Value>) -> Option<Value> {
    let own = |address: &&Value| {
        address["typeId"]
            .as_str()
            .is_some_and(|kind| kind.ends_with("_ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE"))
    };
    let addresses = fields.get("addresses").and_then(Value::as_array);
    let address =
        addresses.and_then(|list| list.iter().find(own)).or_else(|| fields.get("address"))?;
    Some(address.get("locationId")?.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> io::Result<Value> {
        let mut whole = String::new();
        as_answered(Box::new(io::Cursor::new(text.to_owned())))?.read_to_string(&mut whole)?;
        Ok(serde_json::from_str(&whole).expect("a whole array"))
    }

    #[test]
    fn an_export_gets_its_id_and_its_place_back() {
        let exported = json!([
            {
                "_id": "a",
                "classification": "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED",
                "addresses": [
                    { "typeId": "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_PREVIOUS_USUAL_PLACE_OF_RESIDENCE", "locationId": "old" },
                    { "typeId": "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE", "locationId": "home" },
                ],
            },
            { "_id": "b", "addresses": [] },
        ]);

        let answered = read(&exported.to_string()).unwrap();

        assert_eq!((&answered[0]["id"], &answered[0][RESIDENCE]), (&json!("a"), &json!("home")));
        assert_eq!((&answered[1]["id"], answered[1].get(RESIDENCE)), (&json!("b"), None));
    }

    #[test]
    fn what_the_api_answered_is_left_as_it_is() {
        for text in ["[]", "[ ]", "[{\"id\":\"a\",  \"_id\":\"b\"}]"] {
            assert_eq!(read(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        }
    }

    #[test]
    fn translated_exports_and_cut_ones_are_refused() {
        assert!(read("[{\"ID\":\"a\",\"Case ID\":\"CA-1\"}]").is_err());
        assert!(read("[{\"_id\":\"a\",\"classification\":\"Confirmed\"}]").is_err());
        assert!(read("[{\"_id\":\"a\"},{\"_id\"").is_err());
    }
}
