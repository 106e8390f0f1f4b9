use super::split::{self, Split};
use crate::cell::Cell;
use crate::import::{Conflict, ErrorCode};

fn cells(n: usize) -> Vec<Cell> {
    (0..n)
        .map(|n| Cell {
            org_unit: format!("orgunit{:04}", n % 3).parse().unwrap(),
            period: format!("2021W{}", n / 3 + 1).parse().unwrap(),
            data_element: "CnPsS2xE8UN".parse().unwrap(),
            category_option_combo: "HllvX50cXC0".parse().unwrap(),
            attribute_option_combo: "HllvX50cXC0".parse().unwrap(),
        })
        .collect()
}

/// Nothing lies in the future.
fn split(cells: &[Cell], suspects: &[usize], conflict: &Conflict) -> Split {
    split::split(cells, suspects, conflict, |_| false)
}

fn conflict(code: u16) -> Conflict {
    Conflict { code: Some(ErrorCode::new(code)), ..Conflict::default() }
}

#[test]
fn what_a_conflict_names_for_certain_is_set_aside_at_once() {
    let rest = vec![0, 1, 3, 4, 5];
    assert_eq!(split(&cells(6), &[2], &conflict(8022)), Split::Refused { bad: vec![2], rest });
    assert_eq!(split(&cells(3), &[0, 1, 2], &conflict(8020)), Split::AllRefused);
}

#[test]
fn what_names_nothing_is_halved() {
    let halves = Split::Parts(vec![vec![0, 1], vec![2, 3, 4]]);
    assert_eq!(split(&cells(5), &[], &conflict(8012)), halves);
    assert_eq!(split(&cells(5), &[0, 1, 2, 3, 4], &conflict(8032)), halves);
    assert_eq!(split(&cells(1), &[], &conflict(8012)), Split::AllRefused);
}

#[test]
fn closed_periods_are_asked_for_each_unit_as_one_of_them_may_be_exempt() {
    // Units 0 1 2 0 1 2 in weeks 1 1 1 2 2 2; week 1 is closed.
    let parts = split(&cells(6), &[0, 1, 2], &conflict(8030));
    assert_eq!(parts, Split::Parts(vec![vec![3, 4, 5], vec![0], vec![1], vec![2]]));
}

#[test]
fn periods_that_are_not_open_yet_are_refused_for_every_unit() {
    // Week 2 is not open yet, week 1 has expired.
    let parts = split::split(&cells(6), &[0, 1, 2, 3, 4, 5], &conflict(8030), |cell| {
        cell.period.id() == "2021W2"
    });
    assert_eq!(parts, Split::Refused { bad: vec![3, 4, 5], rest: vec![0, 1, 2] });
}

#[test]
fn what_is_named_and_may_be_innocent_is_sent_apart() {
    let parts = split(&cells(4), &[1, 2], &conflict(8012));
    assert_eq!(parts, Split::Parts(vec![vec![0, 3], vec![1, 2]]));
}
