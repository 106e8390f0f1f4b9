//! Why a call to Go.Data gave no usable answer.

use std::{error::Error as StdError, fmt, time::Duration};

use http_transport::{Exchange, FailureKind, NotJson};

use crate::filter::FilterError;

/// A failed exchange with a Go.Data server.
///
/// `Display` names the call and the effort spent on it; the reason is in [`Error::kind`] and in the
/// `source()` chain, never in both. No query, secret, record id or personal value is shown.
pub struct Error(Box<Parts>);

#[derive(Debug)]
struct Parts {
    exchange: Option<Exchange>,
    kind: ErrorKind,
}

/// What the server says about a refused login.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginProblem {
    /// Wrong e-mail or password. Ten of these in a row lock the account, so this client does not
    /// try again until [`Client::login`](crate::Client::login) is called.
    #[error("Go.Data refused the e-mail or the password (ten refusals in a row lock the account)")]
    Refused,

    /// Too many failed logins: even the right password is refused now.
    #[error(
        "the account is locked after too many failed logins: wait {} without any try (a try \
         starts the wait anew), or ask an administrator to unlock it",
        Minutes(*.for_up_to)
    )]
    Locked {
        /// The server's default of 30 minutes where it does not say how long
        /// (recording `login-locked-right-password`: it does not).
        for_up_to: Duration,
    },

    /// The server wants a code that it has sent by e-mail.
    #[error(
        "the server asks for a second factor, which a program cannot give: use an account or a \
         server setting without two-factor login"
    )]
    TwoFactor,

    /// The server wants a captcha to be solved.
    #[error(
        "the server asks for a captcha, which a program cannot solve: switch it off for logins"
    )]
    Captcha,

    /// The e-mail or the password is empty.
    #[error("the e-mail or the password is empty")]
    Incomplete,
}

struct Minutes(Duration);

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds @ 0..=119 => write!(f, "{seconds} seconds"),
            seconds => write!(f, "{} minutes", seconds.div_ceil(60)),
        }
    }
}

/// The reason behind an [`Error`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No usable HTTP answer came.
    #[error(transparent)]
    Transport(#[from] FailureKind),

    /// The login was refused.
    #[error(transparent)]
    Login(#[from] LoginProblem),

    /// The token is taken away again and again: Go.Data keeps one token per account.
    #[error(
        "another process or person keeps logging in with this account, and Go.Data keeps only the \
         newest login of an account: give this program an account of its own"
    )]
    Evicted,

    /// The user lacks a permission.
    #[error("the account lacks {}: ask an administrator to add it to one of its roles", wanted(.permissions))]
    Permission {
        /// Any one of these would do.
        permissions: Vec<String>,
    },

    /// The outbreak is not one of the account's, or a write does not go to its active outbreak.
    #[error("Go.Data denies access: {reason}")]
    AccessDenied {
        /// The server's words.
        reason: String,
    },

    /// There is no such thing.
    #[error("there is no such {what} on this server")]
    NotFound {
        /// What was looked for, such as `outbreak` or `route`.
        what: String,
    },

    /// No outbreak that the account may see has this id or name.
    #[error("no outbreak `{wanted}`: the account sees {}", listed(.known))]
    OutbreakUnknown {
        /// The id or name asked for.
        wanted: String,
        /// The names of those that the account may see.
        known: Vec<String>,
    },

    /// Several outbreaks have this name.
    #[error("{n_found} outbreaks are called `{wanted}`: give the id")]
    OutbreakAmbiguous {
        /// The name asked for.
        wanted: String,
        /// How many have it.
        n_found: usize,
    },

    /// The server does not accept the content.
    #[error("Go.Data does not accept {}", invalid(.fields))]
    Invalid {
        /// Field names and the server's complaint about each; values are left out.
        fields: Vec<(String, String)>,
    },

    /// Any other refusal in Go.Data's own error form.
    #[error("Go.Data answered {status}{}", said(.code.as_deref(), .message.as_deref()))]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// Go.Data's error code, where it gives one.
        code: Option<String>,
        /// Go.Data's words, without record ids; left out for writes, where they can quote values.
        message: Option<String>,
    },

    /// Something else than JSON came: most often a wrong base address or a proxy.
    #[error("Go.Data answered {status} with {problem}")]
    NotJson {
        /// The HTTP status.
        status: u16,
        /// What came instead.
        problem: NotJson,
    },

    /// The answer is not what this client can read.
    #[error("unexpected answer at {place}: {reason}")]
    Decode {
        /// Where in the answer, such as `[3].name` or `line 1 column 20`.
        place: String,
        /// What is wrong, without the value.
        reason: String,
        /// Whether the answer ends too early.
        is_cut: bool,
    },

    /// The server does not page as asked, so that records would be lost or doubled.
    #[error("the server does not page by id: {reason}")]
    Paging {
        /// What was seen.
        reason: String,
    },

    /// The filter is not one that the server honours.
    #[error("the filter cannot be sent")]
    Filter(#[from] FilterError),

    /// The filter makes the address longer than Node's limit of 16 KiB and cannot be cut in parts.
    #[error(
        "the filter is too long for one request ({n_bytes} bytes, the server takes {limit}) and \
         cannot be cut into parts: use a shorter one, or make the outbreak the account's active one"
    )]
    FilterTooLong {
        /// Length of the encoded filter.
        n_bytes: usize,
        /// What fits.
        limit: usize,
    },

    /// The account's active outbreak is another one, so that nothing can be written here.
    #[error(
        "the outbreak is not the account's active one, and Go.Data takes writes for that one only: \
         set it in Go.Data, or call `activate`"
    )]
    NotActive,

    /// A record without id and number cannot be looked for.
    #[error("the record has neither `id` nor `visualId`, so it cannot be looked for")]
    NoKey,

    /// A background job of the server (an export) failed or did not end in time.
    #[error("the server's export {problem}")]
    Export {
        /// What happened.
        problem: String,
    },

    /// A secret cannot be sent.
    #[error(transparent)]
    Secret(#[from] http_transport::BadHeader),
}

fn wanted(permissions: &[String]) -> String {
    match permissions {
        [] => "a permission that the server does not name".to_owned(),
        [only] => format!("the permission `{only}`"),
        several => format!("one of the permissions `{}`", several.join("`, `")),
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "no outbreak at all".to_owned(),
        names => format!("`{}`", names.join("`, `")),
    }
}

fn invalid(fields: &[(String, String)]) -> String {
    match fields {
        [] => "the content".to_owned(),
        fields => {
            let texts: Vec<_> =
                fields.iter().map(|(name, text)| format!("`{name}` {text}")).collect();
            format!("the content: {}", texts.join("; "))
        }
    }
}

fn said(code: Option<&str>, message: Option<&str>) -> String {
    match (code, message) {
        (Some(code), Some(message)) => format!(" {code}: {message}"),
        (Some(text), None) | (None, Some(text)) => format!(": {text}"),
        (None, None) => String::new(),
    }
}

impl Error {
    pub(crate) fn new(exchange: &Exchange, kind: impl Into<ErrorKind>) -> Self {
        Self(Box::new(Parts { exchange: Some(exchange.clone()), kind: kind.into() }))
    }

    /// An error found before anything was sent.
    pub(crate) fn unsent(kind: impl Into<ErrorKind>) -> Self {
        Self(Box::new(Parts { exchange: None, kind: kind.into() }))
    }

    /// The reason, for callers that branch on it.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The call that failed; `None` where nothing was sent.
    #[must_use]
    pub fn exchange(&self) -> Option<&Exchange> {
        self.0.exchange.as_ref()
    }

    /// The HTTP status, where the server answered with an error.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.kind() {
            ErrorKind::Rejected { status, .. } | ErrorKind::NotJson { status, .. } => Some(*status),
            ErrorKind::Permission { .. } | ErrorKind::AccessDenied { .. } => Some(403),
            ErrorKind::NotFound { .. } => Some(404),
            ErrorKind::Invalid { .. } => Some(422),
            ErrorKind::Login(LoginProblem::Refused) | ErrorKind::Evicted => Some(401),
            _ => None,
        }
    }

    /// Go.Data's own error code, such as `DUPLICATE_VISUAL_ID`, for refusals without a kind of
    /// their own.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self.kind() {
            ErrorKind::Rejected { code, .. } => code.as_deref(),
            _ => None,
        }
    }

    /// Whether the login was refused, for whatever reason.
    #[must_use]
    pub fn is_login_refused(&self) -> bool {
        matches!(self.kind(), ErrorKind::Login(_))
    }

    /// How long the account stays locked at most, if it is locked.
    #[must_use]
    pub fn locked_for(&self) -> Option<Duration> {
        match self.kind() {
            ErrorKind::Login(LoginProblem::Locked { for_up_to }) => Some(*for_up_to),
            _ => None,
        }
    }

    /// Whether the server wants a second factor.
    #[must_use]
    pub fn is_two_factor(&self) -> bool {
        matches!(self.kind(), ErrorKind::Login(LoginProblem::TwoFactor))
    }

    /// Whether the server wants a captcha to be solved.
    #[must_use]
    pub fn is_captcha(&self) -> bool {
        matches!(self.kind(), ErrorKind::Login(LoginProblem::Captcha))
    }

    /// Whether another process keeps taking the token away.
    #[must_use]
    pub fn is_evicted(&self) -> bool {
        matches!(self.kind(), ErrorKind::Evicted)
    }

    /// Whether the account lacks a permission or may not see the outbreak.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        matches!(self.kind(), ErrorKind::Permission { .. } | ErrorKind::AccessDenied { .. })
    }

    /// The permissions of which any one would do; empty for other errors.
    #[must_use]
    pub fn missing_permissions(&self) -> &[String] {
        match self.kind() {
            ErrorKind::Permission { permissions } => permissions,
            _ => &[],
        }
    }

    /// Whether another record of the outbreak (of any kind, deleted ones included) has the number.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.code() == Some("DUPLICATE_VISUAL_ID")
    }

    /// Whether the outbreak asked for does not exist for this account.
    #[must_use]
    pub fn is_outbreak_unknown(&self) -> bool {
        match self.kind() {
            ErrorKind::OutbreakUnknown { .. } => true,
            ErrorKind::NotFound { what } => what == "outbreak",
            _ => false,
        }
    }

    /// Whether the thing or the route asked for does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind(), ErrorKind::NotFound { .. } | ErrorKind::OutbreakUnknown { .. })
    }

    /// Whether a web page came in place of JSON.
    #[must_use]
    pub fn is_html(&self) -> bool {
        matches!(self.kind(), ErrorKind::NotJson { problem: NotJson::Html { .. }, .. })
    }

    /// Whether the answer could not be read.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(self.kind(), ErrorKind::Decode { .. } | ErrorKind::NotJson { .. })
    }

    /// Whether the answer ended too early.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::Decode { is_cut: true, .. }
                | ErrorKind::Transport(FailureKind::Interrupted { .. })
        )
    }

    /// Whether the answer was larger than allowed.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.kind(), ErrorKind::Transport(FailureKind::TooLarge { .. }))
    }

    /// Whether a time limit passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind(), ErrorKind::Transport(FailureKind::Timeout { .. }))
    }

    /// Whether no connection was made.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::Transport(FailureKind::Connect { .. } | FailureKind::Tls { .. })
        )
    }

    /// Whether the very same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.kind() {
            ErrorKind::Transport(failure) => failure.is_transient(),
            ErrorKind::Rejected { status, .. } | ErrorKind::NotJson { status, .. } => {
                matches!(status, 408 | 429 | 502 | 503 | 504)
            }
            ErrorKind::Decode { is_cut, .. } => *is_cut,
            ErrorKind::Login(problem) => matches!(problem, LoginProblem::Locked { .. }),
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(exchange) = &self.0.exchange else {
            return f.write_str("the call to Go.Data was not made");
        };
        write!(f, "{} {} failed", exchange.method(), exchange.path())?;
        if exchange.tries() > 1 {
            write!(
                f,
                " after {} tries in {:.1} s",
                exchange.tries(),
                exchange.elapsed().as_secs_f64()
            )?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("exchange", &self.0.exchange)
            .field("kind", &self.0.kind)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0.kind)
    }
}

impl From<http_transport::Error> for Error {
    fn from(error: http_transport::Error) -> Self {
        Self::new(error.exchange(), error.kind().clone())
    }
}

/// What serde says without the value that it quotes, which can be a person's name.
pub(crate) fn reason_without_value(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let Some((what, rest)) = text.split_once(':') else { return text.to_owned() };
    match rest.rsplit_once(", expected ") {
        Some((_, expected)) => format!("{what}, expected {expected}"),
        None => what.to_owned(),
    }
}
