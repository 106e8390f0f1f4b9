//! Sending requests to one server.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use http::{HeaderMap, StatusCode, header};
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use crate::{
    BuildError, Download, Error, Exchange, FailureKind, Request, Response, RetryPolicy, Traffic,
    Verdict, address,
    body::LimitedBody,
    download::Body,
    error::innermost_reason,
    response,
    retry::{self, RetryBudget},
    traffic::Meter,
};

type Classify = dyn Fn(&Request, &Response) -> Verdict + Send + Sync;

/// The largest body that is read to explain a refused download.
const REFUSAL_LIMIT_BYTES: u64 = 1 << 20;

/// Sends requests to one server. Clones share connections and the retry budget.
#[derive(Clone)]
pub struct Transport {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    base_url: Url,
    request_timeout: Duration,
    response_limit: u64,
    retry: RetryPolicy,
    budget: RetryBudget,
    classify: Box<Classify>,
    /// Seconds by which the server's clock is ahead; [`UNKNOWN_CLOCK`] before the first answer that tells.
    clock: AtomicI64,
    meter: Arc<Meter>,
}

const UNKNOWN_CLOCK: i64 = i64::MIN;

/// Settings of a [`Transport`]. Nothing touches the network before the first request.
pub struct TransportBuilder {
    base_url: Url,
    user_agent: String,
    connect_timeout: Duration,
    request_timeout: Duration,
    response_limit: u64,
    retry: RetryPolicy,
    plain_http: bool,
    root_certificates: Vec<Vec<u8>>,
    classify: Box<Classify>,
}

impl TransportBuilder {
    /// What the server's log shows as the caller, such as `dhis2-client/0.1.0`.
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

    /// Longest wait for one try of one request, body included. Default: 60 seconds.
    ///
    /// For a [stream](Transport::stream) it is the wait for the head, and then for each piece.
    #[must_use]
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.request_timeout = limit;
        self
    }

    /// Largest answer in bytes, counted after decompression. Default: 256 MiB.
    #[must_use]
    pub fn response_limit(mut self, limit_bytes: u64) -> Self {
        self.response_limit = limit_bytes;
        self
    }

    /// How often and how patiently requests are repeated.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Accepts an `http://` address that is not on this machine.
    ///
    /// The login and every record then cross the network unprotected. Meant for a lab.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Trusts the certificates in this PEM text beside those of the system.
    #[must_use]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Decides which answers say "not now", in place of the default (408, 429, 502, 503, 504).
    ///
    /// Repeating still needs a request for which it is safe.
    #[must_use]
    pub fn classify(
        mut self,
        classify: impl Fn(&Request, &Response) -> Verdict + Send + Sync + 'static,
    ) -> Self {
        self.classify = Box::new(classify);
        self
    }

    /// Checks the settings and makes the transport.
    ///
    /// # Errors
    ///
    /// - [`BuildError::Address`]: the base address is plain http to another machine and
    ///   [`allow_plain_http`](Self::allow_plain_http) was not called, or it is no base address.
    /// - [`BuildError::Setup`]: the certificates or the system's store cannot be read, or the
    ///   user agent is not a header value.
    pub fn build(self) -> Result<Transport, BuildError> {
        address::check(&self.base_url, self.plain_http)?;
        // An error means that the process has a provider already: then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let setup = |error: reqwest::Error| BuildError::Setup { reason: innermost_reason(&error) };

        let mut http = reqwest::Client::builder()
            .user_agent(self.user_agent)
            .connect_timeout(self.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // Decompressed in `body`, whatever features others ask of the same library.
            .no_gzip();
        if address::is_loopback(&self.base_url) {
            http = http.no_proxy();
        }
        for pem in &self.root_certificates {
            let bundle = reqwest::Certificate::from_pem_bundle(pem).map_err(setup)?;
            http = http.tls_certs_merge(bundle);
        }
        Ok(Transport {
            inner: Arc::new(Inner {
                http: http.build().map_err(setup)?,
                base_url: self.base_url,
                request_timeout: self.request_timeout,
                response_limit: self.response_limit,
                retry: self.retry,
                budget: RetryBudget::full(),
                classify: self.classify,
                clock: AtomicI64::new(UNKNOWN_CLOCK),
                meter: Arc::default(),
            }),
        })
    }
}

/// How the body of an answer is wanted.
#[derive(Clone, Copy)]
enum Mode {
    Buffered { limit_bytes: u64 },
    Streamed { limit_bytes: u64 },
}

/// One answer, before it is known which try it belongs to.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Transport {
    /// Starts the settings of a transport to the server at `base_url`.
    ///
    /// A path in the address is kept: `https://example.org/dhis` and `…/dhis/` are the same base.
    #[must_use]
    pub fn builder(base_url: Url) -> TransportBuilder {
        TransportBuilder {
            base_url,
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            response_limit: 256 << 20,
            retry: RetryPolicy::default(),
            plain_http: false,
            root_certificates: Vec::new(),
            classify: Box::new(|_, response| retry::default_verdict(response)),
        }
    }

    /// The address that all paths are below.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.inner.base_url
    }

    /// By how many seconds the server's clock is ahead of this machine's (negative: behind), by the
    /// `Date` of its last answer; `None` before the first, or where it sends no `Date`.
    ///
    /// Good to a second and the time that an answer needs on its way.
    #[must_use]
    pub fn clock_ahead(&self) -> Option<i64> {
        match self.inner.clock.load(Ordering::Relaxed) {
            UNKNOWN_CLOCK => None,
            seconds => Some(seconds),
        }
    }

    /// What all clones of this transport have sent and received so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.inner.meter.read()
    }

    /// Sends a request, repeats it where that is safe, and hands over the final answer whatever
    /// its status is; its [`Exchange`] tells how often it was tried.
    ///
    /// # Errors
    ///
    /// When no complete answer came, when it is too large, or when it is a redirect.
    pub async fn send(&self, request: &Request) -> Result<Response, Error> {
        let limit_bytes = request.own_response_limit().unwrap_or(self.inner.response_limit);
        self.exchange(request, Mode::Buffered { limit_bytes }).await?.buffer().await
    }

    /// Sends a request and hands over a successful answer as soon as its head is there.
    ///
    /// `limit_bytes` bounds the body after decompression; `None` means no bound, since nothing is
    /// held in memory. An answer that is no success comes with its body already read (up to 1 MiB).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); failures of the body come from [`Download::chunk`].
    pub async fn stream(
        &self,
        request: &Request,
        limit_bytes: Option<u64>,
    ) -> Result<Download, Error> {
        let limit_bytes = limit_bytes.unwrap_or(u64::MAX);
        self.exchange(request, Mode::Streamed { limit_bytes }).await
    }

    /// The loop of tries. Which failures and answers it repeats is in the crate's documentation.
    async fn exchange(&self, request: &Request, mode: Mode) -> Result<Download, Error> {
        let Inner { retry: policy, budget, classify, .. } = &*self.inner;
        let untried = Exchange::new(request.method().clone(), request.path());
        let started = Instant::now();
        let mut delays = policy.delays();
        let mut tries = 0;
        let mut paid = 0;
        loop {
            let left = policy.total().saturating_sub(started.elapsed());
            let outcome = self.attempt(request, mode, left).await;
            tries += 1;
            let exchange = untried.clone().after(tries, started.elapsed());

            let (asked_wait, after_timeout) = match &outcome {
                Ok(answer) => {
                    let verdict = match &answer.body {
                        Body::Live(_) => Verdict::Final,
                        Body::Read(body) => {
                            let (status, headers) = (answer.status, answer.headers.clone());
                            let seen =
                                Response::new(status, headers, body.clone(), exchange.clone());
                            classify(request, &seen)
                        }
                    };
                    let repeat = verdict == Verdict::Retry
                        && retry::may_repeat_after_answer(request.idempotence(), answer.status);
                    if !repeat {
                        if verdict == Verdict::Final {
                            budget.earn(paid);
                        }
                        return outcome_of(outcome, exchange, started);
                    }
                    (response::retry_after(&answer.headers, SystemTime::now()), false)
                }
                Err(kind) => {
                    if !retry::may_repeat_after_failure(request.idempotence(), kind) {
                        return outcome_of(outcome, exchange, started);
                    }
                    (None, matches!(kind, FailureKind::Timeout { .. }))
                }
            };

            // Nothing is left to try when tries, time or the budget have run out. A wait that ends
            // after the deadline is not begun.
            let Some(delay) = delays.next() else { return outcome_of(outcome, exchange, started) };
            let wait = delay.max(asked_wait.unwrap_or_default());
            if started.elapsed() + wait >= policy.total() {
                return outcome_of(outcome, exchange, started);
            }
            match budget.pay(after_timeout) {
                Some(cost) => paid = cost,
                None => return outcome_of(outcome, exchange, started),
            }
            tracing::debug!(
                method = %request.method(),
                path = request.path(),
                tries,
                wait_ms = wait.as_millis(),
                reason = %reason_of(&outcome),
                "trying again"
            );
            drop(outcome);
            sleep(wait).await;
        }
    }

    /// One try, within the request's time limit and what is left until the deadline.
    async fn attempt(
        &self,
        request: &Request,
        mode: Mode,
        left: Duration,
    ) -> Result<Answer, FailureKind> {
        let limit = request.own_timeout().unwrap_or(self.inner.request_timeout).min(left);
        timeout(limit, self.fetch(request, mode, limit))
            .await
            .unwrap_or(Err(FailureKind::Timeout { limit }))
    }

    async fn fetch(
        &self,
        request: &Request,
        mode: Mode,
        limit: Duration,
    ) -> Result<Answer, FailureKind> {
        let http_request = request
            .to_reqwest(&self.inner.http, &self.inner.base_url)
            .map_err(|error| FailureKind::Request { reason: innermost_reason(&error) })?;
        let meter = &self.inner.meter;
        meter.request(request.content().map_or(0, bytes::Bytes::len));
        let mut answer = self
            .inner
            .http
            .execute(http_request)
            .await
            .map_err(|error| FailureKind::from_reqwest(&error))?;

        if let Some(seconds) = response::clock_ahead(answer.headers(), SystemTime::now()) {
            self.inner.clock.store(seconds, Ordering::Relaxed);
        }
        let status = answer.status();
        if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
            let location = self.shown_location(answer.headers());
            return Err(FailureKind::Redirected { status, location });
        }
        let mut headers = std::mem::take(answer.headers_mut());
        let limited = |limit_bytes| {
            LimitedBody::new(answer, &mut headers, limit_bytes, limit, Arc::clone(meter))
        };
        let body = match mode {
            Mode::Streamed { limit_bytes } if status.is_success() => {
                Body::Live(Box::new(limited(limit_bytes)))
            }
            Mode::Streamed { .. } => Body::Read(limited(REFUSAL_LIMIT_BYTES).read_all().await?),
            Mode::Buffered { limit_bytes } => Body::Read(limited(limit_bytes).read_all().await?),
        };
        Ok(Answer { status, headers, body })
    }

    /// The target of a redirect without what may be secret in it.
    fn shown_location(&self, headers: &HeaderMap) -> Option<String> {
        let text = headers.get(header::LOCATION)?.to_str().ok()?;
        let mut target = self.inner.base_url.join(text).ok()?;
        target.set_query(None);
        target.set_fragment(None);
        // These fail only for addresses without a host, which hold no user either.
        let _ = target.set_username("");
        let _ = target.set_password(None);
        Some(target.into())
    }
}

fn outcome_of(
    outcome: Result<Answer, FailureKind>,
    exchange: Exchange,
    started: Instant,
) -> Result<Download, Error> {
    match outcome {
        Ok(Answer { status, headers, body }) => {
            Ok(Download { status, headers, exchange, started, body })
        }
        Err(kind) => Err(Error::new(exchange, kind)),
    }
}

fn reason_of(outcome: &Result<Answer, FailureKind>) -> String {
    match outcome {
        Ok(answer) => format!("status {}", answer.status.as_u16()),
        Err(kind) => kind.to_string(),
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base_url", &self.inner.base_url.as_str())
            .field("request_timeout", &self.inner.request_timeout)
            .field("retry", &self.inner.retry)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportBuilder")
            .field("base_url", &self.base_url.as_str())
            .finish_non_exhaustive()
    }
}
