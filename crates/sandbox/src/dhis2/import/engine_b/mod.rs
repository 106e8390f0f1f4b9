//! The group-wise engine, from 2.43: all values of a data set are checked and written as one.

mod group;
mod refusal;
mod value;
mod write;

use std::collections::BTreeMap;

use self::{
    group::{check_group, data_set_of},
    refusal::Refusal,
    value::{check_values, not_atomic},
    write::{clear, is_lost, register, scope, write},
};
use super::{
    Conflict, Context, Options, Resolver, Scheme, Status, Summary,
    decode::{Decoded, decode},
};
use crate::dhis2::payload::{Group, Unreadable};

/// What two faults at once answer in the mode that splits by data set (x-auto-one-refused).
pub(crate) const NO_WORDS: &str = "";

/// Imports a payload of one group.
pub(crate) fn import_by_group(
    context: &mut Context<'_>,
    group: &Group,
    options: &Options,
) -> Result<Summary, Unreadable> {
    import_groups(context, std::slice::from_ref(group), options)
}

/// Imports groups one after the other; the first that is refused ends the import.
pub(crate) fn import_groups(
    context: &mut Context<'_>,
    groups: &[Group],
    options: &Options,
) -> Result<Summary, Unreadable> {
    let mut options = options.clone();
    if let [group] = groups {
        options.override_by(&group.header);
    }
    let mut resolver = Resolver::new(context.store, &options, Scheme::Uid);
    let mut decoded = Vec::new();
    for group in merged(groups) {
        match decode(context, &group, &mut resolver) {
            Ok(group) => decoded.push(group),
            Err(Unreadable::Conflict(code, args, message)) => {
                let mut summary = Summary::new(Some(options.echo()));
                summary.status = Status::Error;
                summary.conflicts.push(Conflict::with_args(code, &args, message, vec![-1]));
                return Ok(summary);
            }
            Err(other) => return Err(other),
        }
    }
    let splits = context.settings.get("dataEntryAutoGroup").is_some_and(|value| value == "true");
    let mut work = Vec::new();
    for group in decoded {
        if splits && group.data_set.is_none() && !group.items.is_empty() {
            match split(context, group) {
                Ok(groups) => work.extend(groups),
                Err(element) => return Ok(undetected(&options, &element)),
            }
        } else {
            work.push(group);
        }
    }
    let n_groups = work.len();
    let mut sum = Summary::new(Some(options.echo()));
    sum.data_set_complete = Some("false".to_owned());
    for group in work {
        let summary = import_group(context, group, &options)?;
        if splits && n_groups > 1 && summary.status == Status::Error {
            return Err(Unreadable::Status(409, NO_WORDS.to_owned(), None));
        }
        let is_error = summary.status == Status::Error;
        add(&mut sum, summary);
        if is_error {
            break;
        }
    }
    Ok(sum)
}

fn add(sum: &mut Summary, part: Summary) {
    sum.updated += part.updated;
    sum.ignored += part.ignored;
    sum.deleted += part.deleted;
    sum.conflicts.extend(part.conflicts);
    sum.rejected.extend(part.rejected);
    sum.data_set_complete = part.data_set_complete;
    if part.status != Status::Success && sum.status != Status::Error {
        sum.status = part.status;
    }
}

/// Neighbouring groups of one data set, combination and completion date are one (ADX).
fn merged(groups: &[Group]) -> Vec<Group> {
    let mut merged: Vec<Group> = Vec::new();
    for group in groups {
        let header = &group.header;
        match merged.last_mut() {
            Some(last)
                if last.header.data_set == header.data_set
                    && last.header.attribute_option_combo == header.attribute_option_combo
                    && last.header.complete_date == header.complete_date =>
            {
                last.values.extend(group.values.iter().cloned());
                last.header.period = None;
                last.header.org_unit = None;
            }
            _ => merged.push(group.clone()),
        }
    }
    merged
}

/// Splits by the youngest data set of each element; an element of none ends the import.
fn split(context: &Context<'_>, group: Decoded) -> Result<Vec<Decoded>, String> {
    let mut parts: BTreeMap<String, Decoded> = BTreeMap::new();
    for item in group.items {
        let youngest = context
            .catalog
            .data_sets()
            .filter(|set| set.elements.contains_key(&item.data_element))
            .max_by_key(|set| set.created);
        let Some(set) = youngest else { return Err(item.data_element) };
        parts
            .entry(set.id.clone())
            .or_insert_with(|| Decoded { data_set: Some(set.id.clone()), ..Decoded::default() })
            .items
            .push(item);
    }
    Ok(parts.into_values().collect())
}

fn undetected(options: &Options, element: &str) -> Summary {
    let mut summary = Summary::new(Some(options.echo()));
    summary.status = Status::Error;
    let args = format!("[{element}]");
    let message = format!("Data set detection failed, found no set for data element(s): `{args}`");
    summary.conflicts.push(Conflict::with_args("E8003", &args, message, vec![-1]));
    summary
}

fn import_group(
    context: &mut Context<'_>,
    group: Decoded,
    options: &Options,
) -> Result<Summary, Unreadable> {
    let mut summary = Summary::new(None);
    summary.data_set_complete = Some("false".to_owned());
    if group.items.is_empty() && group.deletion.is_none() && group.complete.is_none() {
        return Ok(summary);
    }
    if group.deletion.as_ref().is_some_and(|scope| scope.periods.is_empty()) {
        return Err(Unreadable::Status(409, "could not extract ResultSet".to_owned(), None));
    }
    let refuse = |mut summary: Summary, refusal: Refusal| {
        summary.status = Status::Error;
        let n = group.items.len();
        let indexes = (0..n).map(|at| i64::try_from(at).unwrap_or(-1)).collect();
        summary.rejected = (0..n).collect();
        summary.conflicts.push(Conflict::with_args(
            refusal.code,
            &refusal.args,
            refusal.message,
            indexes,
        ));
        summary
    };
    let set_id = match data_set_of(context, &group) {
        Ok(id) => id,
        Err(refusal) => return Ok(refuse(summary, refusal)),
    };
    if let Err(refusal) = check_group(context, &group, &set_id) {
        return Ok(refuse(summary, refusal));
    }

    let (valid, faults) = check_values(context, &group, options);
    if options.atomic && !faults.is_empty() {
        summary.data_set_complete = None;
        return Ok(refuse(summary, not_atomic(&group, &faults)));
    }
    let n_faults = u64::try_from(faults.len()).unwrap_or(0);
    for (index, fault) in faults {
        let at = i64::try_from(index).unwrap_or(-1);
        summary.rejected.insert(index);
        summary.conflicts.push(Conflict::with_args(
            fault.code,
            &fault.args,
            fault.message,
            vec![at],
        ));
    }

    let doomed = scope(context, &group);
    let n_deleted = u64::try_from(doomed.len()).unwrap_or(0);
    let n_valid = u64::try_from(valid.len()).unwrap_or(0);
    // The counter of a deleting strategy shows the values alone: x-del-strategy-delete.
    summary.deleted = if options.deletes() { 0 } else { n_deleted };
    let written = if options.dry_run || !is_lost(context, &valid) { n_valid } else { 0 };
    let is_written = written == n_valid;
    if !options.dry_run && is_written {
        clear(context, doomed);
        write(context, valid, options.deletes());
    }
    if options.deletes() {
        summary.deleted += written;
    } else {
        summary.updated = written;
    }
    summary.ignored = n_valid - written + n_faults;
    summary.status = match (n_faults, written) {
        (0, _) => Status::Success,
        (_, 0) => Status::Error,
        _ => Status::Warning,
    };
    if summary.ignored == 0
        && let Some((date, unit, period)) = &group.complete
    {
        summary.data_set_complete = Some(date.to_string());
        if !options.dry_run {
            register(context, &set_id, period, unit, &group, *date);
        }
    }
    Ok(summary)
}
