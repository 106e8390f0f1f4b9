//! Visual ids: the numbers people read, and the masks they must fit.

use regex::Regex;

use super::{answer::Refusal, kind::Kind, world::World};

/// Resolves the visual id that a caller sent for a new or changed person.
///
/// A mask with a running number gives the next number, whatever number was sent; see the facts on
/// writing: `CASE-00007` became `CASE-00008`.
pub(super) fn resolve(
    world: &World,
    outbreak_id: &str,
    kind: Kind,
    sent: &str,
    person_id: Option<&str>,
) -> Result<String, Refusal> {
    let property = kind.mask_property().unwrap_or_default();
    let mask = world.outbreak(outbreak_id).and_then(|outbreak| outbreak.text(property));
    let mask = mask.unwrap_or("*");
    if sent != mask && !fits(mask, sent) {
        let message = format!(
            "Provided Visual ID template `{sent}` does not match Visual ID mask set on outbreak \
             level `{mask}`"
        );
        return Err(Refusal::coded(422, "INVALID_VISUAL_ID_MASK", &message)
            .with("visualIdTemplate", sent)
            .with("outbreakVisualIdMask", mask));
    }
    let resolved =
        if mask.contains('9') { next(world, outbreak_id, mask, sent) } else { sent.to_owned() };
    if taken(world, outbreak_id, &resolved, person_id) {
        let message = format!("The visual identifier `{resolved}` is not unique.");
        return Err(Refusal::coded(409, "DUPLICATE_VISUAL_ID", &message).with("id", resolved));
    }
    Ok(resolved)
}

/// Whether a text has the form of a mask.
fn fits(mask: &str, text: &str) -> bool {
    pattern(mask).is_some_and(|pattern| pattern.is_match(text))
}

fn pattern(mask: &str) -> Option<Regex> {
    let mut regex = String::from("^");
    let mut rest = mask;
    while let Some(letter) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("YYYY") {
            regex.push_str("(?:[0-9]{4}|YYYY)");
            rest = after;
            continue;
        }
        let run = rest.chars().take_while(|c| *c == '9').count();
        if run > 0 {
            // The place of the running number, which may be sent as the mask has it.
            regex.push_str("([0-9]+)");
            rest = &rest[run..];
            continue;
        }
        match letter {
            '0' => regex.push_str("[0-9]"),
            '@' => regex.push_str("[A-Za-z]"),
            '&' => regex.push('.'),
            '*' => regex.push_str(".*"),
            other => regex.push_str(&regex::escape(&other.to_string())),
        }
        rest = &rest[letter.len_utf8()..];
    }
    regex.push('$');
    Regex::new(&regex).ok()
}

/// Puts the number after the highest one in use, and the year, into what was sent.
fn next(world: &World, outbreak_id: &str, mask: &str, sent: &str) -> String {
    let Some(pattern) = pattern(mask) else { return sent.to_owned() };
    let highest = Kind::PERSONS
        .into_iter()
        .flat_map(|kind| world.rows(kind))
        .filter(|row| row.text("outbreakId") == Some(outbreak_id))
        .filter_map(|row| pattern.captures(row.text("visualId")?)?.get(1)?.as_str().parse().ok())
        .max()
        .unwrap_or(0_u64);
    let year = world.clock.now().format("%Y").to_string();
    let sent = sent.replace("YYYY", &year);
    let width = mask.chars().filter(|c| *c == '9').count();
    match pattern.captures(&sent).and_then(|found| found.get(1)).map(|group| group.range()) {
        Some(range) => {
            format!("{}{:0width$}{}", &sent[..range.start], highest + 1, &sent[range.end..])
        }
        None => sent,
    }
}

/// Visual ids are unique over all persons of an outbreak, deleted ones too.
fn taken(world: &World, outbreak_id: &str, visual_id: &str, except: Option<&str>) -> bool {
    Kind::PERSONS
        .into_iter()
        .flat_map(|kind| world.rows(kind))
        .filter(|row| row.text("outbreakId") == Some(outbreak_id) && row.text("id") != except)
        .any(|row| row.text("visualId") == Some(visual_id))
}
