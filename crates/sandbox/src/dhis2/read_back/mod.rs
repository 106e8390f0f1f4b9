//! `GET /api/dataValueSets`.

mod answer;
mod names;
mod question;

use self::{answer::as_json, question::wanted};
pub(crate) use self::{answer::stamp, names::Names, question::Header};
use super::{
    formats,
    http::{Answer, Request},
    state::State,
    users::Account,
    version::Dhis2Version,
};

impl State {
    pub(crate) fn read_values(&mut self, request: &Request, account: &Account) -> Answer {
        let version = self.version;
        let now = self.clock.now();
        let (view, values) = self.parts(account);
        let wanted = match wanted(&view, &request.query, version, now) {
            Ok(wanted) => wanted,
            Err((code, message)) => return Answer::coded(409, code, &message),
        };
        let rows = wanted.rows(values);
        let format = format_of(request, version);
        let default = if format == "adx" && !version.is_engine_b() { "CODE" } else { "UID" };
        let names = Names::new(&view, &request.query, default);
        let answer = match format {
            "csv" => formats::values_as_csv(&rows, &names, version),
            "xml" => formats::values_as_xml(&rows, &names, &wanted.header, version),
            "adx" => formats::values_as_adx(&rows, &names, &wanted.header),
            _ => {
                Answer::json(200, &as_json(&rows, &names, &wanted.header, &request.query, version))
            }
        };
        let packs = request
            .query
            .first("compression")
            .is_some_and(|compression| compression.eq_ignore_ascii_case("gzip"));
        let answer = if packs { answer.gzipped() } else { answer };
        answer.with_header("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
    }
}

fn format_of(request: &Request, version: Dhis2Version) -> &'static str {
    let accept = request.header("accept").unwrap_or("*/*");
    let wish = request.suffix.as_deref().or_else(|| request.query.first("format"));
    match wish {
        Some("csv") => "csv",
        Some("xml") => "xml",
        Some(_) => "json",
        // 2.43 does not look at what is accepted: facts §6.1.
        None if version.is_engine_b() => "json",
        None if accept.contains("adx+xml") => "adx",
        None if accept.contains("csv") => "csv",
        None if accept.starts_with("application/xml") => "xml",
        None => "json",
    }
}
