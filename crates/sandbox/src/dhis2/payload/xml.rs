//! DXF 2 XML bodies.

use std::collections::BTreeMap;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{ComboRef, Group, Header, InValue, Unreadable};

/// The attributes of an element, without namespace declarations.
pub(super) fn attributes(element: &BytesStart<'_>) -> BTreeMap<String, String> {
    element
        .attributes()
        .flatten()
        .filter_map(|attribute| {
            let name = attribute.key.as_ref().to_owned();
            let value = quick_xml::escape::unescape(&attribute.value).ok()?.into_owned();
            (!name.starts_with("xmlns") && !name.starts_with("xsi")).then_some((name, value))
        })
        .collect()
}

/// One value from the attributes both formats share.
pub(super) fn value_of(attributes: &mut BTreeMap<String, String>) -> InValue {
    let mut take = |name: &str| attributes.remove(name).filter(|text| !text.is_empty());
    let truth = |text: String| text == "true";
    InValue {
        data_element: take("dataElement"),
        period: take("period"),
        org_unit: take("orgUnit"),
        category_option_combo: take("categoryOptionCombo").map(ComboRef::Id),
        attribute_option_combo: take("attributeOptionCombo").map(ComboRef::Id),
        value: take("value"),
        comment: take("comment"),
        followup: take("followUp").or_else(|| take("followup")).map(truth),
        deleted: take("deleted").map(truth),
        stored_by: take("storedBy"),
        created: take("created"),
        last_updated: take("lastUpdated"),
        ..InValue::default()
    }
}

/// Reads a `dataValueSet`.
pub(crate) fn read_xml(bytes: &[u8], engine_b: bool) -> Result<Group, Unreadable> {
    let text = String::from_utf8_lossy(bytes);
    if engine_b && !text.trim_start().starts_with('<') {
        let first = text.chars().next().unwrap_or(' ');
        return Err(Unreadable::Status(
            400,
            format!(
                "XML file error : Unexpected character '{first}' (code {}) in prolog; expected '<'\n at [row,col {{unknown-source}}]: [1,1]",
                u32::from(first)
            ),
            Some("E8007"),
        ));
    }
    let mut reader = Reader::from_str(&text);
    let mut group = Group::default();
    let mut in_set = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                let name = element.local_name().as_ref().to_owned();
                let mut attributes = attributes(&element);
                match name.as_str() {
                    "dataValueSet" => {
                        in_set = true;
                        group.header = header(&mut attributes);
                    }
                    "dataValue" if in_set => group.values.push(value_of(&mut attributes)),
                    _ if in_set => {}
                    _ => return Err(other_root(&name, engine_b)),
                }
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => return Err(cut_off(&error.to_string(), engine_b, in_set)),
        }
    }
    if !in_set {
        return Err(Unreadable::nothing());
    }
    Ok(group)
}

fn header(attributes: &mut BTreeMap<String, String>) -> Header {
    let mut take = |name: &str| attributes.remove(name).filter(|text| !text.is_empty());
    Header {
        data_set: take("dataSet"),
        complete_date: take("completeDate"),
        period: take("period"),
        org_unit: take("orgUnit"),
        attribute_option_combo: take("attributeOptionCombo").map(ComboRef::Id),
        dry_run: take("dryRun").map(|text| text == "true"),
        strategy: take("importStrategy"),
        deletion: None,
        schemes: attributes
            .iter()
            .filter(|(name, _)| name.ends_with("IdScheme") || *name == "idScheme")
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    }
}

fn other_root(name: &str, engine_b: bool) -> Unreadable {
    if !engine_b {
        return Unreadable::nothing();
    }
    Unreadable::Status(
        400,
        format!("XML file error : Neither <dataValueSet> nor <adx> root tag found but: `<{name}>`"),
        Some("E8007"),
    )
}

fn cut_off(error: &str, engine_b: bool, in_set: bool) -> Unreadable {
    if engine_b {
        return Unreadable::Status(500, error.to_owned(), None);
    }
    if in_set {
        return Unreadable::Process("Failed to move to start element".to_owned());
    }
    Unreadable::nothing()
}
