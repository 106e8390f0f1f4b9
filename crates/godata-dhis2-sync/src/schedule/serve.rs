//! The pages over HTTP: `/`, `/healthz`, `/readyz`, `/metrics`. Read-only, and without a secret to protect.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::metrics::MEDIA_TYPE;
use super::{Board, Timetable, metrics, status_page};
use crate::problem::{Outcome, Problem};
use crate::stop::Stop;

#[derive(Clone)]
struct Shown {
    board: Arc<Board>,
    timetable: Arc<Timetable>,
}

/// The pages of a board.
pub fn router(board: Arc<Board>, timetable: Timetable) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
        .route("/metrics", get(numbers))
        .with_state(Shown { board, timetable: Arc::new(timetable) })
}

/// Listens at `address` and answers until asked to stop. Returns the address that was bound, for port 0.
///
/// # Errors
///
/// When the address cannot be bound.
pub async fn serve(address: &str, pages: Router, stop: Stop) -> Outcome<std::net::SocketAddr> {
    let cannot = |error| {
        Problem::usage(format!("the status page cannot listen at {address}"))
            .fact("key", "schedule.listen")
            .because(error)
            .next("choose a free port, such as `127.0.0.1:9798`, or `none`")
    };
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let bound = listener.local_addr().map_err(cannot)?;
    if !bound.ip().is_loopback() {
        tracing::info!("the status page at {bound} can be read from other machines");
    }
    tokio::spawn(async move {
        let stopped = async move { stop.asked().await };
        if let Err(error) = axum::serve(listener, pages).with_graceful_shutdown(stopped).await {
            tracing::warn!("the status page ended: {error}");
        }
    });
    Ok(bound)
}

/// The process answers, and with it the one thread that also runs the schedule.
async fn health() -> Response {
    plain(StatusCode::OK, "ok\n")
}

/// Runs will begin when they are due.
async fn ready(State(shown): State<Shown>) -> Response {
    let board = shown.board.snapshot();
    if board.stopping {
        plain(StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else if board.next_due.is_none() {
        plain(StatusCode::SERVICE_UNAVAILABLE, "no run is due\n")
    } else {
        plain(StatusCode::OK, "ready\n")
    }
}

async fn numbers(State(shown): State<Shown>) -> Response {
    let text = metrics(&shown.board.snapshot());
    with_headers(([(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}

async fn page(State(shown): State<Shown>) -> Response {
    match status_page(&shown.board.snapshot(), &shown.timetable) {
        Ok(html) => with_headers(Html(html).into_response()),
        Err(error) => {
            tracing::error!("the status page cannot be written: {error}");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be written\n")
        }
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    with_headers((status, text).into_response())
}

/// Nothing may be kept, framed, guessed at, or loaded from elsewhere.
fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
