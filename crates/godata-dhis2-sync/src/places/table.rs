//! `places.csv`: the table in which a person says which location is which organisation unit.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::problem::{Outcome, Problem};

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Go.Data's id of the location.
    pub location_id: String,
    /// Its name, for the reader; not used.
    #[serde(default)]
    pub location_name: String,
    /// Id or code of the organisation unit; empty where there is none.
    #[serde(default)]
    pub org_unit: String,
    /// The unit's name, for the reader; not used.
    #[serde(default)]
    pub org_unit_name: String,
}

/// The table, by location id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    rows: BTreeMap<String, Row>,
}

impl Table {
    /// Reads a CSV file with a header line.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, a column is missing, a line has the wrong number of fields, or a location
    /// stands there twice with different units.
    pub fn load(path: &Path) -> Outcome<Self> {
        let text = std::fs::read(path).map_err(|error| {
            Problem::usage("the table of places cannot be read")
                .fact("file", path.display().to_string())
                .because(error)
                .next("make it with `godata-dhis2-sync init`, or remove `table` from [places]")
        })?;
        Self::parse(&text).map_err(|(line, what)| {
            Problem::usage(format!("the table of places is wrong: {what}"))
                .fact("file", format!("{}, line {line}", path.display()))
                .next("it needs the columns location_id, location_name, org_unit, org_unit_name")
        })
    }

    fn parse(text: &[u8]) -> Result<Self, (u64, String)> {
        // Spreadsheets put a byte order mark before the first column's name.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        for (i, row) in reader.deserialize::<Row>().enumerate() {
            let line = u64::try_from(i).unwrap_or(u64::MAX).saturating_add(2);
            let row = row.map_err(|error| {
                (error.position().map_or(line, csv::Position::line), error.to_string())
            })?;
            if let Some(before) = rows.get(&row.location_id)
                && before.org_unit != row.org_unit
            {
                return Err((
                    line,
                    format!(
                        "location {} stands there twice, with {} and {}",
                        row.location_id, before.org_unit, row.org_unit
                    ),
                ));
            }
            rows.insert(row.location_id.clone(), row);
        }
        Ok(Self { rows })
    }

    /// The unit that the table gives a location, as written: an id or a code.
    #[must_use]
    pub fn org_unit(&self, location_id: &str) -> Option<&str> {
        self.rows.get(location_id).map(|row| row.org_unit.as_str()).filter(|unit| !unit.is_empty())
    }

    /// All rows in order of location id.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_from_a_spreadsheet_is_read() {
        let table = Table::parse(b"\xef\xbb\xbflocation_id,location_name,org_unit,org_unit_name\r\nL1,\"Wisco (East), District\",AT0103,\r\nL2,None,,\r\n").unwrap();

        assert_eq!(table.org_unit("L1"), Some("AT0103"));
        assert_eq!(table.org_unit("L2"), None, "an empty cell maps nothing");
    }

    #[test]
    fn a_location_with_two_units_is_refused_with_its_line() {
        let error = Table::parse(b"location_id,org_unit\nL1,A\nL1,B\n").unwrap_err();

        assert_eq!(error.0, 3);
        assert!(error.1.contains("twice"), "{}", error.1);
    }
}
