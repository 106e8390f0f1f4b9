//! The scanner against a full decoder.

use fearless_simd::{Level, dispatch};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::blocks::{Blocks, Ends};
use super::*;
use crate::path::Path;

/// Any JSON value, with texts that look like JSON.
fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z]{0,3}",
        r#"[\\"{}\[\],:né\n]{0,70}"#,
        Just("\\\"".to_owned()),
        ".{0,80}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1.0e9_f64..1.0e9).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((any_name(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Few names, so that they come again at other depths; one with an escape.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![Just("a"), Just("b"), Just("id"), Just("q\"\\"), Just("")].prop_map(str::to_owned)
}

fn any_object() -> impl Strategy<Value = Value> {
    vec((any_name(), any_value()), 0..8)
        .prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

fn text_of(value: &Value, pretty: bool) -> Vec<u8> {
    let text = if pretty { serde_json::to_vec_pretty(value) } else { serde_json::to_vec(value) };
    text.expect("JSON")
}

/// What a processor without the latest instructions would use.
fn narrower_levels() -> Vec<Level> {
    let mut levels = vec![Level::baseline()];
    #[cfg(target_arch = "x86_64")]
    {
        let widest = Level::new();
        levels.extend(widest.as_sse4_2().map(Level::Sse4_2));
        levels.extend(widest.as_avx2().map(Level::Avx2));
    }
    levels
}

fn decoded(raw: Option<Raw<'_>>) -> Option<Value> {
    raw.map(|raw| serde_json::from_slice(raw.0).expect("a JSON value"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// What is cut out of a record is what a full decoder finds there.
    #[test]
    fn a_projection_is_a_full_decode(record in any_object(), pretty: bool, shift in 0_usize..70) {
        // At every place within a block, and behind other records.
        let mut text = vec![b' '; shift];
        text.extend(text_of(&record, pretty));
        let keys = Keys::new(["b", "q\"\\", "id", "absent", ""]);
        let mut slots = Slots::new(keys.len());
        prop_assert_eq!(one_record(&text, &keys, &mut slots), Some(()));
        for (slot, name) in ["b", "q\"\\", "id", "absent", ""].into_iter().enumerate() {
            let found = decoded(slots.raw(slot, &text).map(Raw));
            prop_assert_eq!(found.as_ref(), record.get(name), "{}", name);
        }
    }

    /// Instructions of one processor find the fields that those of any other find.
    #[test]
    fn every_processor_finds_the_same_fields(record in any_object(), pretty: bool, shift in 0_usize..70) {
        let mut text = vec![b' '; shift];
        text.extend(text_of(&record, pretty));
        let found = |level| {
            let (mut blocks, mut found) = (Blocks::new(&text, shift), Vec::new());
            let take = |name: &[u8], from, to| found.push((name.to_vec(), from, to));
            let behind =
                dispatch!(level, simd => object::fields_with(simd, &text, &mut blocks, shift, take));
            (behind, found)
        };
        let widest = found(Level::new());
        prop_assert_eq!(widest.0, Ok(text.len()));
        for level in narrower_levels() {
            prop_assert_eq!(&found(level), &widest, "{:?}", level);
        }
    }

    /// The records of an array are found whatever they hold and however the text is cut.
    #[test]
    fn an_array_is_cut_into_its_elements(
        elements in vec(any_value(), 0..6),
        pretty: bool,
        cuts in vec(1_usize..200, 1..10),
    ) {
        let text = text_of(&Value::Array(elements.clone()), pretty);
        let keys = Keys::new(["id"]);
        let mut slots = Slots::new(keys.len());
        let mut state = ArrayState::new();
        let mut found = Vec::new();
        let (mut done, mut seen) = (0, 0);
        for cut in cuts.iter().cycle() {
            if done == text.len() {
                break;
            }
            seen = (seen + cut).min(text.len());
            let portion = &text[done..seen];
            let taken = state.take(portion, &keys, &mut slots, |element, text, slots| {
                found.push(match element {
                    Element::Record => Some(decoded(slots.raw(0, text).map(Raw))),
                    Element::Bad => None,
                });
            });
            done += taken.expect("an array");
        }
        let wanted: Vec<_> =
            elements.iter().map(|e| e.as_object().map(|object| object.get("id").cloned())).collect();
        prop_assert_eq!(found, wanted);
        prop_assert_eq!(state.finish(), Ok(elements.len() as u64));
    }

    /// A value is followed along a path as plain loops over the tree follow it.
    #[test]
    fn a_path_finds_what_loops_find(record in any_value(), steps in vec(prop_oneof![
        Just("a"), Just("b"), Just("id"), Just("0"), Just("1"),
    ], 0..4)) {
        let text = text_of(&record, false);
        let mut found = Vec::new();
        let path = Path::new(&steps.join("."));
        let _ = path.each(Some(Raw(&text)), &mut |value| {
            found.push(decoded(value));
            std::ops::ControlFlow::<()>::Continue(())
        });
        let mut wanted = Vec::new();
        follow(Some(&record), &steps, &mut wanted);
        prop_assert_eq!(&found, &wanted);

        let first = wanted.iter().flatten().find_map(|value| match value {
            Value::Array(list) => list.iter().find(|element| !element.is_null()).cloned(),
            Value::Null => None,
            value => Some(value.clone()),
        });
        prop_assert_eq!(decoded(path.first(Some(Raw(&text)))), first);
    }

    /// No text, however broken, makes the scanner fail in any other way than by saying so.
    #[test]
    fn broken_texts_are_survived(mut text in vec(prop_oneof![
        Just(b'"'), Just(b'\\'), Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b','),
        Just(b':'), Just(b'1'), Just(b' '), Just(b'n'), any::<u8>(),
    ], 0..200)) {
        text.insert(0, b'[');
        let keys = Keys::new(["id", ""]);
        let mut slots = Slots::new(keys.len());
        let mut n = 0_u64;
        let mut state = ArrayState::new();
        let done = state.take(&text, &keys, &mut slots, |_, _, _| n += 1);
        if let (Ok(_), Ok(n_records)) = (done, state.finish()) {
            prop_assert_eq!(n_records, n);
        }
        let _ = Raw(&text[1..]).field("id");
        let _ = one_record(&text[1..], &keys, &mut slots);
    }
}

fn follow(value: Option<&Value>, steps: &[&str], found: &mut Vec<Option<Value>>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(value.cloned());
        return;
    };
    match value {
        Some(Value::Array(list)) => {
            for (n, element) in list.iter().enumerate() {
                let index = step.parse::<usize>().ok();
                if index == Some(n) {
                    follow(Some(element), rest, found);
                }
                if let Value::Object(object) = element
                    && (index.is_none() || object.contains_key(*step))
                {
                    follow(object.get(*step), rest, found);
                }
            }
        }
        Some(Value::Object(object)) => follow(object.get(*step), rest, found),
        _ => found.push(None),
    }
}

#[test]
fn of_a_field_that_is_there_twice_the_last_counts() {
    let text = br#"{"a":1,"b":{"a":2},"a":3}"#;
    let keys = Keys::new(["a"]);
    let mut slots = Slots::new(1);
    assert_eq!(one_record(text, &keys, &mut slots), Some(()));
    assert_eq!(slots.raw(0, text), Some(&b"3"[..]));
    assert_eq!(Raw(text).field("a"), Some(Raw(b"3")));
}

#[test]
fn what_is_no_object_is_refused() {
    let keys = Keys::new(["a"]);
    for text in [
        "",
        " ",
        "1",
        "[]",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1} x",
        "{a:1}",
        "{\"a\":tru}",
        "{\"a\":-}",
        "{\"a\":1 2}",
        "{\"a\":\"x}",
        "{\"a\" 1}",
        "{,}",
        "{\"\\x\":1}",
    ] {
        let mut slots = Slots::new(1);
        assert_eq!(one_record(text.as_bytes(), &keys, &mut slots), None, "{text}");
    }
}

/// Names are looked at for escapes only where there is a backslash in their blocks.
#[test]
fn a_name_of_any_length_may_end_in_an_escape() {
    for n in (0..200).chain(300..320) {
        let before = "x".repeat(n);
        let key = format!("{before}ab");
        let keys = Keys::new([key.as_str()]);
        let mut slots = Slots::new(1);
        let text = format!(r#"{{"y":0,"{before}a\u0062":1}}"#);
        assert_eq!(one_record(text.as_bytes(), &keys, &mut slots), Some(()));
        assert_eq!(slots.raw(0, text.as_bytes()), Some(&b"1"[..]), "behind {n} bytes");
    }
}

/// Sixteen blocks are classified at a time, and the next sixteen need not have a backslash.
#[test]
fn a_name_of_any_length_may_begin_with_an_escape() {
    for n in (0..1030).step_by(5) {
        let (before, behind) = ("x".repeat(n), "y".repeat(1500));
        let key = format!("{before}a{behind}");
        let keys = Keys::new([key.as_str()]);
        let mut slots = Slots::new(1);
        let text = format!(r#"{{"{before}\u0061{behind}":1}}"#);
        assert_eq!(one_record(text.as_bytes(), &keys, &mut slots), Some(()));
        assert_eq!(slots.raw(0, text.as_bytes()), Some(&b"1"[..]), "behind {n} bytes");
    }
}

fn ends_behind(blocks: &mut Blocks<'_>, at: usize) -> Ends {
    dispatch!(Level::new(), simd => blocks.ends_behind(simd, at))
}

#[test]
fn a_backslash_is_expected_in_its_own_block_and_in_all_that_is_forgotten() {
    let at = |start: usize, block: usize| start + block * 64;
    for start in [0, 3] {
        for of_backslash in 0..16 {
            let mut text = vec![b'x'; at(start, 32)];
            text[at(start, of_backslash) + 7] = b'\\';
            let mut blocks = Blocks::new(&text, start);
            ends_behind(&mut blocks, start);
            for from in 0..16 {
                for to in from..16 {
                    let expected = (from..=to).contains(&of_backslash);
                    let found = blocks.may_have_escapes(at(start, from) + 63, at(start, to));
                    assert_eq!(found, expected, "{of_backslash} in {from} to {to}");
                }
            }
            // Now the next sixteen are classified.
            ends_behind(&mut blocks, at(start, 16));
            let found = blocks.may_have_escapes(at(start, 16) - 1, at(start, 17));
            assert_eq!(found, of_backslash == 15, "{of_backslash} in what is forgotten");
            assert!(!blocks.may_have_escapes(at(start, 16), at(start, 17)));
            text[at(start, 20)] = b'\\';
            let mut blocks = Blocks::new(&text, start);
            ends_behind(&mut blocks, at(start, 16));
            assert!(blocks.may_have_escapes(at(start, 16) - 1, at(start, 17)));
        }
    }
}

#[test]
fn the_end_of_each_string_is_found_and_none_behind_the_last_one() {
    // With less and with more than the sixteen blocks that are classified at a time.
    for n in [1, 100, 255, 256, 257, 300, 700] {
        let text = format!(r#"{}"open"#, r#""a","#.repeat(n));
        let mut blocks = Blocks::new(text.as_bytes(), 0);
        let mut ends = ends_behind(&mut blocks, 0);
        let mut next = || dispatch!(Level::new(), simd => blocks.end_of_string(simd, &mut ends));
        for k in 0..n {
            assert_eq!(next(), Some(4 * k + 2), "of {n} strings");
        }
        assert_eq!(next(), None, "behind {n} strings");
    }
}

/// Numbers are passed over without a look at the quotes and brackets.
#[test]
fn a_text_is_found_behind_any_number_of_numbers() {
    let (keys, mut slots) = (Keys::default(), Slots::default());
    // So many that every block is met, also of those that are classified later.
    for n in (0..1200).step_by(7) {
        for behind in [r#""a","b""#, r#"["a"],{"b":"]"}"#] {
            let text = format!("[{}{behind}]", "1,".repeat(n));
            let mut state = ArrayState::new();
            let done = state.take(text.as_bytes(), &keys, &mut slots, |_, _, _| {});
            assert_eq!(done, Ok(text.len()), "{n} numbers before {behind}");
            assert_eq!(state.finish(), Ok(n as u64 + 2), "{n} numbers before {behind}");
        }
    }
}

/// A backslash that is escaped from the block before escapes nothing, neither here nor in the next.
#[test]
fn escapes_end_where_they_end_at_every_place_of_a_block() {
    let keys = Keys::new(["b"]);
    let mut slots = Slots::new(1);
    for shift in 50..70 {
        for length in 50..70 {
            for escape in [r"\\", r"\\\\", r#"\""#] {
                let (space, rest) = (" ".repeat(shift), "x".repeat(length));
                let text = format!(r#"{space}{{"a":"{escape}{rest}","b":"{rest}"}}"#);
                assert_eq!(one_record(text.as_bytes(), &keys, &mut slots), Some(()), "{text}");
                let found = slots.raw(0, text.as_bytes()).map(|raw| raw.len());
                assert_eq!(found, Some(length + 2), "{text}");
            }
        }
    }
}

/// A name that is not needed is not judged, whatever stands near it.
#[test]
fn a_name_that_is_not_text_does_not_hide_its_record() {
    let keys = Keys::new(["b"]);
    let mut slots = Slots::new(1);
    for text in [&b"{\"\xFF\":\"\\n\",\"b\":1}"[..], b"{\"\t\":\"\\n\",\"b\":1}"] {
        assert_eq!(one_record(text, &keys, &mut slots), Some(()));
        assert_eq!(slots.raw(0, text), Some(&b"1"[..]));
    }
}
