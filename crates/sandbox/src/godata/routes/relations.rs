//! Conditions on other rows: `where.relationship`, `where.labResult` and their like. The server
//! resolves them first, into lists of ids.

use std::collections::BTreeSet;

use super::{attached::related_to, scope};
use crate::godata::{
    answer::Refusal,
    condition::{Condition, Test},
    dialect::{self, Engine},
    doc::{Doc, Object, Text},
    kind::Kind,
    records::partners,
    world::World,
};

/// Takes the conditions on other rows out of a `where` for rows of `kind`, and gives what they mean
/// for those rows.
pub(super) fn take(
    world: &World,
    outbreak_id: &str,
    kind: Kind,
    filter: &mut Object,
) -> Result<Vec<Condition>, Refusal> {
    let mut parts = Vec::new();
    let matching = |other: Kind, inner: &Object| matching(world, outbreak_id, other, inner);
    if kind.is_person() {
        if let Some(inner) = take_object(filter, "relationship") {
            let mut ids = BTreeSet::new();
            for row in matching(Kind::Relationship, &inner)? {
                ids.extend(partners(row).map(Text::from));
            }
            parts.push(one_of("_id", ids));
        }
        for (key, other) in [("labResult", Kind::LabResult), ("followUp", Kind::FollowUp)] {
            if let Some(inner) = take_object(filter, key) {
                let rows = matching(other, &inner)?;
                let ids = rows.into_iter().filter_map(|row| row.text("personId"));
                parts.push(one_of("_id", ids.map(Text::from).collect()));
            }
        }
        if filter.get("noRelationships") == Some(&Doc::Bool(true)) {
            parts.push(Condition::at(
                "hasRelationships",
                Test::Not(vec![Test::Equal(Doc::Bool(true))]),
            ));
        }
        filter.remove("noRelationships");
    }
    if kind == Kind::Contact
        && let Some(inner) = take_object(filter, "case")
    {
        let cases = ids_of(matching(Kind::Case, &inner)?);
        parts.push(one_of("_id", related_to(world, &cases)));
    }
    if matches!(kind, Kind::FollowUp | Kind::LabResult) {
        let persons: [(&str, &[Kind]); 4] = [
            ("case", &[Kind::Case]),
            ("contact", &[Kind::Contact]),
            ("contactOfContact", &[Kind::ContactOfContact]),
            ("person", &Kind::PERSONS),
        ];
        for (key, kinds) in persons {
            if let Some(inner) = take_object(filter, key) {
                let mut ids = BTreeSet::new();
                for other in kinds {
                    ids.extend(ids_of(matching(*other, &inner)?));
                }
                parts.push(one_of("personId", ids));
            }
        }
    }
    Ok(parts)
}

fn take_object(filter: &mut Object, key: &str) -> Option<Object> {
    match filter.remove(key)? {
        Doc::Object(inner) => Some(inner),
        _ => None,
    }
}

fn matching<'w>(
    world: &'w World,
    outbreak_id: &str,
    kind: Kind,
    filter: &Object,
) -> Result<Vec<&'w Object>, Refusal> {
    let filter = scope::expand(world, filter);
    let condition = Condition::All(vec![
        Condition::at("outbreakId", Test::Equal(outbreak_id.into())),
        scope::live(),
        dialect::compile(Engine::Raw, &filter, true)?,
    ]);
    Ok(world.rows(kind).filter(|row| condition.matches(row)).collect())
}

fn ids_of(rows: Vec<&Object>) -> BTreeSet<Text> {
    rows.into_iter().filter_map(|row| row.text("id")).map(Text::from).collect()
}

fn one_of(path: &str, ids: BTreeSet<Text>) -> Condition {
    Condition::at(path, Test::OneOf(ids))
}
