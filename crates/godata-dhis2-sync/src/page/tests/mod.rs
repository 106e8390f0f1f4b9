//! The page of the recorded outbreak, and pages made to break it.
//!
//! `outbreak.json` is the second run on the recorded outbreak "Coastal respiratory disease 2020": its weekly figures by
//! district are those that were counted apart from this program when the outbreak was recorded; which of them changed
//! in the run, who stored them and which locations have no unit is made up.

use super::{Completeness, End, Mode, Page, Value, render};

mod shown;

fn outbreak() -> Page {
    serde_json::from_str(include_str!("outbreak.json")).unwrap()
}

fn page(page: &Page) -> String {
    render(page, None).unwrap()
}

/// The text of a page without its markup, one line a block.
fn text(html: &str) -> String {
    let body = html.split_once("<body>").map_or(html, |(_, body)| body);
    let mut text = String::new();
    let mut in_tag = false;
    for c in body.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            c if !in_tag => text.push(if c == '\u{a0}' { ' ' } else { c }),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Headline, its word and the line below it.
fn headline(page: &Page) -> String {
    let own = "{{ headline.word }}: {{ headline.sentence }} | {{ headline.detail }}";
    render(page, Some(own)).unwrap().replace('\u{a0}', " ")
}
