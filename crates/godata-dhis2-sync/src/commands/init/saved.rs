//! DHIS2's side out of files.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use dhis2_client::{SavedError, SavedMetadata};

use crate::problem::{Outcome, Problem};
use crate::records::Part;

/// What stands in for the address of a server and the id of a data set that are not known.
const SERVER: &str = "https://dhis2.example.org";
const DATA_SET: &str = "DATA_SET_ID";

/// For `init --help`: the requests that give everything.
pub(super) fn help() -> String {
    let [set, units] = SavedMetadata::requests(DATA_SET);
    format!(
        "DHIS2's side from files (--metadata): the answers to these two requests, a metadata export of \
         DHIS2 that holds the same, or both; as JSON, gzipped or zipped. With the id of the data set in \
         place of {DATA_SET}:\n\n{}\n\n{}\n\nGo.Data's side from files (--records): cases.json, \
         locations.json and, for the name of the outbreak, outbreaks.json (GET /api/outbreaks).",
        curl(SERVER, &set, "data-set.json"),
        curl(SERVER, &units, "org-units.json"),
    )
}

/// A request as it can be typed.
fn curl(server: &str, request: &str, file: &str) -> String {
    let server = server.trim_end_matches('/').trim_end_matches("/api");
    format!(
        "curl -gfsS -o {file} -H \"Authorization: ApiToken $DHIS2_TOKEN\" \\\n  \'{server}/{request}\'"
    )
}

/// The requests for a data set, one after the other, for an error's next step.
pub(super) fn both(server: Option<&str>, data_set: Option<&str>) -> String {
    let id =
        data_set.filter(|id| id.parse::<dhis2_client::DataSetId>().is_ok()).unwrap_or(DATA_SET);
    let [set, units] = SavedMetadata::requests(id);
    let server = server.unwrap_or(SERVER);
    format!(
        "save what DHIS2 answers to these, and name both files with `--metadata`:\n{}\n{}",
        curl(server, &set, "data-set.json"),
        curl(server, &units, "org-units.json")
    )
}

/// What a data set that is not whole in the files needs.
pub(super) fn incomplete(error: SavedError, files: &[PathBuf], server: Option<&str>) -> Problem {
    let next = match error.request() {
        Some(request) => format!(
            "save what DHIS2 answers to this, and name the file with `--metadata`, too:\n{}",
            curl(server.unwrap_or(SERVER), request, "more.json")
        ),
        None => "save the metadata again, from DHIS2 itself".to_owned(),
    };
    Problem::usage("the saved metadata do not hold all of the data set")
        .fact("files", in_lines(files))
        .because(error)
        .next(next)
}

/// Reads files and folders of files. In a folder, what holds no metadata of DHIS2 is passed over.
///
/// # Errors
///
/// When a file is not there, cannot be read, or is not what DHIS2 hands out.
pub(super) fn read(paths: &[PathBuf], server: Option<&str>) -> Outcome<SavedMetadata> {
    let mut saved = SavedMetadata::default();
    for path in paths {
        let unreadable = |error| {
            Problem::usage("the saved metadata cannot be read")
                .fact("file", path.display().to_string())
                .because(error)
                .next("correct `--metadata`: a file, or a folder of files")
        };
        if !path.is_dir() {
            for part in Part::of(path).map_err(unreadable)? {
                add(&mut saved, &part, server, false)?;
            }
            continue;
        }
        let mut files: Vec<PathBuf> = std::fs::read_dir(path)
            .and_then(|listed| listed.map(|file| Ok(file?.path())).collect())
            .map_err(unreadable)?;
        files.sort();
        for file in files.iter().filter(|file| file.is_file() && may_hold_json(file)) {
            for part in Part::of(file).map_err(unreadable)? {
                if begins_an_object(&part) {
                    add(&mut saved, &part, server, true)?;
                }
            }
        }
    }
    Ok(saved)
}

/// Takes a file; one that is whole and holds something else only where it need not hold metadata.
fn add(
    saved: &mut SavedMetadata,
    part: &Part,
    server: Option<&str>,
    may_be_something_else: bool,
) -> Outcome<()> {
    let file = part.place().display().to_string();
    let mut text = Vec::new();
    part.open().and_then(|mut file| file.read_to_end(&mut text)).map_err(|error| {
        Problem::usage("the saved metadata cannot be read")
            .fact("file", file.clone())
            .because(error)
            .next("save the file again: it may be cut off")
    })?;
    match saved.add(&text) {
        Err(SavedError::NothingInIt) if may_be_something_else => Ok(()),
        added => added.map_err(|error| {
            Problem::usage("the file is not what DHIS2 hands out as metadata")
                .fact("file", file)
                .because(error)
                .next(both(server, None))
        }),
    }
}

/// Records of Go.Data, which may lie in the same folder, are lists: they are not read for this.
fn begins_an_object(part: &Part) -> bool {
    let mut start = [0_u8; 64];
    let n = part.open().and_then(|mut file| file.read(&mut start)).unwrap_or(0);
    let start = start[..n].strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(&start[..n]);
    start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

fn may_hold_json(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    [".json", ".gz", ".zip"].iter().any(|end| name.ends_with(end))
}

pub(super) fn in_lines(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join("\n")
}
