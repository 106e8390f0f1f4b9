//! The running server.

use std::{
    fmt, io,
    io::Write as _,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures_util::{StreamExt as _, stream};
use tokio::sync::oneshot;

use super::{
    connection::{Connection, Port},
    fault::{Fault, Faults},
    log::{LoggedRequest, RequestLog},
};

/// A running server. It stops when this handle is dropped.
///
/// It has a thread and a runtime of its own, so it serves tests that block, tests with a paused
/// clock, and other processes alike.
pub struct Server {
    address: SocketAddr,
    url: String,
    shared: Shared,
    sent: Arc<AtomicU64>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the handle and the layer around each request both hold.
#[derive(Clone, Default)]
struct Shared {
    faults: Faults,
    log: RequestLog,
    delay_micros: Arc<AtomicU64>,
    clock_ahead: Arc<AtomicI64>,
}

impl Server {
    /// Starts `app` on a free port of this machine.
    ///
    /// # Errors
    ///
    /// Where no port can be had, or no thread or runtime be started.
    pub fn start(app: Router) -> io::Result<Self> {
        Self::start_at(app, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Starts `app` at an address, such as a port that a person will type into a browser.
    ///
    /// # Errors
    ///
    /// Where the address is taken, or no thread or runtime can be started.
    pub fn start_at(app: Router, address: SocketAddr) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;

        let shared = Shared::default();
        let sent = Arc::new(AtomicU64::new(0));
        let (stop, stopped) = oneshot::channel::<()>();
        let app = app.layer(from_fn_with_state(shared.clone(), around));
        let counter = Arc::clone(&sent);
        let thread = std::thread::Builder::new().name("sandbox".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                let service = app.into_make_service_with_connect_info::<Connection>();
                let port = Port::new(listener, counter);
                tokio::select! {
                    _ = axum::serve(port, service) => {}
                    _ = stopped => {}
                }
            });
            // Leaving drops the runtime, and with it every open connection.
        })?;
        Ok(Self {
            address,
            url: format!("http://{address}"),
            shared,
            sent,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The base URL, such as `http://127.0.0.1:40123`, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Address and port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The faults to come.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The requests so far.
    #[must_use]
    pub fn log(&self) -> &RequestLog {
        &self.shared.log
    }

    /// Makes every answer wait this long, like a server that is far away.
    pub fn set_delay(&self, delay: Duration) {
        let micros = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        self.shared.delay_micros.store(micros, Ordering::Relaxed);
    }

    /// Dates every answer by a clock that is ahead of the true one by this many seconds (negative: behind).
    pub fn set_clock_ahead(&self, seconds: i64) {
        self.shared.clock_ahead.store(seconds, Ordering::Relaxed);
    }

    /// Bytes sent over all connections since the start, heads included.
    #[must_use]
    pub fn n_bytes_sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Longest request body: DHIS2 and Go.Data take 10 MB and more; imports of a test stay below.
const MAX_REQUEST_BYTES: usize = 64 * 1024 * 1024;

async fn around(
    State(shared): State<Shared>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_REQUEST_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path().to_owned();
    let entry = shared.log.enter(LoggedRequest {
        method: parts.method.clone(),
        path: path.clone(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.clone(),
        body: body.clone(),
        status: None,
        n_bytes_answered: 0,
    });
    let fault = shared.faults.strike(&parts.method, &path);
    let delay = Duration::from_micros(shared.delay_micros.load(Ordering::Relaxed));
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }

    let mut truncate = None;
    let mut cut = false;
    let early = match fault {
        None => None,
        Some(Fault::Cut) => return connection.cut(),
        Some(Fault::CutAfterWork) => {
            cut = true;
            None
        }
        Some(Fault::Truncate { after }) => {
            truncate = Some(after);
            None
        }
        Some(Fault::Slow(wait)) => {
            tokio::time::sleep(wait).await;
            None
        }
        Some(Fault::Held(gate)) => {
            gate.passed().await;
            None
        }
        Some(Fault::InternalError) => {
            Some((StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response())
        }
        Some(Fault::Unavailable { retry_after }) => {
            Some(asks_to_wait(StatusCode::SERVICE_UNAVAILABLE, retry_after))
        }
        Some(Fault::TooManyRequests { retry_after }) => {
            Some(asks_to_wait(StatusCode::TOO_MANY_REQUESTS, Some(retry_after)))
        }
        Some(Fault::Garbage) => Some(typed(200, "application/json", "[{\"id\": \u{1}\"oops")),
        Some(Fault::Html) => Some(typed(200, "text/html; charset=UTF-8", START_PAGE)),
        Some(Fault::Answer { status, content_type, body }) => {
            Some(typed(status, content_type, body))
        }
    };
    let response = match early {
        Some(response) => response,
        None => next.run(Request::from_parts(parts, Body::from(body))).await,
    };
    if cut {
        return connection.cut();
    }

    // Handlers answer with whole bodies, so this copies nothing but a pointer.
    let (mut head, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else { return connection.cut() };
    if connection.is_cut() {
        return Body::empty().into_response();
    }
    let ahead = shared.clock_ahead.load(Ordering::Relaxed);
    if ahead != 0 {
        head.headers.insert(header::DATE, date(ahead));
    }
    shared.log.answered(entry, Some(head.status.as_u16()), body.len() as u64);
    match truncate {
        Some(after) if after < body.len() => {
            head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
            Response::from_parts(head, broken_off(body.slice(..after)))
        }
        _ => Response::from_parts(head, Body::from(body)),
    }
}

/// The `Date` of a clock that is ahead by so many seconds. Without it hyper dates answers truly.
fn date(seconds_ahead: i64) -> HeaderValue {
    let moment = chrono::Utc::now() + chrono::TimeDelta::seconds(seconds_ahead);
    let text = moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

const START_PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head><title>App</title></head>\
<body><app-root></app-root></body></html>\n";

fn asks_to_wait(status: StatusCode, wait: Option<Duration>) -> Response {
    let mut response = (status, "try again later").into_response();
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    }
    response
}

fn typed(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, content_type)], Body::from(body.into())).into_response()
}

/// A body that breaks off: its first part, then the end of the connection.
fn broken_off(part: Bytes) -> Body {
    let end = async {
        // Without a pause the first part would be thrown away together with the connection.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    };
    Body::from_stream(stream::once(async { Ok(part) }).chain(stream::once(end)))
}

/// Compresses a whole body with gzip where the caller accepts that and it has at least `from`
/// bytes; else gives it back as it is. The second value tells whether it was compressed.
///
/// At zlib's default level, which is that of both servers: the recorded list of 597 cases, 1,597,253
/// bytes, came in 174,382 (`wire/godata/MEASURED.json`).
#[must_use]
pub fn compress(request: &HeaderMap, body: Bytes, from: usize) -> (Bytes, bool) {
    let accepted = request
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|way| way.trim().starts_with("gzip")));
    if !accepted || body.len() < from {
        return (body, false);
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 8), Compression::default());
    match encoder.write_all(&body).and_then(|()| encoder.finish()) {
        Ok(packed) => (Bytes::from(packed), true),
        Err(_) => (body, false),
    }
}
