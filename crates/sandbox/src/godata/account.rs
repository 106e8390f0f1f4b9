//! Accounts, their rights, and their tokens.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::answer::Refusal;

/// Idle time after which a token dies: the server's default, which a login cannot change.
pub(super) const TOKEN_LIFE_MILLIS: i64 = 600_000;
/// A token younger than this is not renewed by use.
const RENEW_AFTER_MILLIS: i64 = 50_000;
/// Failures after which an account is locked.
const MAX_FAILURES: u32 = 10;
/// How long it is locked, from the last failure on.
const LOCK_MILLIS: i64 = 30 * 60_000;

/// The e-mail of the account that every [`World`](super::World) has. It may do everything and is in
/// no team.
pub const EMAIL: &str = "sync@example.org";
/// Its password.
pub const PASSWORD: &str = "sandbox password";

/// An account to add to a sandbox.
///
/// ```
/// use sandbox::godata::Account;
///
/// let reader = Account::new("reader@example.org", "a long password")
///     .permissions(["outbreak_view", "case_list"]);
/// ```
#[derive(Clone)]
pub struct Account {
    pub(super) id: Option<String>,
    pub(super) email: String,
    pub(super) password: String,
    /// `None`: all of them.
    pub(super) permissions: Option<BTreeSet<String>>,
    /// Empty: all of them.
    pub(super) outbreaks: Vec<String>,
    pub(super) active_outbreak: Option<String>,
    pub(super) password_change: bool,
    pub(super) two_factor: bool,
    pub(super) disregards_geographic_restrictions: bool,
}

impl Account {
    /// The code that a [`two_factor`](Self::two_factor) account's e-mail would bring.
    pub const TWO_FACTOR_CODE: &'static str = "246810";

    /// An account with all permissions on all outbreaks.
    #[must_use]
    pub fn new(email: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            id: None,
            email: email.into().to_lowercase(),
            password: password.into(),
            permissions: None,
            outbreaks: Vec::new(),
            active_outbreak: None,
            password_change: false,
            two_factor: false,
            disregards_geographic_restrictions: false,
        }
    }

    /// Fixes the user's id. Default: a new one.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Only these permissions. `case_all` stands for all that begin with `case_`.
    #[must_use]
    pub fn permissions<P: Into<String>>(mut self, list: impl IntoIterator<Item = P>) -> Self {
        self.permissions = Some(list.into_iter().map(Into::into).collect());
        self
    }

    /// Only these outbreaks.
    #[must_use]
    pub fn outbreaks<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.outbreaks = ids.into_iter().map(Into::into).collect();
        self
    }

    /// The outbreak that writes are bound to. Default: the first one of the world.
    #[must_use]
    pub fn active_outbreak(mut self, id: impl Into<String>) -> Self {
        self.active_outbreak = Some(id.into());
        self
    }

    /// Flags that the password is to be changed. The server only tells so.
    #[must_use]
    pub fn must_change_password(mut self) -> Self {
        self.password_change = true;
        self
    }

    /// Asks for a second factor at login.
    #[must_use]
    pub fn two_factor(mut self) -> Self {
        self.two_factor = true;
        self
    }

    /// Sees everything even where its teams are bound to places.
    #[must_use]
    pub fn disregards_geographic_restrictions(mut self) -> Self {
        self.disregards_geographic_restrictions = true;
        self
    }
}

/// Shows no password.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("email", &self.email).finish_non_exhaustive()
    }
}

/// An account in the store.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) account: Account,
    n_failures: u32,
    last_failure: Option<i64>,
    pub(super) last_login: Option<i64>,
    pub(super) created: i64,
}

impl User {
    pub(super) fn new(id: String, account: Account, now: i64) -> Self {
        Self { id, account, n_failures: 0, last_failure: None, last_login: None, created: now }
    }

    pub(super) fn n_failures(&self) -> u32 {
        self.n_failures
    }

    pub(super) fn last_failure(&self) -> Option<i64> {
        self.last_failure
    }

    /// Whether the user has a permission, by itself or through its group.
    pub(super) fn may(&self, permission: &str) -> bool {
        let Some(held) = &self.account.permissions else { return true };
        held.contains(permission)
            || group_of(permission).is_some_and(|group| held.contains(&format!("{group}_all")))
    }

    /// Refuses a user that has none of the permissions.
    pub(super) fn needs(&self, any_of: &[&str]) -> Result<(), Refusal> {
        if any_of.iter().any(|permission| self.may(permission)) {
            return Ok(());
        }
        Err(Refusal::no_permission(any_of))
    }

    /// Checks a password and counts failures.
    pub(super) fn check_password(&mut self, password: &str, now: i64) -> Result<(), Refusal> {
        let locked_until = self.last_failure.map_or(i64::MIN, |at| at.saturating_add(LOCK_MILLIS));
        if self.n_failures >= MAX_FAILURES {
            if now < locked_until {
                return Err(Refusal::coded(
                    422,
                    "ACTION_TEMPORARILY_BLOCKED",
                    "This action has been blocked temporarily",
                ));
            }
            self.n_failures = 0;
        }
        if password != self.account.password {
            self.n_failures += 1;
            self.last_failure = Some(now);
            return Err(login_failed());
        }
        self.n_failures = 0;
        self.last_failure = None;
        Ok(())
    }
}

pub(super) fn login_failed() -> Refusal {
    Refusal::coded(401, "LOGIN_FAILED", "login failed")
}

/// The longest group a permission belongs to: `contact_of_contact_list` is none of `contact`'s.
fn group_of(permission: &str) -> Option<&'static str> {
    const GROUPS: [&str; 22] = [
        "outbreak_template",
        "outbreak",
        "contact_of_contact",
        "contact",
        "case",
        "event",
        "follow_up",
        "lab_result",
        "relationship",
        "reference_data",
        "location",
        "cluster",
        "team",
        "user",
        "user_role",
        "role",
        "cot",
        "duplicate",
        "help",
        "language",
        "system_settings",
        "dashboard",
    ];
    GROUPS
        .into_iter()
        .filter(|group| permission.strip_prefix(group).is_some_and(|rest| rest.starts_with('_')))
        .max_by_key(|group| group.len())
}

/// What a token in a request turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Presented {
    Valid {
        user_id: String,
    },
    /// It died of idleness; the server has forgotten it with this answer.
    Expired,
    Unknown,
}

#[derive(Debug, Clone)]
struct Token {
    user_id: String,
    created: i64,
}

/// The live tokens: at most one an account.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    live: BTreeMap<String, Token>,
}

impl Tokens {
    /// Enters a new token and drops the account's other ones.
    pub(super) fn issue(&mut self, token: String, user_id: &str, now: i64) {
        self.evict(user_id);
        self.live.insert(token, Token { user_id: user_id.to_owned(), created: now });
    }

    pub(super) fn evict(&mut self, user_id: &str) {
        self.live.retain(|_, token| token.user_id != user_id);
    }

    /// Makes all tokens as old as if nobody had used them since before they were issued.
    pub(super) fn expire(&mut self) {
        for token in self.live.values_mut() {
            token.created = token.created.saturating_sub(TOKEN_LIFE_MILLIS + 1);
        }
    }

    pub(super) fn present(&mut self, text: &str, now: i64) -> Presented {
        let Some(token) = self.live.get_mut(text) else { return Presented::Unknown };
        let age = now.saturating_sub(token.created);
        if age > TOKEN_LIFE_MILLIS {
            self.live.remove(text);
            return Presented::Expired;
        }
        if age > RENEW_AFTER_MILLIS {
            token.created = now;
        }
        Presented::Valid { user_id: token.user_id.clone() }
    }
}
