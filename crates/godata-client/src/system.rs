//! What is asked for outside of an outbreak: places, value lists, users, the server itself.

use std::collections::{BTreeMap, BTreeSet};

use http_transport::Request;
use secrecy::SecretString;

use crate::{
    Client, Error, ErrorKind, Filter, Query,
    client::with_api_key,
    models::{LanguageTokens, Location, LocationNode, ReferenceItem, SystemVersion, Team, User},
    query::Route,
};

/// A token has up to about a hundred characters, and an address 16 KiB.
const TOKENS_PER_REQUEST: usize = 100;

impl Client {
    /// All places, inactive ones included; deleted ones with
    /// [`including_deleted`](Query::including_deleted), which old records can still refer to.
    #[must_use]
    pub fn locations(&self) -> Query<Location> {
        Query::new(self, Route::global("location", "locations"))
    }

    /// All places as trees. Rows whose parent is missing are not among them.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn location_tree(&self) -> Result<Vec<LocationNode>, Error> {
        self.fetch(Request::get(["api", "locations", "hierarchical"])).await
    }

    /// The value lists.
    #[must_use]
    pub fn reference_data(&self) -> Query<ReferenceItem> {
        Query::new(self, Route::global("reference-data item", "reference-data"))
    }

    /// The ids of every value list, inactive values included, by the list's category.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn reference_ids(&self) -> Result<BTreeMap<String, BTreeSet<String>>, Error> {
        let mut lists: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for item in self.reference_data().fields(["categoryId"]).all().await? {
            if let (Some(category), Some(id)) =
                (item.category_id.into_value(), item.id.into_value())
            {
                lists.entry(category).or_default().insert(id);
            }
        }
        Ok(lists)
    }

    /// The labels of `tokens` (reference-data ids, say) in a language such as `english_us`. Long
    /// lists are asked for in parts.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn language_tokens(
        &self,
        language_id: &str,
        tokens: &[&str],
    ) -> Result<LanguageTokens, Error> {
        let mut all = LanguageTokens::default();
        for part in tokens.chunks(TOKENS_PER_REQUEST) {
            let wanted = Filter::field("token").is_in(part.iter().copied());
            let filter = serde_json::json!({ "where": wanted.to_json().map_err(Error::unsent)? });
            let path = ["api", "languages", language_id, "language-tokens"];
            let request = Request::get(path).query("filter", filter.to_string());
            let texts: LanguageTokens = self.fetch(request).await?;
            let mut known = all.tokens.into_value().unwrap_or_default();
            known.extend(texts.tokens.items().iter().cloned());
            all = LanguageTokens { tokens: known.into(), ..texts };
        }
        Ok(all)
    }

    /// The users. Needs the permission `user_list`.
    #[must_use]
    pub fn users(&self) -> Query<User> {
        Query::new(self, Route::global("user", "users"))
    }

    /// The teams. Needs the permission `team_list`.
    #[must_use]
    pub fn teams(&self) -> Query<Team> {
        Query::new(self, Route::global("team", "teams"))
    }

    /// The account itself, which any account may read.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn me(&self) -> Result<User, Error> {
        let id = self.user_id().await?;
        self.fetch(Request::get(["api", "users"]).hidden_segment(id)).await
    }

    /// The outbreak that the account may write to, if any. Reading needs none.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn active_outbreak(&self) -> Result<Option<String>, Error> {
        Ok(self.me().await?.active_outbreak_id.into_value())
    }

    /// What the server tells about itself; `None` where it does not.
    ///
    /// From 2.50.3 on the server wants its own `api-key` here and nowhere else (recording
    /// `system-settings-version-no-key`), so an unknown version is a normal thing.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn version(
        &self,
        api_key: Option<&SecretString>,
    ) -> Result<Option<SystemVersion>, Error> {
        let mut request = Request::get(["api", "system-settings", "version"]);
        if let Some(key) = api_key {
            request = with_api_key(request, key)?;
        }
        match self.fetch(request).await {
            Ok(version) => Ok(Some(version)),
            Err(error) => match error.kind() {
                ErrorKind::Rejected { status: 401, .. }
                | ErrorKind::Permission { .. }
                | ErrorKind::AccessDenied { .. } => Ok(None),
                _ => Err(error),
            },
        }
    }
}
