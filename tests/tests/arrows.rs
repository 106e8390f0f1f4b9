//! Who may know whom: the arrows of DESIGN.md, read from `cargo metadata` so that they cannot rot.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// Every crate of ours with those of ours that it may depend on (normal and build dependencies).
///
/// A crate that is missing here fails the test, so that a new room has to state its arrows.
const ALLOWED: &[(&str, &[&str])] = &[
    ("http-transport", &[]),
    ("indicators", &[]),
    ("sandbox", &[]),
    ("godata-client", &["http-transport"]),
    ("dhis2-client", &["http-transport"]),
    (
        "godata-dhis2-sync",
        &["godata-client", "dhis2-client", "indicators", "http-transport", "sandbox"],
    ),
    ("examples", &["godata-client", "dhis2-client", "indicators", "sandbox"]),
    ("workspace-tests", &[]),
];

/// What development dependencies may add: tests and benchmarks may start the sandbox.
const ALLOWED_IN_TESTS: &[(&str, &[&str])] = &[
    ("godata-client", &["sandbox"]),
    ("dhis2-client", &["sandbox"]),
    (
        "workspace-tests",
        &[
            "godata-client",
            "dhis2-client",
            "indicators",
            "http-transport",
            "sandbox",
            "godata-dhis2-sync",
        ],
    ),
];

/// The only foreign crates that the pure core may use, each without anything that does I/O: `wide` and `memchr` look at
/// bytes, `toml` reads the texts of the libraries and of worked files, `schemars` (optional) describes the types.
const CORE_MAY_USE: &[&str] = &[
    "serde",
    "serde_json",
    "chrono",
    "thiserror",
    "rust_decimal",
    "regex",
    "memchr",
    "fearless_simd",
    "toml",
    "schemars",
];

fn workspace() -> Vec<Package> {
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata reads this workspace");
    metadata.packages
}

fn table(
    rows: &'static [(&'static str, &'static [&'static str])],
) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    rows.iter().map(|(from, to)| (*from, to.iter().copied().collect())).collect()
}

/// Arrows of `packages` that no row of the tables allows, as `from -> to` lines.
fn forbidden(packages: &[Package]) -> Vec<String> {
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let allowed = table(ALLOWED);
    let in_tests = table(ALLOWED_IN_TESTS);
    let mut found = Vec::new();
    for package in packages {
        let from = package.name.as_str();
        let Some(may) = allowed.get(from) else {
            found.push(format!("{from} has no row in ALLOWED"));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|d| ours.contains(d.name.as_str())) {
            let to = dependency.name.as_str();
            let test_only = dependency.kind == DependencyKind::Development;
            let ok = may.contains(to)
                || (test_only && in_tests.get(from).is_some_and(|t| t.contains(to)));
            if !ok {
                found.push(format!("{from} -> {to}"));
            }
        }
    }
    found
}

#[test]
fn no_crate_knows_one_that_it_must_not_know() {
    let found = forbidden(&workspace());
    assert!(found.is_empty(), "forbidden arrows (DESIGN.md, Rooms): {found:#?}");
}

#[test]
fn a_forbidden_arrow_would_be_found() {
    let mut packages = workspace();
    let client =
        packages.iter().find(|p| p.name.as_str() == "godata-client").expect("a client").clone();
    let arrow =
        client.dependencies.iter().find(|d| d.name == "http-transport").expect("an arrow").clone();
    let core = packages.iter_mut().find(|p| p.name.as_str() == "indicators").expect("the core");
    core.dependencies.push(arrow);

    assert_eq!(forbidden(&packages), ["indicators -> http-transport"]);
}

#[test]
fn the_core_depends_on_nothing_that_does_io() {
    let packages = workspace();
    let core = packages.iter().find(|p| p.name.as_str() == "indicators").expect("the core");
    let used: BTreeSet<&str> = core
        .dependencies
        .iter()
        .filter(|d| d.kind != DependencyKind::Development)
        .map(|d| d.name.as_str())
        .collect();
    let may: BTreeSet<&str> = CORE_MAY_USE.iter().copied().collect();
    let extra: Vec<_> = used.difference(&may).collect();
    assert!(extra.is_empty(), "the core gained a dependency: {extra:?}");

    let chrono = core.dependencies.iter().find(|d| d.name == "chrono").expect("chrono");
    assert!(!chrono.uses_default_features, "chrono's defaults bring a clock");
    assert!(!chrono.features.iter().any(|f| f == "clock" || f == "now"), "{:?}", chrono.features);
}

#[test]
fn every_folder_in_crates_is_named_as_its_crate() {
    for package in workspace() {
        let folder = package.manifest_path.parent().and_then(|p| p.file_name()).expect("a folder");
        if package.manifest_path.as_str().contains("/crates/") {
            assert_eq!(folder, package.name.as_str());
        }
    }
}
