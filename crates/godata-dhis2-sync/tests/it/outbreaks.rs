//! Several outbreaks in one data set: summed, or each in an attribute option combination of its own.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Datelike as _, Utc};
use sandbox::dhis2::{Clock, DataElementSpec, DataSetSpec, Dhis2, Dhis2Version, Stored, UserSpec};
use sandbox::godata::{GoData, Kind, World};
use serde_json::{Value, json};

use super::stage::Stage;

const SERVERS: &str = r#"
[dhis2]
url = "@DHIS2_URL@"
username = "writer"
password = { file = "dhis2.txt" }

[godata]
url = "@GODATA_URL@"
username = "@GODATA_USER@"
password = { env = "GODATA_PASSWORD" }
"#;

const APART: &str = r#"
[guard]
max_drop_percent = 100

[[report]]
data_set = "kIfMNugiTgd"
period = "Weekly"
window = "4 periods"
complete = true

[[report.outbreak]]
name = "Ebola 2020"
attributes = { Disease = "EVD" }

[[report.outbreak]]
name = "Marburg 2020"
attributes = { Disease = "Marburg" }

[[report.value]]
data_element = "confirmed01"
indicator = "Confirmed"
where = { classification = "CONFIRMED" }
"#;

const UNITS: [&str; 2] = ["unitAxxxxx1", "unitBxxxxx1"];
const WEEKS: [&str; 4] = ["2020W27", "2020W28", "2020W29", "2020W30"];
const BOTH: [Dhis2Version; 2] = [Dhis2Version::V2_42, Dhis2Version::V2_43];

/// A data set by disease, and one that is not kept apart.
fn dhis2(version: Dhis2Version) -> Dhis2 {
    let mut builder = Dhis2::builder(version)
        .clock(Clock::frozen("2020-07-27T23:00:00Z"))
        .org_unit("DiszpKrYNg8", "AT", "Country", None)
        .category(
            "diseasecat1",
            "DISEASE",
            "Disease",
            [
                ("evdoptionx1", "EVD", "Ebola"),
                ("mvdoptionx1", "MVD", "Marburg"),
                ("lasoptionx1", "LAS", "Lassa"),
            ],
        )
        .attribute_combo("diseasecmb1", "DISEASE", "By disease", ["diseasecat1"]);
    for (unit, code) in UNITS.into_iter().zip(["A", "B"]) {
        builder = builder.org_unit(unit, code, &format!("District {code}"), Some("DiszpKrYNg8"));
    }
    for id in ["confirmed01", "contacts001", "suspects001"] {
        builder = builder.data_element(DataElementSpec::new(id, id, id).zero_significant(true));
    }
    let weekly = |id: &str, name: &str| {
        DataSetSpec::new(id, name, name, "Weekly")
            .elements(["confirmed01", "contacts001", "suspects001"])
            .org_units(UNITS)
    };
    builder
        .data_set(weekly("kIfMNugiTgd", "Weekly by disease").attribute_combo("diseasecmb1"))
        .data_set(weekly("summedset01", "Weekly summed"))
        .user(
            UserSpec::new("writer", "Writer-1!")
                .authorities(["F_DATAVALUE_ADD"])
                .org_units(["DiszpKrYNg8"]),
        )
        .build()
}

/// Two outbreaks in two districts.
struct Scene {
    stage: Stage,
    ebola: String,
    marburg: String,
    places: Vec<String>,
}

impl Scene {
    fn new(version: Dhis2Version, reports: &str) -> Self {
        let godata = GoData::start(World::empty("Ebola 2020")).unwrap();
        let ebola = godata.outbreak_id();
        let marburg = godata.add_outbreak("Marburg 2020");
        let places = ["A", "B"].map(|code| {
            godata.put(
                Kind::Location,
                json!({ "name": format!("District {code}"), "identifiers": [{ "code": code }] }),
            )
        });
        let stage = Stage::new(godata, dhis2(version), "");
        stage.write("dhis2.txt", "Writer-1!");
        let scene = Self { stage, ebola, marburg, places: places.into() };
        scene.configure(reports);
        for (outbreak, n, at) in
            [(&scene.ebola, 5, 0), (&scene.ebola, 2, 1), (&scene.marburg, 3, 0)]
        {
            for case in 0..n {
                scene.case(outbreak, at, &format!("2020-07-{:02}", 3 + case * 5), "CONFIRMED");
            }
        }
        scene.case(&scene.marburg, 1, "2020-07-20", "SUSPECT");
        scene
    }

    fn configure(&self, reports: &str) {
        self.stage.configure(&format!("{SERVERS}\n{reports}"));
    }

    fn case(&self, outbreak: &str, place: usize, day: &str, class: &str) -> String {
        self.stage.godata.put_in(
            outbreak,
            Kind::Case,
            json!({
                "classification": format!("LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_{class}"),
                "dateOfReporting": format!("{day}T00:00:00.000Z"),
                "addresses": [{
                    "typeId": "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE",
                    "locationId": self.places[place],
                }],
            }),
        )
    }

    /// What plain loops find: confirmed cases of the outbreaks by week and district, zeros included.
    fn fresh(&self, outbreaks: &[&str]) -> BTreeMap<(String, String), u64> {
        let cells =
            WEEKS.iter().flat_map(|week| UNITS.map(|unit| (week.to_string(), unit.to_owned())));
        let mut figures: BTreeMap<_, u64> = cells.map(|cell| (cell, 0)).collect();
        let cases = outbreaks.iter().flat_map(|id| self.stage.godata.records_in(id, Kind::Case));
        for case in cases {
            if case["classification"].as_str().is_none_or(|class| !class.ends_with("_CONFIRMED")) {
                continue;
            }
            let day: DateTime<Utc> = case["dateOfReporting"].as_str().unwrap().parse().unwrap();
            let week = day.date_naive().iso_week();
            let place = &case["addresses"][0]["locationId"];
            let district = self.places.iter().position(|id| place == id).unwrap();
            let cell = (format!("{}W{}", week.year(), week.week()), UNITS[district].to_owned());
            *figures.get_mut(&cell).expect("a week of the window") += 1;
        }
        figures
    }

    fn combo(&self, disease: &str) -> String {
        self.stage.dhis2.option_combo(&[disease]).unwrap()
    }

    /// What DHIS2 holds in an attribute option combination.
    fn held(&self, attributes: &str) -> BTreeMap<(String, String), u64> {
        let of = |stored: &Stored| {
            stored.attribute_option_combo == attributes && stored.data_element == "confirmed01"
        };
        self.stage
            .dhis2
            .values()
            .into_iter()
            .filter(of)
            .map(|stored| {
                ((stored.period, stored.org_unit), stored.value.unwrap().parse().unwrap())
            })
            .collect()
    }

    #[track_caller]
    fn each_equals_a_fresh_count(&self) {
        assert_eq!(self.held(&self.combo("EVD")), self.fresh(&[&self.ebola]));
        assert_eq!(self.held(&self.combo("MVD")), self.fresh(&[&self.marburg]));
    }
}

#[test]
fn each_outbreak_fills_a_combination_of_its_own_and_corrections_reach_both() {
    for version in BOTH {
        let scene = Scene::new(version, APART);
        let (stage, lassa) = (&scene.stage, scene.combo("LAS"));
        // A combination that no outbreak has: a nurse's, and one of this account from another time.
        for (unit, who) in UNITS.into_iter().zip(["nurse", "writer"]) {
            stage.dhis2.put(
                Stored::new("confirmed01", "2020W30", unit, "77")
                    .attribute_combo(&lassa)
                    .stored_by(who)
                    .comment("from paper"),
            );
        }
        let others = || -> Vec<Stored> {
            let values = stage.dhis2.values_with_deleted();
            values.into_iter().filter(|one| one.attribute_option_combo == lassa).collect()
        };
        let untouched = others();

        stage.run(&["run"]).ok();
        scene.each_equals_a_fresh_count();

        let imports = stage.n_imports();
        let again = stage.run(&["run", "--json"]).ok();
        assert_eq!(stage.n_imports(), imports, "{version}: a second run sends nothing");
        for plan in again.lines("plan") {
            assert_eq!(plan["unchanged"], WEEKS.len() * UNITS.len(), "{version}: {plan}");
        }

        // A case turns out to be of the other outbreak: it is deleted in the one and entered anew in the other.
        let moved = scene.case(&scene.ebola, 1, "2020-07-21", "CONFIRMED");
        stage.run(&["run"]).ok();
        scene.each_equals_a_fresh_count();
        assert!(stage.godata.delete(&moved));
        let anew = scene.case(&scene.marburg, 1, "2020-07-21", "CONFIRMED");
        assert_ne!(anew, moved);
        // Nothing ties the two records together: `docs/quirks.md`, "Cases do not move between outbreaks".
        let why = stage.run(&["plan"]).ok().out;
        assert!(why.contains("1 deleted") && !why.contains("moved"), "{version}: {why}");
        assert!(why.contains("1 new") || why.contains("1 late"), "{version}: {why}");
        let ended = stage.run(&["run", "--json"]).ok();
        scene.each_equals_a_fresh_count();
        let changed: Vec<_> = ended
            .lines("change")
            .into_iter()
            .filter(|line| line["action"] != "unchanged")
            .map(|line| {
                (line["attributeOptionCombo"].clone(), line["old"].clone(), line["new"].clone())
            })
            .collect();
        assert_eq!(
            changed,
            [
                (json!(scene.combo("EVD")), json!("1"), json!("0")),
                (json!(scene.combo("MVD")), json!("0"), json!("1")),
            ],
            "{version}"
        );
        assert_eq!(others(), untouched, "{version}");
    }
}

#[test]
fn a_cleared_cell_leaves_the_same_cell_of_the_other_outbreak_as_it_is() {
    for version in BOTH {
        let scene = Scene::new(version, &format!("{APART}zero = \"omit\"\n"));
        let (stage, evd, mvd) = (&scene.stage, scene.combo("EVD"), scene.combo("MVD"));
        let ebola = scene.case(&scene.ebola, 1, "2020-07-21", "CONFIRMED");
        scene.case(&scene.marburg, 1, "2020-07-21", "CONFIRMED");
        let at = |attributes: &str| {
            let default = "HllvX50cXC0";
            stage.dhis2.value_at("confirmed01", "2020W30", UNITS[1], default, attributes)
        };
        stage.run(&["run"]).ok();
        assert_eq!(at(&evd).unwrap().value.as_deref(), Some("1"), "{version}");
        let before = at(&mvd).unwrap();

        stage.dhis2.clock().advance(std::time::Duration::from_secs(60));
        stage.godata.delete(&ebola);
        stage.run(&["run"]).ok();

        assert_eq!(at(&evd), None, "{version}");
        assert_eq!(at(&mvd), Some(before), "{version}: not even sent again");
    }
}

#[test]
fn completeness_is_registered_for_each_combination() {
    for version in BOTH {
        let scene = Scene::new(version, APART);
        scene.stage.run(&["run"]).ok();
        let mut registered: BTreeMap<String, usize> = BTreeMap::new();
        for one in scene.stage.dhis2.registrations() {
            *registered.entry(one.attribute_option_combo).or_default() += 1;
        }
        let each = WEEKS.len() * UNITS.len();
        let both = ["EVD", "MVD"].map(|disease| (scene.combo(disease), each));
        assert_eq!(registered, both.into(), "{version}");
        let ended = scene.stage.run(&["run", "--json"]).ok();
        let newly: Vec<_> =
            ended.lines("sent").iter().map(|line| line["completed"].clone()).collect();
        assert_eq!(newly, [0, 0], "{version}: once is enough");
    }
}

#[test]
fn outbreaks_that_are_listed_together_are_summed() {
    let value = &APART[APART.find("[[report.value]]").unwrap()..];
    let of_godata = format!(
        "outbreak = [\"Ebola 2020\", \"Marburg 2020\"]\n[[report]]\ndata_set = \"summedset01\"\nwindow = \"4 periods\"\n{value}"
    );
    let of_report = format!(
        "[[report]]\ndata_set = \"kIfMNugiTgd\"\nwindow = \"4 periods\"\nattributes = {{ Disease = \"LAS\" }}\n[[report.outbreak]]\nname = [\"Ebola 2020\", \"Marburg 2020\"]\n{value}"
    );
    for version in BOTH {
        for (reports, of_lassa) in [(&of_godata, false), (&of_report, true)] {
            let scene = Scene::new(version, reports);
            scene.stage.run(&["run"]).ok();
            let combo = if of_lassa { scene.combo("LAS") } else { "HllvX50cXC0".to_owned() };
            let wanted = scene.fresh(&[&scene.ebola, &scene.marburg]);
            assert_eq!(scene.held(&combo), wanted, "{version}");
            assert_eq!(scene.stage.dhis2.values().len(), wanted.len(), "{version}: nothing else");
        }
    }
}

#[test]
fn whoever_looks_can_tell_the_outbreaks_apart() {
    let scene = Scene::new(Dhis2Version::V2_42, APART);
    let (stage, evd, mvd) = (&scene.stage, scene.combo("EVD"), scene.combo("MVD"));
    let names = ["Weekly by disease (Ebola)", "Weekly by disease (Marburg)"];
    let shows = |text: &str, what: &str| {
        for name in names {
            assert!(text.contains(name), "{name} is not in {what}:\n{text}");
        }
    };
    shows(&stage.run(&["plan"]).ok().out, "plan");
    shows(&stage.run(&["check"]).out, "check");
    let case = scene.case(&scene.ebola, 0, "2020-07-23", "CONFIRMED");
    let ended = stage.run(&["run", "--html", "report.html"]).ok();
    shows(&ended.out, "run");
    shows(&std::fs::read_to_string(stage.path("report.html")).unwrap(), "the report");

    let cell = stage.run(&["history", "cell", "confirmed01", "2020W30", UNITS[0]]).ok();
    shows(&cell.out, "history cell");
    // Combinations stand under their names; programs get the id, too.
    let of = ["history", "cell", "confirmed01", "2020W30", UNITS[0], "--json"];
    let told = ["history", "--as-of", "2100-01-01", "--json"];
    for arguments in [&of[..], &told] {
        let ended = stage.run(arguments).ok();
        let lines = [ended.lines("cell"), ended.lines("told")].concat();
        for (combo, name) in [(&evd, "Ebola"), (&mvd, "Marburg")] {
            let mut of_outbreak =
                lines.iter().filter(|line| line["attributeOptionCombo"] == **combo).peekable();
            assert!(of_outbreak.peek().is_some(), "{lines:#?}");
            for line in of_outbreak {
                assert_eq!(line["attributeOptionComboName"], name, "{line}");
                assert_eq!(line["categoryOptionComboName"], "default", "{line}");
            }
        }
        let text = stage.run(&arguments[..arguments.len() - 1]).ok().out;
        assert!(!text.contains(&evd) && text.contains("Ebola"), "{text}");
    }
    let run = stage.run(&["history", "show", "1"]).ok();
    shows(&run.out, "history show");
    shows(&stage.run(&["history"]).ok().out, "history");

    let cell = ["explain", "cell", "Confirmed", "2020W30", UNITS[0]];
    let explained = stage.run(&cell).ok();
    shows(&explained.out, "explain cell");
    let both = stage.run(&[&cell[..], &["--json"]].concat()).ok().lines("cell");
    let records = |line: &Value| line["records"].as_array().unwrap().len() as u64;
    for (line, combo, outbreak) in
        [(&both[0], &evd, &scene.ebola), (&both[1], &mvd, &scene.marburg)]
    {
        assert_eq!(line["attributeOptionCombo"], **combo);
        let fresh = scene.fresh(&[outbreak])[&("2020W30".to_owned(), UNITS[0].to_owned())];
        assert_eq!(records(line), fresh, "{line}");
    }
    let explained = stage.run(&["explain", "record", &case, "--json"]).ok().lines("record");
    let reports: Vec<_> = explained.iter().map(|line| line["report"].clone()).collect();
    assert_eq!(reports, names[..1], "a record is in the reports of its outbreak only");
}

#[test]
fn a_why_is_of_one_outbreak() {
    let scene = Scene::new(Dhis2Version::V2_43, APART);
    scene.stage.run(&["run"]).ok();
    scene.case(&scene.marburg, 0, "2020-07-21", "CONFIRMED");
    let plan = scene.stage.run(&["plan"]).ok().out;
    let (ebola, marburg) = plan.split_once("Weekly by disease (Marburg)").unwrap();
    assert!(ebola.contains("Nothing to do") && !ebola.contains("new"), "{plan}");
    assert!(marburg.contains("1 new"), "{plan}");
}

/// One outbreak that is gone does not hide behind another that is large.
#[test]
fn guards_look_at_each_outbreak() {
    let scene = Scene::new(Dhis2Version::V2_42, APART);
    let stage = &scene.stage;
    stage.run(&["run"]).ok();
    for case in stage.godata.records_in(&scene.marburg, Kind::Case) {
        stage.godata.delete(case["id"].as_str().unwrap());
    }
    let imports = stage.n_imports();
    stage
        .run(&["run"])
        .fails_with(5, &["Weekly by disease (Marburg): Go.Data gave no cases", "--accept"]);
    assert_eq!(stage.n_imports(), imports);
    stage.run(&["run", "--accept"]).ok();
    scene.each_equals_a_fresh_count();
}

#[test]
fn files_for_upload_by_hand_name_the_combination_of_each_value() {
    let scene = Scene::new(Dhis2Version::V2_42, APART);
    let (evd, mvd) = (scene.combo("EVD"), scene.combo("MVD"));
    let set = scene.stage.run(&["count", "--format", "dxf"]).ok().json();
    let of = |combo: &str| -> BTreeMap<(String, String), u64> {
        let values = set["dataValues"].as_array().unwrap().iter();
        let text = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
        values
            .filter(|value| value["attributeOptionCombo"] == combo)
            .map(|value| {
                let number = text(value, "value").parse().unwrap();
                ((text(value, "period"), text(value, "orgUnit")), number)
            })
            .collect()
    };
    assert_eq!(of(&evd), scene.fresh(&[&scene.ebola]));
    assert_eq!(of(&mvd), scene.fresh(&[&scene.marburg]));
    for format in ["adx", "dhis2-csv"] {
        let text = scene.stage.run(&["count", "--format", format]).ok().out;
        assert!(text.contains(&evd) && text.contains(&mvd), "{format}:\n{text}");
    }
    let csv = scene.stage.run(&["count", "--format", "csv", "--today", "2020-07-27"]).ok().out;
    assert!(
        csv.starts_with("indicator,dataElement,code,period,orgUnit,categories,value,attributes\n")
    );
    assert!(csv.contains("Disease=EVD") && csv.contains("Disease=Marburg"), "{csv}");
}

/// Files of several outbreaks are in folders that are called like them, and give the same figures as the server.
#[test]
fn records_from_files_are_kept_apart_by_folders() {
    let scene = Scene::new(Dhis2Version::V2_42, APART);
    let stage = &scene.stage;
    let folder = stage.path("records");
    let write = |folder: &Path, name: &str, rows: Vec<Value>| {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(name), Value::Array(rows).to_string()).unwrap();
    };
    write(&folder, "locations.json", stage.godata.records(Kind::Location));
    write(
        &folder.join("Ebola 2020"),
        "cases.json",
        stage.godata.records_in(&scene.ebola, Kind::Case),
    );
    stage
        .run(&["run", "--records", "records"])
        .fails_with(2, &["none of the outbreak `Marburg 2020`", "a folder of its name"]);
    write(
        &folder.join("Marburg 2020"),
        "cases.json",
        stage.godata.records_in(&scene.marburg, Kind::Case),
    );
    stage.run(&["run", "--records", "records"]).ok();
    scene.each_equals_a_fresh_count();
    let imports = stage.n_imports();
    stage.run(&["run"]).ok();
    assert_eq!(stage.n_imports(), imports, "the server says the same");
}

#[test]
fn what_does_not_fit_the_data_set_is_refused_before_anything_is_read() {
    let scene = Scene::new(Dhis2Version::V2_42, APART);
    let two = |evd: &str, mvd: &str| {
        APART.replace("Disease = \"EVD\"", evd).replace("Disease = \"Marburg\"", mvd)
    };
    let id = &scene.ebola;
    for (reports, expected) in [
        (APART.replace("kIfMNugiTgd", "summedset01"), "has no attributes in DHIS2"),
        (
            two("Disease = \"EVD\"", "Disease = \"MERS\""),
            "has no option `MERS`; it has: EVD, MVD, LAS",
        ),
        (two("Disease = \"EVD\"", "Sickness = \"MVD\""), "has no category `Sickness`"),
        (
            two("Disease = \"EVD\"", "Disease = \"Ebola\""),
            "filled twice: with Ebola 2020 and with Marburg 2020",
        ),
        (
            APART.replace("name = \"Marburg 2020\"", &format!("name = \"{id}\"")),
            "is counted twice in one data set",
        ),
        (
            APART.replace(
                "[[report.outbreak]]\nname = \"Ebola 2020\"\nattributes",
                "[[report.outbreak]]\nname = \"Ebola 2020\"\n#",
            ),
            "is kept apart by By disease",
        ),
        (APART.replace("Marburg 2020", "Lassa 2020"), "no such outbreak"),
    ] {
        scene.configure(&reports);
        scene.stage.godata.server().log().clear();
        let ended = scene.stage.run(&["run"]);
        assert!(ended.code == 2 || ended.code == 3, "{expected}: {ended:?}");
        assert!(ended.err.contains(expected), "{expected} is not in:\n{}", ended.err);
        let log = scene.stage.godata.server().log().entries();
        assert!(log.iter().all(|call| !call.path.ends_with("/cases")), "{expected}: {log:?}");
    }
    assert_eq!(scene.stage.n_imports(), 0);
}

/// An option that is over, or not for a district, is seen before anything is sent, and costs only its own values.
#[test]
fn the_days_and_units_of_an_option_are_looked_at() {
    for (version, dates, units) in
        [(Dhis2Version::V2_42, "E7638", "E7639"), (Dhis2Version::V2_43, "E8032", "E8025")]
    {
        let scene = Scene::new(version, APART);
        scene.stage.dhis2.option_dates("evdoptionx1", "2020-07-13", "");
        scene.stage.dhis2.option_units("mvdoptionx1", &[UNITS[0]]);
        let checks = scene.stage.run(&["check"]);
        for text in [
            "Weekly by disease (Ebola)",
            "the option `Ebola`",
            dates,
            "the option `Marburg` is not assigned to `District B`",
            units,
        ] {
            assert!(checks.out.contains(text), "{version}: {text} is not in:\n{}", checks.out);
        }
    }
}

/// Several reports, two outbreaks: one listing of a record kind an outbreak, whatever the number of reports.
#[test]
fn several_reports_are_one_pass_over_each_record_kind_of_each_outbreak() {
    let more = r#"
[[report]]
data_set = "summedset01"
window = "3 periods"

[[report.value]]
data_element = "confirmed01"
indicator = "Confirmed, summed"
where = { classification = "CONFIRMED" }

[[report.value]]
data_element = "suspects001"
indicator = "Suspects, summed"
where = { classification = "SUSPECT" }

[[report.value]]
data_element = "contacts001"
indicator = "Contacts, summed"
from = "contacts"
"#;
    let reports = format!("outbreak = [\"Ebola 2020\", \"Marburg 2020\"]\n{APART}\n{more}");
    for version in BOTH {
        let scene = Scene::new(version, &reports);
        for n in 0..3 {
            let outbreak = [&scene.ebola, &scene.marburg][n % 2];
            scene.stage.godata.put_in(
                outbreak,
                Kind::Contact,
                json!({ "dateOfReporting": "2020-07-21T00:00:00.000Z", "addresses": [{ "locationId": scene.places[0] }] }),
            );
        }
        let log = scene.stage.godata.server().log();
        log.clear();
        let ended = scene.stage.run(&["run", "--json"]).ok();

        scene.each_equals_a_fresh_count();
        let summed = scene.fresh(&[&scene.ebola, &scene.marburg]);
        for (cell, n) in scene.held("HllvX50cXC0") {
            assert_eq!(n, summed[&cell], "{version}: {cell:?}");
        }
        let read = &ended.lines("counted")[0]["read"];
        for (kind, path) in [(Kind::Case, "cases"), (Kind::Contact, "contacts")] {
            let mut n_records = 0;
            for outbreak in [&scene.ebola, &scene.marburg] {
                n_records += scene.stage.godata.records_in(outbreak, kind).len();
                // Pages of 1000 rows: everything is on the first. Listings are posted where the condition is long.
                let lists: Vec<_> = log
                    .entries()
                    .into_iter()
                    .filter(|call| {
                        call.path.ends_with(&format!("/outbreaks/{outbreak}/{path}"))
                            || call.path.ends_with(&format!("/outbreaks/{outbreak}/{path}/filter"))
                    })
                    .collect();
                assert_eq!(lists.len(), 1, "{version} {path}: {lists:?}");
                // The cross-check is a count, which costs a few bytes and no record.
                let counts: Vec<_> = log
                    .entries()
                    .into_iter()
                    .filter(|call| {
                        call.path.contains(&format!("/{outbreak}/{path}/"))
                            && call.path.contains("count")
                    })
                    .collect();
                assert_eq!(counts.len(), 1, "{version} {path}: {counts:?}");
                assert!(counts[0].n_bytes_answered < 200, "{version} {path}: {counts:?}");
            }
            assert_eq!(read[path], n_records, "{version}: each record is read once");
        }
    }
}

/// A record that is odd is told once, however many reports count its outbreak; and what is too early is so by the start of
/// its own outbreak.
#[test]
fn odd_records_are_told_once_and_by_their_own_outbreak() {
    let summed = "[[report]]\ndata_set = \"summedset01\"\n[[report.value]]\ndata_element = \"suspects001\"\nindicator = \"All\"\n";
    let reports = format!(
        "outbreak = [\"Ebola 2020\", \"Marburg 2020\"]\n[quality]\nrecords = \"all\"\n{APART}\n{summed}"
    );
    let scene = Scene::new(Dhis2Version::V2_42, &reports);
    let starts = |id: &str, day: &str| {
        let day = format!("{day}T00:00:00.000Z");
        scene.stage.godata.edit_outbreak(id, |outbreak| outbreak["startDate"] = json!(day));
    };
    starts(&scene.ebola, "2020-07-10");
    starts(&scene.marburg, "2020-01-01");
    let early = |id: &str| {
        let cases = scene.stage.godata.records_in(id, Kind::Case);
        cases.iter().filter(|case| case["dateOfReporting"].as_str().unwrap() < "2020-07-10").count()
    };
    assert!(early(&scene.ebola) > 0 && early(&scene.marburg) > 0, "both have cases that early");

    let found = scene.stage.run(&["plan", "--json"]).ok().lines("finding");

    let too_early = found.iter().filter(|line| line["field"] == "dateOfReporting");
    let n: u64 = too_early.map(|line| line["n"].as_u64().unwrap()).sum();
    assert_eq!(n, early(&scene.ebola) as u64, "{found:#?}");
}

/// A run that was killed with values of both outbreaks under way: the next one finds out what became of each.
#[test]
fn what_a_killed_run_sent_is_settled_for_each_outbreak() {
    let scene = Scene::new(Dhis2Version::V2_42, APART);
    scene.stage.run(&["run"]).ok();
    let ledger = rusqlite::Connection::open(scene.stage.path("sync.ledger")).unwrap();
    ledger
        .execute_batch(
            "UPDATE run SET ended = NULL, exit_code = NULL; UPDATE planned_cell SET outcome = NULL",
        )
        .unwrap();
    drop(ledger);

    scene.stage.run(&["run"]).ok();

    let cells = scene.stage.run(&["history", "show", "1", "--json"]).ok().lines("cell");
    assert_eq!(cells.len(), 2 * WEEKS.len() * UNITS.len());
    for cell in cells {
        assert_eq!(cell["outcome"], "stored", "{cell}");
    }
}

/// `init` with everything given as flags, into the folder `new`.
fn init(scene: &Scene, more: &[&str]) -> super::stage::Ended {
    let stage = &scene.stage;
    let arguments = [
        "init",
        "--dir",
        "new",
        "--force",
        "--godata-url",
        stage.godata.url(),
        "--godata-user",
        sandbox::godata::EMAIL,
        "--dhis2-url",
        stage.server.url(),
        "--dhis2-user",
        "writer",
        "--data-set",
        "kIfMNugiTgd",
    ];
    stage.run_with(&[&arguments[..], more].concat(), &[("DHIS2_PASSWORD", "Writer-1!")])
}

fn new_configuration(scene: &Scene) -> String {
    std::fs::read_to_string(scene.stage.path("new/sync.toml")).unwrap()
}

/// What `init` cannot know it leaves open, and says so.
#[test]
fn init_leaves_to_a_person_which_option_an_outbreak_is() {
    let scene = Scene::new(Dhis2Version::V2_42, APART);
    scene.stage.godata.add_outbreak("Outbreak 7");
    init(&scene, &["--outbreak", "Outbreak 7"]).ok();
    let text = new_configuration(&scene);
    assert!(text.contains("Disease: EVD (Ebola), MVD (Marburg), LAS (Lassa)"), "{text}");
    assert!(text.contains("\nattributes = { \"DISEASE\" = \"\" }"), "{text}");

    let ended = init(&scene, &["--outbreak", "Outbreak 7", "--outbreak", &scene.ebola]).ok();
    let text = new_configuration(&scene);
    assert!(text.contains("\nattributes = { \"DISEASE\" = \"\" }"), "{text}");
    assert!(text.contains("\n# [[report.outbreak]]"), "{text}");
    assert!(text.contains("# attributes = { \"DISEASE\" = \"EVD\" }"), "{text}");
    assert!(ended.out.contains("Outbreak 7 is ?"), "{}", ended.out);
}

/// Outbreaks that are called like the options get a share each, which can be planned at once.
#[test]
fn init_gives_each_outbreak_its_share() {
    let scene = Scene::new(Dhis2Version::V2_42, APART);
    let both = ["--outbreak", &scene.ebola, "--outbreak", "Marburg 2020"];
    let ended = init(&scene, &both).ok();
    assert!(ended.out.contains("Ebola 2020 is EVD\n  Marburg 2020 is MVD"), "{}", ended.out);
    let text = new_configuration(&scene);
    let share = format!(
        "[[report.outbreak]]\nname = \"{}\"  # Marburg 2020\nattributes = {{ \"DISEASE\" = \"MVD\" }}\n",
        scene.marburg
    );
    assert!(text.contains(&share), "{text}");
    assert!(!text.contains("\nattributes = { \"DISEASE\" = \"\" }"), "{text}");
    let checked = scene.stage.run_with(
        &["check", "--config", "new/sync.toml", "--json"],
        &[("DHIS2_PASSWORD", "Writer-1!")],
    );
    assert!(!checked.out.contains("attribute option combination"), "{}", checked.out);

    let said = [&both[..], &["--option", "Ebola 2020=Lassa"]].concat();
    let report = &init(&scene, &[&said[..], &["--json"]].concat()).ok().lines("report")[0];
    assert_eq!(report["outbreaks"][0], json!({ "id": scene.ebola, "options": ["LAS"] }));

    // Two of one option would overwrite each other.
    let alike = [&both[..], &["--option", "Ebola 2020=MVD"]].concat();
    init(&scene, &alike).ok();
    assert!(new_configuration(&scene).contains("\n# [[report.outbreak]]"));

    for (option, texts) in [
        ("Ebola 2021=EVD", ["which is not reported", "did you mean `Ebola 2020`?"]),
        ("Ebola 2020=Lasssa", ["no chosen data set", "did you mean `Lassa`?"]),
        ("Ebola 2020", ["has no `=`", "OUTBREAK=OPTION"]),
    ] {
        init(&scene, &[&both[..], &["--option", option]].concat()).fails_with(2, &texts);
    }
}

/// In a data set that is not kept apart, several outbreaks are counted together.
#[test]
fn init_sums_several_outbreaks_where_nothing_keeps_them_apart() {
    let scene = Scene::new(Dhis2Version::V2_42, APART);
    let summed =
        ["--data-set", "summedset01", "--outbreak", &scene.ebola, "--outbreak", &scene.marburg];
    init(&scene, &summed).ok();
    let text = new_configuration(&scene);
    let both = format!("outbreak = [\"{}\", \"{}\"]", scene.ebola, scene.marburg);
    assert!(text.contains(&both), "{text}");
    assert!(text.contains("# Ebola 2020, Marburg 2020: counted together"), "{text}");
}

/// On a terminal, what an outbreak is that nothing tells is asked for.
#[cfg(unix)]
#[test]
fn init_asks_which_option_an_outbreak_is() {
    let scene = Scene::new(Dhis2Version::V2_42, APART);
    let stage = &scene.stage;
    stage.godata.add_outbreak("Outbreak 7");
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("godata-dhis2-sync"));
    command
        .current_dir(stage.path(""))
        .args(["init", "--dir", "new", "--outbreak", "Outbreak 7", "--outbreak", &scene.ebola])
        .args(["--godata-url", stage.godata.url(), "--godata-user", sandbox::godata::EMAIL])
        .args(["--dhis2-url", stage.server.url(), "--dhis2-user", "writer"])
        .args(["--data-set", "kIfMNugiTgd"])
        .env("GODATA_PASSWORD", sandbox::godata::PASSWORD)
        .env("DHIS2_PASSWORD", "Writer-1!")
        .env_remove("RUST_LOG");
    let mut terminal = rexpect::session::spawn_command(command, Some(60_000)).unwrap();
    terminal.exp_string("which Disease is Outbreak 7?").unwrap();
    // Ebola, Marburg, Lassa: `j` goes one down.
    terminal.send("jj\r").unwrap();
    terminal.flush().unwrap();
    terminal.exp_eof().unwrap();

    let text = new_configuration(&scene);
    for option in ["LAS", "EVD"] {
        let share = format!("\nattributes = {{ \"DISEASE\" = \"{option}\" }}\n");
        assert!(text.contains(&share), "{option}: {text}");
    }
}
