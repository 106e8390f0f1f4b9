//! Who a record belongs to, and what is known of that person.

use indicators::{Engine, People, Source};

use crate::naive::{cells, four_places, three_weeks};
use crate::recorded::engine;

/// Lab results by what is known of the person: sex and place.
fn by_sex() -> Engine {
    engine(
        r#"
        [[value]]
        indicator = "tests"
        from = "lab-results"
        join = ["cases", "contacts"]
        by = { Sex = "sex" }
        [breakdown.sex]
        field = "person.gender"
        values = { FEMALE = "F", MALE = "M" }
        missing = "?"
        "#,
        three_weeks(),
        four_places(),
    )
}

fn person(id: &str, sex: &str) -> String {
    format!(
        r#"{{"id":"{id}","gender":"LNG_REFERENCE_DATA_CATEGORY_GENDER_{sex}","usualPlaceOfResidenceLocationId":"a"}}"#
    )
}

/// The sex with which a test of person `p` is counted.
fn sex_of_p(engine: &Engine, people: &People) -> Option<String> {
    let mut counter = engine.counter(people);
    counter
        .push(Source::LabResults, br#"{"id":"t","personId":"p","dateSampleTaken":"2020-12-24"}"#);
    let cells = cells(engine, &counter.into_cube());
    assert!(cells.len() < 2, "{cells:?}");
    let (key, n) = cells.into_iter().next()?;
    assert_eq!(n, "1");
    Some(key.rsplit('|').next().unwrap().to_owned())
}

/// A contact who became a case is a case, whatever was read first.
#[test]
fn of_two_records_of_one_person_the_one_of_the_earlier_source_counts() {
    let engine = by_sex();
    let (case, contact) = (person("p", "MALE"), person("p", "FEMALE"));
    let records = [(Source::Cases, &case), (Source::Contacts, &contact)];
    for order in [[0, 1], [1, 0]] {
        let mut people = engine.people();
        for n in order {
            people.push(&engine, records[n].0, records[n].1.as_bytes());
        }
        assert_eq!(people.len(), 1);
        assert_eq!(sex_of_p(&engine, &people), Some("M".into()));

        let [mut one, mut other] = [engine.people(), engine.people()];
        one.push(&engine, records[order[0]].0, records[order[0]].1.as_bytes());
        other.push(&engine, records[order[1]].0, records[order[1]].1.as_bytes());
        one.merge(&other);
        assert_eq!(one.len(), 1);
        assert_eq!(sex_of_p(&engine, &one), Some("M".into()));
    }
}

#[test]
fn of_two_records_of_one_source_the_lesser_text_counts() {
    let engine = by_sex();
    let (man, woman) = (person("p", "MALE"), person("p", "FEMALE"));
    for order in [[&man, &woman], [&woman, &man]] {
        let mut people = engine.people();
        for text in order {
            people.push(&engine, Source::Cases, text.as_bytes());
        }
        assert_eq!(sex_of_p(&engine, &people), Some("F".into()));
    }
}

#[test]
fn records_without_an_id_are_counted_as_bad() {
    let engine = by_sex();
    let mut people = engine.people();
    assert!(people.is_empty());
    assert_eq!((people.len(), people.n_bad()), (0, 0));
    assert_eq!(sex_of_p(&engine, &people), None);
    for text in ["{", r#"{"gender":"x"}"#, r#"{"id":7}"#] {
        people.push(&engine, Source::Cases, text.as_bytes());
    }
    assert!(people.is_empty());
    let page = format!(r#"[{}, {}, 7, {{"id":null}}]"#, person("p", "MALE"), person("q", "MALE"));
    assert_eq!(people.push_array(&engine, Source::Cases, page.as_bytes()), Ok(4));
    assert!(!people.is_empty());
    assert_eq!((people.len(), people.n_bad()), (2, 5));

    let mut more = engine.people();
    more.push(&engine, Source::Cases, person("q", "MALE").as_bytes());
    more.push(&engine, Source::Contacts, person("r", "FEMALE").as_bytes());
    more.push(&engine, Source::Cases, b"[]");
    more.push(&engine, Source::Cases, b"");
    people.merge(&more);
    assert_eq!((people.len(), people.n_bad()), (3, 7));
    assert_eq!(sex_of_p(&engine, &people), Some("M".into()));
}

#[test]
fn how_many_people_there_are_is_shown_and_who_they_are_is_not() {
    let engine = by_sex();
    let mut people = engine.people();
    people.push(&engine, Source::Cases, person("p", "MALE").as_bytes());
    people.push(&engine, Source::Cases, person("q", "MALE").as_bytes());
    assert_eq!(format!("{people:?}"), "People { n_people: 2, .. }");
}

/// Of the two of a relationship one may be of a kind that is not in the list.
#[test]
fn a_relationship_counts_if_one_of_its_persons_is_known() {
    let engine = engine(
        r#"
        [[value]]
        indicator = "by the sex of both"
        from = "relationships"
        join = "cases"
        org_unit = "A"
        by = { From = "source.gender", To = "target.gender" }
        [breakdown."source.gender"]
        field = "source.gender"
        missing = "?"
        [breakdown."target.gender"]
        field = "target.gender"
        missing = "?"
        "#,
        three_weeks(),
        four_places(),
    );
    let mut people = engine.people();
    people.push(&engine, Source::Cases, person("p", "MALE").as_bytes());
    people.push(&engine, Source::Cases, person("q", "FEMALE").as_bytes());
    let met = |from: &str, to: &str| {
        let record = format!(
            r#"{{"id":"r","contactDate":"2020-12-24","persons":[
                {{"id":"{to}","target":true,"source":false}},
                {{"id":"{from}","source":true}},
                {{"id":"p","source":null}}]}}"#
        );
        let mut counter = engine.counter(&people);
        counter.push(Source::Relationships, record.as_bytes());
        let cube = counter.into_cube();
        let accounts = engine.accounts(&cube);
        let told = cells(&engine, &cube).into_iter().next();
        match told {
            Some((key, _)) => key.split_once("A|").unwrap().1.to_owned(),
            None => format!("{:?}", accounts[0].left_out),
        }
    };
    assert_eq!(met("p", "q"), "MALE|FEMALE");
    assert_eq!(met("q", "p"), "FEMALE|MALE");
    assert_eq!(met("p", "gone"), "MALE|?");
    assert_eq!(met("gone", "q"), "?|FEMALE");
    assert_eq!(met("gone", "lost"), "{PersonNotInList: 1}");
}

/// A person is a case in one list, a contact in another, and a copy in the record: each indicator
/// asks the one that it names, in whatever order the indicators stand.
#[test]
fn each_indicator_asks_the_list_that_it_names() {
    let definition = |name: &str, join: &str| {
        format!(
            "[[value]]\nindicator = \"{name}\"\nfrom = \"lab-results\"\n{join}\n\
                 by = {{ Sex = \"person.gender\" }}\n"
        )
    };
    let copy = definition("copy", "");
    let cases = definition("in cases", "join = \"cases\"");
    let contacts = definition("in contacts", "join = \"contacts\"");
    for order in
        [[&copy, &cases, &contacts], [&cases, &contacts, &copy], [&cases, &copy, &contacts]]
    {
        let config = order.map(String::as_str).concat();
        let engine = engine(&config, three_weeks(), four_places());
        let mut people = engine.people();
        let of = |sex: &str, place: &str| {
            format!(r#"{{"id":"p","gender":"{sex}","usualPlaceOfResidenceLocationId":"{place}"}}"#)
        };
        // A case is known as such even where the contact of the same id is asked for.
        people.push(&engine, Source::Contacts, of("of contact", "b").as_bytes());
        let mut counter = engine.counter(&people);
        let record = format!(
            r#"{{"id":"t","personId":"p","dateSampleTaken":"2020-12-24","person":{}}}"#,
            of("of copy", "a")
        );
        counter.push(Source::LabResults, record.as_bytes());
        let told = cells(&engine, &counter.into_cube());
        let keys: Vec<&str> = told.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            ["copy|2020W52|A|of copy", "in contacts|2020W52|B|of contact"],
            "{config}"
        );
    }
}

/// The copy in a follow-up may be old: an indicator that joins looks at the list instead, one that does not cannot.
#[test]
fn a_list_of_the_person_is_of_the_one_that_the_indicator_asks_for() {
    let stays = |name: &str, join: &str| {
        format!(
            "[[value]]\nindicator = \"{name}\"\nfrom = \"follow-ups\"\neach = \"person.dateRanges\"\n\
             date = \"date\"\norg_unit = \"A\"\nmeasure = {{ distinct = \"person.dateRanges.n\" }}\n{join}\n"
        )
    };
    let joined = stays("listed", "join = [\"contacts\"]");
    for config in [joined.clone() + &stays("copied", ""), stays("copied", "") + &joined] {
        let engine = engine(&config, three_weeks(), four_places());
        let mut people = engine.people();
        let listed = r#"{"id":"p","dateRanges":[{"n":1},{"n":2},{"n":3}]}"#;
        people.push(&engine, Source::Contacts, listed.as_bytes());
        let mut counter = engine.counter(&people);
        // Two records, so that nothing stays of the first.
        for copies in ["{\"n\":5}", "{\"n\":5},{\"n\":6}"] {
            let record = format!(
                r#"{{"id":"f","personId":"p","date":"2020-12-24","contact":{{"id":"p","dateRanges":[{copies}]}}}}"#
            );
            counter.push(Source::FollowUps, record.as_bytes());
        }
        let cells = cells(&engine, &counter.into_cube());
        let told: Vec<String> = cells.iter().map(|(key, n)| format!("{key} {n}")).collect();
        assert_eq!(told, ["copied|2020W52|A| 2", "listed|2020W52|A| 3"]);
    }
}
