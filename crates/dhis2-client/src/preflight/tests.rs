use super::{
    Finding, Preflight, Severity, blocked, preflight, preflight_completeness, preflight_values,
};
use crate::cell::{Cell, DataValue};
use crate::metadata::tests::covid19;
use crate::metadata::{CompulsoryOperand, DataAccess, DataSet, InputPeriod, Me, UserOrgUnit};
use crate::period::Calendar;
use crate::system::SystemInfo;

struct Scene {
    set: DataSet,
    user: Me,
    server: SystemInfo,
}

/// A district officer on Tuesday, 2 March 2021, week 9.
fn scene(version: &str) -> Scene {
    let mut set = covid19();
    set.access = DataAccess { read: true, write: true };
    Scene {
        user: Me {
            id: "M5zQapPyTZI".parse().unwrap(),
            username: "writer".into(),
            authorities: ["F_DATAVALUE_ADD".to_owned()].into(),
            org_units: vec![UserOrgUnit {
                id: "DMvavApvkmC".parse().unwrap(),
                code: None,
                name: None,
                path: None,
                level: None,
            }],
            data_view_org_units: Vec::new(),
            readable_data_sets: [set.id].into(),
        },
        server: SystemInfo {
            version: version.parse().unwrap(),
            now: "2021-03-02T10:00:00".parse().unwrap(),
            time_zone: None,
            calendar: Calendar::Iso8601,
            system_name: None,
            system_id: None,
            last_analytics: None,
        },
        set,
    }
}

impl Scene {
    fn cell(&self, week: &str) -> Cell {
        let period = week.parse().unwrap();
        self.set.cell("CV19_TESTED", &[], period, self.set.org_units[2].id).unwrap()
    }

    fn find(&self, cells: &[Cell]) -> Vec<Finding> {
        let (data_set, user, server) = (&self.set, &self.user, &self.server);
        preflight(&Preflight { data_set, cells, user, server })
    }

    fn find_values(&self, values: &[DataValue]) -> Vec<Finding> {
        let (data_set, user, server) = (&self.set, &self.user, &self.server);
        preflight_values(&Preflight { data_set, cells: &[], user, server }, values)
    }
}

/// Findings in short: `E8022×3`, `!` before what only warns.
fn in_short(findings: &[Finding]) -> String {
    let words = findings.iter().map(|finding| {
        let warns = if finding.severity == Severity::Warns { "!" } else { "" };
        let code = finding.code.map_or("-".to_owned(), |code| code.to_string());
        format!("{warns}{code}×{}", finding.n_cells)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// One scene on both engines.
fn check(change: impl Fn(&mut Scene) -> Vec<Cell>, on_a: &str, on_b: &str) {
    for (version, expected) in [("2.42.7", on_a), ("2.43.2", on_b)] {
        let mut scene = scene(version);
        let cells = change(&mut scene);
        let findings = scene.find(&cells);
        assert_eq!(in_short(&findings), expected, "{version}: {findings:#?}");
        for finding in findings {
            assert!(!finding.message.is_empty() && !finding.remedy.is_empty());
        }
    }
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    check(|scene| vec![scene.cell("2021W8"), scene.cell("2020W53")], "", "");
}

/// Recordings `x-grp-*` and `writer-*`: the codes that the servers answer.
#[test]
fn wrong_keys_have_the_codes_that_the_servers_answer() {
    check(
        |s| vec![Cell { org_unit: "aaaaaaaaaaa".parse().unwrap(), ..s.cell("2021W8") }],
        "E7636×1",
        "E8022×1",
    );
    check(
        |s| vec![Cell { data_element: "aaaaaaaaaaa".parse().unwrap(), ..s.cell("2021W8") }],
        "E7633×1",
        "E8020×1",
    );
    check(
        |s| {
            let split = [("SEX_WITH_UNK", "F"), ("AGE_CV19", "UNK_AGE")];
            let combo = &s.set.find_element("CV19_NEW_CONF_CASES").unwrap().combo;
            let foreign = combo.resolve(&split).unwrap();
            vec![Cell { category_option_combo: foreign, ..s.cell("2021W8") }]
        },
        "E7634×1",
        "E8024×1",
    );
    check(
        |s| {
            vec![Cell {
                attribute_option_combo: "aaaaaaaaaaa".parse().unwrap(),
                ..s.cell("2021W8")
            }]
        },
        "E7635×1",
        "E8023×1",
    );
    check(
        |s| vec![Cell { period: "20210201".parse().unwrap(), ..s.cell("2021W8") }],
        "E7632×1",
        "E8021×1",
    );
}

/// Recordings `refuse-today`, `x-wr-future`: `openFuturePeriods` 0 closes even the current period.
#[test]
fn the_current_period_is_closed_unless_one_future_period_is_open() {
    check(|s| vec![s.cell("2021W9")], "E7641×1", "E8030×1");
    check(
        |s| {
            s.set.open_future_periods = 1;
            vec![s.cell("2021W9"), s.cell("2021W10")]
        },
        "E7641×1",
        "E8030×1",
    );
}

/// Recordings `refuse-locked`, `refuse-locked-as-writer`, `refuse-future-period`.
#[test]
fn a_user_with_all_is_not_checked_for_timing_and_preflight_says_so() {
    let late = |s: &mut Scene| {
        s.set.expiry = chrono::TimeDelta::try_days(3);
        vec![s.cell("2021W1"), s.cell("2021W20")]
    };
    check(late, "E7640×1 E7641×1", "E8030×1 E8030×1");
    let admin = |s: &mut Scene| {
        s.user.authorities.insert("ALL".into());
        late(s)
    };
    check(admin, "E7641×1 !-×0", "!-×0");
    let editor = |s: &mut Scene| {
        s.user.authorities.insert("F_EDIT_EXPIRED".into());
        late(s)
    };
    check(editor, "E7641×1", "");
}

#[test]
fn cells_with_one_fault_are_one_finding() {
    let scene = scene("2.43.2");
    let unknown = Cell { org_unit: "aaaaaaaaaaa".parse().unwrap(), ..scene.cell("2021W8") };
    let cells =
        [unknown, Cell { period: "2021W7".parse().unwrap(), ..unknown }, scene.cell("2021W9")];
    let findings = scene.find(&cells);
    assert_eq!(in_short(&findings), "E8022×2 E8030×1");
}

#[test]
fn cell_by_cell_the_same_cells_are_blocked_as_together() {
    for version in ["2.42.7", "2.43.2"] {
        let mut scene = scene(version);
        scene.set.expiry = chrono::TimeDelta::try_days(3);
        let good = scene.cell("2021W8");
        let cells = [
            good,
            Cell { org_unit: "aaaaaaaaaaa".parse().unwrap(), ..good },
            scene.cell("2021W1"),
            scene.cell("2021W20"),
            Cell { org_unit: "aaaaaaaaaaa".parse().unwrap(), ..scene.cell("2021W20") },
        ];
        let values: Vec<DataValue> = cells.iter().map(|cell| DataValue::new(*cell, "3")).collect();
        let input = Preflight {
            data_set: &scene.set,
            cells: &cells,
            user: &scene.user,
            server: &scene.server,
        };

        let found = blocked(&input, &values);

        assert_eq!(found.keys().copied().collect::<Vec<_>>(), {
            let mut expected = cells[1..].to_vec();
            expected.sort_unstable();
            expected
        });
        // The place comes first in the server's order, so the cell with two faults has that one.
        let together = preflight(&input);
        let n_places =
            found.values().filter(|finding| finding.message.contains("assigned")).count();
        assert_eq!(n_places, 2, "{version}: {found:#?}");
        for finding in found.values() {
            assert!(together.iter().any(|of_all| of_all.message == finding.message));
        }
    }
}

#[test]
fn a_value_of_the_wrong_type_is_blocked_and_a_deletion_is_not() {
    let scene = scene("2.43.2");
    let cell = scene.cell("2021W8");
    let input =
        Preflight { data_set: &scene.set, cells: &[], user: &scene.user, server: &scene.server };

    let wrong = blocked(&input, &[DataValue::new(cell, "three")]);

    assert_eq!(in_short(&wrong.into_values().collect::<Vec<_>>()), "E8122×1");
    assert!(blocked(&input, &[DataValue::deletion(cell)]).is_empty());
}

#[test]
fn whoever_may_not_add_values_has_every_cell_blocked() {
    let mut scene = scene("2.42.7");
    scene.user.authorities.clear();
    let cell = scene.cell("2021W8");
    let input =
        Preflight { data_set: &scene.set, cells: &[], user: &scene.user, server: &scene.server };

    assert!(blocked(&input, &[DataValue::new(cell, "3")])[&cell].message.contains("403"));
}

#[test]
fn input_periods_close_every_other_period() {
    check(
        |s| {
            let at = |text: &str| Some(text.parse().unwrap());
            s.set.input_periods = vec![
                InputPeriod { period: "2021W7".parse().unwrap(), opening: None, closing: None },
                InputPeriod {
                    period: "2021W6".parse().unwrap(),
                    opening: None,
                    closing: at("2021-02-20T00:00:00"),
                },
            ];
            vec![s.cell("2021W8"), s.cell("2021W7"), s.cell("2021W6")]
        },
        "E7643×1 E7643×1",
        "E8030×1 E8030×1",
    );
}

/// Recordings `x-ou-*`: 2.42 does not look at the dates of units.
#[test]
fn units_that_were_not_open_are_refused_by_engine_b_only() {
    check(
        |s| {
            s.set.org_units[2].closed_date = Some("2021-02-07".parse().unwrap());
            vec![s.cell("2021W8"), s.cell("2021W5")]
        },
        "!-×1",
        "E8031×1",
    );
}

#[test]
fn rights_that_are_missing_are_named() {
    check(
        |s| {
            s.user.authorities.clear();
            s.set.access = DataAccess::default();
            vec![]
        },
        "E7601×0 -×0 !-×0",
        "E8010×0 -×0 !-×0",
    );
    check(
        |s| {
            s.user.org_units[0].id = "aaaaaaaaaaa".parse().unwrap();
            vec![s.cell("2021W8")]
        },
        "E7617×1",
        "E8011×1",
    );
}

#[test]
fn values_are_held_against_type_option_set_and_zeros() {
    let scene = scene("2.43.2");
    let tested = |text: &str| DataValue::new(scene.cell("2021W8"), text);
    let class = |text: &str| {
        let week = "2021W8".parse().unwrap();
        let cell = scene.set.cell("CV19_TRANS_CLASS", &[], week, scene.set.org_units[2].id);
        DataValue::new(cell.unwrap(), text)
    };
    let find = |value| in_short(&scene.find_values(&[value]));
    assert_eq!(find(tested("7")), "");
    assert_eq!(find(tested("-7")), "E8122×1");
    assert_eq!(find(tested("")), "E8120×1");
    assert_eq!(find(tested("0")), "!-×1");
    assert_eq!(find(class("CLUSTERS")), "");
    assert_eq!(find(class("Clusters of cases")), "E8123×1");
    let twice = scene.find_values(&[tested("7"), tested("8")]);
    assert_eq!(in_short(&twice), "E8128×1");
}

#[test]
fn weeks_that_an_old_server_does_not_know_are_found() {
    let mut scene = scene("2.40.10");
    scene.set.period_type = crate::period::PeriodType::WeeklyThursday;
    scene.server.now = "2026-03-02T10:00:00".parse().unwrap();
    let week_53 = Cell { period: "2023ThuW53".parse().unwrap(), ..scene.cell("2021W8") };
    let findings = scene.find(&[week_53]);
    assert_eq!(in_short(&findings), "E7611×1");
    assert!(findings[0].remedy.contains("2.40.11"), "{}", findings[0]);
}

#[test]
fn calendars_and_compulsory_values_are_looked_at() {
    let mut scene = scene("2.42.7");
    scene.server.calendar = Calendar::from_name("nepali");
    assert_eq!(in_short(&scene.find(&[])), "-×0");
    let tests = scene.set.find_element("CV19_TESTED_PCR").unwrap().id;
    scene.set.compulsory =
        vec![CompulsoryOperand { data_element: tests, category_option_combo: None }];
    let cells = [scene.cell("2021W8")];
    let (data_set, user, server) = (&scene.set, &scene.user, &scene.server);
    let findings = preflight_completeness(&Preflight { data_set, cells: &cells, user, server });
    assert_eq!(in_short(&findings), "!-×0");
}
