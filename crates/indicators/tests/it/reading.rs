//! Arrays of records, read in one piece, in portions, and by several readers.

use indicators::{ArrayError, Engine, Entry, Feed, Source, Stretch};

use crate::naive::{four_places, three_weeks};
use crate::recorded::engine;

/// Feeds a text in portions of `size` bytes; the records that were handed over and what came of it.
fn read(text: &[u8], size: usize) -> (Vec<String>, Result<u64, ArrayError>) {
    let mut records = Vec::new();
    let mut feed = Feed::of_records(|record| {
        records.push(String::from_utf8(record.to_vec()).unwrap());
    });
    for portion in text.chunks(size) {
        feed.space()[..portion.len()].copy_from_slice(portion);
        if let Err(error) = feed.filled(portion.len()) {
            drop(feed);
            return (records, Err(error));
        }
    }
    let n = feed.finish();
    (records, n)
}

/// What is odd in a text is odd in a value of an object, too.
const VALUES: [&str; 14] = [
    "1",
    "-2.5e3",
    "null",
    "true",
    "\"\"",
    "\"a\"",
    r#""]}""#,
    r#""\"""#,
    r#""\\""#,
    r#""\\\",[""#,
    "[]",
    "{}",
    r#"[{"a":[1,"]"]},{}]"#,
    r#"{"a":{"b":"}"},"c":[[]]}"#,
];

#[test]
fn each_record_is_handed_over_as_it_stands() {
    for value in VALUES {
        for space in ["", " ", "\n\t", "                                                  "] {
            let record = format!("{{{space}\"v\"{space}:{space}{value}{space},\"id\":\"x\"}}");
            for (text, records, n) in [
                (format!("[{space}{record}{space}]{space}"), vec![record.clone()], 1),
                (format!("{space}[{record},{space}{value},{record}]"), vec![record.clone(); 2], 3),
            ] {
                let records: Vec<String> = if value.starts_with('{') && n == 3 {
                    vec![record.clone(), value.to_owned(), record.clone()]
                } else {
                    records
                };
                for size in [1, 7, 64, text.len()] {
                    assert_eq!(read(text.as_bytes(), size), (records.clone(), Ok(n)), "{text}");
                }
            }
        }
    }
}

#[test]
fn a_mark_of_the_byte_order_is_passed_over_at_the_beginning_only() {
    for size in 1..6 {
        assert_eq!(read("\u{feff}[{}]".as_bytes(), size).1, Ok(1), "portions of {size}");
        assert_eq!(read("\u{feff} []".as_bytes(), size).1, Ok(0));
        let twice = read("\u{feff}\u{feff}[]".as_bytes(), size).1.unwrap_err();
        let found = "byte 0xEF".to_owned();
        assert_eq!(twice, ArrayError::NotAnArray { at: 3, found }, "portions of {size}");
    }
    let cut = read(b"\xEF\xBB", 2).1.unwrap_err();
    assert!(matches!(cut, ArrayError::CutOff { n_records: 0, .. }), "{cut}");
    let late = read(b" \xEF", 1).1.unwrap_err();
    assert!(matches!(late, ArrayError::NotAnArray { at: 1, .. }), "{late}");
    let other = read(b"\xEF\xBC\xBF[]", 1).1.unwrap_err();
    assert!(matches!(other, ArrayError::NotAnArray { at: 0, .. }), "{other}");
}

/// A fault is at the same byte, after as many records, in portions of any size.
#[test]
fn a_fault_is_told_with_its_place() {
    let not_an_array = |at, found: &str| ArrayError::NotAnArray { at, found: found.into() };
    let broken =
        |at, n_records, found: &str| ArrayError::Broken { at, n_records, found: found.into() };
    for (text, error) in [
        ("  <html>", not_an_array(2, "`<` (an HTML page?)")),
        (" {}", not_an_array(1, "an object")),
        ("\u{1}", not_an_array(0, "byte 0x01")),
        ("~", not_an_array(0, "`~`")),
        ("!", not_an_array(0, "`!`")),
        ("[{} , {} {}]", broken(9, 2, "an object")),
        ("[{}]]", broken(4, 1, "`]`")),
        ("[{}] ,", broken(5, 1, "`,`")),
        ("[,{}]", broken(1, 0, "`,`")),
        ("[{},]", broken(4, 1, "`]`")),
        ("[{}:{}]", broken(3, 1, "`:`")),
    ] {
        for size in 1..=text.len() {
            assert_eq!(read(text.as_bytes(), size).1, Err(error.clone()), "{text} by {size}");
        }
    }
    for (text, n_records) in
        [("", 0), (" ", 0), ("[", 0), ("[{}", 1), ("[{},", 1), ("[{},{", 1), ("[{} ", 1)]
    {
        for size in 1..=text.len().max(1) {
            let error = read(text.as_bytes(), size).1.unwrap_err();
            assert!(
                matches!(&error, ArrayError::CutOff { n_records: n, .. } if *n == n_records),
                "{text} by {size}: {error}"
            );
        }
    }
}

/// An object that is not JSON inside costs nobody else the count.
#[test]
fn a_broken_record_is_one_record() {
    for broken in [
        r#"{"a" 1}"#,
        r#"{"a":}"#,
        r#"{"a":1 "b":2}"#,
        r#"{a:1}"#,
        r#"{,}"#,
        r#"{"a":1,}"#,
        r#"{"a":tru}"#,
    ] {
        let text = format!(r#"[{{"id":"1"}},{broken},{{"id":"2"}}]"#);
        for size in [1, 16, text.len()] {
            let (records, n) = read(text.as_bytes(), size);
            assert_eq!(n, Ok(3), "{text} by {size}");
            assert_eq!(records.first().map(String::as_str), Some(r#"{"id":"1"}"#), "{text}");
            assert_eq!(records.last().map(String::as_str), Some(r#"{"id":"2"}"#), "{text}");
        }
    }
}

#[test]
fn a_record_may_be_as_long_as_the_limit_says() {
    let record = |length: usize| format!(r#"{{"v":"{}"}}"#, "x".repeat(length - 8));
    let n_read = |length: usize, limit: Option<usize>| {
        let text = format!("[{{}},{}]", record(length));
        let mut feed = Feed::of_records(|_| {});
        if let Some(limit) = limit {
            feed = feed.longest_record(limit);
        }
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let space = feed.space();
            assert!(!space.is_empty());
            let n = space.len().min(rest.len());
            space[..n].copy_from_slice(&rest[..n]);
            feed.filled(n)?;
            rest = &rest[n..];
        }
        feed.finish()
    };
    assert_eq!(n_read(2 << 20, Some(4 << 20)), Ok(2));
    assert_eq!(n_read(3 << 20, None), Ok(2), "the usual limit is 16 MiB");
    let error = ArrayError::RecordTooLong { n_records: 1, limit: 1 << 20 };
    assert_eq!(n_read(2 << 20, Some(1 << 20)), Err(error));
}

#[test]
fn a_feed_is_done_at_the_end_of_the_array_and_shows_no_record() {
    let mut feed = Feed::of_records(|_| {});
    for (portion, done) in [("[", false), (r#"{"id":"Jane"}"#, false), ("]", true), (" ", true)] {
        feed.space()[..portion.len()].copy_from_slice(portion.as_bytes());
        feed.filled(portion.len()).unwrap();
        assert_eq!(feed.is_done(), done, "after {portion}");
    }
    let shown = format!("{feed:?}");
    assert!(shown.starts_with("Feed { state: ") && !shown.contains("Jane"), "{shown}");
}

/// A text in which nothing may be taken for something else.
const TRICKY: &str = r#" [ {"id":"a","t":"],[{\""} , 7,{"id":"b","l":[{"x":[1,2]},"{"],"t":"\\"},[{"id":"no"},[]],"}{",{"id":"c"} , {}] "#;

fn n_counted(engine: &Engine, text: &[u8], bounds: &[usize], size: usize) -> (u64, u64, u64) {
    let people = engine.people();
    let (mut entry, mut n_records, mut cube) = (Entry::default(), 0, engine.cube());
    for pair in bounds.windows(2) {
        let (from, until) = (pair[0], pair[1]);
        let mut counter = engine.counter(&people);
        let hands_over = (until < text.len()).then_some(until as u64);
        let mut feed = counter.feed_part(Source::Cases, entry, from as u64, hands_over);
        for portion in text[from..].chunks(size) {
            feed.space()[..portion.len()].copy_from_slice(portion);
            feed.filled(portion.len()).unwrap();
            if feed.is_done() {
                break;
            }
        }
        n_records += feed.finish().unwrap_or_else(|error| panic!("{bounds:?}: {error}"));
        cube.merge(counter.into_cube()).unwrap();
        let mut stretch = Stretch::default();
        text[from..until].chunks(size).for_each(|portion| stretch.add(portion));
        entry = entry.after(&stretch);
    }
    (n_records, cube.read(Source::Cases), cube.bad(Source::Cases))
}

/// Three readers, at every two places of the text.
#[test]
fn readers_that_share_a_text_read_each_record_once() {
    let engine = engine("[[value]]\nindicator = \"x\"", three_weeks(), four_places());
    let text = TRICKY.as_bytes();
    // A cut must not stand behind a backslash.
    let places: Vec<usize> = (1..text.len()).filter(|n| text[n - 1] != b'\\').collect();
    assert_eq!(n_counted(&engine, text, &[0, text.len()], 1000), (7, 7, 3));
    for (n, &first) in places.iter().enumerate() {
        for &second in places[n + 1..].iter().step_by(11) {
            for size in [1, 1000] {
                let found = n_counted(&engine, text, &[0, first, second, text.len()], size);
                assert_eq!(found, (7, 7, 3), "cut at {first} and {second}, portions of {size}");
            }
        }
    }
}

/// Whether a place is inside a text, told of every stretch of every portioning.
#[test]
fn a_stretch_tells_whether_it_ends_inside_a_text() {
    let text = TRICKY.as_bytes();
    let mut inside = vec![false];
    let (mut is_inside, mut escaped) = (false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if is_inside => escaped = true,
            b'"' => is_inside = !is_inside,
            _ => {}
        }
        inside.push(is_inside);
    }
    for cut in (0..text.len()).filter(|n| *n == 0 || text[n - 1] != b'\\') {
        for size in [1, 2, 3, 17, 1000] {
            let stretch = |part: &[u8]| {
                let mut stretch = Stretch::default();
                part.chunks(size).for_each(|portion| stretch.add(portion));
                stretch.add(b"");
                stretch
            };
            let middle = Entry::default().after(&stretch(&text[..cut]));
            assert_eq!(middle.is_inside_text(), inside[cut], "at {cut}");
            let end = middle.after(&stretch(&text[cut..]));
            assert_eq!(end, Entry::default(), "cut at {cut}, portions of {size}");
            assert!(middle == Entry::default() || cut > 1, "something is open at {cut}");
        }
    }
}
