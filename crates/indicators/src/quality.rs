//! What is odd about the records, besides what it does to the counts.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Source;
use crate::cube::{Cube, FindingKey, Found, N_SAMPLES};
use crate::day::day_number;
use crate::definition::Definition;
use crate::engine::{AgeFields, Engine, PlaceRule, Setup, day_of, fnv};
use crate::field::{Field, Names, Row};
use crate::places::Places;
use crate::reason::Reason;
use crate::scan::Raw;

/// What is looked for in the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualityRules {
    /// Dates after this day are odd.
    pub today: NaiveDate,
    /// Dates before this day are odd.
    pub outbreak_start: Option<NaiveDate>,
    /// The ids of all reference data, deleted ones left out. Empty: codes are not checked.
    pub reference_ids: BTreeSet<String>,
    /// Whether records are looked at, too, that no indicator could count. Then
    /// [`Engine::server_where`] leaves none of them out.
    pub every_record: bool,
}

/// What is odd about a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Finding {
    /// It is not a JSON object, or broken inside.
    Unreadable,
    /// The date by which such records are counted is absent.
    NoDate(String),
    /// A date is not a date.
    UnreadableDate(String),
    /// A date lies in the future.
    FutureDate(String),
    /// A date lies before the outbreak began.
    BeforeOutbreak(String),
    /// The disease began after it was reported.
    OnsetAfterReport,
    /// It has no place.
    NoPlace,
    /// Its place is not in the list of locations.
    UnknownPlace,
    /// Its place was deleted.
    DeletedPlace,
    /// Neither its place nor one above it has an organisation unit.
    UnmappedPlace,
    /// A code is not, or no longer, in the reference data.
    UnknownCode(String),
    /// The age is below 0 or above 120.
    ImpossibleAge,
    /// Another record has the same date of birth, sex, place and date.
    LikelyDouble,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("the record cannot be read"),
            Self::NoDate(field) => write!(f, "{field} is missing"),
            Self::UnreadableDate(field) => write!(f, "{field} is no date"),
            Self::FutureDate(field) => write!(f, "{field} lies in the future"),
            Self::BeforeOutbreak(field) => write!(f, "{field} lies before the outbreak"),
            Self::OnsetAfterReport => f.write_str("onset after reporting"),
            Self::NoPlace => f.write_str("without a place"),
            Self::UnknownPlace => f.write_str("unknown place"),
            Self::DeletedPlace => f.write_str("deleted place"),
            Self::UnmappedPlace => f.write_str("place without an organisation unit"),
            Self::UnknownCode(field) => write!(f, "{field} is not in the reference data"),
            Self::ImpossibleAge => f.write_str("impossible age"),
            Self::LikelyDouble => f.write_str("likely double"),
        }
    }
}

/// How often something odd was found, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DataFinding {
    /// The kind of records.
    pub source: Source,
    /// What is odd.
    pub finding: Finding,
    /// The id of the location of the records; `None` where they have no known one.
    pub location: Option<String>,
    /// In how many records.
    pub n: u64,
    /// The ids of up to 100 of them, in order. They point to people: for the local disk only.
    pub ids: Vec<String>,
}

/// The checks of one source, made ready.
#[derive(Debug)]
pub(crate) struct Checks {
    id: Field,
    usual_date: Field,
    dates: Vec<Field>,
    onset_and_report: Option<(Field, Field)>,
    codes: Vec<Field>,
    /// Of persons and events; other records have the place of their person.
    place: Option<PlaceRule>,
    age: Option<AgeFields>,
    /// What two records of one person have in common: the first of them must be there.
    identity: Vec<Field>,
}

impl Checks {
    pub(crate) fn new(names: &mut Names<'_>, places: &Places, units: &[String]) -> Self {
        let source = names.source;
        let (dates, codes): (&[&str], &[&str]) = match source {
            Source::Cases => (
                &["dateOfReporting", "dateOfOnset", "dateOfOutcome", "dateOfInfection"],
                &["classification", "gender", "outcomeId", "riskLevel", "occupation"],
            ),
            Source::Contacts | Source::ContactsOfContacts => {
                (&["dateOfReporting", "dateOfLastContact"], &["gender", "riskLevel", "occupation"])
            }
            Source::Events => (&["date", "dateOfReporting"], &["eventCategory"]),
            Source::FollowUps => (&["date"], &["statusId"]),
            Source::LabResults => (
                &["dateSampleTaken", "dateOfResult"],
                &["result", "testType", "sampleType", "status"],
            ),
            Source::Relationships => (&["contactDate"], &["exposureTypeId", "certaintyLevelId"]),
        };
        let is_someone = source.is_person() && source != Source::Events;
        let is_case = source == Source::Cases;
        let identity: &[&str] = match is_someone {
            true => &["dob", "gender", "usualPlaceOfResidenceLocationId", "dateOfReporting"],
            false => &[],
        };
        let usual = Definition { from: source, ..Definition::default() };
        Self {
            id: names.field("id"),
            usual_date: names.field(source.usual_date()),
            dates: dates.iter().map(|name| names.field(name)).collect(),
            onset_and_report: is_case
                .then(|| (names.field("dateOfOnset"), names.field("dateOfReporting"))),
            codes: codes.iter().map(|name| names.field(name)).collect(),
            place: source.is_person().then(|| PlaceRule::new(&usual, names, places, units)),
            age: is_someone.then(|| AgeFields::new("", None, names)),
            identity: identity.iter().map(|name| names.field(name)).collect(),
        }
    }

    /// Looks at one record and notes what is odd.
    pub(crate) fn look(
        &self,
        source: Source,
        row: &Row<'_>,
        rules: &QualityRules,
        setup: &Setup,
        cube: &mut Cube,
    ) {
        let id = row.first(&self.id).and_then(Raw::as_text);
        let location = self.place.as_ref().map(|place| place.location(row, &setup.places));
        let at = match location {
            Some(Ok(n)) => u32::try_from(n).ok(),
            _ => None,
        };
        let mut note = |finding: Finding| {
            let found = cube.findings.entry((source, finding, at)).or_default();
            found.add(id.as_deref(), N_SAMPLES);
        };
        let rule = &setup.day_rule;
        if day_of(row, &self.usual_date, rule) == Err(Reason::NoDate) {
            note(Finding::NoDate(self.usual_date.written.clone()));
        }
        for field in &self.dates {
            match day_of(row, field, rule) {
                Ok(day) if day > day_number(rules.today) => {
                    note(Finding::FutureDate(field.written.clone()));
                }
                Ok(day) if rules.outbreak_start.is_some_and(|start| day < day_number(start)) => {
                    note(Finding::BeforeOutbreak(field.written.clone()));
                }
                Err(Reason::UnreadableDate) => note(Finding::UnreadableDate(field.written.clone())),
                _ => {}
            }
        }
        if let Some((onset, report)) = &self.onset_and_report
            && let (Ok(onset), Ok(report)) = (day_of(row, onset, rule), day_of(row, report, rule))
            && onset > report
        {
            note(Finding::OnsetAfterReport);
        }
        if let Some(place) = &self.place {
            match location.unwrap_or(Err(Reason::NoPlace)) {
                Ok(location) if setup.places.location(location).deleted => {
                    note(Finding::DeletedPlace);
                }
                Ok(_) => {}
                Err(Reason::UnknownPlace) => note(Finding::UnknownPlace),
                Err(_) => note(Finding::NoPlace),
            }
            if place.unit(row, &setup.places) == Err(Reason::UnmappedPlace) {
                note(Finding::UnmappedPlace);
            }
        }
        if !rules.reference_ids.is_empty() {
            for field in &self.codes {
                if let Some(code) = row.first(field).and_then(Raw::as_text)
                    && !rules.reference_ids.contains(code.as_ref())
                {
                    note(Finding::UnknownCode(field.written.clone()));
                }
            }
        }
        if let Some(age) = &self.age
            && age.stated_years(row, rule).is_some_and(|_| age.years(row, rule).is_none())
        {
            note(Finding::ImpossibleAge);
        }
        if let Some((first, others)) = self.identity.split_first()
            && let Some(first) = row.first(first)
        {
            let mut identity = first.0.to_vec();
            for other in others {
                identity.push(b'|');
                identity.extend(row.first(other).map_or(&b""[..], |value| value.0));
            }
            let double = cube.doubles.entry((source, fnv(&identity), at)).or_default();
            double.add(id.as_deref(), N_SAMPLES);
        }
    }
}

impl Engine {
    /// What is odd about the records, by source, kind and location. Empty unless
    /// [`Setup::quality`](crate::Setup) asks for it.
    #[must_use]
    pub fn findings(&self, cube: &Cube) -> Vec<DataFinding> {
        let mut all = cube.findings.clone();
        for (&(source, _, at), found) in cube.doubles.iter().filter(|(_, found)| found.n > 1) {
            let doubles = all.entry((source, Finding::LikelyDouble, at)).or_default();
            doubles.n += found.n;
            for id in &found.ids {
                doubles.keep(id, N_SAMPLES);
            }
        }
        for source in Source::ALL {
            if cube.bad(source) > 0 {
                all.entry((source, Finding::Unreadable, None)).or_default().n = cube.bad(source);
            }
        }
        let name = |n: u32| self.places().location(n as usize).id.clone();
        let one = |((source, finding, at), found): (FindingKey, Found)| DataFinding {
            source,
            finding,
            location: at.map(name),
            n: found.n,
            ids: found.ids.into_iter().map(String::from).collect(),
        };
        all.into_iter().map(one).collect()
    }
}
