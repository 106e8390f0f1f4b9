//! Which sentences a definition takes.

use super::Language;
use super::condition::Words;
use super::texts::{Texts, fill};
use crate::Source;
use crate::definition::{
    Agg, Bands, Breakdown, Breakdowns, Classify, Definition, Measure, Number, Only, Periods,
    Timing, Zero,
};

/// A definition in plain words, for sign-off: its name, then sentences and lists, one a line.
///
/// # Examples
///
/// ```
/// use indicators::{Breakdowns, Definition, Language, describe};
///
/// let deaths: Definition = toml::from_str(r#"
///     indicator = "Deaths"
///     where = { outcomeId = "DECEASED" }
///     date = "dateOfOutcome"
/// "#)?;
/// assert_eq!(
///     describe(&deaths, &Breakdowns::new(), Language::English),
///     "Deaths\n\
///      The indicator looks at cases. It gives their number.\n\
///      A record counts only if the outcome is “deceased”.\n\
///      A record counts in the period that contains the date of the outcome.\n\
///      The place is the usual place of residence. A place without an organisation unit counts for the \
///      nearest place above it that has one.\n\
///      Where nothing was counted, there is no value.",
/// );
/// # Ok::<(), toml::de::Error>(())
/// ```
#[must_use]
pub fn describe(definition: &Definition, breakdowns: &Breakdowns, language: Language) -> String {
    let texts = language.texts();
    let words = Words { texts, source: definition.from };
    let mut page = Page { lines: vec![definition.indicator.clone()] };
    match &definition.measure {
        Measure::Share(share) => {
            let (of, whole) = (texts.quoted(&share.of), texts.quoted(&share.whole));
            page.line(fill_one(texts.share, &[&of, &whole, &Texts::whole(share.per)]));
        }
        Measure::Rate(rate) => {
            page.line(fill_one(texts.rate, &[&texts.quoted(&rate.of), &Texts::whole(rate.per)]));
        }
        Measure::Classify(classify) => rules(&mut page, texts, classify),
        _ => {
            page.line(what(words, definition));
            which(&mut page, words, definition);
            page.line(when(words, definition));
            page.line(place(words, definition));
            split(&mut page, words, definition, breakdowns);
        }
    }
    page.line(value(texts, definition));
    page.lines.join("\n")
}

struct Page {
    lines: Vec<String>,
}

impl Page {
    fn line(&mut self, sentences: Vec<String>) {
        if !sentences.is_empty() {
            self.lines.push(sentences.join(" "));
        }
    }

    /// A sentence that ends in a colon, and its parts.
    fn list(&mut self, texts: &Texts, sentence: &str, parts: &[String]) {
        self.lines.push(sentence.to_owned());
        for (n, part) in parts.iter().enumerate() {
            let end = if n + 1 == parts.len() { "." } else { texts.semicolon };
            self.lines.push(format!("- {part}{end}"));
        }
    }
}

fn fill_one(template: &str, words: &[&str]) -> Vec<String> {
    vec![fill(template, words)]
}

fn what(words: Words, definition: &Definition) -> Vec<String> {
    let texts = words.texts;
    let list = definition.each.as_deref().map(|list| words.list(list));
    let mut sentences = vec![fill(texts.looks_at, &[(texts.sources)(definition.from)])];
    if let (Some(list), false) = (&list, definition.measure == Measure::Count) {
        sentences.push(fill(texts.each_by_itself, &[list]));
    }
    sentences.push(match &definition.measure {
        Measure::Distinct(field) => fill(texts.distinct, &[&words.field(field)]),
        Measure::Of(agg, number) => {
            let name = texts.aggregates[match agg {
                Agg::Sum => 0,
                Agg::Mean => 1,
                Agg::Min => 2,
                Agg::Max => 3,
                Agg::Median => 4,
            }];
            match number {
                Number::Field(field) => fill(texts.of_values, &[name, &words.field(field)]),
                Number::Days { from, to } => {
                    fill(texts.of_days, &[name, &words.field(from), &words.field(to)])
                }
            }
        }
        _ => match &list {
            Some(list) => fill(texts.number_of_elements, &[list]),
            None => texts.number_of_records.to_owned(),
        },
    });
    sentences
}

/// "A record", or "An entry" where elements of a list are counted.
fn subject(texts: &Texts, definition: &Definition) -> &'static str {
    if definition.each.is_some() { texts.element } else { texts.record }
}

fn which(page: &mut Page, words: Words, definition: &Definition) {
    let texts = words.texts;
    if !definition.join.is_empty() {
        let lists: Vec<String> =
            definition.join.iter().map(|source| (texts.sources)(*source).to_owned()).collect();
        page.line(fill_one(texts.join, &[&texts.any_of(&lists)]));
    }
    let subject = subject(texts, definition);
    match words.parts(definition.condition.node()).as_slice() {
        [] => page.line(vec![texts.every_record.to_owned()]),
        [one] => page.line(fill_one(texts.condition, &[subject, one])),
        parts => page.list(texts, &fill(texts.conditions, &[subject]), parts),
    }
}

fn when(words: Words, definition: &Definition) -> Vec<String> {
    let texts = words.texts;
    let subject = subject(texts, definition);
    let date = words.field(definition.date_field());
    let mut sentences = match definition.timing {
        Timing::New => vec![fill(texts.new, &[subject, &date])],
        Timing::Cumulative => vec![fill(texts.cumulative, &[subject, &date])],
        Timing::Current => {
            let ends: Vec<String> = definition.until.iter().map(|end| words.field(end)).collect();
            let end = match ends.as_slice() {
                [one] => one.clone(),
                _ => fill(texts.earliest_of, &[&texts.all_of(&ends)]),
            };
            vec![fill(texts.current, &[subject, &date, &end])]
        }
    };
    if definition.timing == Timing::Current && definition.each.is_some() {
        sentences.push(texts.current_once.to_owned());
    }
    let only = definition.only.map(|only| match only {
        Only::First => texts.only_first,
        Only::Last => texts.only_last,
        Only::OnePerPersonAndPeriod => texts.only_one,
    });
    sentences.extend(only.map(str::to_owned));
    sentences
}

fn place(words: Words, definition: &Definition) -> Vec<String> {
    let texts = words.texts;
    if let Some(unit) = &definition.org_unit {
        return fill_one(texts.org_unit, &[&texts.quoted(unit)]);
    }
    let place = match &definition.place {
        Some(field) => fill(texts.place_field, &[&words.field(field)]),
        None if definition.from.is_person() => texts.place_usual.to_owned(),
        None if definition.from == Source::Relationships => {
            let residence = words.field("target.usualPlaceOfResidenceLocationId");
            fill(texts.place_field, &[&residence])
        }
        None => texts.place_of_person.to_owned(),
    };
    let roll_up = match &definition.level {
        Some(level) => fill(texts.level, &[&level_name(texts, level)]),
        None => texts.nearest.to_owned(),
    };
    vec![place, roll_up]
}

fn level_name(texts: &Texts, level: &str) -> String {
    let short = level
        .strip_prefix("LNG_REFERENCE_DATA_CATEGORY_LOCATION_GEOGRAPHICAL_LEVEL_")
        .unwrap_or(level);
    match short.strip_prefix("ADMIN_LEVEL_") {
        Some(number) => fill(texts.admin_level, &[number]),
        None => fill(texts.level_named, &[&texts.quoted(short)]),
    }
}

fn split(page: &mut Page, words: Words, definition: &Definition, breakdowns: &Breakdowns) {
    let texts = words.texts;
    if definition.by.is_empty() {
        return;
    }
    let parts: Vec<String> = definition
        .by
        .iter()
        .map(|(category, name)| {
            let of_field = || Breakdown { field: name.clone(), ..Breakdown::default() };
            let breakdown = breakdowns.get(name).cloned().unwrap_or_else(of_field);
            breakdown_in_words(words, category, &breakdown)
        })
        .collect();
    page.list(texts, texts.split, &parts);
}

fn breakdown_in_words(words: Words, category: &str, breakdown: &Breakdown) -> String {
    let texts = words.texts;
    let is_age = matches!(breakdown.field.as_str(), "age" | "age.years")
        || matches!(breakdown.field.as_str(), "person.age" | "person.age.years");
    let field = match (&breakdown.bands, is_age) {
        (Some(_), true) => {
            let at = words.field(breakdown.at.as_deref().unwrap_or("dateOfReporting"));
            fill(texts.age_at, &[&at])
        }
        _ => words.field(&breakdown.field),
    };
    let mut options: Vec<String> = Vec::new();
    let mut open = false;
    if let Some(bands) = &breakdown.bands {
        for band in bands.bands() {
            let range = match band.high {
                None => fill(texts.band_open, &[&band.low.to_string()]),
                Some(high) if high == band.low => high.to_string(),
                Some(high) => fill(texts.band, &[&band.low.to_string(), &high.to_string()]),
            };
            options.push(fill(texts.as_option, &[&range, &texts.quoted(&band.option)]));
        }
    } else if let Some(values) = &breakdown.values {
        for (value, option) in values.iter() {
            let value = words.value(&breakdown.field, value);
            options.push(fill(texts.as_option, &[&value, &texts.quoted(option)]));
        }
    } else if let Some(level) = &breakdown.level {
        options.push(fill(texts.by_level, &[&level_name(texts, level)]));
    } else {
        open = true;
        options.push(texts.each_value.to_owned());
    }
    match &breakdown.other {
        Some(option) => options.push(fill(texts.other, &[&texts.quoted(option)])),
        // A value as it comes cannot be another one, and no age lies between these bands.
        None if open || is_age && breakdown.bands.as_ref().is_some_and(without_gaps) => {}
        None => options.push(texts.other_left_out.to_owned()),
    }
    options.push(match &breakdown.missing {
        Some(option) => fill(texts.missing, &[&texts.quoted(option)]),
        None => texts.missing_left_out.to_owned(),
    });
    let head = fill(texts.split_by, &[&texts.quoted(category), &field]);
    format!("{head}{} {}", texts.colon, options.join(", "))
}

/// Whether every number from 0 up lies in one of the bands.
fn without_gaps(bands: &Bands) -> bool {
    let bands = bands.bands();
    let ends = bands.iter().map(|band| band.high.map(|high| high + 1));
    let begins = bands.iter().skip(1).map(|band| Some(band.low)).chain([None]);
    bands.first().is_some_and(|band| band.low == 0) && ends.eq(begins)
}

fn rules(page: &mut Page, texts: &Texts, classify: &Classify) {
    let numbers: Vec<String> = classify
        .numbers
        .iter()
        .map(|(name, indicator)| fill(texts.number_named, &[name, &texts.quoted(indicator)]))
        .collect();
    page.list(texts, texts.classify, &numbers);
    let mut rules: Vec<String> = classify
        .rules
        .iter()
        .map(|rule| {
            let when = formula(texts, &rule.when.to_string());
            fill(texts.rule, &[&when, &texts.quoted(&rule.value)])
        })
        .collect();
    rules.push(match &classify.otherwise {
        Some(text) => fill(texts.otherwise, &[&texts.quoted(text)]),
        None => texts.otherwise_nothing.to_owned(),
    });
    page.list(texts, texts.first_rule, &rules);
}

/// A rule in words: `100 * k >= 50 * n` is "100 times k is at least 50 times n".
fn formula(texts: &Texts, written: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = written.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let is_sign = |c: char| matches!(c, '<' | '>' | '=' | '!');
        let length = if is_word(first) {
            rest.find(|c: char| !is_word(c)).unwrap_or(rest.len())
        } else if is_sign(first) {
            rest.find(|c: char| !is_sign(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, behind) = rest.split_at(length);
        words.push(match token {
            "=" | "==" => texts.signs[0].to_owned(),
            "!=" => texts.signs[1].to_owned(),
            "<" => texts.signs[2].to_owned(),
            "<=" => texts.signs[3].to_owned(),
            ">" => texts.signs[4].to_owned(),
            ">=" => texts.signs[5].to_owned(),
            "+" => texts.arithmetic[0].to_owned(),
            "-" => texts.arithmetic[1].to_owned(),
            "*" => texts.arithmetic[2].to_owned(),
            "and" => (texts.and)("").to_owned(),
            number if first.is_ascii_digit() => {
                number.replace('.', &texts.decimal_point.to_string())
            }
            name => name.to_owned(),
        });
        rest = behind.trim_start();
    }
    words.join(" ")
}

fn value(texts: &Texts, definition: &Definition) -> Vec<String> {
    let mut sentences = Vec::new();
    let decimals = definition.decimals.unwrap_or(1);
    let rounded = match &definition.measure {
        Measure::Share(_) | Measure::Rate(_) => true,
        Measure::Of(agg, _) => matches!(agg, Agg::Mean | Agg::Median),
        Measure::Count | Measure::Distinct(_) | Measure::Classify(_) => false,
    };
    if rounded {
        sentences.push(match decimals {
            0 => texts.decimals_none.to_owned(),
            1 => texts.decimals_one.to_owned(),
            n => fill(texts.decimals, &[&n.to_string()]),
        });
    }
    let can_be_zero = match &definition.measure {
        Measure::Count | Measure::Distinct(_) => true,
        Measure::Of(agg, _) => *agg == Agg::Sum,
        Measure::Share(_) | Measure::Rate(_) | Measure::Classify(_) => false,
    };
    let writes_zero = can_be_zero && definition.zero == Some(Zero::Write);
    if writes_zero {
        sentences.push(texts.zero.to_owned());
    } else if can_be_zero {
        sentences.push(texts.no_zero.to_owned());
    }
    let classifies = matches!(definition.measure, Measure::Classify(_));
    if definition.periods == Periods::Active && (writes_zero || classifies) {
        sentences.push(texts.active.to_owned());
    }
    if let Some(suppress) = definition.suppress {
        sentences.push(fill(texts.suppress, &[&Texts::whole(suppress.below)]));
    }
    sentences
}
