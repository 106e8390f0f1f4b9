//! From the facts of a run to the text of its page.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use super::model::Page;
use super::view::View;
use super::words;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// A template that cannot be filled in.
#[derive(Debug, thiserror::Error)]
#[error("the page's template cannot be used{}", .line.map(|line| format!(" (line {line})")).unwrap_or_default())]
pub struct TemplateError {
    line: Option<usize>,
    #[source]
    source: Box<minijinja::Error>,
}

impl TemplateError {
    /// The line of the template at which it went wrong, where known.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.line
    }
}

impl From<minijinja::Error> for TemplateError {
    fn from(error: minijinja::Error) -> Self {
        Self { line: error.line(), source: Box::new(error) }
    }
}

/// Renders the page of a run.
///
/// `template` is the text of a ministry's own template in the language of Jinja; without one the built-in page is
/// made. A template is given `page` (the facts, as [`Page`] serialises), `style` (the built-in style sheet),
/// `headline`, `figures`, `reports`, `quality` and `places`, and the filters `number` and `day`. What it writes is
/// escaped, and a name that it misspells is an error, not a gap.
///
/// # Errors
///
/// When the template is not valid, or uses what does not exist. The built-in template cannot fail.
///
/// # Examples
///
/// ```
/// # let page = serde_json::from_str(include_str!("tests/outbreak.json")).unwrap();
/// let own = "<h1>{{ page.title }}</h1><p>{{ headline.sentence }}</p>";
///
/// let html = godata_dhis2_sync::page::render(&page, Some(own)).unwrap();
///
/// assert!(html.starts_with("<h1>Coastal respiratory disease 2020</h1>"));
/// ```
pub fn render(page: &Page, template: Option<&str>) -> Result<String, TemplateError> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("number", words::number);
    environment
        .add_filter("day", |day: &str| day.parse().map_or_else(|_| day.to_owned(), words::day));
    let view = View::of(page);
    let text = environment.template_from_str(template.unwrap_or(TEMPLATE))?.render(context! {
        page => Serde(page),
        style => Value::from_safe_string(STYLE.to_owned()),
        ..Value::from(Serde(&view))
    })?;
    Ok(text)
}
