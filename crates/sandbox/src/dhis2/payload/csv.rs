//! CSV bodies: by position for 2.42, by name for 2.43.

use std::collections::BTreeMap;

use super::{ComboRef, Group, Header, InValue, Unreadable};

/// Reads as 2.42 does: columns by position, any quoting, the first row passed over.
pub(crate) fn read_csv_by_position(
    bytes: &[u8],
    data_set: Option<&str>,
    first_row_is_header: bool,
) -> Group {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(first_row_is_header)
        .flexible(true)
        .from_reader(bytes);
    let mut values = Vec::new();
    for record in reader.records().map_while(Result::ok) {
        let get = |at: usize| record.get(at).filter(|text| !text.is_empty()).map(str::to_owned);
        let flag = |at: usize| get(at).map(|text| text == "true");
        values.push(InValue {
            data_element: get(0),
            period: get(1),
            org_unit: get(2),
            category_option_combo: get(3).map(ComboRef::Id),
            attribute_option_combo: get(4).map(ComboRef::Id),
            value: get(5),
            stored_by: get(6),
            last_updated: get(7),
            comment: get(8),
            followup: flag(9),
            deleted: flag(10),
            ..InValue::default()
        });
    }
    Group { header: Header { data_set: data_set.map(str::to_owned), ..Header::default() }, values }
}

/// Reads as 2.43 does: columns by name. A row ends at either line end, an empty row ends the
/// input (so CRLF loses all rows but one), and a quote cannot be in a quoted field.
pub(crate) fn read_csv_by_name(
    bytes: &[u8],
    data_set: Option<&str>,
    first_row_is_header: bool,
) -> Result<Group, Unreadable> {
    if !first_row_is_header {
        return Err(Unreadable::Status(
            500,
            "CSV without header row is no longer supported.".to_owned(),
            None,
        ));
    }
    let text = String::from_utf8_lossy(bytes);
    let mut rows = text.split(['\n', '\r']);
    let columns: Vec<String> = fields(rows.next().unwrap_or_default());
    // A header row that ends in CRLF is followed by an empty one, which is passed over once.
    let mut rows = rows.peekable();
    if rows.peek() == Some(&"") {
        rows.next();
    }
    let has_combo = columns.iter().any(|name| name.eq_ignore_ascii_case("categoryoptioncombo"));
    let mut values = Vec::new();
    for row in rows.take_while(|row| !row.is_empty()) {
        values.push(value(&columns, &fields(row), has_combo));
    }
    let header = Header { data_set: data_set.map(str::to_owned), ..Header::default() };
    Ok(Group { header, values })
}

fn value(columns: &[String], fields: &[String], has_combo: bool) -> InValue {
    let mut value = InValue::default();
    let mut others = BTreeMap::new();
    for (column, field) in columns.iter().zip(fields) {
        let text = Some(field.clone()).filter(|text| !text.is_empty());
        match column.to_lowercase().as_str() {
            "dataelement" => value.data_element = text,
            "period" => value.period = text,
            "orgunit" => value.org_unit = text,
            "categoryoptioncombo" => value.category_option_combo = text.map(ComboRef::Id),
            "attributeoptioncombo" => value.attribute_option_combo = text.map(ComboRef::Id),
            "value" => value.value = text,
            "comment" => value.comment = text,
            "followup" => value.followup = text.map(|text| text.eq_ignore_ascii_case("true")),
            "deleted" => value.deleted = text.map(|text| text.eq_ignore_ascii_case("true")),
            "storedby" | "timestamp" | "attributecombo" | "attributeoptions" => {}
            _ => {
                others.insert(column.clone(), field.clone());
            }
        }
    }
    if !others.is_empty() {
        if !has_combo {
            value.category_option_combo = Some(ComboRef::Options(others.clone()));
        }
        value.category_options = Some(others);
    }
    value
}

fn fields(row: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut rest = row;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let end = quoted.find('"').unwrap_or(quoted.len());
            fields.push(quoted[..end].to_owned());
            let after = quoted.get(end + 1..).unwrap_or_default();
            match after.find(',') {
                Some(comma) => rest = &after[comma + 1..],
                None => return fields,
            }
        } else {
            match rest.split_once(',') {
                Some((field, after)) => {
                    fields.push(field.to_owned());
                    rest = after;
                }
                None => {
                    fields.push(rest.to_owned());
                    return fields;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_cut_the_newer_reader_short() {
        let crlf = b"dataelement,period,orgunit,value\r\na,p,o,1\r\na,q,o,2\r\n";
        assert_eq!(read_csv_by_position(crlf, None, true).values.len(), 2);
        assert_eq!(read_csv_by_name(crlf, None, true).unwrap().values.len(), 1);
        let lf = b"dataelement,period,orgunit,value\na,p,o,1\na,q,o,2";
        assert_eq!(read_csv_by_name(lf, None, true).unwrap().values.len(), 2);
    }
}
