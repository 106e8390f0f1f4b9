//! What a chart says, as text: one that is small enough to be read, and laws for the others.

use chrono::NaiveDate;

use super::axis::{labels, width};
use super::scale::Scale;
use super::{Chart, Column, Size, Tick, curve, miniature};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn column(id: &str, value: Option<f64>) -> Column {
    Column {
        tick: Tick::of(id, day("2020-07-20")),
        value,
        tip: format!("{id}: {value:?}"),
        corrected: false,
        running: false,
    }
}

/// Weeks from 2020W`from` on; 2020 had 53.
fn weeks(from: u32, n: u32) -> Vec<Column> {
    (0..n)
        .map(|i| match from + i {
            week @ ..=53 => column(&format!("2020W{week}"), Some(f64::from(i % 7))),
            week => column(&format!("2021W{}", week - 53), Some(f64::from(i % 7))),
        })
        .collect()
}

fn chart(columns: &[Column]) -> Chart<'_> {
    Chart { id: "c", title: "Cases", description: "Few.", columns, highest: 4.0 }
}

#[test]
fn zero_missing_changed_and_running_are_told_apart() {
    let mut columns = vec![
        column("2020W52", Some(4.0)),
        column("2020W53", Some(0.0)),
        column("2021W1", None),
        column("2021W2", Some(1.0)),
    ];
    columns[0].corrected = true;
    columns[3].running = true;
    columns[3].tip = "<&> \"quoted\"".to_owned();

    let svg = curve(chart(&columns), Size { width: 200.0, height: 120.0, letters: 10.0 });

    insta::assert_snapshot!(svg, @r#"
    <svg class="chart curve" viewBox="0 0 200 120" width="200" height="120" font-size="10" role="img" aria-labelledby="c-t c-d">
    <title id="c-t">Cases</title>
    <desc id="c-d">Few.</desc>
    <line class="axis" x1="16.4" y1="88" x2="196" y2="88"/>
    <text class="tick" x="10.4" y="91.5" text-anchor="end">0</text>
    <line class="grid" x1="16.4" y1="70.5" x2="196" y2="70.5"/>
    <text class="tick" x="10.4" y="74" text-anchor="end">1</text>
    <line class="grid" x1="16.4" y1="53" x2="196" y2="53"/>
    <text class="tick" x="10.4" y="56.5" text-anchor="end">2</text>
    <line class="grid" x1="16.4" y1="35.5" x2="196" y2="35.5"/>
    <text class="tick" x="10.4" y="39" text-anchor="end">3</text>
    <line class="grid" x1="16.4" y1="18" x2="196" y2="18"/>
    <text class="tick" x="10.4" y="21.5" text-anchor="end">4</text>
    <g><title>2020W52: Some(4.0)</title>
    <rect class="hit" x="16.4" y="18" width="44.9" height="70"/>
    <rect class="bar" x="19.4" y="18" width="38.9" height="70"/>
    <path class="mark" d="M38.8 14l-4 -6.4h8z"/>
    </g>
    <g><title>2020W53: Some(0.0)</title>
    <rect class="hit" x="61.3" y="18" width="44.9" height="70"/>
    <rect class="zero" x="64.3" y="87" width="38.9" height="2"/>
    </g>
    <g><title>2021W1: None</title>
    <rect class="hit" x="106.2" y="18" width="44.9" height="70"/>
    <circle class="none" cx="128.7" cy="83" r="3"/>
    </g>
    <g><title>&lt;&amp;&gt; &quot;quoted&quot;</title>
    <rect class="open" x="151.1" y="18" width="44.9" height="70"/>
    <rect class="hit" x="151.1" y="18" width="44.9" height="70"/>
    <rect class="bar running" x="154.1" y="70.5" width="38.9" height="17.5"/>
    </g>
    <text class="peak" x="38.8" y="4" text-anchor="middle">4</text>
    <line class="axis" x1="38.8" y1="88" x2="38.8" y2="92"/>
    <text class="tick" x="38.8" y="101.5" text-anchor="middle">W52</text>
    <line class="axis" x1="83.8" y1="88" x2="83.8" y2="92"/>
    <text class="tick" x="83.8" y="101.5" text-anchor="middle">W53</text>
    <line class="axis" x1="128.7" y1="88" x2="128.7" y2="92"/>
    <text class="tick" x="128.7" y="101.5" text-anchor="middle">W1</text>
    <line class="axis" x1="173.6" y1="88" x2="173.6" y2="92"/>
    <text class="tick" x="173.6" y="101.5" text-anchor="middle">W2</text>
    <text class="group" x="16.4" y="115">2020</text>
    <line class="grid" x1="106.2" y1="88" x2="106.2" y2="117"/>
    <text class="group" x="111.2" y="115">2021</text>
    </svg>
    "#);
}

#[test]
fn the_chart_of_a_district_has_no_axis_but_says_its_height_and_span() {
    let columns = [column("2020W52", Some(1.0)), column("2021W1", None)];

    let svg = miniature(chart(&columns), Size { width: 100.0, height: 60.0, letters: 10.0 });

    insta::assert_snapshot!(svg, @r#"
    <svg class="chart mini" viewBox="0 0 100 60" width="100" height="60" font-size="10" role="img" aria-labelledby="c-t c-d">
    <title id="c-t">Cases</title>
    <desc id="c-d">Few.</desc>
    <line class="grid" x1="2" y1="15" x2="98" y2="15"/>
    <text class="tick" x="2" y="12">4</text>
    <line class="axis" x1="2" y1="44" x2="98" y2="44"/>
    <g><title>2020W52: Some(1.0)</title>
    <rect class="hit" x="2" y="15" width="48" height="29"/>
    <rect class="bar" x="5" y="36.8" width="42" height="7.2"/>
    </g>
    <g><title>2021W1: None</title>
    <rect class="hit" x="50" y="15" width="48" height="29"/>
    <circle class="none" cx="74" cy="39" r="3"/>
    </g>
    <text class="tick" x="2" y="56">W52 2020</text>
    <text class="tick" x="98" y="56" text-anchor="end">W1 2021</text>
    </svg>
    "#);
}

#[test]
fn a_chart_without_periods_or_cases_is_still_a_chart() {
    let size = Size { width: 200.0, height: 120.0, letters: 10.0 };
    let zeros = [column("2020W1", Some(0.0)), column("2020W2", Some(0.0))];

    for columns in [&[][..], &zeros] {
        let chart = Chart { highest: 0.0, ..chart(columns) };
        for svg in [curve(chart, size), miniature(chart, size)] {
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            assert!(svg.ends_with("</svg>\n"), "{svg}");
        }
    }
}

#[test]
fn ticks_are_round_reach_the_highest_value_and_are_whole_for_counts() {
    let ticks = |highest, whole| {
        let scale = Scale::new(highest, 5, whole);
        scale.ticks.iter().map(|tick| scale.label(*tick)).collect::<Vec<_>>().join(" ")
    };

    assert_eq!(ticks(0.0, true), "0 1");
    assert_eq!(ticks(1.0, true), "0 1");
    assert_eq!(ticks(3.0, true), "0 1 2 3");
    assert_eq!(ticks(7.0, true), "0 2 4 6 8");
    assert_eq!(ticks(34.0, true), "0 10 20 30 40");
    assert_eq!(ticks(100.0, true), "0 20 40 60 80 100");
    assert_eq!(ticks(101.0, true), "0 50 100 150");
    assert_eq!(ticks(0.8, false), "0.0 0.2 0.4 0.6 0.8");
    assert_eq!(ticks(3.5, false), "0 1 2 3 4");
    for highest in 1..3000 {
        let scale = Scale::new(f64::from(highest), 5, true);
        assert!(scale.top() >= f64::from(highest), "{highest}: {scale:?}");
        assert!(scale.ticks.len() <= 6, "{highest}: {scale:?}");
        assert!(scale.ticks.iter().all(|tick| tick.fract() == 0.0), "{highest}: {scale:?}");
    }
}

#[test]
fn labels_never_collide_and_the_first_week_of_a_year_has_one() {
    for n in 1..=120 {
        for from in [1, 20, 31, 40, 52, 53] {
            for wide in [150.0, 320.0, 860.0] {
                let ticks: Vec<Tick> = weeks(from, n).into_iter().map(|c| c.tick).collect();

                let labels = labels(&ticks, 10.0, wide / f64::from(n), 7.0);

                for pair in labels.windows(2) {
                    let end = pair[0].x + width(&pair[0].text, 7.0) / 2.0;
                    let start = pair[1].x - width(&pair[1].text, 7.0) / 2.0;
                    assert!(start > end, "{n} weeks from {from} in {wide}: {pair:?}");
                }
                if ticks.iter().any(|tick| tick.number == 1) {
                    assert!(labels.iter().any(|label| label.text == "W1"), "{n} from {from}");
                }
            }
        }
    }
}

#[test]
fn every_period_type_has_short_labels() {
    let tick = |id: &str, first: &str| {
        let tick = Tick::of(id, day(first));
        format!("{} | {}", tick.short, tick.group)
    };

    assert_eq!(tick("20200803", "2020-08-03"), "3 | Aug 2020");
    assert_eq!(tick("2020W5", "2020-01-27"), "W5 | 2020");
    assert_eq!(tick("2020WedW5", "2020-01-29"), "W5 | 2020");
    assert_eq!(tick("2020BiW3", "2020-01-27"), "W3 | 2020");
    assert_eq!(tick("202008", "2020-08-01"), "Aug | 2020");
    assert_eq!(tick("202001B", "2020-01-01"), "Jan | 2020");
    assert_eq!(tick("2020Q3", "2020-07-01"), "Q3 | 2020");
    assert_eq!(tick("2020AprilS2", "2020-10-01"), "S2 | 2020");
    assert_eq!(tick("2020", "2020-01-01"), "2020 | ");
    assert_eq!(tick("2020April", "2020-04-01"), "2020 | ");
    assert_eq!(tick("201305", "2020-12-30"), "05 | 2013", "a month of the Ethiopian calendar");
    assert_eq!(tick("", "2020-01-01"), " | ");
    assert_eq!(tick("été", "2020-01-01"), "été | ");
}
