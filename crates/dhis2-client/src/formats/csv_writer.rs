//! CSV that both engines read.

use super::DataValueSet;

const HEADER: &str = "dataelement,period,orgunit,categoryoptioncombo,attributeoptioncombo,value,\
                      storedby,lastupdated,comment,followup,deleted";

impl DataValueSet {
    /// CSV in the form that both engines read: eleven columns in engine A's order (it reads by
    /// position, engine B by name), a header row, line feeds only, no blank line, no byte order
    /// mark.
    ///
    /// Engine B takes a carriage return for the end of a row and a blank row for the end of the
    /// file: a file with Windows line ends loses all but its first row with 200 SUCCESS (recordings
    /// `x-csv-crlf`, `x-csv-blank-line`). It cannot read quotes or line breaks within a field
    /// (`x-csv-comment-quotes`), so those of a comment become `'` and a blank. The data set is not
    /// in the file: give it as the parameter `dataSet` (2.39 and later).
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = String::with_capacity(80 * (self.values.len() + 1));
        text.push_str(HEADER);
        text.push('\n');
        for value in &self.values {
            let cell = &value.cell;
            let fields = [
                cell.data_element.as_str(),
                &cell.period.id(),
                cell.org_unit.as_str(),
                cell.category_option_combo.as_str(),
                cell.attribute_option_combo.as_str(),
            ];
            text.push_str(&fields.join(","));
            text.push(',');
            push_field(&mut text, value.value.as_deref().unwrap_or(""));
            text.push_str(",,,");
            push_field(&mut text, value.comment.as_deref().unwrap_or(""));
            text.push(',');
            text.push_str(if value.follow_up { "true" } else { "false" });
            text.push(',');
            text.push_str(if value.deleted { "true" } else { "" });
            text.push('\n');
        }
        text
    }
}

fn push_field(text: &mut String, field: &str) {
    let special = |c: char| matches!(c, ',' | '"' | '\n' | '\r' | ';') || c.is_control();
    if !field.contains(special) {
        text.push_str(field);
        return;
    }
    text.push('"');
    text.extend(field.chars().map(|c| match c {
        '"' => '\'',
        c if c.is_control() => ' ',
        c => c,
    }));
    text.push('"');
}
