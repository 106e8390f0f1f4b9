//! Cutting a JSON array of records into its records, however the bytes arrive.

/// Why a text is no array of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum SplitError {
    /// Something else than an array of objects.
    #[error("byte {at} is `{found}`, where a JSON array of records has {expected}")]
    Unexpected {
        /// How many bytes stand before it.
        at: u64,
        /// What stands there.
        found: char,
        /// What may stand there.
        expected: &'static str,
    },
    /// The text ends before the array does.
    #[error("the JSON array is not closed: the end is missing")]
    CutOff,
}

/// Where in the array the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Before,
    Between,
    Inside,
    After,
}

/// Takes bytes and hands over whole objects; holds one record at a time.
#[derive(Debug)]
pub(super) struct Splitter {
    at: At,
    depth: u32,
    in_text: bool,
    escaped: bool,
    n_bytes: u64,
    record: Vec<u8>,
}

impl Splitter {
    pub(super) fn new() -> Self {
        Self {
            at: At::Before,
            depth: 0,
            in_text: false,
            escaped: false,
            n_bytes: 0,
            record: Vec::new(),
        }
    }

    /// Takes the next bytes.
    pub(super) fn push(
        &mut self,
        chunk: &[u8],
        on_record: &mut dyn FnMut(&[u8]),
    ) -> Result<(), SplitError> {
        let mut start = 0;
        for (i, &byte) in chunk.iter().enumerate() {
            match self.at {
                At::Inside => {
                    if self.ends_record(byte) {
                        self.record.extend_from_slice(&chunk[start..=i]);
                        on_record(&self.record);
                        self.record.clear();
                        self.at = At::Between;
                    }
                }
                At::Before if byte == b'[' => self.at = At::Between,
                At::Between if byte == b'{' => {
                    (self.at, self.depth, start) = (At::Inside, 1, i);
                }
                At::Between if byte == b']' => self.at = At::After,
                At::Between if byte == b',' => {}
                // A byte order mark may stand at the beginning.
                At::Before if self.n_bytes + (i as u64) < 3 && byte >= 0x80 => {}
                _ if byte.is_ascii_whitespace() => {}
                at => {
                    let expected = match at {
                        At::Before => "`[`",
                        At::After => "nothing more",
                        _ => "`{`, `,` or `]`",
                    };
                    let at = self.n_bytes + i as u64;
                    return Err(SplitError::Unexpected { at, found: char::from(byte), expected });
                }
            }
        }
        if self.at == At::Inside {
            self.record.extend_from_slice(&chunk[start..]);
        }
        self.n_bytes += chunk.len() as u64;
        Ok(())
    }

    /// Says whether the array was whole.
    pub(super) fn finish(&self) -> Result<(), SplitError> {
        if self.at == At::After { Ok(()) } else { Err(SplitError::CutOff) }
    }

    fn ends_record(&mut self, byte: u8) -> bool {
        if self.in_text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
        self.depth == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn split(text: &[u8], chunk: usize) -> Result<Vec<Value>, SplitError> {
        let mut splitter = Splitter::new();
        let mut records = Vec::new();
        for part in text.chunks(chunk.max(1)) {
            splitter.push(part, &mut |record| {
                records.push(serde_json::from_slice(record).expect("a whole object"));
            })?;
        }
        splitter.finish().map(|()| records)
    }

    #[test]
    fn brackets_and_quotes_inside_texts_end_nothing() {
        let rows = json!([{ "a": "}]\\\"{" }, { "b": [{ "c": {} }, "]"] }]);

        for chunk in 1..40 {
            assert_eq!(
                split(rows.to_string().as_bytes(), chunk).unwrap(),
                *rows.as_array().unwrap()
            );
        }
    }

    #[test]
    fn what_is_no_array_or_not_whole_is_refused() {
        assert_eq!(split(b"[{\"a\":1},{\"b\"", 4), Err(SplitError::CutOff));
        assert_eq!(split(b"[{}", 9), Err(SplitError::CutOff));
        assert_eq!(split(b"", 9), Err(SplitError::CutOff));
        assert!(matches!(
            split(b"{\"error\":1}", 9),
            Err(SplitError::Unexpected { at: 0, found: '{', .. })
        ));
        assert!(matches!(split(b"[1]", 9), Err(SplitError::Unexpected { at: 1, .. })));
        assert!(matches!(split(b"[] x", 2), Err(SplitError::Unexpected { at: 3, .. })));
    }

    proptest! {
        /// Where the chunks end is the disk's business.
        #[test]
        fn chunks_do_not_matter(texts in proptest::collection::vec(".{0,12}", 0..6), chunk in 1_usize..20) {
            let rows: Vec<Value> = texts.iter().map(|text| json!({ text: [text, { "x": text }] })).collect();
            let whole = Value::Array(rows.clone()).to_string();

            prop_assert_eq!(split(whole.as_bytes(), chunk).unwrap(), rows);
        }
    }
}
