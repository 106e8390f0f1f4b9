//! The user in whose name the client works.

use std::collections::BTreeSet;
use std::fmt;

use http_transport::Request;
use serde::Deserialize;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::uid::{DataSetId, OrgUnitId, UserId};

/// The user in whose name the client works. `Debug` shows the id only: the name is a person's.
#[derive(Clone, PartialEq, Eq)]
pub struct Me {
    /// The id.
    pub id: UserId,
    /// The name with which the user signs in, and which stands in `storedBy`.
    pub username: String,
    /// The authorities, such as `F_DATAVALUE_ADD`.
    pub authorities: BTreeSet<String>,
    /// The units for data capture: values are taken for these and all units under them.
    pub org_units: Vec<UserOrgUnit>,
    /// The units whose data the user may read; where there are none, those for capture count.
    pub data_view_org_units: Vec<UserOrgUnit>,
    /// The data sets that the user may **read** data of.
    pub readable_data_sets: BTreeSet<DataSetId>,
}

/// An organisation unit of a user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserOrgUnit {
    /// The id.
    pub id: OrgUnitId,
    /// The code, if it has one.
    pub code: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The ids from the root to this unit, `/` before each.
    pub path: Option<String>,
    /// The level; the root has 1.
    pub level: Option<u32>,
}

impl Me {
    /// Whether the user has an authority; `ALL` includes every other.
    #[must_use]
    pub fn has(&self, authority: &str) -> bool {
        self.is_superuser() || self.authorities.contains(authority)
    }

    /// Whether the user may do everything. Such a user's values are **not** checked for expiry, on
    /// engine B not for anything that concerns rights or timing.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.authorities.contains("ALL")
    }

    /// Whether a unit with this path lies within the user's units for data capture.
    #[must_use]
    pub fn captures_for(&self, path: &str) -> bool {
        covers(&self.org_units, path)
    }

    /// Whether the user may read data of a unit with this path.
    #[must_use]
    pub fn views(&self, path: &str) -> bool {
        match self.data_view_org_units.as_slice() {
            [] => covers(&self.org_units, path),
            units => covers(units, path),
        }
    }
}

fn covers(units: &[UserOrgUnit], path: &str) -> bool {
    units.iter().any(|unit| path.split('/').any(|id| id == unit.id.as_str()))
}

impl fmt::Debug for Me {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Me").field("id", &self.id).finish_non_exhaustive()
    }
}

const FIELDS: &str = "id,username,userCredentials[username],authorities,\
                      organisationUnits[id,code,name,path,level],\
                      dataViewOrganisationUnits[id,code,name,path,level],dataSets";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMe {
    id: UserId,
    username: Option<String>,
    user_credentials: Option<RawCredentials>,
    #[serde(default)]
    authorities: BTreeSet<String>,
    #[serde(default)]
    organisation_units: Vec<UserOrgUnit>,
    #[serde(default)]
    data_view_organisation_units: Vec<UserOrgUnit>,
    #[serde(default)]
    data_sets: Vec<RawReference>,
}

/// Where servers before 2.36 keep the name.
#[derive(Deserialize)]
struct RawCredentials {
    username: Option<String>,
}

/// Ids as text, or as objects in older servers.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawReference {
    Id(DataSetId),
    Object { id: DataSetId },
}

impl Client {
    /// Asks who the user is: the cheapest call that proves a login.
    ///
    /// # Errors
    ///
    /// No answer, or a refused login, with the reason told apart in
    /// [`LoginRefusal`](crate::LoginRefusal).
    pub async fn me(&self) -> Result<Me> {
        let raw: RawMe = self.json(Request::get(["api", "me"]).query("fields", FIELDS)).await?;
        let username = raw
            .username
            .or(raw.user_credentials.and_then(|credentials| credentials.username))
            .ok_or_else(|| {
                Error::plain(ErrorKind::Unusable("the server does not tell the user's name".into()))
            })?;
        Ok(Me {
            id: raw.id,
            username,
            authorities: raw.authorities,
            org_units: raw.organisation_units,
            data_view_org_units: raw.data_view_organisation_units,
            readable_data_sets: raw
                .data_sets
                .into_iter()
                .map(|set| match set {
                    RawReference::Id(id) | RawReference::Object { id } => id,
                })
                .collect(),
        })
    }
}
