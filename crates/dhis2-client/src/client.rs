//! The client: where the server is, who asks, and how a call becomes an answer.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_transport::http::{HeaderName, HeaderValue, StatusCode, header};
use http_transport::{BuildError, Request, Response, RetryPolicy, Traffic, Transport};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind, LoginRefusal, Result};
use crate::system::SystemInfo;

/// How the client proves who it is. `Debug` shows no secret.
#[derive(Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// User name and password. Not usable where the user has a second factor.
    Basic {
        /// The user name.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A personal access token (DHIS2 2.37 and later), the better choice for a machine.
    ApiToken(SecretString),
    /// An OAuth2 or OpenID Connect access token.
    Bearer(SecretString),
}

impl Credentials {
    /// User name and password.
    #[must_use]
    pub fn basic(username: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self::Basic { username: username.into(), password: password.into() }
    }

    /// A personal access token.
    #[must_use]
    pub fn api_token(token: impl Into<SecretString>) -> Self {
        Self::ApiToken(token.into())
    }

    /// An access token of OAuth2 or OpenID Connect.
    #[must_use]
    pub fn bearer(token: impl Into<SecretString>) -> Self {
        Self::Bearer(token.into())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Basic",
            Self::ApiToken(_) => "ApiToken",
            Self::Bearer(_) => "Bearer",
        })
    }
}

/// Settings of a [`Client`]. Nothing touches the network before the first call.
#[derive(Debug)]
pub struct ClientBuilder {
    base_url: Url,
    credentials: Credentials,
    user_agent: String,
    connect_timeout: Duration,
    request_timeout: Duration,
    import_timeout: Duration,
    retry: RetryPolicy,
    plain_http: bool,
    root_certificates: Option<Vec<u8>>,
}

impl ClientBuilder {
    /// How the program calls itself to the server's administrator.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Longest wait for a connection. Default: 10 seconds.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Longest wait for the answer to one try of a read. Default: 60 seconds.
    #[must_use]
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.request_timeout = limit;
        self
    }

    /// Longest wait for the answer to one import. Default: 5 minutes.
    ///
    /// Proxies in front of DHIS2 often give up after 60 to 600 seconds while the import goes on; a
    /// client that gives up first knows no more, so this is longer than the wait for a read.
    #[must_use]
    pub fn import_timeout(mut self, limit: Duration) -> Self {
        self.import_timeout = limit;
        self
    }

    /// How often and how long calls are repeated that are safe to repeat.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Accepts an `http://` address that is not on this machine: login and numbers then cross the
    /// network unprotected. Meant for a lab.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Trusts these certificates (PEM), besides the system's: for a ministry's own authority.
    #[must_use]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = Some(pem.into());
        self
    }

    /// Checks the settings and makes the client.
    ///
    /// # Errors
    ///
    /// [`BuildError`]: the address is not usable, is plain `http` on another machine, carries a
    /// login, or the certificates cannot be read.
    pub fn build(self) -> Result<Client, BuildError> {
        let mut transport = Transport::builder(without_api(self.base_url))
            .user_agent(self.user_agent)
            .connect_timeout(self.connect_timeout)
            .request_timeout(self.request_timeout)
            .retry(self.retry);
        if self.plain_http {
            transport = transport.allow_plain_http();
        }
        if let Some(pem) = self.root_certificates {
            transport = transport.root_certificates(pem);
        }
        Ok(Client {
            inner: Arc::new(Inner {
                transport: transport.build()?,
                credentials: self.credentials,
                import_timeout: self.import_timeout,
                retry: self.retry,
                importing: tokio::sync::Mutex::new(()),
                server: Mutex::new(None),
            }),
        })
    }
}

/// Takes a trailing `/api` away: people copy it from documentation.
fn without_api(mut url: Url) -> Url {
    let path = url.path().trim_end_matches('/');
    if let Some(base) = path.strip_suffix("/api") {
        let base = format!("{base}/");
        url.set_path(&base);
    }
    url
}

/// A DHIS2 server and a user on it.
///
/// Cheap to clone; clones share connections, the retry budget, and the rule that only one import
/// runs at a time: two callers with a new period or a cell in common make 2.43 lose the values of
/// one of them with a 200 (recordings `race-summary`).
///
/// ```no_run
/// use dhis2_client::{Client, Credentials};
///
/// # async fn example(token: secrecy::SecretString) -> Result<(), Box<dyn std::error::Error>> {
/// let url = "https://dhis2.example.org/hmis".parse()?;
/// let client = Client::builder(url, Credentials::api_token(token)).build()?;
/// let info = client.system_info().await?;
/// println!("DHIS2 {} as {}", info.version, client.me().await?.username);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Transport,
    credentials: Credentials,
    import_timeout: Duration,
    retry: RetryPolicy,
    importing: tokio::sync::Mutex<()>,
    /// What `system/info` said last.
    server: Mutex<Option<SystemInfo>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.inner.transport.base_url().host_str())
            .field("credentials", &self.inner.credentials)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Starts the settings of a client.
    ///
    /// `base_url` is where people open DHIS2 in a browser, context path included; a trailing `/api`
    /// is ignored.
    #[must_use]
    pub fn builder(base_url: Url, credentials: Credentials) -> ClientBuilder {
        ClientBuilder {
            base_url,
            credentials,
            user_agent: concat!("dhis2-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            import_timeout: Duration::from_secs(300),
            retry: RetryPolicy::default(),
            plain_http: false,
            root_certificates: None,
        }
    }

    /// The address of the server, without `/api`.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        self.inner.transport.base_url()
    }

    /// By how many seconds the server's clock is ahead of this machine's (negative: behind), by its
    /// last answer; `None` before the first, or where the server does not tell.
    ///
    /// The server opens and closes periods by its own clock ([`SystemInfo::now`]).
    #[must_use]
    pub fn clock_ahead(&self) -> Option<i64> {
        self.inner.transport.clock_ahead()
    }

    /// What this client and its clones have sent and received so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.inner.transport.traffic()
    }

    /// Sends any request to the server, with the login: for what this crate has no method for.
    ///
    /// The answer is given as it came, whatever its status.
    ///
    /// # Errors
    ///
    /// No answer, a redirect to the login page, or a refused login.
    pub async fn send_raw(&self, request: Request) -> Result<Response> {
        let request = self.signed(request);
        let response = self.inner.transport.send(&request).await.map_err(Error::transport)?;
        match login_refusal(&response, &self.inner.credentials) {
            Some(refusal) => {
                Err(Error::new(response.exchange().clone(), ErrorKind::Login(refusal)))
            }
            None => Ok(response),
        }
    }

    fn signed(&self, request: Request) -> Request {
        let authorization = |scheme: &str, secret: &SecretString| {
            SecretString::from(format!("{scheme} {}", secret.expose_secret()))
        };
        let request = request
            .header(header::ACCEPT, HeaderValue::from_static("application/json"))
            // Without it a missing login is a redirect to a page (recordings auth-none*).
            .header(
                HeaderName::from_static("x-requested-with"),
                HeaderValue::from_static("XMLHttpRequest"),
            );
        let signed = match &self.inner.credentials {
            Credentials::Basic { username, password } => {
                return request.basic_auth(username, password.clone());
            }
            Credentials::ApiToken(token) => authorization("ApiToken", token),
            Credentials::Bearer(token) => authorization("Bearer", token),
        };
        // A token with a line break cannot be sent; without it the server says "no login".
        match request.clone().secret_header(header::AUTHORIZATION, &signed) {
            Ok(request) => request,
            Err(_) => request,
        }
    }

    /// Sends a request and reads the JSON of a successful answer.
    pub(crate) async fn json<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        let response = self.send_raw(request).await?;
        if !response.status().is_success() {
            return Err(refusal(&response));
        }
        decode(&response)
    }

    /// Sends a request whose answer matters only where it is a refusal.
    pub(crate) async fn done(&self, request: Request) -> Result<()> {
        let response = self.send_raw(request).await?;
        if response.status().is_success() { Ok(()) } else { Err(refusal(&response)) }
    }

    pub(crate) fn import_timeout(&self) -> Duration {
        self.inner.import_timeout
    }

    pub(crate) fn retry_delays(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        self.inner.retry.delays()
    }

    /// Waits until no other clone of this client is importing.
    pub(crate) async fn importing(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.inner.importing.lock().await
    }

    pub(crate) fn known_server(&self) -> Option<SystemInfo> {
        self.inner.server.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn remember_server(&self, info: &SystemInfo) {
        let mut known = self.inner.server.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(info.clone());
    }
}

/// Makes an error of an answer that is no success.
pub(crate) fn refusal(response: &Response) -> Error {
    let status = response.status();
    let envelope = match response.json_text() {
        Ok(text) => Envelope::read(text),
        Err(_) if status == StatusCode::NOT_FOUND => {
            return Error::new(response.exchange().clone(), ErrorKind::NotFound);
        }
        Err(source) => {
            let kind = ErrorKind::NotDhis2 { status, source };
            return Error::new(response.exchange().clone(), kind);
        }
    };
    let kind = match status {
        StatusCode::FORBIDDEN => ErrorKind::Forbidden { message: envelope.message },
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        _ => ErrorKind::Answered { status, code: envelope.code, message: envelope.message },
    };
    Error::new(response.exchange().clone(), kind)
}

/// Reads the JSON of an answer; an error names the place in it.
pub(crate) fn decode<T: DeserializeOwned>(response: &Response) -> Result<T> {
    let text = response.json_text().map_err(|source| {
        let kind = ErrorKind::NotDhis2 { status: response.status(), source };
        Error::new(response.exchange().clone(), kind)
    })?;
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let json_path = error.path().to_string();
        let kind = ErrorKind::Decode { json_path, source: error.into_inner() };
        Error::new(response.exchange().clone(), kind)
    })
}

fn login_refusal(response: &Response, credentials: &Credentials) -> Option<LoginRefusal> {
    let text = || response.json_text().map(Envelope::read).unwrap_or_default();
    let by_token = !matches!(credentials, Credentials::Basic { .. });
    match response.status() {
        StatusCode::UNAUTHORIZED => {
            let envelope = text();
            let message = envelope.message.to_ascii_lowercase();
            let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
            Some(if says(&["locked"]) {
                LoginRefusal::AccountLocked
            } else if says(&["disabled"]) {
                LoginRefusal::AccountDisabled
            } else if says(&["2fa", "two factor", "two-factor", "twofactor"]) {
                LoginRefusal::TwoFactor
            } else if says(&["expired"]) {
                LoginRefusal::TokenExpired
            } else if says(&["not allowed", "allow list", "allowlist", "method"]) {
                LoginRefusal::TokenRestricted
            } else if by_token {
                LoginRefusal::TokenUnknown
            } else {
                LoginRefusal::WrongPassword
            })
        }
        // Recordings auth-token-garbage, auth-token-typo, auth-unknown-token.
        StatusCode::BAD_REQUEST if matches!(credentials, Credentials::ApiToken(_)) => text()
            .message
            .contains("Checksum validation failed")
            .then_some(LoginRefusal::TokenMalformed),
        _ => None,
    }
}
