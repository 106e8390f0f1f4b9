//! DHIS2 periods, written from the rules of the facts sheet, §7, and from nothing else.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

/// A period type by its DHIS2 name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Daily,
    /// Days after Monday on which the week begins.
    Weekly(u8),
    BiWeekly,
    Monthly,
    BiMonthly,
    Quarterly,
    QuarterlyNov,
    SixMonthly,
    SixMonthlyApril,
    SixMonthlyNov,
    Yearly,
    /// The month the year begins with.
    Financial(u8),
}

const NAMES: &[(&str, Kind)] = &[
    ("Daily", Kind::Daily),
    ("Weekly", Kind::Weekly(0)),
    ("WeeklyWednesday", Kind::Weekly(2)),
    ("WeeklyThursday", Kind::Weekly(3)),
    ("WeeklyFriday", Kind::Weekly(4)),
    ("WeeklySaturday", Kind::Weekly(5)),
    ("WeeklySunday", Kind::Weekly(6)),
    ("BiWeekly", Kind::BiWeekly),
    ("Monthly", Kind::Monthly),
    ("BiMonthly", Kind::BiMonthly),
    ("Quarterly", Kind::Quarterly),
    ("QuarterlyNov", Kind::QuarterlyNov),
    ("SixMonthly", Kind::SixMonthly),
    ("SixMonthlyApril", Kind::SixMonthlyApril),
    ("SixMonthlyNov", Kind::SixMonthlyNov),
    ("Yearly", Kind::Yearly),
    ("FinancialFeb", Kind::Financial(2)),
    ("FinancialApril", Kind::Financial(4)),
    ("FinancialJuly", Kind::Financial(7)),
    ("FinancialAug", Kind::Financial(8)),
    ("FinancialSep", Kind::Financial(9)),
    ("FinancialOct", Kind::Financial(10)),
    ("FinancialNov", Kind::Financial(11)),
];

/// The infix of a week identifier by first weekday.
const WEEKS: &[(&str, u8)] =
    &[("W", 0), ("WedW", 2), ("ThuW", 3), ("FriW", 4), ("SatW", 5), ("SunW", 6)];

const FINANCIAL: &[(&str, u8)] =
    &[("Feb", 2), ("April", 4), ("July", 7), ("Aug", 8), ("Sep", 9), ("Oct", 10), ("Nov", 11)];

impl Kind {
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Length in months and the month in which the first period of a year begins, for the types
    /// made of months.
    fn months(self) -> Option<(u32, u32)> {
        Some(match self {
            Self::Monthly => (1, 1),
            Self::BiMonthly => (2, 1),
            Self::Quarterly => (3, 1),
            Self::QuarterlyNov => (3, 11),
            Self::SixMonthly => (6, 1),
            Self::SixMonthlyApril => (6, 4),
            Self::SixMonthlyNov => (6, 11),
            Self::Yearly => (12, 1),
            Self::Financial(month) => (12, u32::from(month)),
            _ => return None,
        })
    }
}

/// One period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Period {
    /// First day.
    pub(crate) start: NaiveDate,
    /// Last day.
    pub(crate) end: NaiveDate,
    pub(crate) kind: Kind,
}

impl Period {
    /// Reads an identifier; `None` where it is none. Weeks may be padded, days and months dashed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if !text.is_ascii() || text.len() < 4 {
            return None;
        }
        let (year, rest) = text.split_at(4);
        let year = digits(year)?;
        let year = i32::try_from(year).ok()?;
        if rest.is_empty() {
            return Self::from_month(Kind::Yearly, year, 1);
        }
        if let Some(dashed) = rest.strip_prefix('-') {
            return match dashed.split_once('-') {
                Some((month, day)) if month.len() == 2 && day.len() == 2 => {
                    Self::day(year, digits(month)?, digits(day)?)
                }
                None if dashed.len() == 2 => Self::from_month(Kind::Monthly, year, digits(dashed)?),
                _ => None,
            };
        }
        if let Some(number) = digits(rest) {
            return match rest.len() {
                2 => Self::from_month(Kind::Monthly, year, number),
                4 => Self::day(year, number / 100, number % 100),
                _ => None,
            };
        }
        if let Some(number) = rest.strip_suffix('B').filter(|n| n.len() == 2).and_then(digits) {
            return Self::nth(Kind::BiMonthly, year, number);
        }
        if let Some((_, month)) = FINANCIAL.iter().find(|(name, _)| *name == rest) {
            let kind = Kind::Financial(*month);
            return Self::from_month(kind, start_year(kind, year), u32::from(*month));
        }
        for (infix, first) in WEEKS {
            if let Some(n) = rest.strip_prefix(infix).filter(|n| n.len() <= 2).and_then(digits) {
                return Self::week(*first, year, n);
            }
        }
        if let Some(n) = rest.strip_prefix("BiW").filter(|n| n.len() <= 2).and_then(digits) {
            return Self::fortnight(year, n);
        }
        for (infix, kind) in [
            ("NovQ", Kind::QuarterlyNov),
            ("Q", Kind::Quarterly),
            ("AprilS", Kind::SixMonthlyApril),
            ("NovS", Kind::SixMonthlyNov),
            ("S", Kind::SixMonthly),
        ] {
            if let Some(n) = rest.strip_prefix(infix).filter(|n| n.len() == 1).and_then(digits) {
                return Self::nth(kind, year, n);
            }
        }
        None
    }

    /// The period of a type that holds a day.
    pub(crate) fn containing(kind: Kind, day: NaiveDate) -> Option<Self> {
        match kind {
            Kind::Daily => Some(Self { start: day, end: day, kind }),
            Kind::Weekly(first) => {
                let start = back_to(day, first)?;
                Some(Self { start, end: start.checked_add_days(Days::new(6))?, kind })
            }
            Kind::BiWeekly => {
                let monday = back_to(day, 0)?;
                let year = week_year(monday, 0);
                let n = week_number(monday, year, 0).div_ceil(2);
                Self::fortnight(year, n)
            }
            _ => {
                let (length, first) = kind.months()?;
                let month = day.month();
                let since = (month + 12 - first) % 12;
                let start = day.with_day(1)?.checked_sub_months(Months::new(since % length))?;
                Self::from_start(kind, start)
            }
        }
    }

    /// The period before (`by` = -1), after (1) and so on.
    pub(crate) fn step(self, by: i64) -> Option<Self> {
        let mut period = self;
        for _ in 0..by.unsigned_abs() {
            let day = if by < 0 { period.start.pred_opt()? } else { period.end.succ_opt()? };
            period = Self::containing(self.kind, day)?;
        }
        Some(period)
    }

    /// The canonical identifier.
    pub(crate) fn id(&self) -> String {
        let start = self.start;
        let year = start.year();
        match self.kind {
            Kind::Daily => start.format("%Y%m%d").to_string(),
            Kind::Weekly(first) => {
                let week_year = week_year(start, first);
                let infix = WEEKS.iter().find(|(_, f)| *f == first).map_or("W", |(infix, _)| infix);
                format!("{week_year}{infix}{}", week_number(start, week_year, first))
            }
            Kind::BiWeekly => {
                let week_year = week_year(start, 0);
                format!("{week_year}BiW{}", week_number(start, week_year, 0).div_ceil(2))
            }
            Kind::Monthly => start.format("%Y%m").to_string(),
            Kind::BiMonthly => format!("{year}{:02}B", start.month().div_ceil(2)),
            Kind::Quarterly => format!("{year}Q{}", start.month().div_ceil(3)),
            Kind::SixMonthly => format!("{year}S{}", start.month().div_ceil(6)),
            Kind::QuarterlyNov => {
                format!("{}NovQ{}", label_year(self.kind, start), (start.month() + 1) % 12 / 3 + 1)
            }
            Kind::SixMonthlyApril => {
                format!("{year}AprilS{}", if start.month() == 4 { 1 } else { 2 })
            }
            Kind::SixMonthlyNov => format!(
                "{}NovS{}",
                label_year(self.kind, start),
                if start.month() == 11 { 1 } else { 2 }
            ),
            Kind::Yearly => format!("{year}"),
            Kind::Financial(month) => {
                let name = FINANCIAL.iter().find(|(_, m)| *m == month).map_or("", |(name, _)| name);
                format!("{}{name}", label_year(self.kind, start))
            }
        }
    }

    /// Start and duration as ADX writes them.
    pub(crate) fn adx(&self) -> String {
        let duration = match self.kind {
            Kind::Daily => "P1D",
            Kind::Weekly(_) => "P7D",
            Kind::BiWeekly => "P14D",
            Kind::Monthly => "P1M",
            Kind::BiMonthly => "P2M",
            Kind::Quarterly | Kind::QuarterlyNov => "P3M",
            Kind::SixMonthly | Kind::SixMonthlyApril | Kind::SixMonthlyNov => "P6M",
            Kind::Yearly | Kind::Financial(_) => "P1Y",
        };
        format!("{}/{duration}", self.start)
    }

    /// Reads `<date>/<duration>`: the period of that length which holds the date.
    pub(crate) fn parse_adx(text: &str) -> Option<Self> {
        let (day, duration) = text.split_once('/')?;
        let day: NaiveDate = day.parse().ok()?;
        let month = day.month();
        let kind = match duration {
            "P1D" => Kind::Daily,
            "P7D" => match day.weekday() {
                Weekday::Tue => return None,
                weekday => Kind::Weekly(u8::try_from(weekday.num_days_from_monday()).ok()?),
            },
            "P14D" => Kind::BiWeekly,
            "P1M" => Kind::Monthly,
            "P2M" => Kind::BiMonthly,
            "P3M" => Kind::Quarterly,
            "P6M" => match month {
                4 | 10 => Kind::SixMonthlyApril,
                5 | 11 => Kind::SixMonthlyNov,
                _ => Kind::SixMonthly,
            },
            "P1Y" => match month {
                2 | 4 | 7 | 8 | 9 | 10 | 11 => Kind::Financial(u8::try_from(month).ok()?),
                _ => Kind::Yearly,
            },
            _ => return None,
        };
        Self::containing(kind, day)
    }

    fn day(year: i32, month: u32, day: u32) -> Option<Self> {
        let day = NaiveDate::from_ymd_opt(year, month, day)?;
        Some(Self { start: day, end: day, kind: Kind::Daily })
    }

    fn from_month(kind: Kind, year: i32, month: u32) -> Option<Self> {
        Self::from_start(kind, NaiveDate::from_ymd_opt(year, month, 1)?)
    }

    fn from_start(kind: Kind, start: NaiveDate) -> Option<Self> {
        let (length, _) = kind.months()?;
        let end = start.checked_add_months(Months::new(length))?.pred_opt()?;
        Some(Self { start, end, kind })
    }

    fn nth(kind: Kind, year: i32, n: u32) -> Option<Self> {
        let (length, first) = kind.months()?;
        if n == 0 || n > 12 / length {
            return None;
        }
        let first = NaiveDate::from_ymd_opt(start_year(kind, year), first, 1)?;
        Self::from_start(kind, first.checked_add_months(Months::new((n - 1) * length))?)
    }

    fn week(first: u8, year: i32, n: u32) -> Option<Self> {
        let one = week_one(year, first)?;
        let start = one.checked_add_days(Days::new(7 * u64::from(n.checked_sub(1)?)))?;
        let end = start.checked_add_days(Days::new(6))?;
        (start < week_one(year + 1, first)?).then_some(Self {
            start,
            end,
            kind: Kind::Weekly(first),
        })
    }

    fn fortnight(year: i32, n: u32) -> Option<Self> {
        let week = Self::week(0, year, (2 * n).checked_sub(1)?)?;
        let end = week.start.checked_add_days(Days::new(13))?;
        Some(Self { start: week.start, end, kind: Kind::BiWeekly })
    }
}

fn digits(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// November-based types carry the year in which they end.
fn start_year(kind: Kind, label: i32) -> i32 {
    match kind {
        Kind::QuarterlyNov | Kind::SixMonthlyNov | Kind::Financial(11) => label - 1,
        _ => label,
    }
}

fn label_year(kind: Kind, start: NaiveDate) -> i32 {
    match kind {
        Kind::QuarterlyNov | Kind::SixMonthlyNov | Kind::Financial(11) => {
            start.year() + i32::from(start.month() >= 11)
        }
        _ => start.year(),
    }
}

fn back_to(day: NaiveDate, first: u8) -> Option<NaiveDate> {
    let since = (day.weekday().num_days_from_monday() + 7 - u32::from(first)) % 7;
    day.checked_sub_days(Days::new(u64::from(since)))
}

/// The week that holds 4 January.
fn week_one(year: i32, first: u8) -> Option<NaiveDate> {
    back_to(NaiveDate::from_ymd_opt(year, 1, 4)?, first)
}

fn week_year(start: NaiveDate, first: u8) -> i32 {
    let year = start.year();
    if week_one(year + 1, first).is_some_and(|one| one <= start) {
        year + 1
    } else if week_one(year, first).is_some_and(|one| start < one) {
        year - 1
    } else {
        year
    }
}

fn week_number(start: NaiveDate, year: i32, first: u8) -> u32 {
    let days = week_one(year, first).map_or(0, |one| (start - one).num_days());
    u32::try_from(days / 7 + 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The worked examples of the facts sheet, §7.3.
    #[test]
    fn identifiers_have_their_days() {
        for (id, start, end) in [
            ("2020W53", "2020-12-28", "2021-01-03"),
            ("2021W1", "2021-01-04", "2021-01-10"),
            ("2025W1", "2024-12-30", "2025-01-05"),
            ("2024SatW53", "2024-12-28", "2025-01-03"),
            ("2020SunW53", "2020-12-27", "2021-01-02"),
            ("2022WedW53", "2022-12-28", "2023-01-03"),
            ("2021ThuW1", "2020-12-31", "2021-01-06"),
            ("2020BiW26", "2020-12-14", "2020-12-27"),
            ("202406B", "2024-11-01", "2024-12-31"),
            ("202401B", "2024-01-01", "2024-02-29"),
            ("2024NovQ1", "2023-11-01", "2024-01-31"),
            ("2024NovQ4", "2024-08-01", "2024-10-31"),
            ("2024NovS1", "2023-11-01", "2024-04-30"),
            ("2024AprilS2", "2024-10-01", "2025-03-31"),
            ("2024Nov", "2023-11-01", "2024-10-31"),
            ("2024Oct", "2024-10-01", "2025-09-30"),
            ("2024Feb", "2024-02-01", "2025-01-31"),
        ] {
            let period = Period::parse(id).unwrap();
            assert_eq!((period.start, period.end), (day(start), day(end)), "{id}");
            assert_eq!(period.id(), id);
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in [
            "abc", "2026-13", "20260631", "2025W53", "2016W53", "2021W53", "2026W54", "2026w30",
            "2026-W30", "2026W0", "2026W00", "20261301", "", "2026Q5", "202600", "2026W123",
        ] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
        assert_eq!(Period::parse("2026W05").unwrap().id(), "2026W5");
        assert_eq!(Period::parse("2026-08-30").unwrap().id(), "20260830");
        assert_eq!(Period::parse("2026-08").unwrap().id(), "202608");
    }

    #[test]
    fn each_day_is_in_exactly_the_period_that_its_identifier_names() {
        for (name, kind) in NAMES {
            let mut at = day("2014-12-20");
            while at < day("2022-02-01") {
                let period = Period::containing(*kind, at).unwrap();
                assert!(period.start <= at && at <= period.end, "{name} {at}");
                assert_eq!(Period::parse(&period.id()), Some(period), "{name} {at}");
                // Bi-weeks of a 53-week year overlap the next year's first one.
                if *kind != Kind::BiWeekly {
                    assert_eq!(period.step(1).unwrap().start, period.end.succ_opt().unwrap());
                    assert_eq!(period.step(1).unwrap().step(-1), Some(period));
                }
                at = at.succ_opt().unwrap();
            }
        }
    }
}
