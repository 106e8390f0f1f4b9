use chrono::{Datelike, NaiveDate};

use proptest::prelude::*;

use super::{Calendar, Period, PeriodError, PeriodType};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// `2024W5 2024-01-29 2024-02-04`: the identifier and its days.
fn check_days(line: &str) {
    let [id, first, last] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
    let period: Period = id.parse().unwrap();
    assert_eq!(period.id(), id);
    assert_eq!((period.first_day(), period.last_day()), (day(first), day(last)), "{id}");
}

#[test]
fn identifiers_name_the_days_that_the_facts_sheet_works_out() {
    for line in [
        "2020W53 2020-12-28 2021-01-03",
        "2021W1 2021-01-04 2021-01-10",
        "2025W1 2024-12-30 2025-01-05",
        "2024SatW53 2024-12-28 2025-01-03",
        "2020SunW53 2020-12-27 2021-01-02",
        "2025SunW1 2024-12-29 2025-01-04",
        "2022WedW53 2022-12-28 2023-01-03",
        "2021ThuW1 2020-12-31 2021-01-06",
        "2020BiW26 2020-12-14 2020-12-27",
        "2020BiW27 2020-12-28 2021-01-10",
        "2021BiW1 2021-01-04 2021-01-17",
        "2026BiW27 2026-12-28 2027-01-10",
        "202406B 2024-11-01 2024-12-31",
        "202401B 2024-01-01 2024-02-29",
        "2024NovQ1 2023-11-01 2024-01-31",
        "2024NovQ4 2024-08-01 2024-10-31",
        "2024NovS1 2023-11-01 2024-04-30",
        "2024AprilS2 2024-10-01 2025-03-31",
        "2024Nov 2023-11-01 2024-10-31",
        "2024Oct 2024-10-01 2025-09-30",
        "2024Feb 2024-02-01 2025-01-31",
    ] {
        check_days(line);
    }
}

#[test]
fn a_day_is_in_the_week_that_java_says() {
    let types = [
        PeriodType::Weekly,
        PeriodType::WeeklyWednesday,
        PeriodType::WeeklyThursday,
        PeriodType::WeeklyFriday,
        PeriodType::WeeklySaturday,
        PeriodType::WeeklySunday,
    ];
    for line in [
        "2016-01-03 2015W53 2016WedW1 2016ThuW1 2016FriW1 2016SatW1 2016SunW1",
        "2018-12-31 2019W1 2018WedW52 2018ThuW52 2018FriW53 2019SatW1 2019SunW1",
        "2020-12-28 2020W53 2020WedW52 2020ThuW52 2020FriW52 2020SatW52 2020SunW53",
        "2020-12-31 2020W53 2021WedW1 2021ThuW1 2020FriW52 2020SatW52 2020SunW53",
        "2021-01-01 2020W53 2021WedW1 2021ThuW1 2021FriW1 2020SatW52 2020SunW53",
        "2021-01-03 2020W53 2021WedW1 2021ThuW1 2021FriW1 2021SatW1 2021SunW1",
        "2021-01-04 2021W1 2021WedW1 2021ThuW1 2021FriW1 2021SatW1 2021SunW1",
        "2022-01-01 2021W52 2022WedW1 2022ThuW1 2022FriW1 2022SatW1 2021SunW52",
        "2022-12-31 2022W52 2022WedW53 2023ThuW1 2023FriW1 2023SatW1 2022SunW52",
        "2023-01-01 2022W52 2022WedW53 2023ThuW1 2023FriW1 2023SatW1 2023SunW1",
        "2024-12-29 2024W52 2024WedW52 2024ThuW52 2024FriW53 2024SatW53 2025SunW1",
        "2025-01-01 2025W1 2025WedW1 2024ThuW52 2024FriW53 2024SatW53 2025SunW1",
        "2026-12-31 2026W53 2027WedW1 2027ThuW1 2026FriW52 2026SatW52 2026SunW52",
    ] {
        let mut words = line.split(' ');
        let date = day(words.next().unwrap());
        let ids: Vec<String> = types.iter().map(|kind| kind.containing(date).id()).collect();
        assert_eq!(ids, words.collect::<Vec<_>>(), "{date}");
    }
}

#[test]
fn a_day_is_in_the_months_that_the_facts_sheet_works_out() {
    let types = [
        PeriodType::BiMonthly,
        PeriodType::QuarterlyNov,
        PeriodType::SixMonthlyApril,
        PeriodType::SixMonthlyNov,
        PeriodType::FinancialApril,
        PeriodType::FinancialJuly,
        PeriodType::FinancialSep,
        PeriodType::FinancialOct,
        PeriodType::FinancialNov,
    ];
    for line in [
        "2024-01-31 202401B 2024NovQ1 2023AprilS2 2024NovS1 2023April 2023July 2023Sep 2023Oct 2024Nov",
        "2024-03-31 202402B 2024NovQ2 2023AprilS2 2024NovS1 2023April 2023July 2023Sep 2023Oct 2024Nov",
        "2024-04-01 202402B 2024NovQ2 2024AprilS1 2024NovS1 2024April 2023July 2023Sep 2023Oct 2024Nov",
        "2024-07-01 202404B 2024NovQ3 2024AprilS1 2024NovS2 2024April 2024July 2023Sep 2023Oct 2024Nov",
        "2024-10-31 202405B 2024NovQ4 2024AprilS2 2024NovS2 2024April 2024July 2024Sep 2024Oct 2024Nov",
        "2024-11-01 202406B 2025NovQ1 2024AprilS2 2025NovS1 2024April 2024July 2024Sep 2024Oct 2025Nov",
    ] {
        let mut words = line.split(' ');
        let date = day(words.next().unwrap());
        let ids: Vec<String> = types.iter().map(|kind| kind.containing(date).id()).collect();
        assert_eq!(ids, words.collect::<Vec<_>>(), "{date}");
    }
}

#[test]
fn years_with_53_weeks_are_those_of_the_facts_sheet() {
    for (kind, years) in [
        (PeriodType::Weekly, &[2015, 2020, 2026, 2032][..]),
        (PeriodType::WeeklyWednesday, &[2016, 2022, 2028, 2033]),
        (PeriodType::WeeklyThursday, &[2017, 2023, 2028, 2034]),
        (PeriodType::WeeklyFriday, &[2018, 2024, 2029, 2035]),
        (PeriodType::WeeklySaturday, &[2019, 2024, 2030]),
        (PeriodType::WeeklySunday, &[2020, 2025, 2031]),
    ] {
        let marker = kind.containing(day("2024-06-15")).id();
        let marker = marker.trim_matches(|c: char| c.is_ascii_digit());
        let found: Vec<i32> = (2015..=2035)
            .filter(|year| format!("{year}{marker}53").parse::<Period>().is_ok())
            .collect();
        assert_eq!(found, years, "{kind}");
    }
}

#[test]
fn weeks_are_chronos_iso_weeks_from_1990_to_2060() {
    for date in day("1990-01-01").iter_days().take_while(|d| d.year() <= 2060) {
        let iso = date.iso_week();
        let expected = format!("{}W{}", iso.year(), iso.week());
        assert_eq!(PeriodType::Weekly.containing(date).id(), expected, "{date}");
    }
}

/// For every day of 1990–2060 and every type: one period contains it, its identifier reads back,
/// its neighbours touch it.
#[test]
fn every_day_belongs_to_one_period_whose_neighbours_touch_it() {
    for &kind in PeriodType::ALL {
        let mut previous: Option<Period> = None;
        for date in day("1990-01-01").iter_days().take_while(|d| d.year() <= 2060) {
            let period = kind.containing(date);
            assert!(period.first_day() <= date && date <= period.last_day(), "{kind} {date}");
            assert!(period.contains(date));
            assert!(!period.next().contains(date) && !period.previous().contains(date));
            let Some(before) = previous.replace(period) else { continue };
            if before == period {
                continue;
            }
            assert_eq!(period.id().parse(), Ok(period), "{kind}");
            assert_eq!(kind.parse(&period.id()), Ok(period));
            assert_eq!(before.next(), period, "{kind}");
            assert_eq!(period.previous(), before, "{kind}");
            assert!(before < period);
            let overlap = (before.last_day() - period.first_day()).num_days() + 1;
            let long_year = before.id().ends_with("BiW27");
            assert_eq!(overlap, if long_year { 7 } else { 0 }, "{before} {period}");
            if let Some(interval) = period.iso_interval() {
                assert_eq!(Period::from_iso_interval(&interval), Ok(period), "{interval}");
            } else {
                assert_eq!(kind, PeriodType::QuarterlyNov);
            }
        }
    }
}

#[test]
fn spellings_that_a_server_takes_are_read_and_others_are_not() {
    // Recordings x-pe-dashes, x-pe-w-padded, x-pe-m-dash of both servers.
    for (spelling, id) in [("2026-08-30", "20260830"), ("2026-08", "202608"), ("2026W05", "2026W5")]
    {
        assert_eq!(spelling.parse::<Period>().unwrap().id(), id);
    }
    // Recordings x-pe-nonsense, x-pe-day-31-june, x-pe-empty, x-pe-w-2021-53, x-pe-w-2025-53,
    // x-pe-w-54, x-pe-w-00, x-pe-lower-week, x-pe-w-dash, x-pe-month-13: 500 on 2.43.
    for bad in [
        "abc",
        "20260631",
        "",
        "2021W53",
        "2025W53",
        "2026W54",
        "2026W0",
        "2026W00",
        "2026w30",
        "2026-W30",
        "202613",
        "2026Q5",
        "2026S3",
        "2026AprilS3",
        "202607B",
        "202600B",
        "2026April1",
        "2026W",
        "2026W005",
        "20260",
        "2026083",
        "202608301",
        "2026-8-30",
        "2026-0830",
        "+026",
        "２０２６",
        "2026FryW1",
        "2024Q",
        "2026W-1",
        "20W5",
        "2026-",
        "2026--01",
    ] {
        assert!(bad.parse::<Period>().is_err(), "{bad}");
    }
}

#[test]
fn an_error_says_what_would_be_right() {
    let error = "2025W53".parse::<Period>().unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no period `2025W53` of type Weekly: the weeks of 2025 are numbered 1 to 52"
    );
    let error = PeriodType::Weekly.parse("20260830").unwrap_err();
    assert!(matches!(error, PeriodError::WrongType { .. }));
    assert_eq!(error.to_string(), "`20260830` is a period of type Daily, but Weekly is needed");
}

#[test]
fn a_range_has_every_period_with_a_day_in_it() {
    let weeks: Vec<String> =
        PeriodType::Weekly.range(day("2020-12-27"), day("2021-01-04")).map(Period::id).collect();
    assert_eq!(weeks, ["2020W52", "2020W53", "2021W1"]);
    assert_eq!(PeriodType::Weekly.range(day("2021-01-04"), day("2021-01-03")).count(), 0);
    let week: Period = "2021W2".parse().unwrap();
    assert_eq!(week.back(2).id(), "2020W53");
    assert_eq!(week.back(2).forward(2), week);
    assert_eq!(week.n_days(), 7);
}

#[test]
fn intervals_of_other_lengths_are_refused() {
    for bad in ["2024-01-29", "2024-01-29/P1W", "2024-01-30/P7D", "2024-03-01/P6M", "x/P1D"] {
        assert!(Period::from_iso_interval(bad).is_err(), "{bad}");
    }
    let snapped = Period::from_iso_interval("2024-01-15/P1M").unwrap();
    assert_eq!(snapped.id(), "202401");
}

#[test]
fn only_iso_calendars_are_let_in() {
    assert!(Calendar::from_name("iso8601").require_iso().is_ok());
    assert!(Calendar::from_name("gregorian").require_iso().is_ok());
    let error = Calendar::from_name("ethiopian").require_iso().unwrap_err();
    assert!(error.to_string().contains("ethiopian calendar"), "{error}");
}

#[test]
fn a_period_is_small_and_json_holds_it_as_text() {
    assert_eq!(size_of::<Period>(), 8);
    let period: Period = serde_json::from_str("\"2020W53\"").unwrap();
    assert_eq!(serde_json::to_string(&period).unwrap(), "\"2020W53\"");
    assert!(serde_json::from_str::<Period>("202013").is_err());
    assert_eq!(serde_json::to_string(&PeriodType::Weekly).unwrap(), "\"Weekly\"");
}

proptest! {
    /// Nothing that stands in a file or an answer makes reading panic, and what is read is written in
    /// one spelling.
    #[test]
    fn any_text_is_a_period_or_an_error(text in "(\\PC{0,12}|[0-9]{4}[A-Za-z0-9-]{0,8})") {
        if let Ok(period) = text.parse::<Period>() {
            prop_assert_eq!(period.id().parse::<Period>(), Ok(period));
        }
        if let Ok(period) = Period::from_iso_interval(&text) {
            prop_assert_eq!(period.period_type().containing(period.first_day()), period);
        }
    }
}
