//! One account's token: how it is got, kept, lost and given back.
//!
//! Go.Data keeps one live token per account; each login kills the earlier one (recording
//! `token-after-second-login`). A token dies after 600 s without a request (`MEASURED.json`,
//! "token: age when used"). So there is no polling: a 401 says that the token is gone, and one new
//! login follows. A token that is taken away again and again means that the account is shared, and
//! that is said rather than fought.

use std::{collections::VecDeque, fmt, time::Duration};

use http_transport::{Exchange, Request, Transport};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use crate::{
    Error, ErrorKind,
    error::{LoginProblem, reason_without_value},
    refusal::Refusal,
};

/// More losses than this within [`LOSS_WINDOW`] are no accident.
const MAX_LOSSES: usize = 3;
const LOSS_WINDOW: Duration = Duration::from_secs(600);
/// A token unused for longer has died of age, not by another login. The server ends it after 520
/// to 600 s (facts §1.3).
const IDLE_LIFE: Duration = Duration::from_secs(500);

/// The e-mail and password of a Go.Data account.
///
/// Give the program an account of its own: another login with the same account ends its session.
#[derive(Clone)]
pub struct Credentials {
    email: String,
    password: SecretString,
}

impl Credentials {
    /// An account by its e-mail and password.
    pub fn new(email: impl Into<String>, password: SecretString) -> Self {
        Self { email: email.into(), password }
    }

    /// The e-mail.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }
}

/// Shows neither password nor e-mail.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// A live token and whose it is.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    pub(crate) user_id: String,
    /// Counts the logins of this session, so that a loss is noticed once and not once per page.
    pub(crate) serial: u64,
}

pub(crate) struct Session {
    credentials: Credentials,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    n_logins: u64,
    last_used: Option<Instant>,
    losses: VecDeque<Instant>,
    /// Set by a refused login: no further try is made on its own, since ten lock the account.
    refused: Option<(Exchange, LoginProblem)>,
}

/// `users/login` answers with the token, or with `{"twoFA": true}` and no token.
#[derive(Deserialize)]
struct LoginAnswer {
    id: Option<SecretString>,
    #[serde(rename = "userId")]
    user_id: Option<String>,
    #[serde(rename = "twoFA", default)]
    two_factor: bool,
}

impl Session {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self { credentials, state: Mutex::default() }
    }

    /// The live token; logs in if there is none.
    pub(crate) async fn token(&self, transport: &Transport) -> Result<Token, Error> {
        let mut state = self.state.lock().await;
        if let Some(token) = &state.token {
            let token = token.clone();
            state.last_used = Some(Instant::now());
            return Ok(token);
        }
        if let Some((exchange, problem)) = &state.refused {
            return Err(Error::new(exchange, problem.clone()));
        }
        self.log_in(&mut state, transport).await
    }

    /// A fresh login, whatever is known. The one call that tries again after a refusal.
    pub(crate) async fn log_in_anew(&self, transport: &Transport) -> Result<Token, Error> {
        let mut state = self.state.lock().await;
        state.refused = None;
        state.losses.clear();
        self.log_in(&mut state, transport).await
    }

    /// Called when the server did not know `lost` any more: hands over a newer token.
    pub(crate) async fn replace(
        &self,
        transport: &Transport,
        lost: &Token,
        exchange: &Exchange,
    ) -> Result<Token, Error> {
        let mut state = self.state.lock().await;
        // Another page in flight noticed the loss first: then its token is used.
        if let Some(token) = state.token.as_ref().filter(|token| token.serial != lost.serial) {
            return Ok(token.clone());
        }
        if let Some((exchange, problem)) = &state.refused {
            return Err(Error::new(exchange, problem.clone()));
        }
        let now = Instant::now();
        let is_old_age = state.last_used.is_some_and(|used| now - used > IDLE_LIFE);
        if !is_old_age {
            state.losses.push_back(now);
        }
        state.losses.retain(|loss| now - *loss < LOSS_WINDOW);
        if state.losses.len() > MAX_LOSSES {
            state.token = None;
            return Err(Error::new(exchange, ErrorKind::Evicted));
        }
        tracing::warn!(
            n_logins = state.n_logins,
            "the Go.Data token is no longer valid; logging in again"
        );
        self.log_in(&mut state, transport).await
    }

    /// Forgets the token and hands it over to be given back to the server.
    pub(crate) async fn take(&self) -> Option<Token> {
        self.state.lock().await.token.take()
    }

    async fn log_in(&self, state: &mut State, transport: &Transport) -> Result<Token, Error> {
        state.token = None;
        match self.try_log_in(transport).await {
            Ok((secret, user_id)) => {
                state.n_logins += 1;
                state.last_used = Some(Instant::now());
                let token = Token { secret, user_id, serial: state.n_logins };
                state.token = Some(token.clone());
                Ok(token)
            }
            Err(error) => {
                if let (ErrorKind::Login(problem), Some(exchange)) =
                    (error.kind(), error.exchange())
                {
                    state.refused = Some((exchange.clone(), problem.clone()));
                }
                Err(error)
            }
        }
    }

    /// One login, never repeated once the server may have counted it.
    async fn try_log_in(&self, transport: &Transport) -> Result<(SecretString, String), Error> {
        let body = serde_json::json!({
            "email": self.credentials.email,
            "password": self.credentials.password.expose_secret(),
        });
        let request = Request::post(["api", "users", "login"])
            .header(http_transport::http::header::ACCEPT, crate::client::JSON)
            .body("application/json", body.to_string());
        let response = transport.send(&request).await?;
        let exchange = response.exchange();
        let failed = |kind| Error::new(exchange, kind);
        if !response.status().is_success() {
            let kind = Refusal::read(&response).map_or_else(|kind| kind, Refusal::into_login_kind);
            return Err(failed(kind));
        }
        let status = response.status().as_u16();
        let text = response
            .json_text()
            .map_err(|problem| failed(ErrorKind::NotJson { status, problem }))?;
        let answer: LoginAnswer = serde_json::from_str(text).map_err(|error| {
            failed(ErrorKind::Decode {
                place: "the login answer".to_owned(),
                reason: reason_without_value(&error),
                is_cut: error.is_eof(),
            })
        })?;
        match (answer.id, answer.user_id) {
            (Some(token), Some(user_id)) => Ok((token, user_id)),
            _ if answer.two_factor => Err(failed(LoginProblem::TwoFactor.into())),
            _ => Err(failed(ErrorKind::Decode {
                place: "the login answer".to_owned(),
                reason: "neither a token nor a request for a second factor".to_owned(),
                is_cut: false,
            })),
        }
    }
}
