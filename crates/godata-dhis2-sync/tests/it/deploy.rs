//! The files for operators: every command line in them is one that the program takes, and their settings are real.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Parser as _;
use godata_dhis2_sync::cli::Cli;
use godata_dhis2_sync::config::Config;

use super::stage::run_in;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn is_taken(words: &[&str], from: &str) {
    if let Err(error) = Cli::try_parse_from(words) {
        panic!("{from}: {words:?}: {error}");
    }
}

/// The words of a line from the program's name on, up to a redirection or the end of the command.
fn command(line: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|word| {
        *word == "godata-dhis2-sync" || word.ends_with("/bin/godata-dhis2-sync")
    })?;
    Some(
        words[at..]
            .iter()
            .take_while(|word| ![">", "|", "&&", ";"].contains(word))
            .copied()
            .collect(),
    )
}

/// `key=value` lines of a unit, by section; a key may come again.
fn unit(text: &str) -> BTreeMap<String, Vec<(String, String)>> {
    let mut sections: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
        } else {
            let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("no key: {line}"));
            sections.entry(section.clone()).or_default().push((key.to_owned(), value.to_owned()));
        }
    }
    sections
}

#[test]
fn units_start_the_program_with_options_that_it_has() {
    for name in ["godata-dhis2-sync.service", "godata-dhis2-sync-schedule.service"] {
        let unit = unit(&read(&format!("deploy/systemd/{name}")));
        let service: BTreeMap<_, _> = unit["Service"].iter().cloned().collect();

        is_taken(&command(&service["ExecStart"]).expect("the program"), name);
        for (key, value) in
            [("NoNewPrivileges", "yes"), ("ProtectSystem", "strict"), ("DynamicUser", "yes")]
        {
            assert_eq!(service[key], value, "{name}: {key}");
        }
        let never_again: BTreeSet<&str> = service["RestartPreventExitStatus"].split(' ').collect();
        assert!(!never_again.contains("3") && never_again.contains("2"), "{name}");
    }
    let timer = unit(&read("deploy/systemd/godata-dhis2-sync.timer"));
    assert!(timer["Timer"].contains(&("Persistent".to_owned(), "true".to_owned())));
}

#[cfg(unix)]
#[test]
fn systemd_itself_finds_no_fault_in_the_units() {
    let has_systemd = std::process::Command::new("systemd-analyze").arg("--version").output();
    if !has_systemd.is_ok_and(|output| output.status.success()) {
        // The other tests hold the keys where there is no systemd to ask.
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    let program = folder.path().join("godata-dhis2-sync");
    std::os::unix::fs::symlink("/bin/true", &program).unwrap();
    for name in [
        "godata-dhis2-sync.service",
        "godata-dhis2-sync.timer",
        "godata-dhis2-sync-schedule.service",
    ] {
        let text = read(&format!("deploy/systemd/{name}"))
            // The program is not installed where tests run, nor is its manual page.
            .replace("/usr/local/bin/godata-dhis2-sync", &program.display().to_string())
            .lines()
            .filter(|line| !line.starts_with("Documentation="))
            .map(|line| format!("{line}\n"))
            .collect::<String>();
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    for name in ["godata-dhis2-sync.timer", "godata-dhis2-sync-schedule.service"] {
        let output = std::process::Command::new("systemd-analyze")
            .args(["verify", "--recursive-errors=yes"])
            .arg(folder.path().join(name))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let ours: Vec<&str> =
            said.lines().filter(|line| line.contains("godata-dhis2-sync")).collect();
        assert!(ours.is_empty(), "{name}: {ours:#?}");
    }
}

#[test]
fn the_crontab_runs_the_program_when_the_original_ran() {
    let crontab = read("deploy/crontab");
    let jobs: Vec<&str> = crontab
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit() || c == '*'))
        .collect();

    assert_eq!(jobs.len(), 1);
    assert!(jobs[0].starts_with("00 23 * * 1 "), "{}", jobs[0]);
    is_taken(&command(jobs[0]).expect("the program"), "crontab");
}

#[test]
fn the_cron_job_runs_the_program_alone_and_without_rights() {
    let yaml = read("deploy/kubernetes/cronjob.yaml");
    let value = |key: &str| {
        let found = yaml.lines().find_map(|line| line.trim().strip_prefix(key));
        found.unwrap_or_else(|| panic!("no {key}")).trim()
    };
    let args: Vec<String> = serde_json::from_str(value("args:")).expect("a list");
    let words: Vec<&str> =
        std::iter::once("godata-dhis2-sync").chain(args.iter().map(String::as_str)).collect();

    is_taken(&words, "cronjob.yaml");
    for (key, wanted) in [
        ("schedule:", "\"00 23 * * 1\""),
        ("concurrencyPolicy:", "Forbid"),
        ("runAsNonRoot:", "true"),
        ("readOnlyRootFilesystem:", "true"),
        ("allowPrivilegeEscalation:", "false"),
        ("automountServiceAccountToken:", "false"),
        ("restartPolicy:", "Never"),
        ("drop:", "[\"ALL\"]"),
        ("values:", "[1, 2, 4, 5]"),
    ] {
        assert_eq!(value(key), wanted, "{key}");
    }
    assert!(!yaml.contains('\t'), "YAML knows no tabs");
    let mounted: BTreeSet<&str> =
        yaml.lines().filter_map(|line| line.trim().strip_prefix("mountPath: ")).collect();
    assert_eq!(mounted, BTreeSet::from(["/config", "/data", "/secrets"]));
}

#[test]
fn the_image_runs_a_command_of_the_program_as_nobody() {
    let text = read("deploy/Containerfile");
    let last = |key: &str| {
        text.lines().filter_map(|line| line.strip_prefix(key)).next_back().expect(key).trim()
    };
    let words: Vec<String> = [last("ENTRYPOINT "), last("CMD ")]
        .iter()
        .flat_map(|list| serde_json::from_str::<Vec<String>>(list).expect("a list"))
        .collect();

    is_taken(&words.iter().map(String::as_str).collect::<Vec<_>>(), "Containerfile");
    assert_eq!(last("FROM "), "scratch");
    assert_eq!(last("USER "), "65532:65532");
    let variable = last("ENV ").split_once('=').expect("a value").0.to_owned();
    assert!(Cli::try_parse_from(["godata-dhis2-sync", "check"]).is_ok());
    assert_eq!(variable, "GODATA_DHIS2_CONFIG");
}

#[test]
fn the_image_is_built_by_the_toolchain_of_the_repository_from_its_sources_alone() {
    let text = read("deploy/Containerfile");
    let toolchain: toml::Table = toml::from_str(&read("rust-toolchain.toml")).unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().expect("a version");
    let image = text.lines().find_map(|line| line.strip_prefix("FROM ")).expect("a build stage");
    let version = image
        .strip_prefix("docker.io/library/rust:")
        .and_then(|rest| rest.strip_suffix("-bookworm AS build"))
        .expect("the official image");
    assert!(format!("{channel}.").starts_with(&format!("{version}.")), "{version} for {channel}");

    // Everything is kept out of the build but what the workspace is made of.
    let ignored = read(".dockerignore");
    let rules: Vec<&str> =
        ignored.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(rules[0], "*");
    let let_in: BTreeSet<&str> =
        rules[1..].iter().map(|rule| rule.strip_prefix('!').expect("an exception")).collect();
    let workspace: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let members = workspace["workspace"]["members"].as_array().expect("members");
    let wanted: BTreeSet<&str> = members
        .iter()
        .map(|member| member.as_str().expect("a path").trim_end_matches("/*"))
        .chain(["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"])
        .collect();
    assert_eq!(let_in, wanted);
}

#[test]
fn what_the_image_takes_over_from_its_build_is_made_there() {
    let text = read("deploy/Containerfile");
    let (build, image) = text.split_once("FROM scratch").expect("two stages");
    let taken: Vec<&str> = image
        .lines()
        .filter(|line| line.starts_with("COPY --from=build "))
        .filter_map(|line| line.split(' ').find(|word| word.starts_with("/out/")))
        .filter_map(|path| path.rsplit('/').next())
        .collect();
    assert_eq!(taken, ["godata-dhis2-sync", "data"]);
    assert!(build.contains("release/godata-dhis2-sync\" /out/") && build.contains("/out/data"));
    let cargo = build.lines().find(|line| line.contains("cargo build")).expect("cargo build");
    for option in ["--release", "--locked", "-p godata-dhis2-sync", "--target \"$target\""] {
        assert!(cargo.contains(option), "{option} is not in {cargo}");
    }
    assert!(build.contains("target=\"$(uname -m)-unknown-linux-musl\""));
}

#[test]
fn the_operations_page_shows_commands_and_settings_that_exist() {
    let page = read("docs/operations.md");
    let mut block = None;
    let mut n_commands = 0;
    let mut settings = String::new();
    for line in page.lines() {
        match (line.strip_prefix("```"), block) {
            (Some(_), Some(_)) => block = None,
            (Some(kind), None) => block = Some(kind),
            (None, Some("sh")) if line.starts_with("godata-dhis2-sync") => {
                is_taken(&command(line).expect("the program"), "docs/operations.md");
                n_commands += 1;
            }
            (None, Some("toml")) => settings.push_str(&format!("{line}\n")),
            _ => {}
        }
    }
    assert!(n_commands > 6, "{n_commands}");
    let text = format!("{settings}\n[[report]]\nlibrary = \"covid19\"\n");
    let config = Config::parse(&text, Path::new("operations.md"))
        .unwrap_or_else(|p| panic!("{}", p.render()));
    assert!(config.file.schedule.is_some() && config.file.notify.is_some());
    assert!(read("docs/SUMMARY.md").contains("(operations.md)"));
}

#[test]
fn the_operations_page_lists_every_exit_code_that_the_program_names() {
    let page = read("docs/operations.md");
    let help = run_in(&root(), &["--help"], &[]).ok().out;
    let codes = help.split("Exit codes:").nth(1).expect("exit codes in --help");
    let mut n_codes = 0;
    for line in codes.lines() {
        let Some(code) = line.trim().split(' ').next().filter(|word| word.parse::<u8>().is_ok())
        else {
            continue;
        };
        n_codes += 1;
        assert!(page.contains(&format!("\n| {code} | ")), "exit code {code} is not explained");
    }
    assert_eq!(n_codes, 8);
}

#[test]
fn completions_and_man_pages_know_every_command() {
    let folder = tempfile::TempDir::new().unwrap();
    let help = run_in(folder.path(), &["--help"], &[]).ok().out;
    let commands: BTreeSet<&str> = help
        .split("Commands:\n")
        .nth(1)
        .expect("commands")
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.contains("schedule") && commands.len() > 7, "{commands:?}");

    run_in(folder.path(), &["man", "--dir", "man"], &[]).ok();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run_in(folder.path(), &["completions", shell], &[]).ok().out;
        for name in &commands {
            assert!(script.contains(name), "{shell} does not know {name}");
        }
    }
    for name in &commands {
        let page = folder.path().join(format!("man/godata-dhis2-sync-{name}.1"));
        let text =
            std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
        assert!(text.contains(".SH SYNOPSIS"), "{name}");
    }
    let main = run_in(folder.path(), &["man"], &[]).ok().out;
    assert!(main.contains("Exit codes"), "{main}");
}
