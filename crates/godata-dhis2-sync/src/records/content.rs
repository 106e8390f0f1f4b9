//! What a file is, by what is in it.

use indicators::Source;
use serde_json::{Map, Value};

use super::heading;
use super::split::Splitter;
use super::table::{self, Names};
use super::unfit::Unfit;

/// How much is looked at. The first record of a file fits, questionnaires and all.
pub(super) const START: usize = 256 * 1024;

/// What the records of a file are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Records of this kind.
    Records(Source),
    /// Places.
    Locations,
    /// Reference data or language tokens with their labels.
    Labels,
    /// What the API answers for outbreaks.
    Outbreaks,
    /// What the headings of exports mean.
    Headings,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A JSON array, as the API answers.
    Answered,
    /// A JSON array of an export with names of fields.
    Exported,
    /// A JSON array of an export with English headings.
    Headed,
    /// A JSON array of places, each with those below it.
    Tree,
    /// The JSON object that holds language tokens.
    Tokens,
    /// A table.
    Table(u8, Names),
    /// An export with headings of a language, or of a kind of record, that are not known by themselves: a table with
    /// this separator, else JSON.
    Translated(Option<u8>),
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    /// What the records are about, where the fields say so.
    pub(super) kind: Option<Kind>,
    /// Whether they are persons, of whichever kind.
    pub(super) of_persons: bool,
    pub(super) form: Form,
}

/// Looks at the beginning of a file. `None`: nothing that Go.Data wrote.
///
/// # Errors
///
/// When it is a spreadsheet, encrypted, or in another encoding.
pub(super) fn inspect(start: &[u8]) -> Result<Option<Content>, Unfit> {
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Err(Unfit::new(
            "the file is not written in UTF-8",
            "use the file as it was exported, or save it as \"CSV UTF-8\"",
        ));
    }
    if start.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(spreadsheet());
    }
    let text = start.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(start);
    if text.iter().any(|byte| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r')) {
        return Err(Unfit::new(
            "the file is encrypted, or is no text at all",
            "export it again without a password",
        ));
    }
    Ok(match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => array(text),
        Some(b'{') => {
            let tokens = memmem(text, b"\"tokens\"");
            tokens.then_some(Content {
                kind: Some(Kind::Labels),
                of_persons: false,
                form: Form::Tokens,
            })
        }
        Some(_) => header(text),
        None => None,
    })
}

/// Spreadsheets are not read.
pub(super) fn spreadsheet() -> Unfit {
    Unfit::new("the file is a spreadsheet", "export it again as CSV or JSON")
}

/// The names of the columns, or of the fields of the first record.
pub(super) fn names(start: &[u8]) -> Vec<String> {
    let text = start.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(start);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => first_record(text).map(|fields| fields.keys().cloned().collect()),
        _ => table::separator(text)
            .and_then(|separator| first_rows(text, separator))
            .map(|rows| rows.0),
    }
    .unwrap_or_default()
}

/// The first record of an array, empty if there is none.
fn first_record(text: &[u8]) -> Option<Map<String, Value>> {
    let mut splitter = Splitter::new();
    let mut first: Option<Map<String, Value>> = None;
    let mut failed = false;
    // What comes after the first record does not matter here, be it cut off or broken.
    let pushed = splitter.push(text, &mut |record| {
        if first.is_none() && !failed {
            first = serde_json::from_slice(record).ok();
            failed = first.is_none();
        }
    });
    match (first, pushed) {
        (Some(fields), _) => Some(fields),
        (None, Ok(())) => Some(Map::new()),
        (None, Err(_)) => None,
    }
}

fn array(text: &[u8]) -> Option<Content> {
    let fields = first_record(text)?;
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    if fields.get("location").is_some_and(Value::is_object) && fields.contains_key("children") {
        return Some(Content { kind: Some(Kind::Locations), of_persons: false, form: Form::Tree });
    }
    let form = if fields.contains_key("id") || fields.is_empty() {
        Form::Answered
    } else if fields.contains_key("_id") {
        Form::Exported
    } else if heading::are_known(names.iter().copied()) {
        Form::Headed
    } else if fields.contains_key("ID") {
        Form::Translated(None)
    } else {
        return None;
    };
    let person_type = fields.get("type").and_then(Value::as_str);
    Some(content(&names, person_type, form))
}

/// The header and the first row of a table.
fn first_rows(text: &[u8], separator: u8) -> Option<(Vec<String>, Vec<String>)> {
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text)
        .into_byte_records();
    let lossy = |cell: &[u8]| String::from_utf8_lossy(cell).trim().to_owned();
    let names: Vec<String> = rows.next()?.ok()?.iter().map(lossy).collect();
    let first: Vec<String> = rows
        .next()
        .and_then(Result::ok)
        .map(|row| row.iter().map(lossy).collect())
        .unwrap_or_default();
    Some((names, first))
}

fn header(text: &[u8]) -> Option<Content> {
    let separator = table::separator(text)?;
    let (names, first) = first_rows(text, separator)?;
    let form = if names.iter().any(|name| name == "_id" || name == "id") {
        Form::Table(separator, Names::Fields)
    } else if heading::are_known(names.iter().map(String::as_str)) {
        Form::Table(separator, Names::Headings)
    } else if names.first().is_some_and(|name| name == "ID") {
        Form::Translated(Some(separator))
    } else {
        return None;
    };
    let person_type = names
        .iter()
        .position(|name| name == "type")
        .and_then(|at| first.get(at))
        .map(String::as_str);
    let tops: Vec<&str> =
        names.iter().filter_map(|name| name.split([' ', '.', '[']).next()).collect();
    Some(content(&tops, person_type, form))
}

fn content(names: &[&str], person_type: Option<&str>, form: Form) -> Content {
    let has = |name: &str| names.contains(&name);
    let person = person_type.and_then(|kind| {
        Some(match kind.strip_prefix("LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_")? {
            "CASE" => Source::Cases,
            "CONTACT" => Source::Contacts,
            "CONTACT_OF_CONTACT" => Source::ContactsOfContacts,
            "EVENT" => Source::Events,
            _ => return None,
        })
    });
    let kind = match form {
        // Only headings of cases are known.
        Form::Headed | Form::Table(_, Names::Headings) => Some(Kind::Records(Source::Cases)),
        _ if has("parentLocationId") && has("name") => Some(Kind::Locations),
        _ if has("categoryId") && has("value") => Some(Kind::Labels),
        _ if has("sampleIdentifier") || has("dateSampleTaken") => Some(Source::LabResults.into()),
        _ if has("statusId") && (has("targeted") || has("index")) => Some(Source::FollowUps.into()),
        _ if has("contactDate") && (has("persons") || has("sourcePerson")) => {
            Some(Source::Relationships.into())
        }
        _ if person.is_some() => person.map(Kind::Records),
        // These alone have it, whatever the values look like.
        _ if has("eventCategory") => Some(Source::Events.into()),
        _ => None,
    };
    let of_persons =
        kind.is_none() && (has("firstName") || has("visualId") || has("classification"));
    Content { kind, of_persons, form }
}

impl From<Source> for Kind {
    fn from(source: Source) -> Self {
        Self::Records(source)
    }
}

impl Kind {
    /// What a file of this name holds: `cases.json`, `contacts-of-contacts.csv.gz`.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let mut stem = name.as_str();
        for end in [".gz", ".zip", ".json", ".csv", ".tsv", ".txt"] {
            stem = stem.strip_suffix(end).unwrap_or(stem);
        }
        match stem {
            "locations" => Some(Self::Locations),
            "reference-data" | "language-tokens" => Some(Self::Labels),
            "outbreaks" => Some(Self::Outbreaks),
            "headings" => Some(Self::Headings),
            _ => stem.parse().ok().map(Self::Records),
        }
    }

    /// The name a file of it should have, without ending.
    pub(super) fn stem(self) -> &'static str {
        match self {
            Self::Records(source) => source.as_str(),
            Self::Locations => "locations",
            Self::Labels => "reference-data",
            Self::Outbreaks => "outbreaks",
            Self::Headings => "headings",
        }
    }
}

fn memmem(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<Kind> {
        inspect(text.as_bytes()).unwrap().and_then(|content| content.kind)
    }

    #[test]
    fn a_file_is_known_by_its_fields() {
        let case = "LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_CASE";
        for (text, expected) in [
            (format!("[{{\"_id\":\"a\",\"type\":\"{case}\"}}]"), Some(Source::Cases.into())),
            (format!("_id;visualId;type\na;b;{case}\n"), Some(Source::Cases.into())),
            ("ID,Case ID,Classification,Date of reporting\n".into(), Some(Source::Cases.into())),
            ("[{\"id\":\"a\",\"sampleIdentifier\":\"s\"}]".into(), Some(Source::LabResults.into())),
            ("_id\tstatusId\tindex\n".into(), Some(Source::FollowUps.into())),
            (
                "_id,sourcePerson sourcePerson.id,contactDate\n".into(),
                Some(Source::Relationships.into()),
            ),
            (
                "[{\"id\":\"a\",\"name\":\"A\",\"parentLocationId\":null}]".into(),
                Some(Kind::Locations),
            ),
            ("[{\"location\":{\"id\":\"a\"},\"children\":[]}]".into(), Some(Kind::Locations)),
            ("{\"languageId\":\"french_fr\",\"tokens\":[]}".into(), Some(Kind::Labels)),
            ("_id,categoryId,value\n".into(), Some(Kind::Labels)),
            ("[{\"_id\":\"a\",\"visualId\":\"b\"}]".into(), None),
            ("location_id,location_name,org_unit\n".into(), None),
            ("[1,2]".into(), None),
            (String::new(), None),
        ] {
            assert_eq!(kind(&text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (bytes, text) in [
            (b"\xff\xfeI\0D\0".as_slice(), "UTF-8"),
            (b"\xd0\xcf\x11\xe0\xa1".as_slice(), "spreadsheet"),
            (b"\x8f\x00\x1a\x07\xd1\xfe".as_slice(), "encrypted"),
        ] {
            assert!(inspect(bytes).unwrap_err().to_string().contains(text));
        }
    }

    #[test]
    fn names_of_files_are_those_of_the_routes() {
        assert_eq!(Kind::of_name("Cases.CSV.gz"), Some(Source::Cases.into()));
        assert_eq!(
            Kind::of_name("contacts-of-contacts.zip"),
            Some(Source::ContactsOfContacts.into())
        );
        assert_eq!(Kind::of_name("locations.json"), Some(Kind::Locations));
        assert_eq!(Kind::of_name("places.csv"), None);
    }
}
