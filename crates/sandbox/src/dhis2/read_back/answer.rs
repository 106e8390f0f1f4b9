//! The answer in JSON.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{Header, Names};
use crate::dhis2::{
    catalog::ids,
    http::Query,
    metadata::DEFAULT_COMBO,
    values::{Key, Row},
    version::Dhis2Version,
};

/// Moments as the versions write them: 2.42 to the second.
pub(crate) fn stamp(moment: DateTime<Utc>, version: Dhis2Version) -> String {
    if version.is_engine_b() {
        moment.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
    } else {
        moment.format("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
    }
}

pub(super) fn as_json(
    rows: &[(&Key, &Row)],
    names: &Names<'_>,
    header: &Header,
    query: &Query,
    version: Dhis2Version,
) -> Value {
    let engine_b = version.is_engine_b();
    let mut body = Map::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), json!(value));
        }
    };
    put(
        "dataSet",
        header.data_set.as_deref().map(|id| names.data_set(id)).map(|name| {
            // An unknown set is repeated as it was asked for: readback-unknown-set.
            if name.is_empty() { header.data_set.clone().unwrap_or_default() } else { name }
        }),
    );
    put("period", header.period.map(|period| period.id()));
    put("orgUnit", header.org_unit.as_deref().map(|id| names.unit(id)));
    if engine_b {
        put(
            "attributeOptionCombo",
            header.attribute_option_combo.as_deref().map(|id| names.attribute_combo(id)),
        );
        for (scheme, of) in [
            ("dataSetIdScheme", "dataSet"),
            ("dataElementIdScheme", "dataElement"),
            ("orgUnitIdScheme", "orgUnit"),
            ("categoryOptionComboIdScheme", "categoryOptionCombo"),
            ("attributeOptionComboIdScheme", "attributeOptionCombo"),
            ("categoryIdScheme", ""),
            ("categoryOptionIdScheme", ""),
        ] {
            let word = names.scheme(of).word();
            put(scheme, (word != "uid").then(|| word.to_uppercase()));
        }
    } else if header.data_set.is_some() {
        body.insert("completeDate".to_owned(), Value::Null);
    }
    let unfolds = engine_b && query.is("unfoldOptionCombos");
    let values = rows.iter().map(|(key, row)| {
        if engine_b {
            value_b(key, row, names, header, unfolds, version)
        } else {
            value_a(key, row, names, version)
        }
    });
    body.insert("dataValues".to_owned(), values.collect());
    Value::Object(body)
}

fn value_a(key: &Key, row: &Row, names: &Names<'_>, version: Dhis2Version) -> Value {
    let mut value = json!({
        "dataElement": names.element(&key.data_element),
        "period": key.period,
        "orgUnit": names.unit(&key.org_unit),
        "categoryOptionCombo": names.category_combo(&key.category_option_combo),
        "attributeOptionCombo": names.attribute_combo(&key.attribute_option_combo),
        "value": row.value,
        "storedBy": row.stored_by,
        "created": stamp(row.created, version),
        "lastUpdated": stamp(row.last_updated, version),
        "comment": row.comment,
        "followup": row.followup,
    });
    if row.deleted {
        value["deleted"] = json!(true);
    }
    value
}

fn value_b(
    key: &Key,
    row: &Row,
    names: &Names<'_>,
    header: &Header,
    unfolds: bool,
    version: Dhis2Version,
) -> Value {
    let mut value = json!({
        "dataElement": names.element(&key.data_element),
        "categoryOptionCombo": names.category_combo(&key.category_option_combo),
        "storedBy": row.stored_by,
        "created": stamp(row.created, version),
        "lastUpdated": stamp(row.last_updated, version),
    });
    if unfolds && let Some(options) = unfolded(key, names) {
        value["categoryOptionCombo"] = options;
    }
    if header.period.is_none() {
        value["period"] = json!(key.period);
    }
    if header.org_unit.is_none() {
        value["orgUnit"] = json!(names.unit(&key.org_unit));
    }
    if header.attribute_option_combo.is_none() {
        value["attributeOptionCombo"] = json!(names.attribute_combo(&key.attribute_option_combo));
    }
    if let Some(text) = &row.value {
        value["value"] = json!(text);
    }
    if let Some(comment) = &row.comment {
        value["comment"] = json!(comment);
    }
    if row.followup {
        value["followup"] = json!(true);
    }
    if row.deleted {
        value["deleted"] = json!(true);
    }
    value
}

/// The combination as category → option; the default one stays as it is.
fn unfolded(key: &Key, names: &Names<'_>) -> Option<Value> {
    let combo = names.view.catalog.option_combo(&key.category_option_combo)?;
    if combo.combo == DEFAULT_COMBO {
        return None;
    }
    let of = names.view.store.get("categoryCombos", &combo.combo)?;
    let pairs: Map<String, Value> = ids(of, "categories")
        .filter_map(|category| {
            let own = names.view.store.get("categories", &category)?;
            let option = ids(own, "categoryOptions").find(|id| combo.options.contains(id))?;
            Some((category, json!(option)))
        })
        .collect();
    Some(Value::Object(pairs))
}
