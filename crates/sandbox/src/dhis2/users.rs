//! Accounts, tokens, and what somebody may do.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    catalog::{ids, text},
    http::{Answer, Request},
    metadata::{Object, Store},
};

/// A user of the demo that may write values: token for `Authorization: ApiToken …`.
pub const WRITER_TOKEN: &str = "d2p_WriterOfTheSandboxWithoutAnySecretAtAll000001";
/// The administrator's token, see [`WRITER_TOKEN`].
pub const ADMIN_TOKEN: &str = "d2p_AdminOfTheSandboxWithoutAnySecretAtAll0000001";

/// Who asks, with what their session knows of them.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) authorities: Vec<String>,
    pub(crate) org_units: Vec<String>,
    data_view: Vec<String>,
    groups: Vec<String>,
}

impl Account {
    fn of(store: &Store, id: &str, user: &Object) -> Self {
        let authorities = ids(user, "userRoles")
            .filter_map(|role| store.get("userRoles", &role))
            .flat_map(|role| {
                role.get("authorities").and_then(Value::as_array).into_iter().flatten()
            })
            .filter_map(|authority| authority.as_str().map(str::to_owned))
            .collect();
        Self {
            id: id.to_owned(),
            username: text(user, "username").unwrap_or_default().to_owned(),
            authorities,
            org_units: ids(user, "organisationUnits").collect(),
            data_view: ids(user, "dataViewOrganisationUnits").collect(),
            groups: ids(user, "userGroups").collect(),
        }
    }

    pub(crate) fn is_super(&self) -> bool {
        self.authorities.iter().any(|authority| authority == "ALL")
    }

    pub(crate) fn may(&self, authority: &str) -> bool {
        self.is_super() || self.authorities.iter().any(|own| own == authority)
    }

    /// Whether a path lies in the user's capture hierarchy.
    pub(crate) fn captures(&self, path: &str) -> bool {
        under(&self.org_units, path)
    }

    /// The roots of what the user may look at.
    pub(crate) fn view_units(&self) -> &[String] {
        if self.data_view.is_empty() { &self.org_units } else { &self.data_view }
    }

    /// Whether a path lies in what the user may look at.
    pub(crate) fn views(&self, path: &str) -> bool {
        under(self.view_units(), path)
    }

    /// Whether sharing gives this right: `at` is the place in the access string.
    pub(crate) fn sees(&self, object: &Object, at: usize, right: u8) -> bool {
        let Some(sharing) = object.get("sharing") else { return true };
        if self.is_super() || sharing.get("owner").and_then(Value::as_str) == Some(&self.id) {
            return true;
        }
        let gives = |access: Option<&Value>| {
            access.and_then(Value::as_str).is_some_and(|a| a.as_bytes().get(at) == Some(&right))
        };
        gives(sharing.get("public"))
            || gives(sharing.pointer(&format!("/users/{}/access", self.id)))
            || self
                .groups
                .iter()
                .any(|group| gives(sharing.pointer(&format!("/userGroups/{group}/access"))))
    }
}

fn under(roots: &[String], path: &str) -> bool {
    path.split('/').skip(1).any(|id| roots.iter().any(|root| root == id))
}

/// A personal access token.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) expires: DateTime<Utc>,
    /// Empty: any.
    methods: Vec<String>,
    created: DateTime<Utc>,
}

/// Passwords, tokens and failed tries.
#[derive(Debug, Default)]
pub(crate) struct Logins {
    pub(crate) passwords: HashMap<String, String>,
    pub(crate) tokens: BTreeMap<String, Token>,
    /// Failed tries in a row and the moment of the last, by user name.
    failures: HashMap<String, (u32, DateTime<Utc>)>,
}

/// Failed tries that lock an account, where the setting is on.
const MAX_TRIES: u32 = 4;

impl Logins {
    /// Makes a token; gives its secret.
    pub(crate) fn new_token(
        &mut self,
        store: &mut Store,
        user: &str,
        wish: &Value,
        now: DateTime<Utc>,
    ) -> (String, String) {
        let id = store.new_id();
        let secret: String =
            [store.new_id(), store.new_id(), store.new_id(), store.new_id()].concat();
        let key = format!("d2p_{secret}0");
        let expires = wish
            .get("expire")
            .and_then(Value::as_i64)
            .and_then(DateTime::from_timestamp_millis)
            .unwrap_or(now + TimeDelta::days(30));
        let methods = wish
            .get("attributes")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|attribute| attribute.get("type") == Some(&json!("MethodAllowedList")))
            .flat_map(|attribute| attribute.get("allowedMethods").and_then(Value::as_array))
            .flatten()
            .filter_map(|method| method.as_str().map(str::to_owned))
            .collect();
        self.put_token(
            &key,
            Token { id: id.clone(), user: user.to_owned(), expires, methods, created: now },
        );
        (id, key)
    }

    pub(crate) fn put_token(&mut self, key: &str, token: Token) {
        self.tokens.insert(key.to_owned(), token);
    }

    pub(crate) fn list_tokens(&self, user: &str, now: DateTime<Utc>) -> Vec<Value> {
        self.tokens
            .values()
            .filter(|token| token.user == user && token.expires > now)
            .map(|token| {
                json!({
                    "id": token.id, "type": "PERSONAL_ACCESS_TOKEN_V2", "version": 2,
                    "expire": token.expires.timestamp_millis(),
                    "created": token.created.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
                    "attributes": if token.methods.is_empty() { json!([]) } else {
                        json!([{"type": "MethodAllowedList", "allowedMethods": token.methods}])
                    },
                    "user": {"id": token.user},
                })
            })
            .collect()
    }

    /// Who a request comes from, or the refusal.
    pub(crate) fn account(
        &mut self,
        store: &Store,
        request: &Request,
        now: DateTime<Utc>,
        locks: bool,
    ) -> Result<Account, Refusal> {
        let Some(header) = request.header("authorization") else { return Err(Refusal::NoLogin) };
        if let Some(token) = header.strip_prefix("ApiToken ") {
            return self.by_token(store, token.trim(), request, now);
        }
        let basic = header.strip_prefix("Basic ").and_then(|text| base64(text.trim()));
        let Some((name, password)) = basic.as_deref().and_then(|pair| pair.split_once(':')) else {
            return Err(Refusal::Unauthorized("Unauthorized"));
        };
        let user = store.all("users").find(|(_, user)| {
            text(user, "username").is_some_and(|known| known.eq_ignore_ascii_case(name))
        });
        let key = name.to_lowercase();
        let tries = self.failures.get(&key).copied();
        if locks
            && tries.is_some_and(|(n, last)| n >= MAX_TRIES && now - last < TimeDelta::minutes(15))
        {
            return Err(Refusal::Unauthorized("Account locked"));
        }
        let Some((id, user)) = user.filter(|(id, _)| {
            self.passwords.get(id.as_str()).is_some_and(|known| known == password)
        }) else {
            let n = tries.map_or(0, |(n, _)| n) + 1;
            self.failures.insert(key, (n, now));
            return Err(Refusal::Unauthorized("Unauthorized"));
        };
        self.failures.remove(&key);
        usable(user)?;
        Ok(Account::of(store, id, user))
    }

    fn by_token(
        &self,
        store: &Store,
        key: &str,
        request: &Request,
        now: DateTime<Utc>,
    ) -> Result<Account, Refusal> {
        // The real server knows a typing error by the check sum; here it is any token that was
        // never given out (auth-token-typo, auth-token-garbage).
        let Some(token) = self.tokens.get(key) else { return Err(Refusal::BadToken) };
        // auth-token-deleted
        if token.user.is_empty() {
            return Err(Refusal::Token("The API token does not exists"));
        }
        if token.expires <= now {
            return Err(Refusal::Token("Failed to authenticate API token, token has expired."));
        }
        if !token.methods.is_empty() && !token.methods.contains(&request.method) {
            return Err(Refusal::Token(
                "Failed to authenticate API token, request http method is not allowed.",
            ));
        }
        let Some(user) = store.get("users", &token.user) else {
            return Err(Refusal::Token("The API token does not exists"));
        };
        usable(user)?;
        Ok(Account::of(store, &token.user, user))
    }

    /// Deletes a token: its secret stays known as that of no user.
    pub(crate) fn delete_token(&mut self, id: &str) -> bool {
        let Some(token) = self.tokens.values_mut().find(|token| token.id == id) else {
            return false;
        };
        token.user.clear();
        true
    }
}

impl Token {
    /// A token that may do anything its user may, for a year.
    pub(crate) fn open(id: &str, user: &str, now: DateTime<Utc>) -> Self {
        Self {
            id: id.to_owned(),
            user: user.to_owned(),
            expires: now + TimeDelta::days(3650),
            methods: Vec::new(),
            created: now,
        }
    }
}

/// Disabled, locked and two-factor accounts have no use for a password or a token.
fn usable(user: &Object) -> Result<(), Refusal> {
    let is = |property: &str| user.get(property) == Some(&Value::Bool(true));
    if is("disabled") {
        return Err(Refusal::Unauthorized("Account disabled"));
    }
    if is("locked") {
        return Err(Refusal::Unauthorized("Account locked"));
    }
    if text(user, "twoFactorType").is_some_and(|kind| kind != "NOT_ENABLED") {
        return Err(Refusal::Unauthorized("Unauthorized"));
    }
    Ok(())
}

/// Why a request has no account.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Nothing to log in with: sent to the login page, unless a script asks.
    NoLogin,
    Unauthorized(&'static str),
    Token(&'static str),
    BadToken,
}

impl Refusal {
    pub(crate) fn answer(&self, request: &Request, login_page: &str) -> Answer {
        match self {
            Self::NoLogin if request.header("x-requested-with") == Some("XMLHttpRequest") => {
                Answer::message(401, "Unauthorized")
            }
            Self::NoLogin => Answer::empty(302).with_header("Location", login_page),
            Self::Unauthorized(why) => {
                Answer::message(401, why).with_header("WWW-Authenticate", "Basic realm=\"DHIS2\"")
            }
            Self::Token(why) => {
                Answer::message(401, why).with_header("WWW-Authenticate", "ApiToken")
            }
            Self::BadToken => Answer::message(400, "Checksum validation failed")
                .with_header("WWW-Authenticate", "ApiToken"),
        }
    }
}

/// Decodes standard base 64.
fn base64(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut n_bits) = (0_u32, 0_u32);
    for letter in text.trim_end_matches('=').bytes() {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push(u8::try_from((bits >> n_bits) & 0xFF).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn base_64_is_decoded() {
        assert_eq!(super::base64("YWRtaW46ZGlzdHJpY3Q=").as_deref(), Some("admin:district"));
        assert_eq!(super::base64("w7w6w7w="), Some("ü:ü".to_owned()));
        assert_eq!(super::base64("?"), None);
    }
}
