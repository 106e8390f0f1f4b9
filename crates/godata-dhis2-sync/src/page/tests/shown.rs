use super::*;

/// Gives every cell that was sent this end.
fn end_all(page: &mut Page, end: &End) {
    for cell in page.reports.iter_mut().flat_map(|report| &mut report.cells) {
        cell.end = end.clone();
    }
}

fn refused() -> End {
    End::Refused {
        code: Some("E7641".to_owned()),
        reason: "The period is locked".to_owned(),
        remedy: "Ask for it to be unlocked.".to_owned(),
    }
}

#[test]
fn a_plan_that_would_be_refused_asks_for_attention() {
    let mut page = outbreak();
    page.mode = Mode::Plan;
    page.reports[1].cells[0].end = refused();

    let told = headline(&page);

    assert!(told.starts_with("Needs attention: "), "{told}");
    assert!(told.contains("1 would be refused"), "{told}");
    assert!(self::page(&page).contains("What DHIS2 would refuse"));

    end_all(&mut page, &refused());
    assert!(headline(&page).contains("DHIS2 would refuse all "), "{}", headline(&page));
}

#[test]
fn the_headline_says_what_happened() {
    let mut quiet = outbreak();
    quiet.reports.iter_mut().for_each(|report| report.cells.clear());
    let mut all_ours = outbreak();
    all_ours.reports[1].cells.retain(|cell| cell.end == End::Done);
    let mut some_refused = all_ours.clone();
    some_refused.reports[1].cells[0].end = refused();
    some_refused.reports[1].cells[1].end = End::Lost;
    let mut stopped = all_ours.clone();
    stopped.reports[1].cells[0].end = End::Open;
    let mut plan = all_ours.clone();
    plan.mode = Mode::Plan;
    let mut none = outbreak();
    none.reports.clear();

    let headlines: Vec<String> = [outbreak(), all_ours, quiet, some_refused, stopped, plan, none]
        .iter()
        .map(headline)
        .collect();

    insta::assert_snapshot!(headlines.join("\n"), @r#"
    Done: DHIS2 now holds the counted values of 3 February 2021, except 2 that others stored. | 14 values were sent for the first time, 6 corrected, 1 cleared and 2 left alone because others stored them; nothing was refused.
    Done: DHIS2 now holds all 314 counted values of 3 February 2021. | 14 values were sent for the first time, 6 corrected and 1 cleared; nothing was refused.
    Done: DHIS2 already held all 294 counted values: nothing had to be changed. | Nothing was refused.
    Needs attention: DHIS2 did not take 2 of 21 values. | 12 values were sent for the first time, 6 corrected and 1 cleared; 1 was refused and 1 lost on the way.
    Stopped: The run stopped before its end: 1 value was not sent. | 13 values were sent for the first time, 6 corrected and 1 cleared; nothing was refused.
    Plan: 21 values would change in DHIS2. | 14 values would be sent for the first time, 6 would be corrected and 1 would be cleared; nothing was sent.
    Done: There was nothing to count and nothing to send. | Nothing was refused.
    "#);
}

#[test]
fn every_figure_of_the_recorded_outbreak_is_on_the_page() {
    let text = text(&page(&outbreak()));

    for words in [
        "304 in 27 weeks; highest in 2021W1 with 34.",
        "240 in 27 weeks; highest in 2020W53 with 25.",
        "Zero in every period and place: Health workers confirmed.",
        "2021W1 Wisco (East) District New confirmed cases Male, 5–14 1 → none 1 deleted",
        "2020W46 Guibari District Deaths of confirmed and probable cases district.guibari 2 1",
        "Confirmed cases 597 304 283 10",
        "2 of 11 locations have no organisation unit, which costs 16 records.",
        "a1e4b1ce-0d3f, 7c0d2b8e-55aa and 2 more",
        "Split by age band and sex.",
        "Over the wire Go.Data: 9 requests, 39 kB received (387 kB unpacked), 71 bytes sent",
    ] {
        assert!(text.contains(words), "{words:?} is missing in\n{text}");
    }
}

#[test]
fn names_from_servers_are_text_and_never_markup() {
    let attack = "<script>alert(1)</script><img src=x onerror=y>\"'&";
    let json = serde_json::to_string(&outbreak()).unwrap();
    let escaped = serde_json::to_string(attack).unwrap();
    let escaped = escaped.trim_matches('"');
    // Into every text of the model: whatever is shown, is shown escaped.
    let mut hostile: serde_json::Value = serde_json::from_str(&json).unwrap();
    poison(&mut hostile, attack);
    let mut hostile: Page = serde_json::from_value(hostile).unwrap();
    hostile.reports[1].cells[0].end = refused_with(attack);
    hostile.reports[0].failure =
        Some(crate::page::Failure { what: attack.to_owned(), next: attack.to_owned() });
    assert!(serde_json::to_string(&hostile).unwrap().matches(escaped).count() > 1000);

    let html = page(&hostile);

    assert_eq!(html.matches("<script").count(), 0);
    assert_eq!(html.matches("<img").count(), 0);
    assert!(html.matches("&lt;script&gt;").count() > 1000);
    assert_eq!(html.matches("&amp;lt;").count(), 0, "escaped once, not twice");
}

fn refused_with(text: &str) -> End {
    End::Refused { code: Some(text.to_owned()), reason: text.to_owned(), remedy: text.to_owned() }
}

/// Puts `attack` behind each text that the page may get from a server.
fn poison(value: &mut serde_json::Value, attack: &str) {
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| poison(item, attack)),
        serde_json::Value::Object(fields) => {
            for (name, field) in fields {
                let is_ours = ["mode", "began", "day", "first", "last", "is", "value"];
                match field {
                    serde_json::Value::String(text) if !is_ours.contains(&name.as_str()) => {
                        text.push_str(attack);
                    }
                    serde_json::Value::String(_) => {}
                    other => poison(other, attack),
                }
            }
        }
        serde_json::Value::String(text) => text.push_str(attack),
        _ => {}
    }
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    let html = page(&outbreak());

    for forbidden in ["http://", "https://", "<script", "@import", "url(", "<link rel=\"stylesheet"]
    {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    assert!(html.contains("default-src 'none'"), "a policy forbids it as well");
}

#[test]
fn refusals_are_grouped_by_reason_with_their_remedy() {
    let mut page = outbreak();
    end_all(&mut page, &refused());
    page.reports[1].cells[0].end = End::Lost;

    let text = text(&super::page(&page));

    assert!(
        text.contains(
            "18 values: The period is locked (E7641) What to do: Ask for it to be unlocked."
        ),
        "{text}"
    );
    assert!(
        text.contains(
            "1 value: DHIS2 said that it was stored, but it was not there when read back"
        ),
        "{text}"
    );
}

#[test]
fn absent_is_not_zero() {
    let mut page = outbreak();
    page.reports.truncate(1);
    let report = &mut page.reports[0];
    report.values.retain(|value| value.period != "2020W40");
    report.values.push(Value {
        value: "text".to_owned(),
        period: "1999W1".to_owned(),
        ..report.values[0].clone()
    });

    let html = super::page(&page);

    assert!(html.contains("2020W40: no value"), "not drawn as a zero");
    assert!(html.contains("2020W49: 0"), "a counted zero stays one");
    assert!(html.contains("</svg>no value"), "the legend explains the sign");
}

#[test]
fn values_that_cannot_be_added_have_no_sum() {
    let mut page = outbreak();
    page.reports[1].indicators[0].adds_up = false;

    let text = text(&super::page(&page));

    assert!(text.contains("9 places; values of different places cannot be added."), "{text}");
    assert!(!text.contains("240 in 27 weeks"), "{text}");
}

#[test]
fn records_that_are_neither_counted_nor_left_out_are_not_hidden() {
    let mut page = outbreak();
    page.reports[0].indicators[0].n_counted -= 3;

    assert!(text(&super::page(&page)).contains("3 not accounted for"));
}

#[test]
fn many_first_values_are_summed_up_and_many_changes_are_cut() {
    let mut page = outbreak();
    let cell = page.reports[1].cells[0].clone();
    let mut changed = cell.clone();
    changed.old = Some("9".to_owned());
    page.reports[1].cells.extend(std::iter::repeat_n(cell, 10_000));
    page.reports[1].cells.extend(std::iter::repeat_n(changed, 1_000));

    let html = super::page(&page);
    let text = text(&html);

    assert!(text.contains("New confirmed cases 2021W4 8 10 012"), "{text}");
    assert!(text.contains("605 more are not shown"), "{text}");
    assert!(html.len() < 600_000, "{} bytes", html.len());
}

#[test]
fn completeness_says_what_is_missing_and_why() {
    let mut page = outbreak();
    page.reports[0].completeness = Some(Completeness { n_registered: 1, incomplete: Vec::new() });

    let text = text(&super::page(&page));

    assert!(text.contains("1 place-period was registered as complete."), "{text}");
    assert!(text.contains("240 place-periods were registered as complete; 3 not."), "{text}");
    assert!(
        text.contains("Guibari District 2020W46 and 2020W47 A value of another user stands there."),
        "{text}"
    );
}

#[test]
fn a_ministry_may_bring_its_own_template() {
    let own = "<style>{{ style }}</style>\n{% for report in reports %}\n<h2>{{ report.name }}</h2>\n\
               {{ report.curves[0].wide }}\n{% endfor %}\n<p>{{ page.target.name }}, {{ page.day|day }}</p>";

    let html = render(&outbreak(), Some(own)).unwrap();

    assert_eq!(html.matches("<svg").count(), 2, "charts are markup");
    assert!(html.ends_with("<p>dhis2.example.org, 3\u{a0}February 2021</p>"), "{html}");
}

#[test]
fn a_template_that_is_wrong_says_where() {
    let misspelt = render(&outbreak(), Some("<p>\n{{ headlines.word }}")).unwrap_err();
    let broken = render(&outbreak(), Some("{% for x in %}")).unwrap_err();

    assert_eq!(misspelt.to_string(), "the page's template cannot be used (line 2)");
    assert_eq!(broken.line(), Some(1));
}

#[test]
fn the_same_facts_make_the_same_page() {
    assert_eq!(page(&outbreak()), page(&outbreak()));
}
