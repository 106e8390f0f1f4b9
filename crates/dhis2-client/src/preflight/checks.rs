//! The checks, in the order in which the servers make them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Preflight, Severity, Subject};
use crate::cell::DataValue;
use crate::import::ErrorCode;
use crate::metadata::{CategoryCombo, DataSet, DataSetElement, OrgUnit};
use crate::period::Period;
use crate::uid::{CategoryOptionComboId, DataElementId, OrgUnitId};
use crate::value_type::is_zero;
use crate::version::Engine;

/// The code of engine A or B for one fault.
fn code(input: &Preflight<'_>, a: u16, b: u16) -> Option<ErrorCode> {
    let capabilities = input.server.capabilities();
    let number = match capabilities.engine {
        Engine::A => a,
        Engine::B => b,
    };
    (number != 0 && capabilities.error_codes).then(|| ErrorCode::new(number))
}

fn blocks(code: Option<ErrorCode>, subject: Subject, message: String) -> Finding {
    let remedy = code.map_or("see the message", ErrorCode::remedy).to_owned();
    Finding { severity: Severity::Blocks, code, subject, n_cells: 0, message, remedy }
}

fn warns(subject: Subject, message: String, remedy: &str) -> Finding {
    Finding {
        severity: Severity::Warns,
        code: None,
        subject,
        n_cells: 0,
        message,
        remedy: remedy.to_owned(),
    }
}

pub(super) fn server(input: &Preflight<'_>, findings: &mut Vec<Finding>) {
    if let Err(error) = input.server.calendar.require_iso() {
        findings.push(Finding {
            remedy: "this crate computes ISO 8601 periods only".to_owned(),
            ..blocks(None, Subject::Server, error.to_string())
        });
    }
    if !input.server.version.is_known() {
        findings.push(warns(
            Subject::Server,
            format!("DHIS2 {} is not among the versions this was made for", input.server.version),
            "try a dry run first, and read the values back",
        ));
    }
}

pub(super) fn user(input: &Preflight<'_>, findings: &mut Vec<Finding>) {
    let user = input.user;
    if !user.has("F_DATAVALUE_ADD") {
        let message = "the user may not add data values: the server would refuse every call (403)";
        findings.push(Finding {
            remedy: "an administrator must give the user a role with F_DATAVALUE_ADD".to_owned(),
            ..blocks(None, Subject::User, message.to_owned())
        });
    }
    if user.org_units.is_empty() && !bypasses_rights(input) {
        let message = "the user has no organisation units for data capture".to_owned();
        findings.push(blocks(code(input, 7617, 8011), Subject::User, message));
    }
    if user.is_superuser() {
        let what = match input.server.capabilities().engine {
            Engine::A => "whether a period has expired",
            Engine::B => "whether a period has expired or lies in the future",
        };
        findings.push(warns(
            Subject::User,
            format!("the user has the authority ALL, for which the server does not check {what}"),
            "use a user for this program alone, with F_DATAVALUE_ADD and the organisation units",
        ));
    }
}

/// Engine B asks a user with `ALL` for no right at all; engine A asks for organisation units still.
fn bypasses_rights(input: &Preflight<'_>) -> bool {
    input.user.is_superuser() && input.server.capabilities().engine == Engine::B
}

pub(super) fn data_set(input: &Preflight<'_>, findings: &mut Vec<Finding>) {
    let set = input.data_set;
    if !set.access.write && !input.user.is_superuser() {
        let message =
            format!("the data set `{}` is not shared with the user for data capture", set.name);
        findings.push(blocks(code(input, 7601, 8010), Subject::DataSet, message));
    }
    if !set.access.read && !input.user.is_superuser() {
        findings.push(warns(
            Subject::DataSet,
            format!("the user may not view data of the data set `{}`: nothing can be compared or read back", set.name),
            "an administrator must share the data set with the user: data, can capture and view",
        ));
    }
    if set.has_approval {
        findings.push(warns(
            Subject::DataSet,
            format!("data of `{}` goes through approval: approved periods are refused (E7642, E8033)", set.name),
            "ask who approves; the approval of a period must be taken back before its values change",
        ));
    }
    if set.elements.is_empty() {
        let message = format!("the data set `{}` has no data elements", set.name);
        findings.push(blocks(code(input, 7633, 8020), Subject::DataSet, message));
    }
    if set.org_units.is_empty() {
        let message = format!(
            "the data set `{}` is assigned to no organisation unit that the user may see",
            set.name
        );
        findings.push(blocks(code(input, 7636, 8022), Subject::DataSet, message));
    }
}

pub(super) fn compulsory(input: &Preflight<'_>, findings: &mut Vec<Finding>) {
    let sent: BTreeSet<_> = input.cells.iter().map(|cell| cell.data_element).collect();
    let missing = input
        .data_set
        .compulsory
        .iter()
        .filter(|operand| !sent.contains(&operand.data_element))
        .count();
    if missing == 0 {
        return;
    }
    let message = format!(
        "{missing} compulsory values of `{}` are not among those that would be sent",
        input.data_set.name
    );
    let remedy = "fill them in DHIS2 or in the report, or do not register entries as complete";
    let finding = warns(Subject::DataSet, message, remedy);
    let severity =
        if input.data_set.compulsory_required { Severity::Blocks } else { Severity::Warns };
    findings.push(Finding { severity, ..finding });
}

/// Findings of single cells, joined by what they are about.
pub(super) struct Joined {
    findings: BTreeMap<(Option<ErrorCode>, Subject), Finding>,
    /// How many cells the check that runs now stands for.
    n_cells: usize,
}

impl Joined {
    pub(super) fn new() -> Self {
        Self { findings: BTreeMap::new(), n_cells: 1 }
    }

    /// What was found, in the order of codes and subjects.
    pub(super) fn into_findings(self) -> impl Iterator<Item = Finding> {
        self.findings.into_values()
    }

    fn add(&mut self, code: Option<ErrorCode>, subject: Subject, make: impl FnOnce() -> Finding) {
        self.findings.entry((code, subject)).or_insert_with(make).n_cells += self.n_cells;
    }
}

/// How often each key occurs: a million cells have few units, periods and elements, and each is
/// looked at once.
fn counted<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

pub(super) fn cells(input: &Preflight<'_>, findings: &mut Vec<Finding>) {
    let mut joined = Joined::new();
    let units: BTreeMap<OrgUnitId, &OrgUnit> =
        input.data_set.org_units.iter().map(|unit| (unit.id, unit)).collect();
    let cells = || input.cells.iter();
    for ((id, period), n) in counted(cells().map(|cell| (cell.org_unit, cell.period))) {
        joined.n_cells = n;
        place(input, (id, units.get(&id).copied()), period, &mut joined);
    }
    for (period, n) in counted(cells().map(|cell| cell.period)) {
        joined.n_cells = n;
        time(input, period, &mut joined);
    }
    let keys = cells().map(|cell| (cell.data_element, cell.category_option_combo));
    for ((element, combo), n) in counted(keys) {
        joined.n_cells = n;
        key(input, element, combo, &mut joined);
    }
    let attributes = cells().map(|cell| (cell.attribute_option_combo, cell.period));
    for ((combo, period), n) in counted(attributes) {
        joined.n_cells = n;
        attribute(input, combo, period, &mut joined);
    }
    let attributes = cells().map(|cell| (cell.attribute_option_combo, cell.org_unit));
    for ((combo, unit), n) in counted(attributes) {
        joined.n_cells = n;
        if let Some(unit) = units.get(&unit) {
            attribute_unit(input, combo, unit, &mut joined);
        }
    }
    findings.extend(joined.into_findings());
}

pub(super) fn values(input: &Preflight<'_>, values: &[DataValue], findings: &mut Vec<Finding>) {
    let mut joined = Joined::new();
    let mut seen = BTreeSet::new();
    for value in values {
        if !seen.insert(value.cell) {
            // Engine A keeps one of the two without a word.
            let code = code(input, 0, 8128);
            let subject = Subject::Cell(value.cell);
            joined.add(code, subject.clone(), || Finding {
                remedy: ErrorCode::new(8128).remedy().to_owned(),
                ..blocks(code, subject, format!("the cell {} would be sent twice", value.cell))
            });
        }
        if let Some(element) = input.data_set.element(value.cell.data_element) {
            content(input, value, element, &mut joined);
        }
    }
    findings.extend(joined.into_findings());
}

pub(super) fn place(
    input: &Preflight<'_>,
    (id, unit): (OrgUnitId, Option<&OrgUnit>),
    period: Period,
    joined: &mut Joined,
) {
    let subject = Subject::OrgUnit(id);
    let Some(unit) = unit else {
        let code = code(input, 7636, 8022);
        joined.add(code, subject.clone(), || {
            let set = &input.data_set.name;
            blocks(code, subject, format!("organisation unit {id} is not assigned to `{set}`"))
        });
        return;
    };
    if !bypasses_rights(input) && !input.user.captures_for(&unit.path) {
        let code = code(input, 7617, 8011);
        joined.add(code, subject.clone(), || {
            let message =
                format!("`{}` ({id}) is outside the user's organisation units", unit.name);
            blocks(code, subject.clone(), message)
        });
    }
    if !unit.is_open_for(period) {
        let code = code(input, 0, 8031);
        let message = format!("`{}` ({id}) was not open at the beginning of {period}", unit.name);
        joined.add(code, subject.clone(), || match code {
            Some(_) => blocks(code, subject, message),
            None => warns(subject, message, ErrorCode::new(8031).remedy()),
        });
    }
}

pub(super) fn time(input: &Preflight<'_>, period: Period, joined: &mut Joined) {
    let set = input.data_set;
    let subject = Subject::Period(period);
    if period.period_type() != set.period_type {
        let code = code(input, 7632, 8021);
        joined.add(code, subject.clone(), || {
            let (found, expected) = (period.period_type(), set.period_type);
            let message = format!("{period} is a {found} period, `{}` is {expected}", set.name);
            blocks(code, subject, message)
        });
        return;
    }
    if input.server.version.refuses_week(period) {
        let code = code(input, 7611, 0);
        joined.add(code, subject.clone(), || Finding {
            remedy: "upgrade to 2.40.11, 2.41.8, 2.42.4 or later".to_owned(),
            ..blocks(
                code,
                subject.clone(),
                format!(
                    "DHIS2 {} does not know the week {period}, which exists (DHIS2-20277)",
                    input.server.version
                ),
            )
        });
    }
    let superuser = input.user.is_superuser();
    let edits_expired = input.user.has("F_EDIT_EXPIRED");
    let engine = input.server.capabilities().engine;
    let latest = set.latest_open_period(input.server.today());
    let skips_future = engine == Engine::B && edits_expired;
    if period > latest && !skips_future {
        let code = code(input, 7641, 8030);
        joined.add(code, subject.clone(), || {
            let open = set.open_future_periods;
            let message = format!(
                "{period} is not open yet: the latest open period is {latest} (open future \
                 periods: {open})"
            );
            Finding {
                remedy: ErrorCode::new(7641).remedy().to_owned(),
                ..blocks(code, subject.clone(), message)
            }
        });
    }
    if set.is_expired(period, input.server.now) && !edits_expired {
        let code = code(input, 7640, 8030);
        joined.add(code, Subject::Period(period), || Finding {
            remedy: ErrorCode::new(7640).remedy().to_owned(),
            ..blocks(code, Subject::Period(period), format!("{period} has expired: `{}` takes changes for a limited time after a period ends", set.name))
        });
    }
    input_period(input, period, superuser && engine == Engine::B, joined);
}

fn input_period(input: &Preflight<'_>, period: Period, skipped: bool, joined: &mut Joined) {
    let periods = &input.data_set.input_periods;
    if periods.is_empty() || skipped {
        return;
    }
    let now = input.server.now;
    let open = periods.iter().any(|allowed| {
        let within = allowed.opening.is_none_or(|from| now >= from)
            && allowed.closing.is_none_or(|until| now <= until);
        let dated = allowed.opening.is_some() || allowed.closing.is_some();
        // 2.43.0 and 2.43.1 test the window the wrong way round (DHIS2-21981).
        let inverted = input.server.capabilities().input_periods_inverted && dated;
        allowed.period == period && within != inverted
    });
    if !open {
        let code = code(input, 7643, 8030);
        joined.add(code, Subject::Period(period), || Finding {
            remedy: ErrorCode::new(7643).remedy().to_owned(),
            ..blocks(
                code,
                Subject::Period(period),
                format!("{period} is not among the input periods that are open now"),
            )
        });
    }
}

pub(super) fn key(
    input: &Preflight<'_>,
    id: DataElementId,
    combo: CategoryOptionComboId,
    joined: &mut Joined,
) {
    let set: &DataSet = input.data_set;
    let Some(element) = set.element(id) else {
        let code = code(input, 7633, 8020);
        let subject = Subject::DataElement(id);
        joined.add(code, subject.clone(), || {
            blocks(code, subject, format!("data element {id} is not in `{}`", set.name))
        });
        return;
    };
    if element.combo.option_combo(combo).is_none() {
        let code = code(input, 7634, 8024);
        foreign_combo(code, (&element.combo, combo), &element.name, joined);
    }
}

pub(super) fn attribute(
    input: &Preflight<'_>,
    id: CategoryOptionComboId,
    period: Period,
    joined: &mut Joined,
) {
    let set: &DataSet = input.data_set;
    let Some(found) = set.attribute_combo.option_combo(id) else {
        foreign_combo(code(input, 7635, 8023), (&set.attribute_combo, id), &set.name, joined);
        return;
    };
    // Only attribute options are held against periods by the import.
    let options = set.attribute_combo.categories.iter().flat_map(|category| &category.options);
    let outside = options.filter(|option| found.options.contains(&option.id)).find(|option| {
        option.start_date.is_some_and(|day| period.first_day() < day)
            || option.end_date.is_some_and(|day| period.last_day() > day)
    });
    if let Some(option) = outside {
        let code = code(input, 7638, 8032);
        let subject = Subject::OptionCombo(id);
        joined.add(code, subject.clone(), || {
            let message =
                format!("{period} lies outside the dates of the option `{}`", option.name);
            blocks(code, subject, message)
        });
    }
}

/// Only attribute options are held against units by the import; a unit under an assigned one is good.
pub(super) fn attribute_unit(
    input: &Preflight<'_>,
    id: CategoryOptionComboId,
    unit: &OrgUnit,
    joined: &mut Joined,
) {
    let combo = &input.data_set.attribute_combo;
    let Some(found) = combo.option_combo(id) else { return };
    let mut options = combo.categories.iter().flat_map(|category| &category.options);
    let elsewhere = options.find(|option| {
        found.options.contains(&option.id)
            && !option.org_units.is_empty()
            && !option.org_units.contains(&unit.id)
            && !unit.ancestors().any(|above| option.org_units.contains(&above))
    });
    if let Some(option) = elsewhere {
        let code = code(input, 7639, 8025);
        let subject = Subject::OrgUnit(unit.id);
        joined.add(code, subject.clone(), || {
            let (name, id) = (&unit.name, unit.id);
            let message =
                format!("the option `{}` is not assigned to `{name}` ({id})", option.name);
            blocks(code, subject, message)
        });
    }
}

fn foreign_combo(
    code: Option<ErrorCode>,
    (combo, id): (&CategoryCombo, CategoryOptionComboId),
    of: &str,
    joined: &mut Joined,
) {
    let subject = Subject::OptionCombo(id);
    joined.add(code, subject.clone(), || {
        let message = format!(
            "option combination {id} is not one of `{}`, by which `{of}` is split",
            combo.name
        );
        blocks(code, subject, message)
    });
}

pub(super) fn content(
    input: &Preflight<'_>,
    value: &DataValue,
    element: &DataSetElement,
    joined: &mut Joined,
) {
    let subject = Subject::DataElement(element.id);
    let name = &element.name;
    if value.deleted {
        return;
    }
    let Some(text) = value.value.as_deref().filter(|text| !text.is_empty()) else {
        let code = code(input, 7618, 8120);
        joined.add(code, subject.clone(), || {
            blocks(code, subject, format!("an empty value for `{name}`"))
        });
        return;
    };
    if let Err(error) = element.value_type.check(text) {
        let code = code(input, 7619, 8122);
        joined.add(code, subject.clone(), || {
            blocks(code, subject.clone(), format!("a value for `{name}`: {error}"))
        });
    } else if let Some(set) = element.option_set.as_ref().filter(|set| !set.has(text)) {
        let code = code(input, 7621, 8123);
        joined.add(code, subject.clone(), || {
            let known: Vec<&str> = set.options.iter().map(|o| o.code.as_str()).take(12).collect();
            blocks(
                code,
                subject.clone(),
                format!("a value for `{name}` is no code of its option set ({})", known.join(", ")),
            )
        });
    }
    if is_zero(text) && !element.keeps_zeros() {
        let fate = match input.server.capabilities().engine {
            Engine::A => "the server would store and delete them by turns, each time they are sent",
            Engine::B => "the server would store them, and delete them in the night",
        };
        joined.add(None, subject.clone(), || {
            warns(
                subject,
                format!("zeros of `{name}` are not significant: {fate}"),
                "leave zeros out (reconcile does), or make zeros significant in the data element",
            )
        });
    }
}
