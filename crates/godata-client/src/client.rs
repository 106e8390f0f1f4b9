//! The client: settings, calls with a token, and what is asked for outside of an outbreak.

use std::{fmt, sync::Arc, time::Duration};

use http_transport::{
    BuildError, Request, Response, RetryPolicy, Traffic, Transport, TransportBuilder,
    http::{HeaderName, HeaderValue, StatusCode, header},
    url::Url,
};
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use crate::{
    Error, ErrorKind, InOutbreak,
    error::reason_without_value,
    refusal::Refusal,
    session::{Credentials, Session, Token},
};

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The header that carries the token: raw, never `Authorization: Bearer`. A Bearer token that the
/// server does not know leaves the first request unanswered and ends the server process with the
/// second (recording `token-bearer-invalid`). Nor in the address, where proxies log it.
const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-access-token");

/// Less than half of a token's idle life, so that one lost touch does no harm.
const KEEP_ALIVE_PAUSE: Duration = Duration::from_secs(240);

/// A client for one Go.Data server and one account. Clones share the session.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Transport,
    session: Session,
    defaults: QueryDefaults,
    keep_alive_pause: Duration,
}

/// How queries read, unless they say otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryDefaults {
    pub(crate) page_size: u32,
    pub(crate) pages_in_flight: u32,
}

/// Settings of a [`Client`]. Nothing touches the network before the first call.
#[derive(Debug)]
pub struct ClientBuilder {
    transport: TransportBuilder,
    credentials: Credentials,
    defaults: QueryDefaults,
    keep_alive_pause: Duration,
}

impl ClientBuilder {
    /// What the server's log shows as the caller. Default: `godata-client/` and the version.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.transport = self.transport.user_agent(name);
        self
    }

    /// Longest wait for a connection. Default: 10 seconds.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.transport = self.transport.connect_timeout(limit);
        self
    }

    /// Longest wait for one request, body included. Default: 120 seconds, since a page of whole
    /// rows takes a busy server a while.
    #[must_use]
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.transport = self.transport.request_timeout(limit);
        self
    }

    /// How often and how patiently safe requests are repeated. Logins never are once the server
    /// may have seen them.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.transport = self.transport.retry(policy);
        self
    }

    /// Largest answer in bytes after decompression. Default: 256 MiB.
    #[must_use]
    pub fn response_limit(mut self, limit_bytes: u64) -> Self {
        self.transport = self.transport.response_limit(limit_bytes);
        self
    }

    /// Trusts the certificates in this PEM text beside those of the system.
    #[must_use]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.transport = self.transport.root_certificates(pem);
        self
    }

    /// Accepts an `http://` address that is not on this machine.
    ///
    /// The password and every record then cross the network unprotected. Meant for a lab.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.transport = self.transport.allow_plain_http();
        self
    }

    /// Records per page. Default: 1,000; the server builds an object for each (facts §12.1).
    #[must_use]
    pub fn page_size(mut self, n_records: u32) -> Self {
        self.defaults.page_size = n_records.max(1);
        self
    }

    /// Pages that are asked for at the same time. Default: 1, which keeps the order by id.
    ///
    /// The server also serves the field teams: more than 2 is impolite.
    #[must_use]
    pub fn pages_in_flight(mut self, n_pages: u32) -> Self {
        self.defaults.pages_in_flight = n_pages.max(1);
        self
    }

    /// How often [`Client::keep_alive_during`] makes a call. Default: every four minutes; a server
    /// can be configured with shorter lives of tokens.
    #[must_use]
    pub fn keep_alive_pause(mut self, pause: Duration) -> Self {
        self.keep_alive_pause = pause;
        self
    }

    /// Checks the settings and makes the client.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the address is plain http to another machine, or no base address, or the
    /// certificates cannot be read.
    pub fn build(self) -> Result<Client, BuildError> {
        Ok(Client {
            inner: Arc::new(Inner {
                transport: self.transport.build()?,
                session: Session::new(self.credentials),
                defaults: self.defaults,
                keep_alive_pause: self.keep_alive_pause,
            }),
        })
    }
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginInfo {
    /// The account's own id.
    pub user_id: String,
}

impl Client {
    /// Starts the settings of a client for the server at `base_url` (the address that people open
    /// in a browser, without `/api`).
    #[must_use]
    pub fn builder(base_url: Url, credentials: Credentials) -> ClientBuilder {
        ClientBuilder {
            transport: Transport::builder(base_url)
                .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
                .request_timeout(Duration::from_secs(120)),
            credentials,
            defaults: QueryDefaults { page_size: 1000, pages_in_flight: 1 },
            keep_alive_pause: KEEP_ALIVE_PAUSE,
        }
    }

    /// Logs in now. Calls log in by themselves; this is for finding out early, and the only way to
    /// try again after a refusal.
    ///
    /// # Errors
    ///
    /// [`LoginProblem`](crate::LoginProblem) says why a login is refused.
    pub async fn login(&self) -> Result<LoginInfo, Error> {
        let token = self.inner.session.log_in_anew(&self.inner.transport).await?;
        Ok(LoginInfo { user_id: token.user_id })
    }

    /// Gives the token back. A later call logs in again. Dropping a client does not do this.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached. A token that is already dead is no error.
    pub async fn close(&self) -> Result<(), Error> {
        let Some(token) = self.inner.session.take().await else { return Ok(()) };
        let request = with_token(Request::post(["api", "users", "logout"]), &token)?;
        let response = self.inner.transport.send(&request).await?;
        match response.status() {
            StatusCode::UNAUTHORIZED => Ok(()),
            status if status.is_success() => Ok(()),
            _ => Err(refused(&response)),
        }
    }

    /// Runs `work` and touches the token now and then, for work that makes no call for more than
    /// eight minutes. Without it the next call logs in again, which is no harm either.
    pub async fn keep_alive_during<F: Future>(&self, work: F) -> F::Output {
        let keep_alive = async {
            loop {
                tokio::time::sleep(self.inner.keep_alive_pause).await;
                if let Err(error) = self.touch().await {
                    tracing::debug!(%error, "the Go.Data token could not be kept alive");
                }
            }
        };
        futures_util::pin_mut!(work, keep_alive);
        match futures_util::future::select(work, keep_alive).await {
            futures_util::future::Either::Left((output, _)) => output,
            futures_util::future::Either::Right((never, _)) => never,
        }
    }

    /// The cheapest call that any logged-in user may make.
    async fn touch(&self) -> Result<(), Error> {
        let filter = r#"{"fields":["id"],"limit":1}"#;
        self.call(Request::get(["api", "outbreaks"]).query("filter", filter)).await.map(drop)
    }

    /// A handle for one outbreak by its id. Makes no call.
    pub fn outbreak(&self, id: impl Into<String>) -> InOutbreak {
        InOutbreak::new(self.clone(), id.into())
    }

    /// The address that this client calls.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        self.inner.transport.base_url()
    }

    /// By how many seconds the server's clock is ahead of this machine's (negative: behind), by its
    /// last answer; `None` before the first, or where the server does not tell.
    ///
    /// The server dates `createdAt` and `updatedAt` by it.
    #[must_use]
    pub fn clock_ahead(&self) -> Option<i64> {
        self.transport().clock_ahead()
    }

    /// What this client and its clones have sent and received so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.inner.transport.traffic()
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.inner.transport
    }

    pub(crate) fn defaults(&self) -> QueryDefaults {
        self.inner.defaults
    }

    /// The id of the account itself; logs in if needed.
    pub(crate) async fn user_id(&self) -> Result<String, Error> {
        Ok(self.token().await?.user_id)
    }

    /// Sends `request` with the token; logs in again once if the token is gone.
    ///
    /// A 401 comes before anything is done, so repeating is safe for writes, too.
    pub(crate) async fn call(&self, request: Request) -> Result<Response, Error> {
        let request = request.header(header::ACCEPT, JSON);
        let token = self.token().await?;
        let response = self.transport().send(&with_token(request.clone(), &token)?).await?;
        if !is_lost_token(&response) {
            return success(response);
        }
        let token = self.newer_token(&token, &response).await?;
        let response = self.transport().send(&with_token(request, &token)?).await?;
        if is_lost_token(&response) {
            return Err(Error::new(response.exchange(), ErrorKind::Evicted));
        }
        success(response)
    }

    async fn token(&self) -> Result<Token, Error> {
        self.inner.session.token(self.transport()).await
    }

    async fn newer_token(&self, lost: &Token, refusal: &Response) -> Result<Token, Error> {
        self.inner.session.replace(self.transport(), lost, refusal.exchange()).await
    }

    /// As [`call`](Self::call), and decodes the answer.
    pub(crate) async fn fetch<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        decode(&self.call(request).await?)
    }

    /// As [`call`](Self::call) for a body of any size.
    pub(crate) async fn download(
        &self,
        request: Request,
        limit_bytes: Option<u64>,
    ) -> Result<http_transport::Download, Error> {
        let token = self.token().await?;
        let request_with_token = with_token(request.clone(), &token)?;
        let download = self.transport().stream(&request_with_token, limit_bytes).await?;
        if download.status().is_success() {
            return Ok(download);
        }
        let refusal = download.buffer().await?;
        if !is_lost_token(&refusal) {
            return Err(refused(&refusal));
        }
        let token = self.newer_token(&token, &refusal).await?;
        let download = self.transport().stream(&with_token(request, &token)?, limit_bytes).await?;
        if download.status().is_success() {
            return Ok(download);
        }
        let refusal = download.buffer().await?;
        if is_lost_token(&refusal) {
            return Err(Error::new(refusal.exchange(), ErrorKind::Evicted));
        }
        Err(refused(&refusal))
    }
}

/// A web page is no success whatever its status: Go.Data has none below `/api`, so it is a proxy's
/// (a login page, say), and nothing was done.
fn success(response: Response) -> Result<Response, Error> {
    let is_web_page = response.is_html() && !response.body().trim_ascii().is_empty();
    if response.status().is_success() && !is_web_page {
        Ok(response)
    } else {
        Err(refused(&response))
    }
}

fn with_token(request: Request, token: &Token) -> Result<Request, Error> {
    request.secret_header(TOKEN_HEADER, &token.secret).map_err(Error::unsent)
}

/// A 401 whose code is not about something else. `INVALID_TOKEN` is the first use after its end of
/// life, `AUTHORIZATION_REQUIRED` everything else (recordings `token-expired`,
/// `token-expired-again`). The version route's 401 has no code and is not about the token.
fn is_lost_token(response: &Response) -> bool {
    response.status() == StatusCode::UNAUTHORIZED
        && response.json_text().is_ok_and(|text| {
            text.contains("AUTHORIZATION_REQUIRED") || text.contains("INVALID_TOKEN")
        })
}

pub(crate) fn refused(response: &Response) -> Error {
    let kind = Refusal::read(response).map_or_else(|kind| kind, Refusal::into_kind);
    Error::new(response.exchange(), kind)
}

pub(crate) fn decode<T: DeserializeOwned>(response: &Response) -> Result<T, Error> {
    let status = response.status().as_u16();
    let failed = |kind| Error::new(response.exchange(), kind);
    let text =
        response.json_text().map_err(|problem| failed(ErrorKind::NotJson { status, problem }))?;
    decode_text(response, text)
}

/// Decodes `text` in place of the answer's own.
pub(crate) fn decode_text<T: DeserializeOwned>(
    response: &Response,
    text: &str,
) -> Result<T, Error> {
    let failed = |kind| Error::new(response.exchange(), kind);
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let place = error.path().to_string();
        failed(ErrorKind::Decode {
            place: if place == "." { "the start".to_owned() } else { format!("`{place}`") },
            reason: reason_without_value(error.inner()),
            is_cut: error.inner().is_eof(),
        })
    })
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url().as_str())
            .field("defaults", &self.inner.defaults)
            .finish_non_exhaustive()
    }
}

/// The secret for routes that want the server's own key.
pub(crate) fn with_api_key(request: Request, key: &SecretString) -> Result<Request, Error> {
    request.secret_header(HeaderName::from_static("api-key"), key).map_err(Error::unsent)
}
