//! A large outbreak.

use std::time::Instant;

use godata_dhis2_sync::ledger::{Fingerprints, Standing};

use crate::story::{TARGET, counted, left_out, report, room, start, week};

/// Records are kept and compared in one go.
///
/// `LEDGER_RECORDS=1000000 cargo test --release --test ledger scale -- --nocapture` prints what a million takes.
#[test]
fn a_large_outbreak_is_kept_and_compared() {
    let n_records: u32 =
        std::env::var("LEDGER_RECORDS").map_or(20_000, |n| n.parse().expect("a number"));
    let mut room = room();
    let weeks: Vec<_> = (0_u32..12)
        .map(|n| {
            let monday = chrono::NaiveDate::from_isoywd_opt(2020, 30 + n, chrono::Weekday::Mon);
            week(&format!("2020W{}", 30 + n), &monday.unwrap().to_string())
        })
        .collect();
    let units: Vec<String> = (0..50).map(|n| format!("unit{n:07}")).collect();
    let standings: Vec<Vec<Standing>> = weeks
        .iter()
        .flat_map(|week| units.iter().map(move |unit| (week, unit)))
        .map(|(week, unit)| {
            vec![counted("Confirmed", week.id.as_str(), unit), left_out("Deaths", "condition")]
        })
        .collect();
    let read = |n_reclassified: u32| {
        let mut now = Fingerprints::new(room.ledger.key(), weeks.clone(), false);
        for n in 0..n_records {
            let mut own = standings[n as usize % standings.len()].clone();
            if n < n_reclassified {
                own[0] = left_out("Confirmed", "condition");
            }
            now.push("cases", &format!("{n:08x}-4f2a-4b1c-9d3e-0123456789ab"), None, &own);
        }
        now
    };
    let at = Instant::now();
    let first = read(0);
    println!("fingerprints of {n_records} records: {:.2?}", at.elapsed());
    let second = read(1000);

    let run = room.ledger.begin(&start("2020-07-27")).unwrap();
    let at = Instant::now();
    room.ledger.fingerprints(run, &report(), &first).unwrap();
    println!("written: {:.2?}", at.elapsed());
    let at = Instant::now();
    let why = room.ledger.why(TARGET, &report(), &second).unwrap().unwrap();
    println!("compared: {:.2?}", at.elapsed());
    let at = Instant::now();
    room.ledger.fingerprints(run, &report(), &second).unwrap();
    println!("replaced: {:.2?}", at.elapsed());
    let bytes = room.folder.path().join("sync.ledger").metadata().unwrap().len();
    println!("file: {} MB", bytes / 1_000_000);

    assert_eq!(why.values().map(|why| why.reclassified_out).sum::<u64>(), 1000);
    assert_eq!(why.values().map(|why| why.entered() + why.left()).sum::<u64>(), 1000);
}
