//! Runs that happen by themselves: one long-running process with a timetable, repetition, catching up, and pages for
//! those who watch it.
//!
//! ```text
//! timetable ──▶ service ──▶ one run after the other ──▶ board ──▶ serve: / /healthz /readyz /metrics
//!                  │                                      │
//!                clock, stop                           notify: webhook, e-mail
//! ```
//!
//! The [`Service`] knows neither servers nor real time: it is given a [`Clock`], a closure that carries out one run,
//! and one that tells people. Runs never overlap, because one loop awaits each.

mod board;
mod clock;
mod metrics;
mod page;
mod retry;
mod serve;
mod service;
mod timetable;

pub use board::{Board, RunEnd, Snapshot};
pub use clock::{Clock, SystemClock};
pub use metrics::metrics;
pub use page::status_page;
pub use retry::Retry;
pub use serve::{router, serve};
pub use service::{Ended, Service};
pub use timetable::{NotCron, Timetable};
