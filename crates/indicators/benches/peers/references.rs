//! What the speed of counting is held against: one bare pass over the bytes, and plain serde.
//!
//! ```sh
//! cargo run --release -p indicators --example count-reference -- bytes|serde cases.json OUT.csv
//! ```
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a program for measurements, as somebody would write it without this crate"
)]

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::time::Instant;

use serde::{Deserialize, Deserializer, de};

/// What is needed of a case; serde skips the rest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case<'a> {
    #[serde(borrow, default)]
    classification: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    date_of_reporting: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    usual_place_of_residence_location_id: Option<Cow<'a, str>>,
}

type Cells<'a> = HashMap<(Cow<'a, str>, Cow<'a, str>), u64>;

#[derive(Default)]
struct Counting<'a>(Cells<'a>);

impl<'de> de::Visitor<'de> for Counting<'de> {
    type Value = Cells<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of cases")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(mut self, mut list: A) -> Result<Self::Value, A::Error> {
        while let Some(case) = list.next_element::<Case<'de>>()? {
            let confirmed = "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED";
            let (Some(class), Some(date), Some(place)) = (
                case.classification,
                case.date_of_reporting,
                case.usual_place_of_residence_location_id,
            ) else {
                continue;
            };
            if class == confirmed {
                let day = match date {
                    Cow::Borrowed(date) => Cow::Borrowed(&date[..10]),
                    Cow::Owned(date) => Cow::Owned(date[..10].to_owned()),
                };
                *self.0.entry((day, place)).or_default() += 1;
            }
        }
        Ok(self.0)
    }
}

/// Reads every byte once through one buffer and looks for one of them.
fn bytes(file: &str) -> Result<usize, Box<dyn Error>> {
    let mut file = File::open(file)?;
    let mut buffer = vec![0; 1 << 20];
    let mut n_lines = 0;
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok(n_lines);
        }
        n_lines += memchr::memchr_iter(b'\n', &buffer[..n]).count();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, file, out] = arguments.as_slice() else {
        return Err("usage: count-reference bytes|serde FILE OUT".into());
    };
    let start = Instant::now();
    let n = match kind.as_str() {
        "bytes" => bytes(file)?,
        "serde" => {
            let text = std::fs::read(file)?;
            let mut json = serde_json::Deserializer::from_slice(&text);
            let cells = json.deserialize_seq(Counting::default())?;
            let seconds = start.elapsed().as_secs_f64();
            let mut lines: Vec<String> =
                cells.iter().map(|((day, place), n)| format!("{day},{place},{n}\n")).collect();
            lines.sort_unstable();
            std::fs::write(out, lines.concat())?;
            println!("{{\"seconds\":{seconds},\"cells\":{}}}", lines.len());
            return Ok(());
        }
        other => return Err(format!("unknown reference `{other}`").into()),
    };
    println!("{{\"seconds\":{},\"lines\":{n}}}", start.elapsed().as_secs_f64());
    Ok(())
}
