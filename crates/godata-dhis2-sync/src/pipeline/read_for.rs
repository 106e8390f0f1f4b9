//! Which reports a list of records is for: the records of an outbreak count in the reports of that outbreak only.

use super::Prepared;
use crate::problem::{Outcome, Problem};
use crate::records::Folder;

/// The reports that count a list of records, by their place among all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFor(Vec<bool>);

impl ReadFor {
    /// The reports that `is_for` names.
    pub(crate) fn those(prepared: &[Prepared], is_for: impl FnMut(&Prepared) -> bool) -> Self {
        Self(prepared.iter().map(is_for).collect())
    }

    /// Whether the report in this place counts the records.
    #[must_use]
    pub fn report(&self, n: usize) -> bool {
        self.0.get(n).copied().unwrap_or(false)
    }

    /// These reports of all.
    pub(crate) fn of<'a>(
        &'a self,
        prepared: &'a [Prepared],
    ) -> impl Iterator<Item = &'a Prepared> + Clone {
        prepared.iter().zip(&self.0).filter(|(_, is_for)| **is_for).map(|(report, _)| report)
    }
}

/// The folders that hold the records, each with the reports that it is for: one for all, or one an outbreak where
/// reports count different ones.
///
/// # Errors
///
/// When reports count different outbreaks and one has no folder.
pub(in crate::pipeline) fn folders(
    folder: &Folder,
    prepared: &[Prepared],
) -> Outcome<Vec<(Folder, ReadFor)>> {
    let mut names: Vec<&str> = Vec::new();
    for name in prepared.iter().flat_map(|report| &report.outbreaks) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let all_alike = prepared.windows(2).all(|pair| pair[0].outbreaks == pair[1].outbreaks);
    let each_has_one = !names.is_empty() && names.iter().all(|name| folder.of(name).is_some());
    if all_alike && !each_has_one {
        return Ok(vec![(folder.clone(), ReadFor::those(prepared, |_| true))]);
    }
    names
        .into_iter()
        .map(|name| {
            let of_outbreak = folder.of(name).ok_or_else(|| {
                Problem::usage(format!("the folder with the records has none of the outbreak `{name}`"))
                    .fact("folder", folder.path().display().to_string())
                    .next("the reports count different outbreaks: put the files of each into a folder of its name")
            })?;
            let is_for = |report: &Prepared| report.outbreaks.iter().any(|known| known == name);
            Ok((of_outbreak, ReadFor::those(prepared, is_for)))
        })
        .collect()
}
