//! Reading ADX, as this crate and engine A write it with identifiers.

use quick_xml::Reader;
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesStart, Event};

use super::DataValueSet;
use crate::cell::{Cell, DataValue};
use crate::period::Period;
use crate::uid::{CategoryOptionComboId, DataSetId, OrgUnitId};

/// Why a text could not be read as ADX.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdxReadError {
    /// It is no XML.
    #[error("no readable XML at byte {at}")]
    Xml {
        /// Where.
        at: u64,
        /// What the reader found.
        source: quick_xml::Error,
    },
    /// An attribute is malformed.
    #[error("a malformed attribute before byte {at}")]
    Attribute {
        /// Where.
        at: u64,
        /// What the reader found.
        source: AttrError,
    },
    /// Something that ADX needs is missing or no DHIS2 identifier.
    #[error("{message}, before byte {at}")]
    Content {
        /// Where.
        at: u64,
        /// What.
        message: String,
    },
}

#[derive(Clone, Copy)]
struct Group {
    data_set: DataSetId,
    org_unit: OrgUnitId,
    period: Period,
    attribute_option_combo: CategoryOptionComboId,
}

impl DataValueSet {
    /// Reads ADX with identifiers, one [`DataValueSet`] a data set.
    ///
    /// Groups need `dataSet`, `orgUnit`, `period`; where `attributeOptionCombo` or
    /// `categoryOptionCombo` is absent, `default` is meant. An `annotation` goes before the `value`.
    ///
    /// # Errors
    ///
    /// [`AdxReadError`], with the place. Codes instead of identifiers, and categories spread over
    /// attributes, are not read.
    pub fn read_adx(text: &str, default: CategoryOptionComboId) -> Result<Vec<Self>, AdxReadError> {
        let mut reader = Reader::from_str(text);
        let mut sets: Vec<Self> = Vec::new();
        let mut group: Option<Group> = None;
        let mut open: Option<DataValue> = None;
        let mut in_annotation = false;
        loop {
            let event = reader.read_event();
            let at = reader.buffer_position();
            match event.map_err(|source| AdxReadError::Xml { at, source })? {
                Event::Start(start) | Event::Empty(start)
                    if start.local_name().as_ref() == "group" =>
                {
                    group = Some(read_group(&start, at, default)?);
                }
                Event::Empty(start) if start.local_name().as_ref() == "dataValue" => {
                    push(&mut sets, group, read_value(&start, group, at, default)?, at)?;
                }
                Event::Start(start) if start.local_name().as_ref() == "dataValue" => {
                    open = Some(read_value(&start, group, at, default)?);
                }
                Event::Start(start) if start.local_name().as_ref() == "annotation" => {
                    in_annotation = true;
                    if let Some(value) = &mut open {
                        value.value = Some(String::new());
                    }
                }
                Event::Text(piece) if in_annotation => {
                    append(&mut open, &piece);
                }
                Event::GeneralRef(name) if in_annotation => {
                    let resolved = entity(&name).ok_or_else(|| AdxReadError::Content {
                        at,
                        message: "an entity that XML does not define".to_owned(),
                    })?;
                    append(&mut open, &resolved);
                }
                Event::End(end) if end.local_name().as_ref() == "annotation" => {
                    in_annotation = false;
                }
                Event::End(end) if end.local_name().as_ref() == "dataValue" => {
                    if let Some(value) = open.take() {
                        push(&mut sets, group, value, at)?;
                    }
                }
                Event::End(end) if end.local_name().as_ref() == "group" => group = None,
                Event::Eof => return Ok(sets),
                _ => {}
            }
        }
    }
}

fn append(open: &mut Option<DataValue>, piece: &str) {
    if let Some(text) = open.as_mut().and_then(|value| value.value.as_mut()) {
        text.push_str(piece);
    }
}

fn entity(name: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if let Some(character) = name.resolve_char_ref().ok().flatten() {
        return Some(character.to_string());
    }
    quick_xml::escape::resolve_predefined_entity(name).map(ToOwned::to_owned)
}

fn push(
    sets: &mut Vec<DataValueSet>,
    group: Option<Group>,
    value: DataValue,
    at: u64,
) -> Result<(), AdxReadError> {
    let group = group.ok_or_else(|| outside(at))?;
    match sets.iter_mut().find(|set| set.data_set == group.data_set) {
        Some(set) => set.values.push(value),
        None => sets.push(DataValueSet {
            data_set: group.data_set,
            values: vec![value],
            deletion: None,
        }),
    }
    Ok(())
}

fn outside(at: u64) -> AdxReadError {
    AdxReadError::Content { at, message: "a `dataValue` outside of any `group`".to_owned() }
}

fn attribute(start: &BytesStart<'_>, name: &str, at: u64) -> Result<Option<String>, AdxReadError> {
    let found =
        start.try_get_attribute(name).map_err(|source| AdxReadError::Attribute { at, source })?;
    let Some(found) = found else { return Ok(None) };
    let decoded = found
        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
        .map_err(|source| AdxReadError::Xml { at, source })?;
    Ok(Some(decoded.into_owned()))
}

fn needed<T>(
    start: &BytesStart<'_>,
    name: &str,
    at: u64,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, AdxReadError> {
    let content = |message: String| AdxReadError::Content { at, message };
    let text = attribute(start, name, at)?
        .ok_or_else(|| content(format!("the attribute `{name}` is missing")))?;
    parse(&text).map_err(|reason| content(format!("the attribute `{name}`: {reason}")))
}

fn id<T: std::str::FromStr<Err = crate::UidError>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: crate::UidError| error.to_string())
}

fn combo(
    start: &BytesStart<'_>,
    name: &str,
    at: u64,
    default: CategoryOptionComboId,
) -> Result<CategoryOptionComboId, AdxReadError> {
    match attribute(start, name, at)? {
        Some(_) => needed(start, name, at, id),
        None => Ok(default),
    }
}

fn read_group(
    start: &BytesStart<'_>,
    at: u64,
    default: CategoryOptionComboId,
) -> Result<Group, AdxReadError> {
    Ok(Group {
        data_set: needed(start, "dataSet", at, id)?,
        org_unit: needed(start, "orgUnit", at, id)?,
        period: needed(start, "period", at, |text| {
            Period::from_iso_interval(text).map_err(|error| error.to_string())
        })?,
        attribute_option_combo: combo(start, "attributeOptionCombo", at, default)?,
    })
}

fn read_value(
    start: &BytesStart<'_>,
    group: Option<Group>,
    at: u64,
    default: CategoryOptionComboId,
) -> Result<DataValue, AdxReadError> {
    let group = group.ok_or_else(|| outside(at))?;
    let flag = |name| attribute(start, name, at).map(|text| text.as_deref() == Some("true"));
    Ok(DataValue {
        cell: Cell {
            org_unit: group.org_unit,
            period: group.period,
            data_element: needed(start, "dataElement", at, id)?,
            category_option_combo: combo(start, "categoryOptionCombo", at, default)?,
            attribute_option_combo: group.attribute_option_combo,
        },
        value: attribute(start, "value", at)?,
        comment: attribute(start, "comment", at)?,
        follow_up: flag("followup")?,
        deleted: flag("deleted")?,
    })
}
