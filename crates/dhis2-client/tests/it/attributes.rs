//! A data set whose entries are kept apart by an attribute.

use dhis2_client::{
    CategoryOptionComboId, Cell, ComboError, CompletenessQuery, DataSet, DataValue, Ownership,
    Preflight, Registration, SendOptions, ValueQuery, Wanted, blocked, preflight, reconcile,
};
use sandbox::dhis2::{Clock, DataElementSpec, DataSetSpec, Dhis2, Dhis2Version, Stored, UserSpec};

use crate::server::Server;

const UNITS: [&str; 2] = ["unitAxxxxx1", "unitBxxxxx1"];

fn dhis2(version: &str) -> Dhis2 {
    let version: Dhis2Version = version.parse().unwrap();
    let mut builder = Dhis2::builder(version)
        .clock(Clock::frozen("2021-03-02T10:00:00Z"))
        .org_unit("DiszpKrYNg8", "AT", "Country", None)
        .category(
            "diseasecat1",
            "DISEASE",
            "Disease",
            [("evdoptionx1", "EVD", "Ebola"), ("mvdoptionx1", "MVD", "Marburg")],
        )
        .attribute_combo("diseasecmb1", "DISEASE", "By disease", ["diseasecat1"])
        .data_element(DataElementSpec::new("confirmed01", "CONFIRMED", "Confirmed"));
    for (id, name) in UNITS.into_iter().zip(["A", "B"]) {
        builder = builder.org_unit(id, name, name, Some("DiszpKrYNg8"));
    }
    builder
        .data_set(
            DataSetSpec::new("kIfMNugiTgd", "WEEKLY", "Weekly", "Weekly")
                .elements(["confirmed01"])
                .attribute_combo("diseasecmb1")
                .org_units(UNITS),
        )
        .user(
            UserSpec::new("writer", "Writer-1!")
                .authorities(["F_DATAVALUE_ADD"])
                .org_units(["DiszpKrYNg8"]),
        )
        .build()
}

fn combo(set: &DataSet, disease: &str) -> CategoryOptionComboId {
    set.attribute_combo.resolve(&[("DISEASE", disease)]).unwrap()
}

fn cell(set: &DataSet, unit: usize, disease: &str) -> Cell {
    Cell {
        org_unit: UNITS[unit].parse().unwrap(),
        period: "2021W5".parse().unwrap(),
        data_element: set.elements[0].id,
        category_option_combo: set.elements[0].combo.default_option_combo().unwrap(),
        attribute_option_combo: combo(set, disease),
    }
}

#[tokio::test]
async fn the_combination_is_found_by_its_options() {
    let server = Server::of(dhis2("2.42"));
    let set = server.weekly().await;
    assert_eq!(set.default_attribute_combo(), None);
    assert_ne!(combo(&set, "EVD"), combo(&set, "Marburg"));
    let unknown = set.attribute_combo.resolve(&[("Disease", "Lassa")]);
    let known = vec!["EVD".to_owned(), "MVD".to_owned()];
    assert!(
        matches!(&unknown, Err(ComboError::UnknownOption { known: found, .. }) if *found == known),
        "{unknown:?}"
    );
}

/// One entry's values are sent, read and cleared without a touch of the other's.
#[tokio::test]
async fn entries_of_two_combinations_do_not_touch_each_other() {
    for version in ["2.36", "2.42", "2.43"] {
        let server = Server::of(dhis2(version));
        let set = server.weekly().await;
        let (evd, mvd) = (combo(&set, "EVD"), combo(&set, "MVD"));
        server.dhis2.put(
            Stored::new("confirmed01", "2021W5", UNITS[0], "7")
                .attribute_combo(mvd.as_str())
                .stored_by("nurse"),
        );
        let query = ValueQuery::new(set.id)
            .org_units(UNITS.map(|unit| unit.parse().unwrap()))
            .periods(["2021W5".parse().unwrap()]);
        let of = |combo| query.clone().attribute_combos([combo]);

        for (wanted, left) in [(Wanted::Value("3".into()), Some("3")), (Wanted::Nothing, None)] {
            let stored = server.client.stored_values(&of(evd)).await.unwrap();
            let plan =
                reconcile(&set, [(cell(&set, 0, "EVD"), wanted)], stored, &Ownership::of("writer"))
                    .unwrap();
            let options = SendOptions::default();
            let report = server.client.send(&set, &plan, &options, &mut |_| {}).await;
            assert!(report.is_complete(), "{version}: {report:?}");

            let held = server.client.stored_values(&of(evd)).await.unwrap();
            let value = held.first().and_then(|value| value.value.as_deref());
            assert_eq!((value, held.len()), (left, usize::from(left.is_some())), "{version}");
            let others = server.client.stored_values(&of(mvd)).await.unwrap();
            assert_eq!(others.len(), 1, "{version}");
            assert_eq!(others[0].value.as_deref(), Some("7"), "{version}");
            assert_eq!(others[0].stored_by.as_deref(), Some("nurse"), "{version}");
            assert_eq!(others[0].cell, cell(&set, 0, "MVD"), "{version}");
        }
    }
}

#[tokio::test]
async fn completeness_is_of_one_combination() {
    for version in ["2.36", "2.42", "2.43"] {
        let server = Server::of(dhis2(version));
        let set = server.weekly().await;
        let entry = |disease| Registration {
            data_set: set.id,
            period: "2021W5".parse().unwrap(),
            org_unit: UNITS[0].parse().unwrap(),
            attribute_option_combo: combo(&set, disease),
            date: None,
        };
        let both = [entry("EVD"), entry("MVD")];
        let outcomes = server.client.register_complete(&both).await.unwrap();
        assert!(outcomes.iter().all(|outcome| outcome.is_registered()), "{version}: {outcomes:?}");

        server.client.withdraw_complete(&set, &both[0]).await.unwrap();

        let query =
            CompletenessQuery::new(set.id).org_units([both[0].org_unit]).periods([both[0].period]);
        let left = server.client.completeness(&query).await.unwrap();
        let complete: Vec<_> = left
            .iter()
            .filter(|status| status.completed)
            .map(|status| status.registration.attribute_option_combo)
            .collect();
        assert_eq!(complete, [combo(&set, "MVD")], "{version}");

        let default = set.elements[0].combo.default_option_combo().unwrap();
        let strange = [Registration { attribute_option_combo: default, ..both[0] }];
        let outcomes = server.client.register_complete(&strange).await.unwrap();
        assert!(outcomes[0].refused.is_some(), "{version}");
    }
}

/// What preflight finds is what the server answers, and the same code.
#[tokio::test]
async fn preflight_knows_the_days_and_units_of_an_option() {
    for (version, dates, units, foreign) in [("2.42", 7638, 7639, 7635), ("2.43", 8032, 8025, 8023)]
    {
        let server = Server::of(dhis2(version));
        server.dhis2.option_dates("evdoptionx1", "2021-02-08", "");
        server.dhis2.option_units("mvdoptionx1", &[UNITS[1]]);
        let set = server.weekly().await;
        let (user, info) =
            (server.client.me().await.unwrap(), server.client.system_info().await.unwrap());
        let default = set.elements[0].combo.default_option_combo().unwrap();
        let strange = Cell { attribute_option_combo: default, ..cell(&set, 0, "EVD") };
        for (cell, expected) in [
            (cell(&set, 0, "EVD"), dates),
            (cell(&set, 0, "MVD"), units),
            (strange, foreign),
            (cell(&set, 1, "MVD"), 0),
        ] {
            let input = Preflight { data_set: &set, cells: &[cell], user: &user, server: &info };
            let found: Vec<u16> = preflight(&input)
                .into_iter()
                .filter_map(|finding| Some(finding.code?.number()))
                .collect();
            let wanted: Vec<u16> = Some(expected).filter(|code| *code != 0).into_iter().collect();
            assert_eq!(found, wanted, "{version}: {cell}");

            let value = [DataValue::new(cell, "3")];
            let alone: Vec<u16> = blocked(&input, &value)
                .values()
                .filter_map(|finding| Some(finding.code?.number()))
                .collect();
            assert_eq!(alone, wanted, "{version}: {cell}");

            let values = [(cell, Wanted::Value("3".into()))];
            let plan = reconcile(&set, values, Vec::new(), &Ownership::of("writer")).unwrap();
            let options = SendOptions::default();
            let report = server.client.send(&set, &plan, &options, &mut |_| {}).await;
            let code = match &report.outcomes[0].verdict {
                dhis2_client::Verdict::Refused(refusal) => refusal.code.unwrap().number(),
                dhis2_client::Verdict::Stored => 0,
                other => panic!("{version}: {other:?}"),
            };
            assert_eq!(code, expected, "{version}: {report:?}");
        }
    }
}
