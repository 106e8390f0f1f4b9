//! Registering, reading and withdrawing completeness.

use dhis2_client::{CompletenessQuery, DataSet, Registration};

use crate::server::Server;

fn entry(set: &DataSet, week: &str, unit: usize) -> Registration {
    Registration {
        data_set: set.id,
        period: set.period_type.parse(week).unwrap(),
        org_unit: set.org_units[unit].id,
        attribute_option_combo: set.default_attribute_combo().unwrap(),
        date: Some("2021-02-09".parse().unwrap()),
    }
}

/// Recordings `complete-post`, `complete-post-again`: the first registration of a period that is new
/// to 2.43 fails, the second works.
#[tokio::test]
async fn complete_post_registers_reads_and_withdraws_on_every_version() {
    for version in ["2.37", "2.40", "2.42", "2.43"] {
        let server = Server::atlantia(version);
        let set = server.weekly().await;
        let entries = [entry(&set, "2021W5", 0), entry(&set, "2021W5", 1)];

        let outcomes = server.client.register_complete(&entries).await.unwrap();

        assert!(outcomes.iter().all(|outcome| outcome.is_registered()), "{version}: {outcomes:?}");
        let query = CompletenessQuery::new(set.id)
            .periods([entries[0].period])
            .org_units(set.org_units.iter().map(|unit| unit.id));
        let found = server.client.completeness(&query).await.unwrap();
        assert_eq!(found.len(), 2, "{version}");
        assert!(found.iter().all(|status| status.completed), "{version}");
        assert_eq!(found[0].registration.date, entries[0].date, "{version}");

        server.client.withdraw_complete(&set, &entries[0]).await.unwrap();
        let left = server.client.completeness(&query).await.unwrap();
        let complete: Vec<_> = left
            .iter()
            .filter(|status| status.completed)
            .map(|s| s.registration.org_unit)
            .collect();
        assert_eq!(complete, [entries[1].org_unit], "{version}");
    }
}

/// Recording `complete-post-unknown`.
#[tokio::test]
async fn complete_post_unknown_is_refused_with_words() {
    let server = Server::atlantia("2.43");
    let set = server.weekly().await;
    let unknown =
        Registration { data_set: "aaaaaaaaaaa".parse().unwrap(), ..entry(&set, "2021W5", 0) };
    let outcomes =
        server.client.register_complete(&[unknown, entry(&set, "2021W5", 0)]).await.unwrap();
    let refused = outcomes[0].refused.as_ref().unwrap();
    assert!(refused.message.contains("not found or not accessible"), "{refused:?}");
    assert!(outcomes[1].is_registered());
}
