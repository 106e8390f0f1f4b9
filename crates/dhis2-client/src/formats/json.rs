//! The JSON body of an import.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::DataValueSet;
use crate::cell::DataValue;

impl DataValueSet {
    /// The JSON that every version of DHIS2 takes.
    ///
    /// Values are text always: 2.43 answers 500 for a JSON number (recording `x-num-value`). The
    /// follow-up mark has both spellings, `followup` for engine A and `followUp` for engine B
    /// (`x-fu-lower`, `x-fu-camel`, `x-fu-both`). Flags are JSON booleans.
    ///
    /// ```
    /// # use dhis2_client::{Cell, DataValue, DataValueSet};
    /// let cell = Cell {
    ///     org_unit: "DiszpKrYNg8".parse()?,
    ///     period: "2020W30".parse().unwrap(),
    ///     data_element: "CnPsS2xE8UN".parse()?,
    ///     category_option_combo: "HllvX50cXC0".parse()?,
    ///     attribute_option_combo: "HllvX50cXC0".parse()?,
    /// };
    /// let set = DataValueSet::new("kIfMNugiTgd".parse()?, vec![DataValue::new(cell, "7")]);
    /// let json = String::from_utf8(set.to_json()).unwrap();
    /// assert!(json.contains(r#""value":"7""#));
    /// # Ok::<(), dhis2_client::UidError>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // About 190 bytes a value: reserving spares the buffer from doubling through gigabytes.
        let mut body = Vec::with_capacity(64 + 192 * self.values.len());
        // Writing texts and booleans into memory cannot fail.
        let mut serializer = serde_json::Serializer::new(&mut body);
        let written = write(self, &mut serializer);
        debug_assert!(written.is_ok());
        body
    }
}

fn write<S: Serializer>(set: &DataValueSet, serializer: S) -> Result<S::Ok, S::Error> {
    let mut body = serializer.serialize_struct("dataValueSet", 3)?;
    body.serialize_field("dataSet", &set.data_set)?;
    if let Some(deletion) = &set.deletion {
        body.serialize_field("deletion", deletion)?;
    }
    body.serialize_field("dataValues", &Values(&set.values))?;
    body.end()
}

struct Values<'a>(&'a [DataValue]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Value))
    }
}

struct Value<'a>(&'a DataValue);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let DataValue { cell, value, comment, follow_up, deleted } = self.0;
        let mut object = serializer.serialize_struct("dataValue", 10)?;
        object.serialize_field("dataElement", &cell.data_element)?;
        object.serialize_field("period", &cell.period)?;
        object.serialize_field("orgUnit", &cell.org_unit)?;
        object.serialize_field("categoryOptionCombo", &cell.category_option_combo)?;
        object.serialize_field("attributeOptionCombo", &cell.attribute_option_combo)?;
        if let Some(value) = value {
            object.serialize_field("value", value)?;
        }
        if let Some(comment) = comment {
            object.serialize_field("comment", comment)?;
        }
        if *follow_up {
            object.serialize_field("followup", &true)?;
            object.serialize_field("followUp", &true)?;
        }
        if *deleted {
            object.serialize_field("deleted", &true)?;
        }
        object.end()
    }
}
