//! `init`: what it writes can be used at once, by `check`, `plan` and `run`.

use sandbox::dhis2::{Clock, Dhis2, Dhis2Version};
use sandbox::godata::{EMAIL, GoData, Kind};
use serde_json::{Value, json};

use super::stage::{Ended, Stage};

fn stage() -> Stage {
    let dhis2 = Dhis2::atlantia_builder(Dhis2Version::V2_42)
        .clock(Clock::frozen("2021-03-01T08:00:00Z"))
        .build();
    Stage::new(GoData::recorded().unwrap(), dhis2, "")
}

/// `init` into the folder `new`, with everything given as flags.
fn init(stage: &Stage, more: &[&str]) -> Ended {
    let outbreak = stage.godata.outbreak_id();
    let mut arguments = vec![
        "init",
        "--dir",
        "new",
        "--godata-url",
        stage.godata.url(),
        "--godata-user",
        EMAIL,
        "--outbreak",
        &outbreak,
        "--dhis2-url",
        stage.server.url(),
    ];
    arguments.extend(more);
    stage.run(&arguments)
}

const ALL_PERIODS: [&str; 2] = ["--periods", "2020W30..2021W8"];

/// The sums of a plan: values to create.
fn created(plan: &Ended) -> u64 {
    plan.lines("plan").iter().map(|line| line["create"].as_u64().unwrap()).sum()
}

#[test]
fn what_is_written_for_a_library_can_be_checked_and_planned() {
    let stage = stage();

    let ended = init(&stage, &["--data-set", "uKtOZwDnIpM"]).ok();

    assert!(ended.out.contains("library covid19, 11 of"), "{}", ended.out);
    let text = std::fs::read_to_string(stage.path("new/sync.toml")).unwrap();
    assert!(text.contains("library = \"covid19\""), "{text}");
    let places = std::fs::read_to_string(stage.path("new/places.csv")).unwrap();
    assert!(places.contains(",lxhZA8MPwpv,") && places.contains(",100"), "{places}");
    stage.run(&["check", "--config", "new/sync.toml"]).ok();
    let plan = stage
        .run(&[&["plan", "--json", "--config", "new/sync.toml"][..], &ALL_PERIODS].concat())
        .ok();
    assert!(created(&plan) > 100, "{}", plan.out);
}

#[test]
fn what_is_written_for_one_element_can_be_run_from_files_too() {
    let stage = stage();
    let folder = stage.export().display().to_string();

    let ended = init(&stage, &["--data-set", "kIfMNugiTgd", "--json"]).ok();

    let report = &ended.lines("report")[0];
    assert_eq!(report["recognised"], 1, "{report}");
    stage.run(&["check", "--config", "new/sync.toml"]).ok();
    let arguments = ["plan", "--json", "--config", "new/sync.toml"];
    let online = stage.run(&[&arguments[..], &ALL_PERIODS].concat()).ok();
    assert!(created(&online) > 10, "{}", online.out);
    let offline = stage.run(&[&arguments[..], &ALL_PERIODS, &["--records", &folder]].concat()).ok();
    assert_eq!(created(&online), created(&offline));
}

#[test]
fn a_configuration_can_be_made_from_files_without_go_data() {
    let stage = stage();
    let folder = stage.export().display().to_string();
    let server = stage.server.url().to_owned();

    stage
        .run(&[
            "init",
            "--dir",
            "new",
            "--records",
            &folder,
            "--dhis2-url",
            &server,
            "--data-set",
            "uKtOZwDnIpM",
        ])
        .ok();

    let text = std::fs::read_to_string(stage.path("new/sync.toml")).unwrap();
    assert!(!text.contains("\n[godata]"), "{text}");
    let arguments = ["plan", "--json", "--config", "new/sync.toml", "--records", &folder];
    let plan = stage.run(&[&arguments[..], &ALL_PERIODS].concat()).ok();
    assert!(created(&plan) > 100, "{}", plan.out);
}

#[test]
fn places_without_a_unit_are_listed_with_the_cases_that_would_be_lost() {
    let stage = stage();
    // A country beside Atlantia, with a district in it, which no organisation unit is like.
    let country = stage.godata.put(
        Kind::Location,
        json!({ "name": "Zzyzx", "geographicalLevelId": sandbox::godata::reference("LOCATION_GEOGRAPHICAL_LEVEL", "ADMIN_LEVEL_0") }),
    );
    let district = stage.godata.put(
        Kind::Location,
        json!({ "name": "Qqqq", "parentLocationId": country, "geographicalLevelId": sandbox::godata::reference("LOCATION_GEOGRAPHICAL_LEVEL", "ADMIN_LEVEL_1") }),
    );
    for _ in 0..3 {
        stage.godata.put(
            Kind::Case,
            json!({
                "classification": sandbox::godata::reference("CASE_CLASSIFICATION", "CONFIRMED"),
                "dateOfReporting": "2021-02-01T00:00:00.000Z",
                "addresses": [{
                    "typeId": sandbox::godata::reference("ADDRESS_TYPE", "USUAL_PLACE_OF_RESIDENCE"),
                    "locationId": district,
                }],
            }),
        );
    }

    let ended = init(&stage, &["--data-set", "uKtOZwDnIpM", "--json"]).ok();

    let places = &ended.lines("places")[0];
    assert_eq!(places["nLost"], 3, "{places}");
    let line = |name: &str| -> Value {
        let unmatched = places["unmatched"].as_array().unwrap();
        unmatched.iter().find(|line| line["name"] == name).expect(name).clone()
    };
    assert_eq!(
        (line("Zzyzx")["nCases"].as_u64(), line("Qqqq")["nCases"].as_u64()),
        (Some(3), Some(3))
    );
    assert_eq!(line("Qqqq")["countedAt"], Value::Null);
    let sum: u64 = ["nAtUnit", "nAbove", "nLost", "nWithoutPlace"]
        .iter()
        .map(|key| places[*key].as_u64().unwrap())
        .sum();
    assert_eq!(places["nCases"], sum, "every case is somewhere");
    assert_eq!(sum, stage.godata.records(Kind::Case).len() as u64);
}

#[test]
fn nothing_is_written_over_unasked() {
    let stage = stage();
    std::fs::create_dir(stage.path("new")).unwrap();
    stage.write("new/sync.toml", "mine");

    init(&stage, &["--data-set", "uKtOZwDnIpM"])
        .fails_with(2, &["there is a configuration already", "--force"]);
    assert_eq!(std::fs::read_to_string(stage.path("new/sync.toml")).unwrap(), "mine");
    assert!(!stage.path("new/places.csv").exists());

    init(&stage, &["--data-set", "uKtOZwDnIpM", "--force"]).ok();
    assert!(stage.path("new/places.csv").exists());
}

#[test]
fn what_is_not_named_is_listed_when_nobody_can_be_asked() {
    let stage = stage();

    init(&stage, &[]).fails_with(2, &["--data-set is missing", "kIfMNugiTgd", "uKtOZwDnIpM"]);
    init(&stage, &["--data-set", "uKtOZwDnIpN"]).fails_with(3, &["did you mean `uKtOZwDnIpM`?"]);
    stage
        .run(&[
            "init",
            "--dir",
            "new",
            "--godata-url",
            stage.godata.url(),
            "--godata-user",
            EMAIL,
            "--dhis2-url",
            stage.server.url(),
            "--data-set",
            "uKtOZwDnIpM",
        ])
        .fails_with(2, &["--outbreak is missing", &stage.godata.outbreak_id()]);
    assert!(!stage.path("new").exists(), "nothing is written before everything is known");
}

/// Saves what a server answers to the requests that `init --help` names, as `curl` would.
fn save_metadata(stage: &Stage, data_set: &str) -> std::path::PathBuf {
    let folder = stage.path("metadata");
    std::fs::create_dir_all(&folder).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let requests = dhis2_client::SavedMetadata::requests(data_set);
    for (request, name) in requests.iter().zip(["data-set.json", "org-units.json"]) {
        let url = stage.server.url().parse().unwrap();
        let transport = http_transport::Transport::builder(url).build().unwrap();
        let (path, query) = request.split_once('?').unwrap();
        let query = query.split('&').map(|part| part.split_once('=').unwrap());
        let request = query
            .fold(http_transport::Request::get(path.split('/')), |request, (name, value)| {
                request.query(name, value)
            })
            .basic_auth("writer", "Writer-1!".into());
        let answer = runtime.block_on(transport.send(&request)).unwrap();
        std::fs::write(folder.join(name), answer.body()).unwrap();
    }
    folder
}

/// What the API answers to `GET /api/outbreaks`.
fn save_outbreaks(stage: &Stage, names: &[(&str, &str)]) {
    let rows: Vec<Value> =
        names.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect();
    stage.write("records/outbreaks.json", &Value::from(rows).to_string());
}

fn written(stage: &Stage, folder: &str) -> [String; 2] {
    ["sync.toml", "places.csv"]
        .map(|file| std::fs::read_to_string(stage.path(folder).join(file)).unwrap())
}

#[test]
fn files_alone_give_byte_for_byte_what_the_servers_give() {
    for data_set in ["uKtOZwDnIpM", "kIfMNugiTgd"] {
        let stage = stage();
        init(&stage, &["--data-set", data_set]).ok();
        let from_servers = written(&stage, "new");
        let records = stage.export();
        let metadata = save_metadata(&stage, data_set);
        let id = stage.godata.outbreak_id();
        let name = from_servers[0].lines().skip_while(|line| !line.starts_with("password")).nth(1);
        save_outbreaks(
            &stage,
            &[(&id, name.unwrap().trim_start_matches("# ")), ("other", "Other")],
        );
        let (godata_url, dhis2_url) =
            (stage.godata.url().to_owned(), stage.server.url().to_owned());
        let n_requests = stage.server.log().n_requests();

        let from_files = stage.run_with(
            &[
                "init",
                "--dir",
                "offline",
                "--records",
                &records.display().to_string(),
                "--metadata",
                &metadata.display().to_string(),
                "--godata-url",
                &godata_url,
                "--godata-user",
                EMAIL,
                "--outbreak",
                &id,
                "--dhis2-url",
                &dhis2_url,
            ],
            // Nothing that a server could be asked with.
            &[("GODATA_PASSWORD", "wrong"), ("DHIS2_TOKEN", "wrong")],
        );

        from_files.ok();
        assert_eq!(written(&stage, "offline"), from_servers);
        assert_eq!(stage.server.log().n_requests(), n_requests, "no server was asked");
    }
}

#[test]
fn without_addresses_the_configuration_counts() {
    let stage = stage();
    let records = stage.export().display().to_string();
    let metadata = save_metadata(&stage, "uKtOZwDnIpM").display().to_string();

    let ended =
        stage.run(&["init", "--dir", "new", "--records", &records, "--metadata", &metadata]).ok();

    let [text, _] = written(&stage, "new");
    assert!(!text.contains("\n[godata]") && !text.contains("\n[dhis2]"), "{text}");
    assert!(text.contains("period = \"Weekly\""), "{text}");
    assert!(ended.out.contains("count --config"), "{}", ended.out);
    let count = ["count", "--config", "new/sync.toml", "--records", &records, "--format", "csv"];
    let count = stage.run(&[&count[..], &ALL_PERIODS].concat()).ok();
    assert!(count.out.lines().count() > 100, "{}", count.out);
}

#[test]
fn gzipped_exports_are_read_and_what_is_missing_is_named() {
    let stage = stage();
    let records = stage.export().display().to_string();
    let folder = save_metadata(&stage, "uKtOZwDnIpM");
    let set = std::fs::read(folder.join("data-set.json")).unwrap();
    let init = |more: &[&str]| {
        let start = ["init", "--dir", "new", "--force", "--records", &records];
        stage.run(&[&start[..], more].concat())
    };
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &set).unwrap();
    std::fs::write(stage.path("set.json.gz"), gzip.finish().unwrap()).unwrap();
    let units = folder.join("org-units.json").display().to_string();
    init(&["--metadata", "set.json.gz", "--metadata", &units]).ok();

    init(&["--metadata", "set.json.gz", "--dhis2-url", "https://hmis.example.org/dhis/api/"])
        .fails_with(
            2,
            &[
                "any organisation unit that the data set uKtOZwDnIpM is assigned to",
                "curl -gfsS",
                "'https://hmis.example.org/dhis/api/organisationUnits?paging=false&filter=dataSets.id:eq:uKtOZwDnIpM&fields=id,",
            ],
        );
    init(&["--metadata", &units, "--data-set", "uKtOZwDnIpM"])
        .fails_with(2, &["describe no data set", "/api/dataSets/uKtOZwDnIpM?fields=id,code,name"]);
    let mut bare: Value = serde_json::from_slice(&set).unwrap();
    for member in bare["dataSetElements"].as_array_mut().unwrap() {
        for of in ["/dataElement/categoryCombo", "/categoryCombo"] {
            if let Some(combo) = member.pointer_mut(of).and_then(Value::as_object_mut) {
                combo.retain(|key, _| key == "id");
            }
        }
    }
    stage.write("bare.json", &bare.to_string());
    init(&["--metadata", "bare.json", "--metadata", &units]).fails_with(
        2,
        &[
            "the category combination UPxdJOxz2I7 with its categories is in none",
            "categoryCombo[id,code",
        ],
    );
    stage.write("page.json", "<html></html>");
    init(&["--metadata", "page.json"]).fails_with(2, &["page.json", "this is no JSON"]);
    init(&["--metadata", "no-such.json"]).fails_with(2, &["no-such.json", "cannot be read"]);
    init(&["--metadata", &records]).fails_with(2, &["describe no data set"]);
    let ids = ["--metadata", "set.json.gz", "--metadata", &units, "--data-set", "uKtOZwDnIpN"];
    init(&ids).fails_with(2, &["did you mean `uKtOZwDnIpM`?"]);
}

#[test]
fn the_requests_stand_in_the_help_and_in_the_book() {
    let help = stage().run(&["init", "--help"]).ok().out;
    let book = include_str!("../../../../docs/init.md");
    for request in dhis2_client::SavedMetadata::requests("DATA_SET_ID") {
        let folded = |text: &str| text.split_whitespace().collect::<String>();
        assert!(folded(&help).contains(&folded(&request)), "{request}\n{help}");
        assert!(book.contains(&request), "docs/init.md has not: {request}");
    }
}

/// A person at a terminal, without any flag: every question is asked, and what was answered is written.
#[cfg(unix)]
#[test]
fn on_a_terminal_it_asks() {
    const ENTER: &str = "\r";
    let stage = stage();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("godata-dhis2-sync"));
    command.current_dir(stage.path("")).args(["init", "--dir", "asked"]);
    for name in ["GODATA_PASSWORD", "DHIS2_TOKEN", "DHIS2_PASSWORD", "RUST_LOG"] {
        command.env_remove(name);
    }
    let mut terminal = rexpect::session::spawn_command(command, Some(60_000)).unwrap();
    let mut answer = |question: &str, keys: &str| {
        terminal.exp_string(question).unwrap();
        terminal.send(keys).unwrap();
        terminal.flush().unwrap();
    };

    answer("Address of Go.Data", &format!("{}{ENTER}", stage.godata.url()));
    answer("E-mail of the Go.Data account", &format!("{EMAIL}{ENTER}"));
    answer("Address of DHIS2", &format!("{}{ENTER}", stage.server.url()));
    answer("Name of the DHIS2 account", &format!("writer{ENTER}"));
    answer("Password of writer", &format!("Writer-1!{ENTER}"));
    answer("Which data sets are to be filled?", &format!(" {ENTER}"));
    answer("Password of", &format!("{}{ENTER}", sandbox::godata::PASSWORD));
    // The outbreaks stand in order of name; `j` goes to the second.
    answer("Which outbreaks are reported?", &format!("j {ENTER}"));
    terminal.exp_eof().unwrap();

    let text = std::fs::read_to_string(stage.path("asked/sync.toml")).unwrap();
    assert!(text.contains("username = \"writer\""), "{text}");
    assert!(text.contains(&stage.godata.outbreak_id()), "{text}");
    assert!(text.contains("[[report]]"), "{text}");
    assert!(!text.contains("Writer-1!") && !text.contains(sandbox::godata::PASSWORD), "{text}");
    let checked = stage
        .run_with(&["check", "--config", "asked/sync.toml"], &[("DHIS2_PASSWORD", "Writer-1!")]);
    checked.ok();
}
