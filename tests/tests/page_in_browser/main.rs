//! The report of a run in a real browser: Debian's Chromium, headless, driven over WebDriver.
//!
//! Checked on the recorded outbreak, on a run that DHIS2 refused in part, on names and sizes made to break the page,
//! and on a run without any report: nothing is wider than a phone or a screen; text and charts stand out from their
//! ground, light and dark; drawings, tables and regions have names; headings are in order; nothing complains and
//! nothing is asked of any server; folded parts are open on paper.
//!
//! Needs `chromium` and `chromedriver` on the path (Debian: `apt-get install chromium chromium-driver`). Where they
//! are missing, these tests say so on standard error and pass, so that a contributor without a browser can work;
//! with `BROWSER_TESTS=1`, or with `CI` set, they fail instead.

#![expect(clippy::unwrap_used, reason = "tests")]

mod browser;

use browser::{Browser, Look};
use clap::Parser as _;
use godata_dhis2_sync::cli::Cli;
use godata_dhis2_sync::page::{self, End, Mode, Page, Period, Value};

/// Phone, tablet and screen; light, dark and paper. 680 pixels is an A4 sheet within its margins.
const LOOKS: [Look; 6] = [
    Look { width: 360, dark: false, print: false },
    Look { width: 360, dark: true, print: false },
    Look { width: 768, dark: false, print: false },
    Look { width: 1440, dark: false, print: false },
    Look { width: 1440, dark: true, print: false },
    Look { width: 680, dark: false, print: true },
];

/// The second run of the recorded outbreak; its figures are those of the recording's own count.
fn outbreak() -> Page {
    let facts = include_str!("../../../crates/godata-dhis2-sync/src/page/tests/outbreak.json");
    serde_json::from_str(facts).unwrap()
}

/// Opens a page and asserts that no look at it finds a fault; the number of sheets that it needs on paper.
async fn check(browser: &Browser, page: &Page) -> usize {
    check_html(browser, &page::render(page, None).unwrap()).await
}

async fn check_html(browser: &Browser, html: &str) -> usize {
    browser.open(html).await;
    let mut faults = Vec::new();
    for look in LOOKS {
        faults.extend(browser.audit(look).await);
    }
    faults.extend(browser.complaints().await);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    browser.n_sheets().await
}

#[tokio::test]
async fn the_recorded_outbreak_is_a_page_for_everyone() {
    let Some(browser) = Browser::start().await else { return };

    let n_sheets = check(&browser, &outbreak()).await;

    assert!((5..=10).contains(&n_sheets), "{n_sheets} sheets of paper");
    browser.quit().await;
}

/// Not a page of facts made for a test, but what the program itself writes: the third run of the demo, with data
/// quality, two reports and a reason for each changed cell.
#[test]
fn the_page_that_the_demo_writes_is_a_page_for_everyone() {
    let folder = tempfile::TempDir::new().unwrap();
    let dir = folder.path().to_str().unwrap();
    let cli = Cli::parse_from(["godata-dhis2-sync", "--quiet", "demo", "--dir", dir]);
    // The command has a runtime of its own, so that it runs before that of the browser.
    assert_eq!(godata_dhis2_sync::commands::run(cli), godata_dhis2_sync::Exit::Done);
    let html = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(html.contains("Odd records by district"));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let Some(browser) = Browser::start().await else { return };
        check_html(&browser, &html).await;
        browser.quit().await;
    });
}

#[tokio::test]
async fn a_run_that_was_refused_in_part_is_a_page_for_everyone() {
    let Some(browser) = Browser::start().await else { return };
    let mut page = outbreak();
    for cell in &mut page.reports[1].cells[..15] {
        cell.end = End::Refused {
            code: Some("E7641".to_owned()),
            reason: "The period is locked".to_owned(),
            remedy: "Ask an administrator of DHIS2 to unlock it, then run again.".to_owned(),
        };
    }
    page.reports[1].cells[15].end = End::Lost;
    page.reports[0].failure = Some(page::Failure {
        what: "DHIS2 did not answer for 30 seconds.".to_owned(),
        next: "Run again when it does: nothing is sent twice.".to_owned(),
    });
    page.reports[0].cells[0].end = End::Open;

    check(&browser, &page).await;

    browser.quit().await;
}

#[tokio::test]
async fn names_and_sizes_made_to_break_it_do_not_break_it() {
    let Some(browser) = Browser::start().await else { return };
    let mut page = outbreak();
    let attack =
        "<script>document.title='hacked'</script><img src=http://127.0.0.1:9/x onerror=alert(1)>";
    page.title = format!(
        "{attack}{}",
        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch".repeat(2)
    );
    page.source.name = "a".repeat(200);
    page.places[0].location = format!("مستشفى المدينة \"'><b>{attack}");
    page.quality[0].field = "x.".repeat(80);
    let report = &mut page.reports[1];
    report.name = attack.to_owned();
    report.indicators[0].definition = attack.to_owned();
    report.indicators[0].name = "Confirmed".repeat(12);
    // Sixty weeks in forty places, in numbers that are long and a place that has none.
    let first = chrono::NaiveDate::from_isoywd_opt(2020, 1, chrono::Weekday::Mon).unwrap();
    report.periods = first
        .iter_weeks()
        .take(60)
        .map(|monday| Period {
            id: monday.format("%GW%-V").to_string(),
            first: monday,
            last: monday + chrono::Days::new(6),
        })
        .collect();
    report.values = (0..40)
        .flat_map(|place| report.periods.iter().map(move |period| (place, period)))
        .map(|(place, period)| Value {
            indicator: report.indicators[0].name.clone(),
            period: period.id.clone(),
            org_unit: format!("{attack} Unit{}", "unit".repeat(place)),
            value: (123_456 * place).to_string(),
        })
        .collect();
    for cell in &mut report.cells {
        cell.indicator.clone_from(&report.indicators[0].name);
        cell.why = Some(attack.to_owned());
    }

    check(&browser, &page).await;

    let title = browser.evaluate("document.title").await;
    assert!(title.as_str().unwrap().contains("<script>"), "the title is shown as it came: {title}");
    browser.quit().await;
}

#[tokio::test]
async fn a_plan_without_any_report_is_a_page_too() {
    let Some(browser) = Browser::start().await else { return };
    let mut page = outbreak();
    page.mode = Mode::Plan;
    page.reports.clear();
    page.quality.clear();
    page.places.clear();
    page.read.clear();

    let n_sheets = check(&browser, &page).await;

    assert_eq!(n_sheets, 1);
    browser.quit().await;
}

#[tokio::test]
async fn what_is_folded_on_a_screen_is_open_on_paper() {
    let Some(browser) = Browser::start().await else { return };
    browser.open(&page::render(&outbreak(), None).unwrap()).await;
    let heights = "[...document.querySelectorAll('details:not([open]) table')].map(t => t.checkVisibility({ contentVisibilityAuto: true }) ? t.getBoundingClientRect().height : 0)";

    browser.look(LOOKS[3]).await;
    let on_screen = browser.evaluate(heights).await;
    browser.look(LOOKS[5]).await;
    let on_paper = browser.evaluate(heights).await;

    let heights =
        |value: &serde_json::Value| -> Vec<f64> { serde_json::from_value(value.clone()).unwrap() };
    assert!(heights(&on_screen).len() >= 4, "the page has folded tables");
    assert!(heights(&on_screen).iter().all(|height| *height == 0.0), "{on_screen}");
    assert!(heights(&on_paper).iter().all(|height| *height > 40.0), "{on_paper}");
    browser.quit().await;
}
