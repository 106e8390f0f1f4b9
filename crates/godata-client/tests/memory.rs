//! Peak memory of reading a million cases. A binary of its own, so that nothing else counts.
//!
//! Slow (about a minute without optimisation), so it runs only with `GODATA_SLOW_TESTS=1`, which CI
//! sets; without it the test says that it did nothing.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use godata_client::{
    Client, Credentials,
    models::{Classification, Moment},
};
use serde_json::Value;

const N_CASES: u64 = 1_000_000;
const LIMIT_MIB: u64 = 64;

/// A Go.Data that makes its rows up as it writes them, so that its own memory is small.
struct Endless;

impl Endless {
    fn start() -> io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                thread::spawn(move || serve(connection));
            }
        });
        Ok(address)
    }
}

fn serve(connection: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut writer = BufWriter::new(connection);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut n_body_bytes = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            if header.trim().is_empty() {
                break;
            }
            if let Some(length) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                n_body_bytes = length.trim().parse().unwrap();
            }
        }
        io::copy(&mut reader.by_ref().take(n_body_bytes), &mut io::sink())?;
        match line.split_whitespace().nth(1).unwrap() {
            "/api/users/login" => answer(&mut writer, br#"{"id":"token","userId":"user"}"#)?,
            path => page(&mut writer, path)?,
        }
        writer.flush()?;
    }
}

fn head(writer: &mut impl io::Write, n_bytes: usize) -> io::Result<()> {
    write!(
        writer,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {n_bytes}\r\n\r\n"
    )
}

fn answer(writer: &mut impl io::Write, body: &[u8]) -> io::Result<()> {
    head(writer, body.len())?;
    writer.write_all(body)
}

/// A slim case of about the size that a real one has (facts §12.3).
fn row(i: u64) -> String {
    let day = 1 + i % 28;
    format!(
        r#"{{"id":"{i:08}-0000-4000-8000-000000000000","visualId":"CA-{i:08}","classification":"LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED","dateOfOnset":"2020-12-{day:02}T00:00:00.000Z","dateOfReporting":"2020-12-{day:02}T00:00:00.000Z","outcomeId":"LNG_REFERENCE_DATA_CATEGORY_OUTCOME_RECOVERED","gender":"LNG_REFERENCE_DATA_CATEGORY_GENDER_FEMALE","age":{{"years":37,"months":0}},"usualPlaceOfResidenceLocationId":"a97c9880-6ee3-4588-878c-f273e402e9d0"}}"#
    )
}

/// The page that the filter asks for: ids after a bound, so many.
fn page(writer: &mut impl io::Write, path: &str) -> io::Result<()> {
    let url: godata_client::Url = format!("http://host{path}").parse().unwrap();
    let (_, filter) = url.query_pairs().find(|(name, _)| name == "filter").unwrap();
    let filter: Value = serde_json::from_str(&filter).unwrap();
    let limit = filter["limit"].as_u64().unwrap();
    let first = match filter["where"]["id"]["gt"].as_str() {
        Some(last) => last[..8].parse::<u64>().unwrap() + 1,
        None => 0,
    };
    let end = N_CASES.min(first + limit);
    // All rows have the same length, and a comma or bracket each.
    let n_rows = usize::try_from(end - first).unwrap();
    head(
        writer,
        n_rows * (row(0).len() + 1) + usize::from(n_rows > 0) + 2 * usize::from(n_rows == 0),
    )?;
    writer.write_all(b"[")?;
    for i in first..end {
        if i > first {
            writer.write_all(b",")?;
        }
        writer.write_all(row(i).as_bytes())?;
    }
    writer.write_all(b"]")
}

/// The most memory this process ever had, in MiB; `None` where the system does not tell.
fn peak_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024)
}

#[tokio::test]
async fn a_million_cases_are_read_within_64_mib_where_slow_tests_are_asked_for() {
    if std::env::var_os("GODATA_SLOW_TESTS").is_none() {
        println!("not run: set GODATA_SLOW_TESTS=1");
        return;
    }
    let credentials = Credentials::new("reporting@moh.example", "not-a-real-password".into());
    let client = Client::builder(Endless::start().unwrap().parse().unwrap(), credentials)
        .page_size(1000)
        .build()
        .unwrap();
    let mut pages = client.outbreak("outbreak").cases().pages();
    let mut n_confirmed = 0;
    let mut latest: Option<Moment> = None;
    while let Some(page) = pages.next().await.unwrap() {
        for case in page.records {
            let case = case.unwrap();
            n_confirmed +=
                u64::from(case.classification.value() == Some(&Classification::Confirmed));
            latest = latest.max(case.date_of_reporting.into_value());
        }
    }
    assert_eq!(n_confirmed, N_CASES);
    assert_eq!(latest, Some("2020-12-28T00:00:00.000Z".into()));
    match peak_mib() {
        Some(peak) => {
            println!("{peak} MiB at the peak for {} MB", pages.progress().n_bytes / 1_000_000);
            assert!(peak < LIMIT_MIB, "{peak} MiB");
        }
        None => println!("this system does not tell the peak"),
    }
}
