//! ADX (IHE Aggregate Data Exchange), written with DHIS2 identifiers.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::DataValueSet;
use crate::cell::{Cell, DataValue};
use crate::metadata::DataSet;
use crate::period::Period;

pub(super) const NAMESPACE: &str = "urn:ihe:qrph:adx:2015";

/// Why values cannot be written as ADX.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdxError {
    /// ADX names a period by its first day and length; servers take three months for a calendar
    /// quarter.
    #[error(
        "ADX cannot name the period {period}: servers take any three months for a calendar quarter; write JSON or CSV instead"
    )]
    Period {
        /// The period.
        period: Period,
    },
    /// The values are not of this data set.
    #[error("{cell} is not a cell of the data set: element or combination is missing in it")]
    ForeignCell {
        /// The cell.
        cell: Cell,
    },
    /// A deletion has no place in an ADX file for others to read.
    #[error("{cell} is to be deleted, which an ADX file cannot say to every reader")]
    Deletion {
        /// The cell.
        cell: Cell,
    },
    /// A text holds characters that XML cannot write.
    #[error("writing XML failed")]
    Write(#[from] io::Error),
}

impl DataValueSet {
    /// ADX with identifiers (`idScheme=UID`), one group per organisation unit and period.
    ///
    /// Both combinations are named as `categoryOptionCombo` and `attributeOptionCombo`, which 2.43
    /// needs even for elements that are not disaggregated (recordings `x-adx-uid-idscheme`,
    /// `x-adx-coc-uid`). Values that are no numbers stand in an `annotation`, with a zero for the
    /// value, as the standard wants. This crate never sends ADX: 2.42 answers a fault in one group
    /// with the failure of the file.
    ///
    /// # Errors
    ///
    /// [`AdxError`].
    pub fn to_adx(&self, data_set: &DataSet) -> Result<Vec<u8>, AdxError> {
        let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let root = BytesStart::new("adx").with_attributes([("xmlns", NAMESPACE)]);
        xml.write_event(Event::Start(root))?;
        let mut values: Vec<&DataValue> = self.values.iter().collect();
        values.sort_by_key(|value| group(&value.cell));
        for group_values in values.chunk_by(|a, b| group(&a.cell) == group(&b.cell)) {
            let [first, ..] = group_values else { continue };
            let period = first.cell.period;
            let interval = period.iso_interval().ok_or(AdxError::Period { period })?;
            let start = BytesStart::new("group").with_attributes([
                ("dataSet", self.data_set.as_str()),
                ("orgUnit", first.cell.org_unit.as_str()),
                ("period", interval.as_str()),
                ("attributeOptionCombo", first.cell.attribute_option_combo.as_str()),
            ]);
            xml.write_event(Event::Start(start))?;
            for value in group_values {
                write_value(&mut xml, value, data_set)?;
            }
            xml.write_event(Event::End(BytesEnd::new("group")))?;
        }
        xml.write_event(Event::End(BytesEnd::new("adx")))?;
        Ok(xml.into_inner())
    }
}

fn group(cell: &Cell) -> impl Ord + PartialEq + use<> {
    (cell.org_unit, cell.period, cell.attribute_option_combo)
}

fn write_value(
    xml: &mut Writer<Vec<u8>>,
    value: &DataValue,
    data_set: &DataSet,
) -> Result<(), AdxError> {
    let cell = value.cell;
    let element = data_set.element(cell.data_element).ok_or(AdxError::ForeignCell { cell })?;
    let text = match &value.value {
        Some(text) if !value.deleted => text.as_str(),
        _ => return Err(AdxError::Deletion { cell }),
    };
    let numeric = element.value_type.is_numeric();
    let mut start = BytesStart::new("dataValue").with_attributes([
        ("dataElement", cell.data_element.as_str()),
        ("categoryOptionCombo", cell.category_option_combo.as_str()),
        ("value", if numeric { text } else { "0" }),
    ]);
    if let Some(comment) = &value.comment {
        start.push_attribute(("comment", comment.as_str()));
    }
    if value.follow_up {
        start.push_attribute(("followup", "true"));
    }
    if numeric {
        xml.write_event(Event::Empty(start))?;
        return Ok(());
    }
    xml.write_event(Event::Start(start))?;
    xml.write_event(Event::Start(BytesStart::new("annotation")))?;
    xml.write_event(Event::Text(BytesText::new(text)))?;
    xml.write_event(Event::End(BytesEnd::new("annotation")))?;
    xml.write_event(Event::End(BytesEnd::new("dataValue")))?;
    Ok(())
}
