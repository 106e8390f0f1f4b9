//! Every version of DHIS2 × every situation: one typed outcome.

use dhis2_client::{
    Cell, DataSet, Ownership, Period, RefusalCategory, StoredValue, Verdict, Wanted, reconcile,
};
use sandbox::dhis2::{Dhis2, Stored};

use crate::sending::{cell, plan, send, value};
use crate::server::Server;

const VERSIONS: [&str; 9] =
    ["2.36", "2.37", "2.38", "2.39", "2.40", "2.41", "2.42", "2.43", "2.44"];

/// A unit outside of the tree that the user writes for.
const ELSEWHERE: &str = "elsewhere00";

/// What became of one cell, in one word.
fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Stored => "stored".into(),
        Verdict::Cleared => "cleared".into(),
        Verdict::Refused(refusal) => format!("refused: {}", refusal.category),
        other => format!("{other:?}"),
    }
}

/// Sends one cell beside two good ones to every version, and says what became of it.
///
/// `prepare` sets the scene on the server and gives the cell and what it shall hold.
async fn check(prepare: impl Fn(&Server, &DataSet) -> (Cell, Wanted), expected: &str) {
    for version in VERSIONS {
        let demo = Dhis2::atlantia_builder(version.parse().unwrap());
        let server = Server::of(demo.org_unit(ELSEWHERE, "XX", "Elsewhere", None).build());
        let set = server.weekly().await;
        let (tried, wanted) = prepare(&server, &set);
        let good = [(cell(&set, "2021W4", 0), value("1")), (cell(&set, "2021W4", 1), value("2"))];
        let desired: Vec<_> = good.into_iter().chain([(tried, wanted)]).collect();
        let plan = plan(&server, &set, &desired).await;

        let report = send(&server, &set, &plan).await;

        let found = report.outcomes.iter().find(|outcome| outcome.cell == tried);
        let found = found.map_or("nothing sent".into(), |outcome| word(&outcome.verdict));
        // 2.36 has no codes, so nobody can say who should do something about it.
        let expected = match expected.split_once(": ") {
            Some((refused, _)) if version == "2.36" => {
                format!("{refused}: {}", RefusalCategory::Unknown)
            }
            _ => expected.to_owned(),
        };
        assert_eq!(found, expected, "{version}: {report:#?}");
        let n_good = report.outcomes.iter().filter(|outcome| outcome.verdict.is_good()).count();
        let n_tried = usize::from(found == "stored" || found == "cleared");
        assert_eq!(n_good, 2 + n_tried, "{version}: {report:#?}");
        assert!(report.failure.is_none() && report.unverified.is_none(), "{version}");
    }
}

fn put(server: &Server, cell: Cell, value: &str) {
    let (element, unit) = (cell.data_element.to_string(), cell.org_unit.to_string());
    server.dhis2.put(Stored::new(&element, &cell.period.id(), &unit, value).stored_by("writer"));
}

#[tokio::test]
async fn clean() {
    check(|_, set| (cell(set, "2021W5", 2), value("7")), "stored").await;
}

#[tokio::test]
async fn zero() {
    check(|_, set| (cell(set, "2021W5", 2), value("0")), "stored").await;
}

#[tokio::test]
async fn unchanged() {
    let prepare = |server: &Server, set: &DataSet| {
        let cell = cell(set, "2021W5", 2);
        put(server, cell, "7");
        (cell, value("7"))
    };
    check(prepare, "nothing sent").await;
}

#[tokio::test]
async fn deleted() {
    let prepare = |server: &Server, set: &DataSet| {
        let cell = cell(set, "2021W5", 2);
        put(server, cell, "7");
        (cell, Wanted::Nothing)
    };
    check(prepare, "cleared").await;
}

#[tokio::test]
async fn empty() {
    check(|_, set| (cell(set, "2021W5", 2), value("")), "nothing sent").await;
}

#[tokio::test]
async fn unknown_id() {
    let prepare = |_: &Server, set: &DataSet| {
        let unknown = "aaaaaaaaaaa".parse().unwrap();
        (Cell { data_element: unknown, ..cell(set, "2021W5", 2) }, value("7"))
    };
    check(prepare, "refused: mapping").await;
}

#[tokio::test]
async fn wrong_type() {
    check(|_, set| (cell(set, "2021W5", 2), value("seven")), "refused: data").await;
}

#[tokio::test]
async fn wrong_period_type() {
    let prepare = |_: &Server, set: &DataSet| {
        let day: Period = "20210201".parse().unwrap();
        (Cell { period: day, ..cell(set, "2021W5", 2) }, value("7"))
    };
    check(prepare, "refused: mapping").await;
}

#[tokio::test]
async fn locked() {
    let prepare = |server: &Server, set: &DataSet| {
        server.dhis2.lock_after("kIfMNugiTgd", 30.0);
        (cell(set, "2020W30", 2), value("7"))
    };
    check(prepare, "refused: timing").await;
}

#[tokio::test]
async fn future() {
    check(|_, set| (cell(set, "2031W5", 2), value("7")), "refused: timing").await;
}

/// A unit of the data set in another country than the user's.
#[tokio::test]
async fn foreign_organisation_unit() {
    let prepare = |server: &Server, set: &DataSet| {
        server.dhis2.assign("kIfMNugiTgd", ELSEWHERE);
        (Cell { org_unit: ELSEWHERE.parse().unwrap(), ..cell(set, "2021W5", 2) }, value("7"))
    };
    check(prepare, "refused: permission").await;
}

#[tokio::test]
async fn unassigned_organisation_unit() {
    let prepare = |server: &Server, set: &DataSet| {
        let cell = cell(set, "2021W5", 2);
        server.dhis2.unassign("kIfMNugiTgd", cell.org_unit.as_str());
        (cell, value("7"))
    };
    check(prepare, "refused: mapping").await;
}

/// What cannot be said cannot be sent, to no version.
#[tokio::test]
async fn duplicate_key_and_malformed_period() {
    let server = Server::atlantia("2.43");
    let set = server.weekly().await;
    let cell = cell(&set, "2021W5", 2);
    let twice = [(cell, value("1")), (cell, value("2"))];
    let none: [StoredValue; 0] = [];
    assert!(reconcile(&set, twice, none, &Ownership::of("writer")).is_err());
    assert!("2025W53".parse::<Period>().is_err());
    assert_eq!(server.dhis2.imports(), 0);
}
