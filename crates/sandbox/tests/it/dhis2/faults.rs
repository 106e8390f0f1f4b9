//! Faults that no request can bring about for sure: they are injected.

use sandbox::dhis2::{Dhis2, Dhis2Version, ImportFault};

use super::caller::{As, Caller, cell, codes, counts};

/// Recording: race-same-cells-loser of 2.43.
#[tokio::test]
async fn a_lost_call_looks_like_a_success_on_2_43() {
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_43));
    caller.dhis2.inject(ImportFault::LostCall);
    let values = [cell("2020W40", "1"), cell("2020W41", "2")];
    let (status, body) = caller.import(As::Writer, "", &values).await;
    assert_eq!((status, counts(&body)), (200, [0, 0, 2, 0]));
    assert_eq!(body["response"]["status"], "SUCCESS");
    assert!(codes(&body).is_empty());
    assert!(caller.dhis2.values().is_empty());

    let (_, body) = caller.import(As::Writer, "", &values).await;
    assert_eq!(counts(&body), [0, 2, 0, 0]);
    assert_eq!(caller.dhis2.values().len(), 2);
    assert_eq!(caller.dhis2.imports(), 2);
}

/// Recording: race-loser-error of 2.42.
#[tokio::test]
async fn a_race_for_new_cells_is_told_on_2_42() {
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_42));
    caller.dhis2.inject(ImportFault::FlushFailed);
    let (status, body) = caller.import(As::Writer, "", &[cell("2020W40", "1")]).await;
    assert_eq!((status, counts(&body)), (409, [0, 0, 0, 0]));
    let description = "The import process failed: Failed to flush BatchHandler";
    assert_eq!(body["response"]["description"], description);
    assert!(caller.dhis2.values().is_empty());
}

/// Recording: race-new-period-loser of both.
#[tokio::test]
async fn a_race_for_a_new_period_costs_its_values_or_the_call() {
    for (version, status, expected, left) in
        [(Dhis2Version::V2_42, 409, [1, 0, 2, 0], 1), (Dhis2Version::V2_43, 200, [0, 0, 3, 0], 0)]
    {
        let caller = Caller::of(Dhis2::atlantia(version));
        caller.dhis2.inject(ImportFault::PeriodRace("2020W41".to_owned()));
        let values = [cell("2020W40", "1"), cell("2020W41", "2"), cell("2020W41", "3")];
        let values = match version {
            // One cell twice would be refused before the race.
            Dhis2Version::V2_43 => vec![values[0].clone(), values[1].clone(), cell("2020W42", "3")],
            _ => values.to_vec(),
        };
        let (answered, body) = caller.import(As::Writer, "", &values).await;
        assert_eq!((answered, counts(&body)), (status, expected), "{version}");
        assert_eq!(caller.dhis2.values().len(), left, "{version}");
        if version == Dhis2Version::V2_42 {
            assert_eq!(codes(&body), ["E7611"]);
            assert_eq!(body["response"]["conflicts"][0]["indexes"], serde_json::json!([1, 2]));
        }
    }
}

#[tokio::test]
async fn a_fault_can_come_back_every_so_often() {
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_43));
    caller.dhis2.inject_every(3, ImportFault::LostCall);
    let mut lost = Vec::new();
    for week in 1..=6 {
        let (_, body) = caller.import(As::Writer, "", &[cell(&format!("2020W{week}"), "1")]).await;
        lost.push(counts(&body)[2]);
    }
    assert_eq!(lost, [0, 0, 1, 0, 0, 1]);
    assert_eq!(caller.dhis2.values().len(), 4);
}
