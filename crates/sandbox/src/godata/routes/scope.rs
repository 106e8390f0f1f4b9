//! Who may see which rows: permissions, the outbreak rules, and the condition that follows.

use axum::http::Method;

use super::relations;
use crate::godata::{
    account::User,
    answer::Refusal,
    condition::{Condition, Test},
    dialect::{self, Engine},
    doc::{Doc, Object},
    kind::Kind,
    request::Call,
    world::World,
};

/// A user inside an outbreak, past all checks.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) user: User,
    pub(super) outbreak_id: String,
}

/// Checks permission, then the outbreak rules, then whether the outbreak exists: the order in which
/// the recordings show them (`write-other-outbreak`, `outbreak-not-allowed-for-account`,
/// `outbreak-unknown-cases`).
pub(super) fn enter(
    world: &World,
    call: &Call,
    user: Option<User>,
    any_of: &[&str],
) -> Result<Scope, Refusal> {
    let user = super::logged_in(user)?;
    user.needs(any_of)?;
    let outbreak_id = call.segment(1).to_owned();
    allowed(world, call, &user, &outbreak_id)?;
    if world.outbreak(&outbreak_id).is_none() {
        let message = format!("could not find a model with id {outbreak_id}");
        return Err(Refusal::coded(404, "MODEL_NOT_FOUND", &message));
    }
    Ok(Scope { user, outbreak_id })
}

/// The rules on which outbreaks a user reaches.
pub(super) fn allowed(
    world: &World,
    call: &Call,
    user: &User,
    outbreak_id: &str,
) -> Result<(), Refusal> {
    if !user.account.outbreaks.is_empty()
        && !user.account.outbreaks.iter().any(|id| id == outbreak_id)
    {
        return Err(Refusal::no_access(
            "access denied to the given outbreak; the outbreak is not set as one of the user's \
             accessible outbreaks",
        ));
    }
    if call.method != Method::GET
        && call.words().len() > 2
        && !is_exempt(call)
        && world.active_outbreak_of(user).as_deref() != Some(outbreak_id)
    {
        return Err(Refusal::no_access(
            "access to POST/PUT/DELETE actions on outbreak related data is granted only for the \
             active outbreak",
        ));
    }
    Ok(())
}

/// Requests that are no GET and yet free of the active-outbreak rule.
fn is_exempt(call: &Call) -> bool {
    matches!(
        call.words().get(2..).unwrap_or_default(),
        ["cases" | "contacts" | "contacts-of-contacts", "dossier"]
            | ["follow-ups", "export"]
            | ["contacts", "range-list", "export"]
            | ["contacts", "follow-up-report"]
    )
}

impl Scope {
    pub(super) fn outbreak<'w>(&self, world: &'w World) -> Option<&'w Object> {
        world.outbreak(&self.outbreak_id)
    }

    /// The condition for rows of a kind: of this outbreak, live unless asked otherwise, within the
    /// user's places, and what the caller asks for.
    pub(super) fn condition(
        &self,
        world: &World,
        kind: Kind,
        engine: Engine,
        filter: &Object,
        with_deleted: bool,
    ) -> Result<Condition, Refusal> {
        let mut parts =
            vec![Condition::at("outbreakId", Test::Equal(self.outbreak_id.as_str().into()))];
        if !with_deleted {
            parts.push(live());
        }
        if kind.is_person() || kind == Kind::FollowUp {
            parts.extend(self.within_places(world));
        }
        let mut filter = filter.clone();
        parts.extend(relations::take(world, &self.outbreak_id, kind, &mut filter)?);
        let filter = expand(world, &filter);
        parts.push(dialect::compile(engine, &filter, true)?);
        Ok(Condition::All(parts))
    }

    /// The silent narrowing of users in teams: their places, and rows without a place.
    fn within_places(&self, world: &World) -> Option<Condition> {
        let places = world.places_of(&self.user, self.outbreak(world)?)?;
        let mut list: Vec<Doc> = places.into_iter().map(Doc::Text).collect();
        list.push(Doc::Null);
        Some(Condition::at("usualPlaceOfResidenceLocationId", Test::In(list)))
    }
}

/// Rows that are not deleted.
pub(super) fn live() -> Condition {
    Condition::at("deleted", Test::Not(vec![Test::Equal(Doc::Bool(true))]))
}

/// Does the server-side expansion of places.
pub(super) fn expand(world: &World, filter: &Object) -> Object {
    dialect::expand_parent_locations(filter, &|ids| {
        world.with_descendants(ids).into_iter().map(Doc::Text).collect()
    })
}
