use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Action, ChangeKind, Ownership, Plan, Wanted, reconcile};
use crate::cell::{Cell, StoredValue};
use crate::metadata::DataSet;
use crate::metadata::tests::{covid19, daily};

/// A cell of the daily data set: `CONFIRMED` keeps zeros, `HOSP_NEW` does not.
fn cell(set: &DataSet, element: &str, day: u32) -> Cell {
    let period = format!("202611{day:02}").parse().unwrap();
    set.cell(element, &[], period, "DiszpKrYNg8".parse().unwrap()).unwrap()
}

fn by(user: &str, cell: Cell, value: &str) -> StoredValue {
    StoredValue { stored_by: Some(user.into()), ..StoredValue::new(cell, value) }
}

fn value(text: &str) -> Wanted {
    Wanted::Value(text.to_owned())
}

/// What becomes of one cell, in short: `create 5`, `5 → 6`, `clear 5`, `= 5`, `foreign 5`, or nothing.
fn check(element: &str, wanted: Option<Wanted>, stored: Option<(&str, &str)>, expected: &str) {
    let set = daily("2.42");
    let cell = cell(&set, element, 2);
    let ours = Ownership::of("sync").cells(|_| true);
    let stored = stored.map(|(user, value)| by(user, cell, value));
    let plan = reconcile(&set, wanted.map(|wanted| (cell, wanted)), stored, &ours).unwrap();
    let words: Vec<String> = plan
        .changes()
        .iter()
        .map(|change| match (&change.action, change.old(), change.new()) {
            (Action::Create { .. }, None, Some(new)) => format!("create {new}"),
            (Action::Update { .. }, Some(old), Some(new)) => format!("{old} → {new}"),
            (Action::Clear { .. }, Some(old), None) => format!("clear {old}"),
            (Action::Unchanged { .. }, Some(old), Some(new)) if old == new => format!("= {old}"),
            (Action::Foreign { .. }, Some(old), _) => format!("foreign {old}"),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(words.join(", "), expected, "{element}");
}

#[test]
fn each_pair_of_wanted_and_stored_has_its_action() {
    check("CONFIRMED", Some(value("5")), None, "create 5");
    check("CONFIRMED", Some(value("5")), Some(("sync", "5")), "= 5");
    check("CONFIRMED", Some(value("6")), Some(("sync", "5")), "5 → 6");
    check("CONFIRMED", Some(value("0")), None, "create 0");
    check("CONFIRMED", Some(value("0")), Some(("sync", "5")), "5 → 0");
    check("CONFIRMED", Some(Wanted::Nothing), Some(("sync", "5")), "clear 5");
    check("CONFIRMED", Some(Wanted::Nothing), Some(("sync", "0")), "clear 0");
    check("CONFIRMED", Some(Wanted::Nothing), None, "");
    check("CONFIRMED", Some(value("")), Some(("sync", "5")), "clear 5");
    check("CONFIRMED", None, Some(("sync", "5")), "clear 5");
    check("CONFIRMED", None, None, "");
}

/// Recordings `zero-loop-*`: sent, such a zero would be stored and deleted by turns.
#[test]
fn zero_loop_a_zero_that_is_not_significant_is_no_value() {
    check("HOSP_NEW", Some(value("0")), None, "");
    check("HOSP_NEW", Some(value("0.0")), None, "");
    check("HOSP_NEW", Some(value("0")), Some(("sync", "5")), "clear 5");
    check("HOSP_NEW", Some(value("0")), Some(("sync", "0")), "= 0");
    check("HOSP_NEW", Some(Wanted::Nothing), Some(("nurse", "0")), "= 0");
    check("HOSP_NEW", None, Some(("sync", "0")), "");
    check("HOSP_NEW", Some(value("3")), Some(("sync", "0")), "0 → 3");
}

#[test]
fn values_of_others_are_shown_and_left_alone() {
    check("CONFIRMED", Some(value("6")), Some(("nurse", "5")), "foreign 5");
    check("CONFIRMED", Some(value("5")), Some(("nurse", "5")), "= 5");
    check("CONFIRMED", Some(Wanted::Nothing), Some(("nurse", "5")), "foreign 5");
    check("CONFIRMED", None, Some(("nurse", "5")), "foreign 5");
    let set = daily("2.42");
    let cell = cell(&set, "CONFIRMED", 2);
    let plan = |ownership: &Ownership| {
        let stored = [by("nurse", cell, "5")];
        reconcile(&set, [(cell, value("6"))], stored, ownership).unwrap().changes()[0].kind()
    };
    assert_eq!(plan(&Ownership::of("sync")), ChangeKind::Foreign);
    assert_eq!(plan(&Ownership::of("sync").also("nurse")), ChangeKind::Update);
    assert_eq!(plan(&Ownership::of("sync").everything()), ChangeKind::Update);
}

#[test]
fn cells_that_are_not_ours_are_not_mentioned() {
    let set = daily("2.42");
    let (ours, other) = (cell(&set, "CONFIRMED", 2), cell(&set, "HOSP_NEW", 2));
    let stored = [by("sync", ours, "1"), by("sync", other, "2")];
    let ownership = Ownership::of("sync").cells(move |cell| *cell == ours);
    let plan = reconcile(&set, [], stored.clone(), &ownership).unwrap();
    assert_eq!(plan.changes().len(), 1);
    assert_eq!(plan.changes()[0].cell, ours);
    let plan = reconcile(&set, [], stored, &Ownership::of("sync")).unwrap();
    assert!(plan.changes().is_empty() && plan.is_empty());
}

/// Recordings `x-com-resend`, `x-fu-resend`: what is not sent again is wiped.
#[test]
fn x_com_resend_comments_and_marks_of_people_are_carried_along() {
    let set = daily("2.42");
    let cell = cell(&set, "CONFIRMED", 2);
    let stored = StoredValue {
        comment: Some("counted twice".into()),
        follow_up: true,
        ..by("sync", cell, "5")
    };
    let plan = reconcile(&set, [(cell, value("6"))], [stored], &Ownership::of("sync")).unwrap();
    let sent = plan.changes()[0].data_value().unwrap();
    assert_eq!(sent.value.as_deref(), Some("6"));
    assert_eq!(sent.comment.as_deref(), Some("counted twice"));
    assert!(sent.follow_up && !sent.deleted);
}

#[test]
fn a_cell_wanted_twice_is_one_cell_or_an_error() {
    let set = daily("2.42");
    let cell = cell(&set, "CONFIRMED", 2);
    let ours = Ownership::of("sync");
    let twice = [(cell, value("5")), (cell, value("5.0"))];
    assert_eq!(reconcile(&set, twice, [], &ours).unwrap().counts().create, 1);
    let differ = [(cell, value("5")), (cell, value("6"))];
    let error = reconcile(&set, differ, [], &ours).unwrap_err();
    assert!(error.to_string().contains("once as `5` and once as `6`"), "{error}");
}

#[test]
fn texts_that_mean_one_value_are_unchanged() {
    let set = daily("2.42");
    let cell = cell(&set, "CONFIRMED", 2);
    let plan =
        reconcile(&set, [(cell, value("12.0"))], [by("nurse", cell, "12")], &Ownership::of("x"));
    assert_eq!(plan.unwrap().counts().unchanged, 1);
}

#[test]
fn a_deleted_value_counts_as_none() {
    let set = daily("2.42");
    let cell = cell(&set, "CONFIRMED", 2);
    let deleted = StoredValue { deleted: true, ..by("nurse", cell, "5") };
    let plan = reconcile(&set, [(cell, value("5"))], [deleted], &Ownership::of("sync")).unwrap();
    assert_eq!(plan.counts().create, 1);
}

/// What the server holds after a plan was carried out.
fn carry_out(plan: &Plan, stored: &BTreeMap<Cell, StoredValue>) -> BTreeMap<Cell, StoredValue> {
    let mut after = stored.clone();
    for value in plan.to_send().filter_map(super::Change::data_value) {
        match value.value {
            Some(text) => after.insert(value.cell, by("sync", value.cell, &text)),
            None => after.remove(&value.cell),
        };
    }
    after
}

proptest! {
    /// After a plan DHIS2 holds what is wanted, others' values are as they were, and a second plan
    /// sends nothing.
    #[test]
    fn a_second_plan_is_empty(
        wanted in proptest::collection::btree_map(0_usize..60, 0_u32..4, 0..40),
        held in proptest::collection::btree_map(0_usize..60, (0_u32..4, any::<bool>()), 0..40),
    ) {
        let set = covid19();
        let week = set.period_type.parse("2021W5").unwrap();
        let combo = &set.find_element("CV19_NEW_CONF_CASES").unwrap().combo;
        let ages: Vec<_> = combo.categories[0].options.iter().map(|o| o.label()).collect();
        let cell = |n: usize| {
            let split = [("AGE_CV19", ages[n % ages.len()]), ("SEX_WITH_UNK", "F")];
            let unit = set.org_units[n % 10].id;
            set.cell("CV19_NEW_CONF_CASES", &split, week.back(u32::try_from(n / 14).unwrap()), unit).unwrap()
        };
        let desired: Vec<(Cell, Wanted)> =
            wanted.iter().map(|(n, count)| (cell(*n), value(&count.to_string()))).collect();
        let stored: BTreeMap<Cell, StoredValue> = held
            .iter()
            .map(|(n, (count, ours))| {
                let user = if *ours { "sync" } else { "nurse" };
                (cell(*n), by(user, cell(*n), &count.to_string()))
            })
            .collect();
        let ownership = Ownership::of("sync").cells(|_| true);

        let plan = reconcile(&set, desired.clone(), stored.values().cloned(), &ownership).unwrap();
        let after = carry_out(&plan, &stored);
        let second = reconcile(&set, desired.clone(), after.values().cloned(), &ownership).unwrap();

        prop_assert!(second.is_empty(), "{:?}", second);
        prop_assert_eq!(second.counts().foreign, plan.counts().foreign);
        for (cell, value) in &stored {
            if value.stored_by.as_deref() == Some("nurse") {
                prop_assert_eq!(after.get(cell), Some(value));
            }
        }
        for (cell, wanted) in &desired {
            let foreign = stored.get(cell).is_some_and(|v| v.stored_by.as_deref() == Some("nurse"));
            let holds = after.get(cell).and_then(StoredValue::live_value);
            let Wanted::Value(text) = wanted else { continue };
            if !foreign && text != "0" {
                prop_assert_eq!(holds, Some(text.as_str()));
            }
        }
    }
}
