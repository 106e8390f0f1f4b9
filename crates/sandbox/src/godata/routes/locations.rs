//! Places: the flat list and the trees.

use std::collections::{BTreeMap, BTreeSet};

use super::scope;
use crate::godata::{
    account::User,
    answer::{Answer, Refusal, Reply},
    condition::Condition,
    dialect::{self, Engine},
    doc::{Doc, Object, Text},
    kind::Kind,
    query::{Projected, Query},
    request::Call,
    world::World,
};

pub(super) fn route(world: &World, call: &Call, user: &User) -> Answer {
    let words = call.words();
    match (call.method.as_str(), words.get(1..).unwrap_or_default()) {
        ("GET", []) => list(world, &Query::from_url(&call.query)?),
        ("POST", ["filter"]) => list(world, &Query::from_body(&call.body_object()?)?),
        ("GET", ["count"]) => {
            let condition = condition(&call.object_parameter("where")?, false)?;
            Ok(Reply::count(world.rows(Kind::Location).filter(|r| condition.matches(r)).count()))
        }
        ("GET", ["hierarchical"]) => tree(world, &Query::from_url(&call.query)?),
        ("GET", [_]) => {
            user.needs(&["location_view"])?;
            let id = call.segment(1);
            let row = world.row(Kind::Location, id).filter(|row| !row.is_true("deleted"));
            let row = row.ok_or_else(|| Refusal::unknown_id("location", id))?;
            let query = Query::from_url(&call.query)?;
            Ok(Reply::json(&Projected { row, fields: &query.fields }))
        }
        _ => Err(super::no_route(call)),
    }
}

fn condition(filter: &Object, with_deleted: bool) -> Result<Condition, Refusal> {
    let mut parts = vec![dialect::compile(Engine::Odm, filter, false)?];
    if !with_deleted {
        parts.push(scope::live());
    }
    Ok(Condition::All(parts))
}

fn list(world: &World, query: &Query) -> Answer {
    let condition = condition(&query.condition(), query.with_deleted())?;
    let rows = world.rows_after(Kind::Location, condition.after_id());
    let rows = query.page_by_id(rows, &condition, &["name"]);
    let rows: Vec<Projected<'_>> =
        rows.into_iter().map(|row| Projected { row, fields: &query.fields }).collect();
    Ok(Reply::json(&rows))
}

/// The whole tree, or the rows that meet a condition with all above them and, unless the caller says
/// otherwise, all below them.
fn tree(world: &World, query: &Query) -> Answer {
    let mut filter = query.condition();
    let with_children = filter.remove("includeChildren") != Some(Doc::Bool(false));
    if filter.is_empty() {
        return Ok(Reply::json(&Tree::new(world).roots(None, &BTreeSet::new())));
    }
    let condition = condition(&filter, query.with_deleted())?;
    let matching = world.rows(Kind::Location).filter(|row| condition.matches(row));
    let ids: Vec<&str> = matching.filter_map(|row| row.text("id")).collect();
    let mut kept = if with_children {
        world.with_descendants(&ids)
    } else {
        ids.iter().map(|id| Text::from(*id)).collect()
    };
    kept.extend(ancestors(world, &ids));
    Ok(Reply::json(&Tree::new(world).roots(Some(&kept), &BTreeSet::new())))
}

/// `/outbreaks/{id}/locations/hierarchical`: the outbreak's places and all below them; what lies
/// above is there but disabled.
pub(super) fn of_outbreak(world: &World, call: &Call, user: &User) -> Answer {
    let scope = scope::enter(world, call, Some(user.clone()), &["outbreak_view", "location_list"])?;
    let own = scope.outbreak(world).and_then(|outbreak| outbreak.get("locationIds"));
    let own: Vec<&str> =
        own.and_then(Doc::as_list).unwrap_or_default().iter().filter_map(Doc::as_text).collect();
    if own.is_empty() {
        return Ok(Reply::json(&Tree::new(world).roots(None, &BTreeSet::new())));
    }
    let mut kept = world.with_descendants(&own);
    let above: BTreeSet<Text> =
        ancestors(world, &own).into_iter().filter(|id| !kept.contains(id)).collect();
    kept.extend(above.iter().cloned());
    Ok(Reply::json(&Tree::new(world).roots(Some(&kept), &above)))
}

fn ancestors(world: &World, ids: &[&str]) -> BTreeSet<Text> {
    let mut found = BTreeSet::new();
    for id in ids {
        let mut at = world.row(Kind::Location, id);
        while let Some(parent) = at.and_then(|row| row.text("parentLocationId")) {
            if !found.insert(Text::from(parent)) {
                break;
            }
            at = world.row(Kind::Location, parent);
        }
    }
    found
}

/// The live places by parent; those whose parent is missing are in no tree.
struct Tree<'w> {
    children: BTreeMap<Option<&'w str>, Vec<&'w Object>>,
}

impl<'w> Tree<'w> {
    fn new(world: &'w World) -> Self {
        let mut children: BTreeMap<Option<&str>, Vec<&Object>> = BTreeMap::new();
        for row in world.rows(Kind::Location).filter(|row| !row.is_true("deleted")) {
            children.entry(row.text("parentLocationId")).or_default().push(row);
        }
        for siblings in children.values_mut() {
            siblings.sort_by_key(|row| row.text("name"));
        }
        Self { children }
    }

    fn roots(&self, kept: Option<&BTreeSet<Text>>, disabled: &BTreeSet<Text>) -> Vec<Doc> {
        self.below(None, kept, disabled)
    }

    fn below(
        &self,
        parent: Option<&str>,
        kept: Option<&BTreeSet<Text>>,
        disabled: &BTreeSet<Text>,
    ) -> Vec<Doc> {
        let siblings = self.children.get(&parent).into_iter().flatten();
        siblings
            .filter_map(|row| {
                let id = row.text("id")?;
                if kept.is_some_and(|kept| !kept.contains(id)) {
                    return None;
                }
                let mut location = (*row).clone();
                if disabled.contains(id) {
                    location.set("disabled", true);
                }
                let mut node = Object::default();
                node.set("location", location);
                node.set("children", self.below(Some(id), kept, disabled));
                Some(Doc::Object(node))
            })
            .collect()
    }
}
