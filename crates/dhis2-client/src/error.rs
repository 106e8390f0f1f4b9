//! Why a call to DHIS2 gave no usable answer.

use http_transport::http::StatusCode;
use http_transport::{Exchange, NotJson};

use crate::import::ErrorCode;
use crate::period::{CalendarError, PeriodError};

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A call to DHIS2 that gave no usable answer.
///
/// `Display` names the call and the effort spent on it; the reason, with what to do, is in
/// [`kind`](Self::kind) and in the `source()` chain, never in both. No host, query or secret
/// appears in either.
///
/// A refused *value* is no error of this kind: it is data, in the
/// [`ImportSummary`](crate::ImportSummary) or the [`SendReport`](crate::SendReport).
#[derive(Debug)]
pub struct Error(Box<Failure>);

#[derive(Debug)]
struct Failure {
    exchange: Option<Exchange>,
    kind: ErrorKind,
}

/// The reason behind an [`Error`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No answer arrived, or one that was refused before reading it.
    #[error(transparent)]
    Transport(http_transport::Error),

    /// DHIS2 did not let the user in.
    #[error("DHIS2 refused the login: {0}")]
    Login(LoginRefusal),

    /// The user is known but may not do this.
    #[error(
        "DHIS2 let the user in but does not allow this ({message}); an administrator can give the \
         user a role with the missing authority"
    )]
    Forbidden {
        /// DHIS2's words.
        message: String,
    },

    /// There is no such object, or the user may not see it: DHIS2 answers both alike.
    #[error(
        "DHIS2 has no such object, or the user may not see it: check the identifier, and the \
         sharing of the object"
    )]
    NotFound,

    /// DHIS2 answered with a message instead of what was asked for.
    #[error("DHIS2 answered {status}{}: {message}", code.map(|code| format!(", {code}")).unwrap_or_default())]
    Answered {
        /// The HTTP status.
        status: StatusCode,
        /// DHIS2's code, where it gives one.
        code: Option<ErrorCode>,
        /// DHIS2's words, cut after 500 characters.
        message: String,
    },

    /// What answered does not speak like DHIS2.
    #[error(
        "the answer is not DHIS2's (status {status}): check that the address is that of the DHIS2 \
         server, with its context path, and that no proxy answers in its place"
    )]
    NotDhis2 {
        /// The HTTP status.
        status: StatusCode,
        /// What it is instead.
        source: NotJson,
    },

    /// The answer has another shape than any version known to this crate.
    #[error(
        "the answer could not be read at `{json_path}`; please report this with the version of the server"
    )]
    Decode {
        /// Where in the answer.
        json_path: String,
        /// What the decoder found there.
        source: serde_json::Error,
    },

    /// The answer is complete but cannot be worked with.
    #[error("{0}")]
    Unusable(String),

    /// The server's calendar is not ISO 8601.
    #[error(transparent)]
    Calendar(CalendarError),

    /// A period or period type of the server is not known to this crate.
    #[error("the answer names a period that this crate does not know")]
    Period(#[source] PeriodError),
}

/// Why DHIS2 did not let a user in.
///
/// A refused login is never repeated: with `keyLockMultipleFailedLogins` DHIS2 locks an account for
/// 15 minutes after four failures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginRefusal {
    /// The user name or password is wrong.
    #[error(
        "user name or password is wrong; it was tried once and not again, to keep the account from being locked"
    )]
    WrongPassword,
    /// Too many failed logins.
    #[error("the account is locked after failed logins; DHIS2 opens it again after 15 minutes")]
    AccountLocked,
    /// Switched off by an administrator.
    #[error("the account is disabled; an administrator can enable it")]
    AccountDisabled,
    /// The user has switched two-factor authentication on.
    #[error(
        "the user needs a second factor, which a password alone cannot give: make a personal access token for the user, or a user without it"
    )]
    TwoFactor,
    /// The personal access token has expired.
    #[error(
        "the personal access token has expired (they live for 30 days unless set otherwise): make a new one in the user's profile"
    )]
    TokenExpired,
    /// The text is no token: DHIS2 checks a sum at its end (recordings `auth-token-typo`).
    #[error(
        "the text is no personal access token of DHIS2: copy it again in full, it ends in a check sum"
    )]
    TokenMalformed,
    /// The token is limited to other methods, addresses or referrers.
    #[error(
        "the personal access token is not allowed to do this: its settings limit methods, addresses or referrers"
    )]
    TokenRestricted,
    /// The token is not known; it may have been deleted.
    #[error("the token is not valid (any more): make a new one in the user's profile")]
    TokenUnknown,
    /// The server sent the call to its login page (recording `auth-none`).
    #[error(
        "the call was sent to a login page: no login was recognised; a proxy may be dropping the `Authorization` header"
    )]
    LoginPage,
}

impl Error {
    pub(crate) fn new(exchange: Exchange, kind: ErrorKind) -> Self {
        Self(Box::new(Failure { exchange: Some(exchange), kind }))
    }

    pub(crate) fn plain(kind: ErrorKind) -> Self {
        Self(Box::new(Failure { exchange: None, kind }))
    }

    pub(crate) fn transport(error: http_transport::Error) -> Self {
        if let http_transport::FailureKind::Redirected { location, .. } = error.kind() {
            let login = location.as_deref().is_some_and(|place| place.contains("login"));
            if login {
                let exchange = error.exchange().clone();
                return Self::new(exchange, ErrorKind::Login(LoginRefusal::LoginPage));
            }
        }
        let exchange = error.exchange().clone();
        Self::new(exchange, ErrorKind::Transport(error))
    }

    /// The reason.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Which call it was and how often it was tried; none where nothing was sent.
    #[must_use]
    pub fn exchange(&self) -> Option<&Exchange> {
        self.0.exchange.as_ref()
    }

    /// Whether the very same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.kind() {
            ErrorKind::Transport(error) => error.is_transient(),
            ErrorKind::Answered { status, .. } | ErrorKind::NotDhis2 { status, .. } => {
                matches!(status.as_u16(), 408 | 429 | 502 | 503 | 504)
            }
            _ => false,
        }
    }

    /// Whether the server could not be reached at all.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self.kind(), ErrorKind::Transport(error) if !error.is_too_large())
            || matches!(self.kind(), ErrorKind::NotDhis2 { .. })
            || self.is_transient()
    }

    /// Whether the server did not let the user in.
    #[must_use]
    pub fn is_login_refused(&self) -> bool {
        matches!(self.kind(), ErrorKind::Login(_))
    }

    /// Whether the user may not do what was asked.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self.kind(), ErrorKind::Forbidden { .. })
    }

    /// Whether there is no such object, or none that the user may see.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind(), ErrorKind::NotFound)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.0.kind, &self.0.exchange) {
            (ErrorKind::Transport(error), _) => error.fmt(f),
            (_, Some(exchange)) => write!(f, "{exchange} did not succeed"),
            (kind, None) => kind.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match (&self.0.kind, &self.0.exchange) {
            // The transport's text is ours: go on with its reason.
            (ErrorKind::Transport(error), _) => error.source(),
            (kind, Some(_)) => Some(kind),
            (kind, None) => kind.source(),
        }
    }
}
