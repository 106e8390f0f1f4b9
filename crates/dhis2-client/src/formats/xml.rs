//! DXF2 XML.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, Event};

use super::DataValueSet;

impl DataValueSet {
    /// DHIS2's own XML (`application/xml`).
    ///
    /// # Errors
    ///
    /// Only where a text holds characters that XML cannot write.
    pub fn to_xml(&self) -> io::Result<Vec<u8>> {
        let mut xml = Writer::new(Vec::with_capacity(192 * (self.values.len() + 1)));
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let root = BytesStart::new("dataValueSet").with_attributes([
            ("xmlns", "http://dhis2.org/schema/dxf/2.0"),
            ("dataSet", self.data_set.as_str()),
        ]);
        xml.write_event(Event::Start(root))?;
        for value in &self.values {
            let cell = &value.cell;
            let period = cell.period.id();
            let mut element = BytesStart::new("dataValue").with_attributes([
                ("dataElement", cell.data_element.as_str()),
                ("period", period.as_str()),
                ("orgUnit", cell.org_unit.as_str()),
                ("categoryOptionCombo", cell.category_option_combo.as_str()),
                ("attributeOptionCombo", cell.attribute_option_combo.as_str()),
            ]);
            if let Some(text) = &value.value {
                element.push_attribute(("value", text.as_str()));
            }
            if let Some(comment) = &value.comment {
                element.push_attribute(("comment", comment.as_str()));
            }
            if value.follow_up {
                element.push_attribute(("followUp", "true"));
            }
            if value.deleted {
                element.push_attribute(("deleted", "true"));
            }
            xml.write_event(Event::Empty(element))?;
        }
        xml.write_event(Event::End(BytesEnd::new("dataValueSet")))?;
        Ok(xml.into_inner())
    }
}
