//! What a definition may say, and what it is told when it says something else.

use indicators::{CompileError, Definition, Engine, Formula, Measure, Setup, Source};

use crate::naive::{four_places, three_weeks};
use crate::recorded::Config;

fn compile(config: &str) -> Result<Engine, CompileError> {
    let config: Config = toml::from_str(config).unwrap_or_else(|error| panic!("{config}: {error}"));
    let mut setup = Setup::new(three_weeks(), four_places());
    setup.definitions = config.value;
    setup.breakdowns = config.breakdown;
    Engine::compile(setup)
}

/// An indicator `x` of these lines, and two that it may follow from.
fn with_two(lines: &str) -> Result<Engine, CompileError> {
    compile(&format!(
        r#"
        [[value]]
        indicator = "all"
        [[value]]
        indicator = "by sex"
        by = {{ Sex = "gender" }}
        [[value]]
        indicator = "x"
        {lines}
        "#
    ))
}

#[test]
fn what_has_no_meaning_is_refused_by_key() {
    for (key, problem, lines) in [
        (
            "by",
            "more than five",
            r#"by = { A = "a", B = "b", C = "c", D = "d", E = "e", F = "f" }"#,
        ),
        ("until", "needs the field", r#"timing = "current""#),
        ("until", "only timing \"current\"", r#"until = "dateOfOutcome""#),
        ("only", "once in any case", "timing = \"current\"\nuntil = \"b\"\nonly = \"first\""),
        (
            "only",
            "needs \"first\"",
            "timing = \"cumulative\"\nonly = \"one per person and period\"",
        ),
        ("only", "with `each`", "from = \"follow-ups\"\neach = \"list\"\nonly = \"first\""),
        ("join", "persons themselves", "join = \"contacts\""),
        ("join", "lab-results are no persons", "from = \"follow-ups\"\njoin = \"lab-results\""),
        ("only", "two persons", "from = \"relationships\"\nonly = \"first\""),
        ("suppress", "only counts", "suppress = { below = 5 }\nmeasure = { sum = \"n\" }"),
        ("org_unit", "every place", "org_unit = \"A\"\nplace = \"p\""),
        (
            "measure",
            "no indicator \"gone\"",
            r#"measure = { share = { of = "gone", in = "all" } }"#,
        ),
        (
            "measure",
            "no indicator \"gone\"",
            r#"measure = { share = { of = "all", in = "gone" } }"#,
        ),
        (
            "measure",
            "split in the same way",
            r#"measure = { share = { of = "all", in = "by sex" } }"#,
        ),
        ("measure", "no indicator \"x\"", r#"measure = { share = { of = "x", in = "all" } }"#),
        ("measure", "no indicator \"gone\"", r#"measure = { rate = { of = "gone" } }"#),
        (
            "by",
            "the same as that of \"by sex\"",
            "by = { Age = \"age\" }\nmeasure = { rate = { of = \"by sex\" } }",
        ),
        (
            "by",
            "the same as that of \"by sex\"",
            "by = { A = \"a\" }\nmeasure = { share = { of = \"by sex\", in = \"by sex\" } }",
        ),
        (
            "measure",
            "no indicator \"gone\"",
            r#"measure = { classify = { numbers = { n = "gone" }, rules = [] } }"#,
        ),
        (
            "measure",
            "the rules use `k`",
            r#"measure = { classify = { numbers = { n = "all" }, rules = [{ when = "n > k", value = "1" }] } }"#,
        ),
    ] {
        let error = with_two(lines).unwrap_err();
        assert_eq!((error.indicator(), error.key()), ("x", key), "{lines}: {error}");
        assert!(error.to_string().contains(problem), "{lines}: {error}");
    }
    let error = compile("[[value]]\nindicator = \"a\"\n[[value]]\nindicator = \"a\"").unwrap_err();
    assert_eq!((error.indicator(), error.key()), ("a", "indicator"));
}

#[test]
fn what_has_a_meaning_is_taken() {
    for lines in [
        r#"by = { A = "a", B = "b", C = "c", D = "d", E = "e" }"#,
        "timing = \"current\"\nuntil = \"dateOfOutcome\"",
        "timing = \"cumulative\"\nonly = \"first\"",
        "only = \"one per person and period\"",
        "each = \"list\"\nonly = \"first\"",
        "from = \"follow-ups\"\neach = \"list\"",
        "from = \"follow-ups\"\nonly = \"last\"\njoin = [\"contacts\", \"events\"]",
        "from = \"relationships\"\njoin = \"cases\"",
        "suppress = { below = 5 }",
        "suppress = { below = 5 }\nmeasure = { distinct = \"n\" }",
        "org_unit = \"A\"",
        "place = \"p\"",
        r#"measure = { share = { of = "all", in = "all" } }"#,
        "by = { Sex = \"gender\" }\nmeasure = { share = { of = \"by sex\", in = \"by sex\" } }",
        "by = { Sex = \"gender\" }\nmeasure = { rate = { of = \"by sex\" } }",
        r#"measure = { rate = { of = "by sex" } }"#,
        r#"measure = { classify = { numbers = { n = "all" }, rules = [{ when = "n > 1", value = "1" }] } }"#,
    ] {
        assert!(with_two(lines).is_ok(), "{lines}: {}", with_two(lines).unwrap_err());
    }
}

#[test]
fn indicators_and_options_have_a_limit() {
    let many = |n: usize| {
        let mut setup = Setup::new(three_weeks(), four_places());
        setup.definitions = (0..n).map(|n| Definition::new(n.to_string())).collect();
        setup
    };
    let error = Engine::compile(many(65_536)).unwrap_err();
    assert_eq!(error.indicator(), "65535");
    let of_options = |n: usize| {
        let mut setup = many(1);
        setup.definitions[0].by.insert("A".into(), "a".into());
        let options = (0..n).map(|n| (n.to_string(), n.to_string()));
        setup.breakdowns.insert(
            "a".into(),
            indicators::Breakdown {
                field: "a".into(),
                values: Some(indicators::Values::new(options)),
                ..indicators::Breakdown::default()
            },
        );
        Engine::compile(setup)
    };
    assert!(of_options(4095).is_ok());
    assert_eq!(of_options(4096).unwrap_err().key(), "by");
}

/// The message for a definition that cannot be read.
fn unreadable(lines: &str) -> String {
    toml::from_str::<Definition>(&format!("indicator = \"x\"\n{lines}")).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_read_is_told_with_what_can() {
    for (lines, told) in [
        (r#"measure = "cuont""#, "did you mean `count`?"),
        (r#"measure = "zebra""#, "measures are count, distinct, sum"),
        (r#"measure = "sum""#, "measure = { sum = … }"),
        ("measure = 7", "\"count\" or a table with one measure"),
        ("measure = {}", "is empty"),
        (r#"measure = { sum = "a", mean = "b" }"#, "a measure is one thing"),
        (r#"measure = { summ = "a" }"#, "did you mean `sum`?"),
        ("measure = { sum = 7 }", "a field, or days between two"),
        ("join = 7", "a text or a list of texts"),
    ] {
        let error = unreadable(lines);
        assert!(error.contains(told), "{lines}: {error}");
    }
    let breakdown = |lines: &str| {
        let text = format!("[[value]]\nindicator = \"x\"\n[breakdown.b]\nfield = \"a\"\n{lines}");
        toml::from_str::<Config>(&text).map(|_| ()).unwrap_err().to_string()
    };
    assert!(breakdown("bands = 7").contains("a list of bands"));
    assert!(breakdown("values = 7").contains("a list of values"));
    assert!(breakdown(r#"bands = ["0-5", "5+"]"#).contains("overlap"));
    assert!(breakdown(r#"bands = ["0-"]"#).contains("the band `0-` cannot be read"));
}

/// A configuration can be written by programs, too: what is written is read as the same.
#[test]
fn a_measure_is_written_as_it_is_read() {
    for written in [
        r#""count""#,
        r#"{"distinct":"personId"}"#,
        r#"{"sum":"numberOfContacts"}"#,
        r#"{"min":"n"}"#,
        r#"{"max":"n"}"#,
        r#"{"median":"n"}"#,
        r#"{"mean":{"from":"dateOfOnset","to":"dateOfReporting"}}"#,
        r#"{"share":{"of":"a","in":"b","per":100}}"#,
        r#"{"rate":{"of":"a","per":100000}}"#,
    ] {
        let measure: Measure = serde_json::from_str(written).unwrap();
        assert_eq!(serde_json::to_string(&measure).unwrap(), written);
    }
    let rate: Measure = serde_json::from_str(r#"{"rate":{"of":"a"}}"#).unwrap();
    let share: Measure = serde_json::from_str(r#"{"share":{"of":"a","in":"b"}}"#).unwrap();
    assert_eq!(serde_json::to_value(rate).unwrap()["rate"]["per"], 100_000);
    assert_eq!(serde_json::to_value(share).unwrap()["share"]["per"], 100);
}

#[test]
fn a_rule_names_what_it_uses() {
    let rule = Formula::parse("2 * k >= n + 3 and n < m_2").unwrap();
    assert_eq!(rule.names().into_iter().collect::<Vec<_>>(), ["k", "m_2", "n"]);
    assert!(Formula::parse("1 < 2").unwrap().names().is_empty());
}

/// The copy of the person in a lab result holds names: it is asked for only where it is used.
#[test]
fn a_copy_of_the_person_is_asked_for_only_where_it_is_used() {
    let fields = |values: &str| compile(values).unwrap().fields(Source::LabResults);
    let plain = "[[value]]\nindicator = \"a\"\nfrom = \"lab-results\"\norg_unit = \"A\"\n";
    assert_eq!(fields(plain), ["dateSampleTaken", "id", "personId"]);
    let joined = "[[value]]\nindicator = \"b\"\nfrom = \"lab-results\"\njoin = \"cases\"\n";
    assert_eq!(fields(joined), ["dateSampleTaken", "id", "personId"]);
    let copied = "[[value]]\nindicator = \"c\"\nfrom = \"lab-results\"\n";
    let with_copy = ["case", "contact", "dateSampleTaken", "id", "person", "personId"];
    assert_eq!(fields(copied), with_copy);
    assert_eq!(fields(&format!("{copied}{joined}{plain}")), with_copy);
    // The person that one indicator needs is no business of the others, who have a list.
    assert_eq!(
        fields(&format!("{joined}{joined}").replacen('b', "d", 1)),
        ["dateSampleTaken", "id", "personId"]
    );
}
