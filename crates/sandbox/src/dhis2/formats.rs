//! Answers that are not JSON.

use std::fmt::Write as _;

use quick_xml::escape::escape;
use serde_json::Value;

use super::{
    http::Answer,
    import::{OPTION_NAMES, Summary},
    metadata::DEFAULT_COMBO,
    period::Period,
    read_back::{Header, Names, stamp},
    values::{Key, Row},
    version::Dhis2Version,
};

const COLUMNS: &str = "dataelement,period,orgunit,categoryoptioncombo,attributeoptioncombo,value,storedby,lastupdated,comment,followup,deleted\n";

pub(crate) fn values_as_csv(
    rows: &[(&Key, &Row)],
    names: &Names<'_>,
    version: Dhis2Version,
) -> Answer {
    let mut text = COLUMNS.to_owned();
    for (key, row) in rows {
        // 2.42 writes `false,null`, 2.43 an empty flag and `false` (x-shape-csv, x-format-csv).
        let (followup, deleted) = if version.is_engine_b() {
            (if row.followup { "true" } else { "" }.to_owned(), row.deleted.to_string())
        } else {
            (row.followup.to_string(), if row.deleted { "true" } else { "null" }.to_owned())
        };
        let fields = [
            names.element(&key.data_element),
            key.period.clone(),
            names.unit(&key.org_unit),
            names.category_combo(&key.category_option_combo),
            names.attribute_combo(&key.attribute_option_combo),
            row.value.clone().unwrap_or_default(),
            row.stored_by.clone(),
            stamp(row.last_updated, version),
            row.comment.clone().unwrap_or_default(),
            followup,
            deleted,
        ];
        let quoted: Vec<String> = fields
            .iter()
            .map(|field| {
                if field.contains([',', '"', '\n', '\r']) {
                    format!("\"{}\"", field.replace('"', "\"\""))
                } else {
                    field.clone()
                }
            })
            .collect();
        text.push_str(&quoted.join(","));
        text.push('\n');
    }
    Answer::typed(200, "application/csv;charset=UTF-8", text)
}

/// Attributes of an element, absent ones left out.
fn attributes(pairs: &[(&str, Option<String>)]) -> String {
    pairs.iter().fold(String::new(), |mut text, (name, value)| {
        if let Some(value) = value {
            let _ = write!(text, " {name}=\"{}\"", escape(value.as_str()));
        }
        text
    })
}

pub(crate) fn values_as_xml(
    rows: &[(&Key, &Row)],
    names: &Names<'_>,
    header: &Header,
    version: Dhis2Version,
) -> Answer {
    let engine_b = version.is_engine_b();
    let period = header.period.map(|period| if engine_b { period.adx() } else { period.id() });
    let mut text = "<?xml version='1.0' encoding='UTF-8'?><dataValueSet xmlns=\"http://dhis2.org/schema/dxf/2.0\"".to_owned();
    text.push_str(&attributes(&[
        ("dataSet", header.data_set.as_deref().map(|id| names.data_set(id))),
        ("period", period),
        ("orgUnit", header.org_unit.as_deref().map(|id| names.unit(id))),
    ]));
    text.push('>');
    for (key, row) in rows {
        let inherits = engine_b;
        let written = attributes(&[
            ("dataElement", Some(names.element(&key.data_element))),
            ("period", (!inherits || header.period.is_none()).then(|| key.period.clone())),
            (
                "orgUnit",
                (!inherits || header.org_unit.is_none()).then(|| names.unit(&key.org_unit)),
            ),
            ("categoryOptionCombo", Some(names.category_combo(&key.category_option_combo))),
            ("attributeOptionCombo", Some(names.attribute_combo(&key.attribute_option_combo))),
            ("value", row.value.clone()),
            ("storedBy", Some(row.stored_by.clone())),
            ("created", Some(stamp(row.created, version))),
            ("lastUpdated", Some(stamp(row.last_updated, version))),
            ("comment", row.comment.clone()),
            ("followUp", (!inherits || row.followup).then(|| row.followup.to_string())),
            ("deleted", row.deleted.then(|| "true".to_owned())),
        ]);
        let _ = write!(text, "<dataValue{written}/>");
    }
    text.push_str("</dataValueSet>");
    Answer::typed(200, "application/xml;charset=UTF-8", text)
}

pub(crate) fn values_as_adx(rows: &[(&Key, &Row)], names: &Names<'_>, header: &Header) -> Answer {
    let mut text = "<adx xmlns=\"urn:ihe:qrph:adx:2015\">".to_owned();
    for (key, row) in rows {
        let set = header.data_set.clone().or_else(|| {
            let mut sets = names.view.catalog.data_sets();
            sets.find(|set| set.elements.contains_key(&key.data_element)).map(|set| set.id.clone())
        });
        let group = attributes(&[
            ("dataSet", set.map(|id| names.data_set(&id))),
            ("period", Period::parse(&key.period).map(|period| period.adx())),
            ("orgUnit", Some(names.unit(&key.org_unit))),
        ]);
        let mut value = attributes(&[("dataElement", Some(names.element(&key.data_element)))]);
        value.push_str(&exploded(key, names));
        let is_number = row.value.as_deref().is_some_and(|value| value.parse::<f64>().is_ok());
        let _ = write!(text, "<group{group}>");
        if is_number {
            value.push_str(&attributes(&[("value", row.value.clone())]));
            let _ = write!(text, "<dataValue{value}/>");
        } else {
            let note = row.value.clone().unwrap_or_default();
            let _ = write!(
                text,
                "<dataValue{value} value=\"0\"><annotation>{}</annotation></dataValue>",
                escape(note.as_str())
            );
        }
        text.push_str("</group>");
    }
    text.push_str("</adx>");
    Answer::typed(200, "application/adx+xml;charset=UTF-8", text)
}

/// Category attributes of a value, none for the default combination.
fn exploded(key: &Key, names: &Names<'_>) -> String {
    let Some(combo) = names.view.catalog.option_combo(&key.category_option_combo) else {
        return String::new();
    };
    if combo.combo == DEFAULT_COMBO {
        return String::new();
    }
    let store = names.view.store;
    let categories =
        store.get("categoryCombos", &combo.combo).map(|o| super::catalog::ids(o, "categories"));
    let pairs = categories.into_iter().flatten().filter_map(|category| {
        let options = super::catalog::ids(store.get("categories", &category)?, "categoryOptions");
        let option = options.into_iter().find(|id| combo.options.contains(id))?;
        Some(attributes(&[(
            names.name("categories", "category", &category).as_str(),
            Some(names.name("categoryOptions", "categoryOption", &option)),
        )]))
    });
    pairs.collect()
}

/// An import's answer to somebody who wants XML.
pub(crate) fn summary_as_xml(summary: &Summary, version: Dhis2Version) -> Answer {
    let shown = summary.json(version);
    let (status, word, message) = summary.status.outcome(version);
    let name = if status == 200 { "OK" } else { "Conflict" };
    let mut text = format!(
        "<webMessage xmlns=\"http://dhis2.org/schema/dxf/2.0\" httpStatus=\"{name}\" httpStatusCode=\"{status}\" status=\"{word}\"><message>{message}</message><response><status>{}</status>",
        summary.status.word()
    );
    if let Some(options) = &summary.options {
        text.push_str("<importOptions><idSchemes/>");
        for name in OPTION_NAMES {
            let Some(value) = options.get(name) else { continue };
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let space = if *name == "atomic" { " xmlns=\"\"" } else { "" };
            let _ = write!(text, "<{name}{space}>{value}</{name}>");
        }
        text.push_str("</importOptions>");
    }
    if let Some(description) = &summary.description {
        let _ = write!(text, "<description>{}</description>", escape(description.as_str()));
    }
    let _ = write!(
        text,
        "<importCount imported=\"{}\" updated=\"{}\" ignored=\"{}\" deleted=\"{}\"/><rejectedIndexes>",
        summary.imported, summary.updated, summary.ignored, summary.deleted
    );
    text.push_str(&summary.rejected.iter().fold(String::new(), |all, index| {
        all + &format!("<rejectedIndex>{index}</rejectedIndex>")
    }));
    text.push_str("</rejectedIndexes>");
    if let Some(complete) = &summary.data_set_complete {
        let _ = write!(text, "<dataSetComplete>{complete}</dataSetComplete>");
    }
    text.push_str("<responseType xmlns=\"\">ImportSummary</responseType><conflicts>");
    for conflict in shown.get("conflicts").and_then(Value::as_array).into_iter().flatten() {
        let get = |name: &str| conflict.get(name).and_then(Value::as_str).map(str::to_owned);
        let written = attributes(&[
            ("object", get("object")),
            ("value", get("value")),
            ("errorCode", get("errorCode")),
            ("property", get("property")),
        ]);
        let _ = write!(text, "<conflict{written}/>");
    }
    text.push_str("</conflicts></response></webMessage>");
    let text = text
        .replace("<rejectedIndexes></rejectedIndexes>", "<rejectedIndexes/>")
        .replace("<conflicts></conflicts>", "<conflicts/>");
    Answer::typed(status, "application/xml;charset=UTF-8", text)
}
