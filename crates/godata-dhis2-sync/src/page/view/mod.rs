//! The facts as the template shows them: sorted, grouped, worded, drawn.
//!
//! Templates repeat and branch; they do not compute. What a template would have to work out stands here, where it is
//! tested.

mod cells;
mod curves;
mod lists;
mod report;

use serde::{Serialize, Serializer};

use super::figures::Figures;
use super::headline::Headline;
use super::model::Page;
use super::words;

/// The variables of a template, besides `page` and `style`.
#[derive(Debug, Serialize)]
pub(super) struct View {
    /// The moment of the run in words.
    began: String,
    /// Server and version in words.
    source: String,
    target: String,
    /// `597 cases, 1203 contacts`.
    read: Option<String>,
    /// Requests and bytes, a server each, in words.
    traffic: Vec<String>,
    /// Records that could not be understood, in words.
    unreadable: Option<String>,
    headline: Headline,
    figures: Figures,
    is_plan: bool,
    reports: Vec<report::ReportView>,
    quality: Vec<lists::District>,
    n_quality: u64,
    places: lists::Coverage,
}

impl View {
    pub(super) fn of(page: &Page) -> Self {
        let reads: Vec<String> = page
            .read
            .iter()
            .map(|read| format!("{} {}", words::number(read.n), read.kind))
            .collect();
        let unreadable: Vec<String> = page
            .read
            .iter()
            .filter(|read| read.n_unreadable > 0)
            .map(|read| format!("{} of {}", words::number(read.n_unreadable), read.kind))
            .collect();
        Self {
            began: words::moment(page.began),
            source: server(&page.source),
            target: server(&page.target),
            read: (!reads.is_empty()).then(|| words::list(&reads)),
            traffic: [("Go.Data", &page.source), ("DHIS2", &page.target)]
                .into_iter()
                .filter_map(|(name, server)| Some(format!("{name}: {}", traffic(&server.traffic?))))
                .collect(),
            unreadable: (!unreadable.is_empty()).then(|| words::list(&unreadable)),
            headline: Headline::of(page),
            figures: Figures::of_all(page),
            is_plan: page.mode == super::model::Mode::Plan,
            reports: page
                .reports
                .iter()
                .enumerate()
                .map(|(i, report)| report::ReportView::of(page, report, i + 1))
                .collect(),
            quality: lists::districts(&page.quality),
            n_quality: page.quality.iter().map(|finding| finding.n).sum(),
            places: lists::Coverage::of(&page.places),
        }
    }
}

fn server(server: &super::model::Server) -> String {
    match &server.version {
        Some(version) => format!("{} (version {version})", server.name),
        None => server.name.clone(),
    }
}

/// `22 requests, 1.3 MB received (9.8 MB unpacked), 2.0 kB sent`.
fn traffic(traffic: &super::model::Traffic) -> String {
    let mut text = format!(
        "{}, {} received",
        words::count(traffic.n_requests, "request"),
        words::bytes(traffic.n_bytes_received)
    );
    if traffic.n_bytes_unpacked > traffic.n_bytes_received {
        text.push_str(&format!(" ({} unpacked)", words::bytes(traffic.n_bytes_unpacked)));
    }
    if traffic.n_bytes_sent > 0 {
        text.push_str(&format!(", {} sent", words::bytes(traffic.n_bytes_sent)));
    }
    text
}

/// Markup made by this room, which the template shows as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Markup(String);

impl Serialize for Markup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        minijinja::Value::from_safe_string(self.0.clone()).serialize(serializer)
    }
}
