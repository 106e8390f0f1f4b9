//! ADX bodies.

use quick_xml::{Reader, events::Event};

use super::{
    ComboRef, Group, Header, InValue, Unreadable,
    xml::{attributes, value_of},
};
use crate::dhis2::period::Period;

/// Reads the groups of an ADX message, one for each `group` element, the period as its identifier.
///
/// Attributes that name a category make the option combination; on a value of an element that is
/// not disaggregated 2.43 then finds an empty one, and refuses it (x-adx-uid-default).
pub(crate) fn read_adx(bytes: &[u8], engine_b: bool) -> Result<Vec<Group>, Unreadable> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(&text);
    let mut groups: Vec<Group> = Vec::new();
    let mut open_value = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                open_value = element.local_name().as_ref() == "dataValue";
                start(&element, &mut groups, engine_b)?;
            }
            Ok(Event::Empty(element)) => start(&element, &mut groups, engine_b)?,
            // The text of a value that is no number stands in an annotation.
            Ok(Event::Text(text)) if open_value => {
                let value = groups.last_mut().and_then(|group| group.values.last_mut());
                if let Some(value) = value {
                    let text = text.trim().to_owned();
                    if !text.is_empty() {
                        value.value = Some(text);
                    }
                }
            }
            Ok(Event::End(element)) if element.local_name().as_ref() == "dataValue" => {
                open_value = false;
            }
            Ok(Event::Eof) => return Ok(groups),
            Ok(_) => {}
            Err(error) if engine_b => {
                return Err(Unreadable::Status(500, error.to_string(), None));
            }
            // What was read before the break is looked at first: x-adx-malformed names the data
            // set, not the break.
            Err(_) if !groups.is_empty() => return Ok(groups),
            Err(_) => return Err(Unreadable::nothing()),
        }
    }
}

fn start(
    element: &quick_xml::events::BytesStart<'_>,
    groups: &mut Vec<Group>,
    engine_b: bool,
) -> Result<(), Unreadable> {
    let mut attributes = attributes(element);
    match element.local_name().as_ref() {
        "group" => {
            let period = attributes.remove("period").unwrap_or_default();
            let Some(period) = Period::parse_adx(&period) else {
                let message = format!("{period} not in valid <date>/<duration> format");
                return Err(if engine_b {
                    Unreadable::Status(400, message, None)
                } else {
                    Unreadable::Process(message)
                });
            };
            let header = Header {
                data_set: attributes.remove("dataSet"),
                org_unit: attributes.remove("orgUnit"),
                complete_date: attributes.remove("completeDate"),
                period: Some(period.id()),
                attribute_option_combo: attributes.remove("attributeOptionCombo").map(ComboRef::Id),
                ..Header::default()
            };
            groups.push(Group { header, values: Vec::new() });
        }
        "dataValue" => {
            let Some(group) = groups.last_mut() else { return Ok(()) };
            let mut value: InValue = value_of(&mut attributes);
            value.period.clone_from(&group.header.period);
            value.org_unit.clone_from(&group.header.org_unit);
            if value.category_option_combo.is_none() && (engine_b || !attributes.is_empty()) {
                value.category_option_combo = Some(ComboRef::Options(attributes));
            }
            group.values.push(value);
        }
        _ => {}
    }
    Ok(())
}
