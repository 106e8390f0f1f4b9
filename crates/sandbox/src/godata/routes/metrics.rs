//! Counts that the server makes by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::scope;
use crate::godata::{
    account::User,
    answer::{Answer, Reply},
    condition::{Condition, Test},
    dialect::Engine,
    doc::{Doc, Object},
    instant,
    kind::Kind,
    query::Query,
    request::Call,
    world::World,
};

const DAY_MILLIS: i64 = 86_400_000;

/// `/cases/hospitalized/count`: cases with a date range open on one day, by its type. `total` counts
/// all cases, in hospital or not (recording `cases-hospitalized-count`: 597).
pub(super) fn hospitalized(world: &World, call: &Call, user: Option<User>) -> Answer {
    let scope = scope::enter(world, call, user, &["case_list"])?;
    let query = Query::from_url(&call.query)?;
    let condition = scope.condition(world, Kind::Case, Engine::Raw, &query.condition(), false)?;
    let asked = query.flag("date").and_then(Doc::as_text).and_then(instant::parse_in_body);
    let date = asked.unwrap_or_else(|| world.clock.millis());
    let day = date - date.rem_euclid(DAY_MILLIS);

    let mut counts: BTreeMap<&str, usize> = world
        .rows(Kind::ReferenceData)
        .filter(|row| row.text("categoryId") == Some(DATE_TYPES) && !row.is_true("deleted"))
        .filter_map(|row| Some((row.text("id")?, 0)))
        .collect();
    let mut total = 0_usize;
    for row in world.rows(Kind::Case).filter(|row| condition.matches(row)) {
        total += 1;
        let ranges = row.get("dateRanges").and_then(Doc::as_list).unwrap_or_default();
        let open = ranges.iter().filter_map(Doc::as_object).filter(|range| is_open(range, day));
        let types: BTreeSet<&str> = open.filter_map(|range| range.text("typeId")).collect();
        for name in types {
            *counts.entry(name).or_default() += 1;
        }
    }
    let mut answer: Object =
        counts.into_iter().map(|(name, n)| (name.into(), Doc::from(n))).collect();
    answer.set("total", total);
    Ok(Reply::json(&answer))
}

const DATE_TYPES: &str = "LNG_REFERENCE_DATA_CATEGORY_PERSON_DATE_TYPE";

fn is_open(range: &Object, day: i64) -> bool {
    let starts = range.get("startDate").and_then(Doc::as_date);
    let ends = range.get("endDate").and_then(Doc::as_date);
    starts.is_none_or(|at| at < day + DAY_MILLIS) && ends.is_none_or(|at| at >= day)
}

/// `/follow-ups/contacts-seen/count`.
pub(super) fn contacts_seen(world: &World, call: &Call, user: Option<User>) -> Answer {
    let scope = scope::enter(world, call, user, &["contact_count_seen"])?;
    let query = Query::from_url(&call.query)?;
    let seen = ["SEEN_OK", "SEEN_NOT_OK"].map(|status| Doc::from(format!("{STATUS}{status}")));
    let condition = Condition::All(vec![
        scope.condition(world, Kind::FollowUp, Engine::Raw, &query.condition(), false)?,
        Condition::at("statusId", Test::In(seen.to_vec())),
    ]);
    let mut persons: Vec<&str> = Vec::new();
    let mut teams: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in world.rows_as_they_came(Kind::FollowUp) {
        let Some(person) = row.doc.text("personId").filter(|_| condition.matches(&row.doc)) else {
            continue;
        };
        if world.row(Kind::Contact, person).is_none() {
            continue;
        }
        if !persons.contains(&person) {
            persons.push(person);
        }
        let Some(team) = row.doc.text("teamId") else { continue };
        match teams.iter_mut().find(|(id, _)| *id == team) {
            Some((_, members)) if members.contains(&person) => {}
            Some((_, members)) => members.push(person),
            None => teams.push((team, vec![person])),
        }
    }
    let ids = |list: &[&str]| list.iter().map(|id| Doc::from(*id)).collect::<Vec<_>>();
    let mut answer = Object::default();
    answer.set("contactsSeenCount", persons.len());
    answer.set("contactIDs", ids(&persons));
    let teams = teams.iter().map(|(id, members)| {
        let mut team = Object::default();
        team.set("id", *id);
        team.set("contactIDs", ids(members));
        team.set("contactsSeenCount", members.len());
        Doc::Object(team)
    });
    answer.set("teams", teams.collect::<Vec<_>>());
    Ok(Reply::json(&answer))
}

const STATUS: &str = "LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_";

/// `/contacts/on-follow-up-list/count`: contacts whose follow-up period meets the asked one.
pub(super) fn on_follow_up_list(world: &World, call: &Call, user: Option<User>) -> Answer {
    let scope = scope::enter(world, call, user, &["contact_list"])?;
    let query = Query::from_url(&call.query)?;
    let mut filter = query.condition();
    let mut date = |name: &str| {
        filter.remove(name).and_then(|value| value.as_text().and_then(instant::parse_in_body))
    };
    let now = world.clock.millis();
    let start = date("startDate").unwrap_or(now - now.rem_euclid(DAY_MILLIS));
    let end = date("endDate").unwrap_or(start + DAY_MILLIS - 1);
    let condition = scope.condition(world, Kind::Contact, Engine::Raw, &filter, false)?;
    let meets = |row: &&Object| {
        let period = row.get("followUp").and_then(Doc::as_object);
        let at = |name: &str| period.and_then(|p| p.get(name)).and_then(Doc::as_date);
        matches!((at("startDate"), at("endDate")), (Some(from), Some(to)) if from <= end && to >= start)
    };
    let rows = world.rows(Kind::Contact).filter(|row| condition.matches(row)).filter(meets);
    let ids: Vec<Doc> = rows.filter_map(|row| row.get("id").cloned()).collect();
    let mut answer = Object::default();
    answer.set("contactsCount", ids.len());
    answer.set("contactIDs", ids);
    Ok(Reply::json(&answer))
}
