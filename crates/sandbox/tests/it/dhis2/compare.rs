//! Where an answer of the sandbox differs from the recorded one.

use serde_json::Value;

use super::{recording::Answered, replay::Reply};

/// Moments, generated ids and facts of the machine.
const VOLATILE: &[&str] = &[
    "created",
    "lastUpdated",
    "time",
    "uid",
    "serverDate",
    "intervalSinceLastAnalyticsTableSuccess",
    "intervalSinceLastAnalyticsTablePartitionSuccess",
    "contextPath",
    "instanceBaseUrl",
    "nextPage",
    "prevPage",
    "key",
    "expire",
    "href",
    "relativeNotifierEndpoint",
];

/// Texts the parsers of the real server word in their own way.
const PARSER_WORDS: &[&str] = &["StreamReadFeature", "unknown-source", "Failed to move to start"];

/// The differences, in words; empty where both say the same.
///
/// `ids` are ids of the recording and what the sandbox gave out in their place.
pub(super) fn differences(
    recorded: &Answered,
    reply: &Reply,
    ids: &[(String, String)],
) -> Vec<String> {
    let mut found = Vec::new();
    if recorded.status != reply.status {
        found.push(format!(
            "status {} instead of {}: {:.300}",
            reply.status,
            recorded.status,
            String::from_utf8_lossy(&reply.body)
        ));
        return found;
    }
    if recorded.content_type != reply.content_type {
        found.push(format!("type {:?} instead of {:?}", reply.content_type, recorded.content_type));
    }
    if let Some(location) = &recorded.location {
        let path = location.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
        let path = path.map(|(_, path)| format!("/{path}"));
        let path = path.map(|path| translated(&path, ids));
        if path != reply.location {
            found.push(format!("Location {:?} instead of {path:?}", reply.location));
        }
    }
    if recorded.content_type.as_deref() == Some("text/html") {
        return found;
    }
    if let Some(text) = &recorded.text {
        let ours = String::from_utf8_lossy(&reply.body);
        let (theirs, ours) = (rows(text), rows(&ours));
        if theirs != ours {
            found.push(format!("text\n    {ours:?}\n  instead of\n    {theirs:?}"));
        }
        return found;
    }
    let Some(theirs) = &recorded.body else {
        if !reply.body.is_empty() {
            found.push(format!("a body: {:.100}", String::from_utf8_lossy(&reply.body)));
        }
        return found;
    };
    let unpacked = if recorded.gzip { ungzip(&reply.body) } else { reply.body.clone() };
    let Ok(ours) = serde_json::from_slice::<Value>(&unpacked) else {
        found.push(format!("no JSON: {:.200}", String::from_utf8_lossy(&unpacked)));
        return found;
    };
    let theirs = translated(&theirs.to_string(), ids);
    let theirs = serde_json::from_str(&theirs).expect("ids do not break JSON");
    walk("", &theirs, &ours, &mut found);
    found
}

/// A recorded text with the sandbox's ids.
fn translated(text: &str, ids: &[(String, String)]) -> String {
    ids.iter().fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

/// Names of jobs hold a moment: 13 figures in brackets.
fn without_job_moment(text: &str) -> String {
    match text.split_once(" (") {
        Some((job, rest)) if rest.len() == 14 && rest.ends_with(')') => job.to_owned(),
        _ => text.to_owned(),
    }
}

fn ungzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let mut plain = Vec::new();
    match flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain) {
        Ok(_) => plain,
        Err(_) => Vec::new(),
    }
}

/// Every recorded property must be there and the same; more is no difference.
fn walk(path: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            for (name, value) in theirs {
                let path = format!("{path}/{name}");
                match ours.get(name) {
                    None if value == "REDACTED" => {}
                    None => found.push(format!("{path} is missing, {value:.120}")),
                    Some(_) if name == "id" && theirs.contains_key("uid") => {}
                    Some(_) if VOLATILE.contains(&name.as_str()) => {}
                    Some(_) if value == "REDACTED" => {}
                    Some(own) => walk(&path, value, own, found),
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            if theirs.len() != ours.len() {
                found.push(format!(
                    "{path} has {} entries instead of {}: {:.400} instead of {:.400}",
                    ours.len(),
                    theirs.len(),
                    Value::from(ours.clone()).to_string(),
                    Value::from(theirs.clone()).to_string(),
                ));
                return;
            }
            // The order of rows and references is the database's own.
            let (theirs, ours) = (sorted(theirs), sorted(ours));
            for (index, (theirs, ours)) in theirs.iter().zip(&ours).enumerate() {
                walk(&format!("{path}/{index}"), theirs, ours, found);
            }
        }
        (Value::String(theirs), Value::String(_))
            if PARSER_WORDS.iter().any(|word| theirs.contains(word)) => {}
        (Value::String(theirs), Value::String(ours))
            if without_job_moment(theirs) == without_job_moment(ours) => {}
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        _ if theirs == ours => {}
        _ => found.push(format!("{path} is {ours:.300} instead of {theirs:.300}")),
    }
}

fn sorted(items: &[Value]) -> Vec<Value> {
    let mut items = items.to_vec();
    // Notifications come newest first.
    if items.iter().any(|item| item.get("level").is_some_and(Value::is_string)) {
        return items;
    }
    items.sort_by_cached_key(|item| {
        let key = |name: &str| item.get(name).map(ToString::to_string).unwrap_or_default();
        if item.is_object() {
            [
                "period",
                "dataElement",
                "orgUnit",
                "categoryOptionCombo",
                "organisationUnit",
                "errorCode",
                "indexes",
                "klass",
                "id",
                "message",
                "name",
            ]
            .map(key)
            .join("|")
        } else {
            item.to_string()
        }
    });
    items
}

/// The rows of a text, in one order and with every moment made the same.
fn rows(text: &str) -> Vec<String> {
    let plain = without_moments(text)
        .replace("<dataValue ", "\n<dataValue ")
        .replace("<group ", "\n<group ");
    let plain = plain.replace("</dataValueSet>", "\n</dataValueSet>").replace("</adx>", "\n</adx>");
    // A group of ADX stays with its value.
    let plain = plain.replace("\">\n<dataValue ", "\"><dataValue ");
    let mut rows: Vec<String> = plain.lines().map(str::to_owned).collect();
    rows.sort();
    rows
}

/// The text with every moment made the same.
fn without_moments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("+0000") {
        let start = rest[..at].rfind(|c: char| !(c.is_ascii_digit() || "-T:.".contains(c)));
        plain.push_str(&rest[..start.map_or(0, |start| start + 1)]);
        plain.push_str("<moment>");
        rest = &rest[at + 5..];
    }
    plain.push_str(rest);
    plain
}
