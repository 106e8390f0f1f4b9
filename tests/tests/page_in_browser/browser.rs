//! A headless Chromium, driven over WebDriver.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use bytes::Bytes;
use http_transport::http::{Method, Request, Response};
use http_transport::{Transport, http};
use serde_json::{Value, json};
use thirtyfour::common::print::{PrintMargins, PrintPage, PrintParameters};
use thirtyfour::error::{WebDriverError, WebDriverResult};
use thirtyfour::session::http::{Body, HttpClient};
use thirtyfour::{CapabilitiesHelper, DesiredCapabilities, WebDriver};

/// What the page is checked with.
const AUDIT: &str = include_str!("audit.js");

/// The flags under which Chromium works on a machine without a display and without a network.
const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// Chromium, its driver, and the folder in which it keeps its profile and finds the page.
pub(crate) struct Browser {
    driver: WebDriver,
    process: Process,
    folder: tempfile::TempDir,
}

/// How the page is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// Width of the window in CSS pixels.
    pub width: u32,
    /// Whether the reader prefers a dark page.
    pub dark: bool,
    /// Whether it is laid out as on paper.
    pub print: bool,
}

/// The driver's process; ends with the test, also where the test fails.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Browser {
    /// Starts Chromium; nothing where it is not installed.
    ///
    /// # Panics
    ///
    /// When it is not installed although the environment says that it must be (`BROWSER_TESTS=1`, or `CI`), and
    /// when it is installed and does not start.
    #[expect(clippy::print_stderr, reason = "a test that was not made must be seen")]
    pub(crate) async fn start() -> Option<Self> {
        let Some((driver, chromium)) = program("chromedriver").zip(program("chromium")) else {
            let must = ["CI", "BROWSER_TESTS"].iter().any(|name| {
                std::env::var(name).is_ok_and(|value| !matches!(&*value, "" | "0" | "false"))
            });
            assert!(!must, "no chromium: apt-get install chromium chromium-driver");
            eprintln!(
                "\n!!! NOT TESTED in a browser: chromium and chromedriver are not installed \
                 (apt-get install chromium chromium-driver)\n"
            );
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process(
            Command::new(driver)
                .args(["--port=0", "--allowed-ips=127.0.0.1"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        let address = format!("http://127.0.0.1:{}/", port(&mut process.0));
        let mut capabilities = DesiredCapabilities::chrome();
        capabilities
            .set(
                "goog:chromeOptions",
                json!({
                    "binary": chromium,
                    "args": FLAGS
                        .iter()
                        .map(|&flag| flag.to_owned())
                        .chain([format!("--user-data-dir={}", folder.path().join("profile").display())])
                        .collect::<Vec<_>>(),
                }),
            )
            .unwrap();
        capabilities
            .set("goog:loggingPrefs", json!({ "browser": "ALL", "performance": "ALL" }))
            .unwrap();
        let driver =
            WebDriver::builder(&address, capabilities).client(Http::to(&address)).await.unwrap();
        Some(Self { driver, process, folder })
    }

    /// Opens a page from a file, as a reader of a mail would. What was logged before is forgotten: Chromium's own
    /// first page asks for much.
    pub(crate) async fn open(&self, html: &str) {
        self.driver.goto("about:blank").await.unwrap();
        self.complaints().await;
        let file = self.folder.path().join("page.html");
        std::fs::write(&file, html).unwrap();
        self.driver.goto(format!("file://{}", file.display())).await.unwrap();
    }

    /// Looks at the page and returns what is wrong with it.
    pub(crate) async fn audit(&self, look: Look) -> Vec<String> {
        self.look(look).await;
        let found = self.driver.execute(AUDIT, Vec::new()).await.unwrap();
        let faults: Vec<String> = found.convert().unwrap();
        faults.into_iter().map(|fault| format!("{look:?}: {fault}")).collect()
    }

    /// Sets window, theme and medium.
    pub(crate) async fn look(&self, look: Look) {
        let cdp = self.driver.cdp();
        let window =
            json!({ "width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        cdp.send_raw("Emulation.setDeviceMetricsOverride", window).await.unwrap();
        let scheme = if look.dark { "dark" } else { "light" };
        let media = json!({
            "media": if look.print { "print" } else { "screen" },
            "features": [{ "name": "prefers-color-scheme", "value": scheme }],
        });
        cdp.send_raw("Emulation.setEmulatedMedia", media).await.unwrap();
        // What was hidden is laid out with the next frame, not at once.
        let frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
        self.driver.execute_async(frames, Vec::new()).await.unwrap();
    }

    /// The value of an expression in the page.
    pub(crate) async fn evaluate(&self, expression: &str) -> Value {
        self.driver
            .execute(format!("return {expression}"), Vec::new())
            .await
            .unwrap()
            .json()
            .clone()
    }

    /// What the page asked for and what it complained of since it was opened or since this was last asked.
    ///
    /// Its own file, and the empty icon that stands in it, are no requests.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let console = self.driver.get_log("browser").await.unwrap();
        let mut complaints: Vec<String> = console
            .into_iter()
            .map(|entry| format!("{}: {}", entry.level, entry.message))
            .collect();
        for entry in self.driver.get_log("performance").await.unwrap() {
            let event: Value = serde_json::from_str(&entry.message).unwrap();
            let event = &event["message"];
            if event["method"] == "Network.requestWillBeSent" {
                let url = event["params"]["request"]["url"].as_str().unwrap_or_default();
                if !(url == "data:," || url.ends_with("/page.html") && url.starts_with("file:///"))
                {
                    complaints.push(format!("asked for {url}"));
                }
            }
        }
        complaints
    }

    /// Prints the page on A4 and returns the number of sheets.
    pub(crate) async fn n_sheets(&self) -> usize {
        let pdf = self
            .driver
            .print_page(PrintParameters {
                page: PrintPage { width: 21.0, height: 29.7 },
                margin: PrintMargins { top: 1.6, bottom: 1.8, left: 1.5, right: 1.5 },
                background: true,
                ..PrintParameters::default()
            })
            .await
            .unwrap();
        assert!(pdf.starts_with(b"%PDF-"), "no PDF came back");
        let text = String::from_utf8_lossy(&pdf);
        text.matches("/Type /Page\n").count()
    }

    /// Ends the browser.
    pub(crate) async fn quit(self) {
        self.driver.quit().await.unwrap();
        drop(self.process);
    }
}

/// A program on the search path.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The port that the driver chose, which it says in its first lines.
fn port(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| {
            line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
        })
        .expect("chromedriver says its port");
    // The rest is read as well: a full pipe would stop the driver.
    std::thread::spawn(move || lines.for_each(drop));
    port
}

/// The driver's HTTP client is our own, so that no second one is built.
struct Http(Transport);

impl Http {
    fn to(address: &str) -> Self {
        Self(
            Transport::builder(address.parse().unwrap())
                .request_timeout(std::time::Duration::from_secs(60))
                .build()
                .unwrap(),
        )
    }
}

impl HttpClient for Http {
    fn send<'a, 'b, 'f>(
        &'a self,
        request: Request<Body<'b>>,
    ) -> Pin<Box<dyn Future<Output = WebDriverResult<Response<Bytes>>> + Send + 'f>>
    where
        'a: 'f,
        'b: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let segments = request.uri().path().split('/').filter(|segment| !segment.is_empty());
            let mut call = match *request.method() {
                Method::GET => http_transport::Request::get(segments),
                Method::DELETE => http_transport::Request::delete(segments),
                _ => http_transport::Request::post(segments),
            };
            if let Body::Json(value) = request.body() {
                call = call.body("application/json", value.to_string());
            }
            let answer = self
                .0
                .send(&call)
                .await
                .map_err(|error| WebDriverError::FatalError(error.to_string()))?;
            let mut response = http::Response::new(answer.body().clone());
            *response.status_mut() = answer.status();
            Ok(response)
        })
    }

    fn new<'a, 'f>(&'a self) -> Pin<Box<dyn Future<Output = Arc<dyn HttpClient>> + Send + 'f>>
    where
        'a: 'f,
        Self: 'f,
    {
        // Not a clone: that would share connections of a runtime that may be gone.
        let again = Self::to(self.0.base_url().as_str());
        Box::pin(async move { Arc::new(again) as Arc<dyn HttpClient> })
    }
}
