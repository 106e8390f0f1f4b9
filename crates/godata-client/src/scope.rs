//! Whether the account sees everything.

use crate::{
    Error, InOutbreak,
    models::{Team, User},
};

/// How much of an outbreak the account sees.
///
/// Go.Data narrows lists, counts and exports silently for members of teams (facts §1.8): no error,
/// no marker. Counts for a report must come from an account that sees everything.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// All records.
    Everything,
    /// Only records of these places and below, and those without a place.
    Narrowed {
        /// The places of the account's teams.
        location_ids: Vec<String>,
    },
    /// It cannot be told, because the account may not read what decides.
    Unknown {
        /// What could not be read.
        why: String,
    },
}

impl Scope {
    /// Whether it is certain that all records are seen.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::Everything
    }
}

impl InOutbreak {
    /// Whether the account sees all records of this outbreak.
    ///
    /// # Errors
    ///
    /// As any call. A missing permission is no error here but [`Scope::Unknown`].
    pub async fn scope(&self) -> Result<Scope, Error> {
        let outbreak = match self.details_of_scope().await {
            Ok(outbreak) => outbreak,
            Err(error) if error.is_permission() => return Ok(unknown("the outbreak", &error)),
            Err(error) => return Err(error),
        };
        if outbreak != Some(true) {
            return Ok(Scope::Everything);
        }
        let user = match self.client().me().await {
            Ok(user) => user,
            Err(error) if error.is_permission() => return Ok(unknown("the own account", &error)),
            Err(error) => return Err(error),
        };
        if user.disregard_geographic_restrictions.value() == Some(&true) {
            return Ok(Scope::Everything);
        }
        match self.client().teams().all().await {
            Ok(teams) => Ok(scope_in(&user, &teams)),
            Err(error) if error.is_permission() => Ok(unknown("the teams", &error)),
            Err(error) => Err(error),
        }
    }

    /// `applyGeographicRestrictions` from the list, which any account may read.
    async fn details_of_scope(&self) -> Result<Option<bool>, Error> {
        let by_id = crate::Filter::field("id").eq(self.id());
        let outbreaks = self.client().outbreaks().filter(by_id).all().await?;
        match outbreaks.first() {
            Some(outbreak) => Ok(outbreak.apply_geographic_restrictions.value().copied()),
            None => Ok(self.details().await?.apply_geographic_restrictions.into_value()),
        }
    }
}

fn scope_in(user: &User, teams: &[Team]) -> Scope {
    let user_id = user.id.text();
    let is_member =
        |team: &&Team| team.user_ids.items().iter().any(|id| Some(id.as_str()) == user_id);
    let mut location_ids: Vec<String> = teams
        .iter()
        .filter(is_member)
        .flat_map(|team| team.location_ids.items())
        .cloned()
        .collect();
    location_ids.sort();
    location_ids.dedup();
    if location_ids.is_empty() { Scope::Everything } else { Scope::Narrowed { location_ids } }
}

fn unknown(what: &str, error: &Error) -> Scope {
    Scope::Unknown { why: format!("{what} cannot be read: {}", error.kind()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(user_ids: &[&str], location_ids: &[&str]) -> Team {
        let texts = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        Team {
            user_ids: texts(user_ids).into(),
            location_ids: texts(location_ids).into(),
            ..Team::default()
        }
    }

    #[test]
    fn the_places_of_all_own_teams_add_up() {
        let user = User { id: "me".into(), ..User::default() };
        let teams =
            [team(&["me", "you"], &["b", "a"]), team(&["you"], &["c"]), team(&["me"], &["a"])];
        let expected = Scope::Narrowed { location_ids: vec!["a".into(), "b".into()] };
        assert_eq!(scope_in(&user, &teams), expected);
        assert_eq!(scope_in(&user, &teams[1..2]), Scope::Everything);
        assert_eq!(scope_in(&user, &[team(&["me"], &[])]), Scope::Everything);
    }
}
