//! JSON bodies, as each of the two engines reads them.

use std::collections::BTreeMap;

use serde_json::{Deserializer, Map, Value};

use super::{ComboRef, Deletion, Group, Header, ID_SCHEMES, InValue, Unreadable};

/// Reads as 2.42 does: numbers and truth values become text, unknown keys and anything behind the
/// object are passed over, and an object where a text should be counts as one more value
/// (x-head-coc-object, x-num-value-object).
pub(crate) fn read_json_leniently(bytes: &[u8]) -> Result<Group, Unreadable> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let first = Deserializer::from_slice(bytes).into_iter::<Value>().next();
    let Some(Ok(Value::Object(body))) = first else { return Err(Unreadable::nothing()) };

    let get = |name: &str| body.get(name).and_then(lenient);
    let header = Header {
        data_set: get("dataSet"),
        complete_date: get("completeDate"),
        period: get("period"),
        org_unit: get("orgUnit"),
        attribute_option_combo: get("attributeOptionCombo").map(ComboRef::Id),
        schemes: ID_SCHEMES.iter().filter_map(|s| Some(((*s).to_owned(), get(s)?))).collect(),
        dry_run: get("dryRun").map(|text| text == "true"),
        strategy: get("strategy"),
        deletion: None,
    };
    let mut values = Vec::new();
    match body.get("dataValues") {
        None | Some(Value::Null) => {}
        Some(Value::Array(items)) => {
            for item in items {
                let Value::Object(item) = item else { return Err(Unreadable::nothing()) };
                let n_objects = item.values().filter(|value| value.is_object()).count();
                values.push(lenient_value(item));
                values.extend(std::iter::repeat_n(InValue::default(), n_objects));
            }
        }
        Some(_) => return Err(Unreadable::nothing()),
    }
    Ok(Group { header, values })
}

fn lenient_value(item: &Map<String, Value>) -> InValue {
    let get = |name: &str| item.get(name).and_then(lenient);
    let flag = |name: &str| get(name).map(|text| text == "true");
    InValue {
        data_element: get("dataElement"),
        period: get("period"),
        org_unit: get("orgUnit"),
        category_option_combo: get("categoryOptionCombo").map(ComboRef::Id),
        attribute_option_combo: get("attributeOptionCombo").map(ComboRef::Id),
        value: get("value"),
        comment: get("comment"),
        followup: flag("followup"),
        deleted: flag("deleted"),
        stored_by: get("storedBy"),
        created: get("created"),
        last_updated: get("lastUpdated"),
        ..InValue::default()
    }
}

fn lenient(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Reads as 2.43 does: texts must be texts and flags flags; some broken bodies are taken.
///
/// From 2.44 on a value may be a number or a truth value (`takes_numbers`).
pub(crate) fn read_json_strictly(bytes: &[u8], takes_numbers: bool) -> Result<Group, Unreadable> {
    let text = String::from_utf8_lossy(bytes);
    let body = match parse(&text)? {
        Value::Object(body) => body,
        // A bare array is a success of nothing (x-json-array).
        _ => return Ok(Group::default()),
    };
    let mut values = Vec::new();
    match body.get("dataValues") {
        None => {}
        Some(Value::Array(items)) => {
            for item in items.iter().filter_map(Value::as_object) {
                values.push(strict_value(item, takes_numbers)?);
            }
        }
        Some(other) => {
            let message = format!("{} node has no elements property.", kind(other));
            return Err(Unreadable::Status(500, message, None));
        }
    }
    let mut schemes = BTreeMap::new();
    for name in ID_SCHEMES {
        if let Some(scheme) = strict_text(&body, name)? {
            schemes.insert((*name).to_owned(), scheme);
        }
    }
    let header = Header {
        data_set: strict_text(&body, "dataSet")?,
        complete_date: strict_text(&body, "completeDate")?,
        period: strict_text(&body, "period")?,
        org_unit: strict_text(&body, "orgUnit")?,
        attribute_option_combo: strict_combo(&body, "attributeOptionCombo")?,
        schemes,
        dry_run: strict_flag(&body, "dryRun")?,
        strategy: None,
        deletion: body.get("deletion").and_then(Value::as_object).map(deletion),
    };
    Ok(Group { header, values })
}

fn strict_value(item: &Map<String, Value>, takes_numbers: bool) -> Result<InValue, Unreadable> {
    let value = match item.get("value") {
        Some(plain @ (Value::Number(_) | Value::Bool(_))) if takes_numbers => {
            Some(plain.to_string())
        }
        _ => strict_text(item, "value")?,
    };
    Ok(InValue {
        data_element: strict_text(item, "dataElement")?,
        period: strict_text(item, "period")?,
        org_unit: strict_text(item, "orgUnit")?,
        category_option_combo: strict_combo(item, "categoryOptionCombo")?,
        attribute_option_combo: strict_combo(item, "attributeOptionCombo")?,
        value,
        comment: strict_text(item, "comment")?,
        followup: strict_flag(item, "followUp")?,
        deleted: strict_flag(item, "deleted")?,
        ..InValue::default()
    })
}

fn strict_text(of: &Map<String, Value>, name: &str) -> Result<Option<String>, Unreadable> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(wrong_type(name, "STRING", other)),
    }
}

fn strict_flag(of: &Map<String, Value>, name: &str) -> Result<Option<bool>, Unreadable> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(other) => Err(wrong_type(name, "BOOLEAN", other)),
    }
}

fn strict_combo(of: &Map<String, Value>, name: &str) -> Result<Option<ComboRef>, Unreadable> {
    let Some(Value::Object(options)) = of.get(name) else {
        let id = strict_text(of, name)?.filter(|id| !id.is_empty());
        return Ok(id.map(ComboRef::Id));
    };
    let pairs = options
        .iter()
        .map(|(category, option)| {
            (category.clone(), option.as_str().map_or_else(|| option.to_string(), str::to_owned))
        })
        .collect();
    Ok(Some(ComboRef::Options(pairs)))
}

fn wrong_type(name: &str, wanted: &str, found: &Value) -> Unreadable {
    // Its own printer puts a blank behind the colons of an object.
    let printed = found.to_string();
    let printed = if found.is_object() { printed.replace("\":", "\": ") } else { printed };
    Unreadable::Status(
        500,
        format!("Path `$.{name}` does not contain an {wanted} but a(n) {}: {printed}", kind(found)),
        None,
    )
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::Bool(_) => "BOOLEAN",
        Value::Number(_) => "NUMBER",
        Value::String(_) => "STRING",
        Value::Array(_) => "ARRAY",
        Value::Object(_) => "OBJECT",
    }
}

fn deletion(block: &Map<String, Value>) -> Deletion {
    let texts = |name: &str| {
        block
            .get(name)
            .and_then(Value::as_array)
            .map(|items| items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
    };
    let elements = block.get("elements").and_then(Value::as_array).map(|items| {
        items
            .iter()
            .map(|item| {
                let get = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
                (
                    get("dataElement").unwrap_or_default(),
                    get("categoryOptionCombo"),
                    get("attributeOptionCombo"),
                )
            })
            .collect()
    });
    Deletion { org_units: texts("orgUnits"), periods: texts("periods"), elements }
}

/// The reader of 2.43: text behind the first value is passed over, a comma before a closing
/// bracket taken; what is cut off is 400, or 500 where only the last brace is missing.
fn parse(text: &str) -> Result<Value, Unreadable> {
    let bad = |message: String| Unreadable::Status(400, message, None);
    let Some(first) = text.chars().find(|c| !c.is_whitespace()) else {
        return Err(bad(
            "Unexpected character at position 0,\n\n^ expected a JSON value but found EOI"
                .to_owned(),
        ));
    };
    if let Some(Ok(value)) = Deserializer::from_str(text).into_iter::<Value>().next() {
        return Ok(value);
    }
    if let Some(Ok(value)) =
        Deserializer::from_str(&without_trailing_commas(text)).into_iter::<Value>().next()
    {
        return Ok(value);
    }
    if !matches!(first, '{' | '[' | '"' | '-' | '0'..='9' | 't' | 'f' | 'n') {
        let shown: String = text.chars().take(40).collect();
        return Err(bad(format!(
            "Unexpected character at position 0,\n{shown}\n^ expected start of a JSON value but found: `{first}`"
        )));
    }
    let closed = serde_json::from_str::<Value>(&format!("{text}}}"));
    if closed.is_ok() {
        let n = text.chars().count();
        return Err(Unreadable::Status(
            500,
            format!("Index {n} out of bounds for length {n}"),
            None,
        ));
    }
    match serde_json::from_str::<Value>(text) {
        Err(error) if error.is_eof() => {
            let n = text.chars().count();
            let tail: String = text.chars().skip(n.saturating_sub(20)).collect();
            Err(bad(format!("Expected {} but reach EOI: {tail}", open_bracket(text))))
        }
        _ => Err(bad(format!(
            "Unexpected character at position 1,\n{}\n ^ expected `\"`",
            text.chars().take(40).collect::<String>()
        ))),
    }
}

/// What would close the innermost bracket that is open at the end.
fn open_bracket(text: &str) -> char {
    let mut open = Vec::new();
    let mut in_text = false;
    let mut escaped = false;
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            '{' if !in_text => open.push('}'),
            '[' if !in_text => open.push(']'),
            '}' | ']' if !in_text => drop(open.pop()),
            _ => {}
        }
    }
    open.pop().unwrap_or('}')
}

fn without_trailing_commas(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut in_text = false;
    let mut escaped = false;
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            '}' | ']' if !in_text => {
                let end = kept.trim_end().len();
                if kept[..end].ends_with(',') {
                    kept.truncate(end - 1);
                }
            }
            _ => {}
        }
        kept.push(c);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_readers_differ_where_the_servers_do() {
        let number = br#"{"dataValues":[{"dataElement":"a","value":5.0}]}"#;
        let group = read_json_leniently(number).unwrap();
        assert_eq!(group.values[0].value.as_deref(), Some("5.0"));
        assert_eq!(
            read_json_strictly(number, false).unwrap_err(),
            Unreadable::Status(
                500,
                "Path `$.value` does not contain an STRING but a(n) NUMBER: 5.0".to_owned(),
                None
            )
        );
        let newer = read_json_strictly(number, true).unwrap();
        assert_eq!(newer.values[0].value.as_deref(), Some("5.0"));
        let comma = br#"{"dataValues":[{"dataElement":"a"},]}"#;
        assert_eq!(read_json_leniently(comma).unwrap_err(), Unreadable::nothing());
        assert_eq!(read_json_strictly(comma, false).unwrap().values.len(), 1);
        let object = br#"{"dataValues":[{"dataElement":"a","categoryOptionCombo":{"c":"o"}}]}"#;
        assert_eq!(read_json_leniently(object).unwrap().values.len(), 2);
        assert_eq!(
            read_json_strictly(object, false).unwrap().values[0].category_option_combo,
            Some(ComboRef::Options([("c".to_owned(), "o".to_owned())].into()))
        );
    }
}
