//! Jobs on the server: imports and analytics.

use std::time::Duration;

use dhis2_client::{
    AnalyticsRun, CallClaim, Credentials, DataValue, DataValueSet, DeletionElement, DeletionScope,
    Engine, ImportOptions, ImportStatus, JobEnd, Patience,
};
use sandbox::dhis2::{Clock, Dhis2};

use crate::sending::cell;
use crate::server::Server;

const QUICK: Patience =
    Patience { interval: Duration::from_millis(10), limit: Duration::from_secs(10) };

/// A server whose clock runs a thousand times as fast, so that its scheduler comes round.
fn fast(version: &str) -> Server {
    let clock = Clock::scaled("2021-03-01T08:00:00Z", 1_000.0);
    Server::of(Dhis2::atlantia(version.parse().unwrap()).with_clock(clock))
}

/// Recordings `async-good-*`, `async-conflict-*`.
#[tokio::test]
async fn async_good_and_conflict_imports_are_followed_to_their_summary() {
    for (version, engine) in [("2.38", Engine::A), ("2.42", Engine::A), ("2.43", Engine::B)] {
        let server = fast(version);
        let set = server.weekly().await;
        let good = DataValue::new(cell(&set, "2021W5", 0), "7");
        let bad = DataValue::new(cell(&set, "2021W5", 1), "x");
        let values = DataValueSet::new(set.id, vec![good, bad]);
        let job = server.client.import_async(&values, &ImportOptions::default()).await.unwrap();
        let mut messages = 0;

        let end = server.client.follow(&job, QUICK, |_| messages += 1).await.unwrap();

        assert!(matches!(end, JobEnd::Completed(_)), "{version}: {end:?}");
        assert!(messages > 0, "{version}");
        let summary = server.client.import_summary(&job).await.unwrap().unwrap();
        assert_eq!(summary.status, ImportStatus::Warning, "{version}");
        let cells: Vec<_> = values.values.iter().map(|value| value.cell).collect();
        let CallClaim::PerValue(claims) = summary.claims(engine, &cells) else {
            panic!("{version}: {summary:?}")
        };
        assert_eq!(claims.len(), 2, "{version}");
        assert_eq!(summary.rejected().len(), 1, "{version}");
    }
}

#[tokio::test]
async fn a_job_that_does_not_end_in_time_is_still_running() {
    let server = Server::atlantia("2.42");
    let set = server.weekly().await;
    let values = DataValueSet::new(set.id, vec![DataValue::new(cell(&set, "2021W5", 0), "7")]);
    let job = server.client.import_async(&values, &ImportOptions::default()).await.unwrap();
    let patience =
        Patience { interval: Duration::from_millis(5), limit: Duration::from_millis(30) };
    let end = server.client.follow(&job, patience, |_| {}).await.unwrap();
    assert_eq!(end, JobEnd::StillRunning);
}

#[tokio::test]
async fn analytics_are_built_on_request() {
    let server = fast("2.43");
    let admin = server.as_user(Credentials::basic("admin", "district"));
    let before = admin.system_info().await.unwrap().last_analytics;
    let job = admin.start_analytics(&AnalyticsRun::new().last_years(2)).await.unwrap();
    let end = admin.follow(&job, QUICK, |_| {}).await.unwrap();
    assert!(matches!(end, JobEnd::Completed(_)), "{end:?}");
    let after = admin.system_info().await.unwrap().last_analytics;
    assert!(before.is_none() && after.is_some(), "{before:?} {after:?}");
}

/// Recordings `x-del-replace`, `x-del-bad-value`: older servers answer 200 and delete nothing.
#[tokio::test]
async fn x_del_replace_is_sent_only_where_it_is_known() {
    for version in ["2.42", "2.43"] {
        let server = Server::atlantia(version);
        let set = server.weekly().await;
        let cell = cell(&set, "2021W5", 0);
        let scope = DeletionScope {
            org_units: vec![cell.org_unit],
            periods: vec![cell.period],
            elements: vec![DeletionElement {
                data_element: cell.data_element,
                category_option_combo: cell.category_option_combo,
                attribute_option_combo: cell.attribute_option_combo,
            }],
        };
        let values = DataValueSet::new(set.id, vec![DataValue::new(cell, "7")]).replacing(scope);
        let atomic = ImportOptions::default().atomic(true);
        let result = server.client.import(&values, &atomic).await;
        if version == "2.42" {
            let error = result.unwrap_err().to_string();
            assert!(
                error.contains("2.43 and later") && error.contains("nothing was sent"),
                "{error}"
            );
            assert_eq!(server.dhis2.imports(), 0);
        } else {
            assert_eq!(result.unwrap().summary.status, ImportStatus::Success);
        }
    }
}
