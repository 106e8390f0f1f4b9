//! Jobs: asynchronous imports and analytics runs, with their notifications.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    http::{Answer, Request, envelope},
    import::{Status, Summary},
    payload::Unreadable,
    period::Period,
    state::{Call, State, method_not_allowed},
    users::Account,
};

const IMPORT: &str = "DATAVALUE_IMPORT";
const ANALYTICS: &str = "ANALYTICS_TABLE";

/// How long a run of the analytics tables takes (analytics-task).
const ANALYTICS_SECONDS: i64 = 7;

/// Jobs that wait, run or ran.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    waiting: Vec<Waiting>,
    done: BTreeMap<(String, String), Done>,
    last_analytics: Option<DateTime<Utc>>,
}

#[derive(Debug)]
struct Waiting {
    id: String,
    kind: &'static str,
    due: DateTime<Utc>,
    call: Option<Box<Call>>,
}

#[derive(Debug)]
struct Done {
    /// Newest first.
    notes: Vec<Value>,
    summary: Option<Value>,
}

impl Jobs {
    pub(crate) fn last_analytics(&self) -> Option<DateTime<Utc>> {
        self.last_analytics
    }
}

impl State {
    /// Takes an import in for later.
    pub(crate) fn start_import(&mut self, call: Call, base: &str) -> Answer {
        let parameters = call.options.echo();
        let answer = self.start(IMPORT, Some(Box::new(call)), &parameters);
        answer.with_header("Location", &format!("{base}/api/system/tasks/{IMPORT}"))
    }

    /// `/api/resourceTables/analytics`, and the others, which do nothing here.
    pub(crate) fn resource_tables(
        &mut self,
        request: &Request,
        account: &Account,
        base: &str,
    ) -> Answer {
        if !account.may("F_PERFORM_MAINTENANCE") {
            return Answer::message(
                403,
                "Access is denied, requires one Authority from [F_PERFORM_MAINTENANCE]",
            );
        }
        let years = request.query.first("lastYears").and_then(|text| text.parse::<u32>().ok());
        let parameters = json!({
            "lastYears": years, "skipTableTypes": [], "skipPrograms": [],
            "skipResourceTables": request.query.is("skipResourceTables"), "skipOutliers": false,
        });
        let answer = self.start(ANALYTICS, None, &parameters);
        answer.with_header("Location", &format!("{base}/api/system/tasks/{ANALYTICS}"))
    }

    fn start(&mut self, kind: &'static str, call: Option<Box<Call>>, parameters: &Value) -> Answer {
        let now = self.clock.now();
        let id = self.store.new_id();
        let due = match self.version.scheduler_seconds() {
            None => now,
            Some(seconds) => {
                // One of a kind is started at each look: facts §5.1.
                let next = now.timestamp() / seconds * seconds + seconds;
                let behind = self
                    .jobs
                    .waiting
                    .iter()
                    .filter(|job| job.kind == kind)
                    .map(|job| job.due.timestamp() + seconds)
                    .max();
                DateTime::from_timestamp(next.max(behind.unwrap_or(next)), 0).unwrap_or(now)
            }
        };
        self.jobs.waiting.push(Waiting { id: id.clone(), kind, due, call });
        self.run_due_jobs();
        let name = format!("{kind} ({})", now.timestamp_millis());
        let mut body = envelope(200, "OK", Some(&format!("Initiated {name}")));
        body["response"] = json!({
            "responseType": "JobConfiguration", "name": name, "id": id,
            "created": now.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
            "jobType": kind, "jobStatus": "NOT_STARTED", "jobParameters": parameters,
            "relativeNotifierEndpoint": format!("/api/system/tasks/{kind}/{id}"),
        });
        Answer::json(200, &body)
    }

    /// Runs what the scheduler would have started by now, in its order.
    pub(crate) fn run_due_jobs(&mut self) {
        let now = self.clock.now();
        let length =
            |kind| TimeDelta::seconds(if kind == ANALYTICS { ANALYTICS_SECONDS } else { 0 });
        let (due, waiting): (Vec<Waiting>, _) = std::mem::take(&mut self.jobs.waiting)
            .into_iter()
            .partition(|job| job.due + length(job.kind) <= now);
        self.jobs.waiting = waiting;
        for job in due {
            let done = match &job.call {
                Some(call) => self.run_import(call),
                None => {
                    self.jobs.last_analytics = Some(now);
                    let note = self.note(
                        ANALYTICS,
                        "INFO",
                        "Analytics tables updated: 00:00:07.016",
                        true,
                    );
                    Done { notes: vec![note], summary: None }
                }
            };
            self.jobs.done.insert((job.kind.to_owned(), job.id), done);
        }
    }

    fn run_import(&mut self, call: &Call) -> Done {
        let engine_b = self.version.is_engine_b();
        let result = self.import(call);
        let text = String::from_utf8_lossy(&call.body).into_owned();
        let mut steps: Vec<(&str, String)> =
            ["Data value set import", "Loading file resource", "Loading file content"]
                .map(|step| ("INFO", step.to_owned()))
                .to_vec();
        let (summary, level, last) = match result {
            Ok(summary) => {
                if engine_b {
                    steps.extend(steps_by_group(&text, &summary));
                } else {
                    steps.extend(STEPS_BY_VALUE.iter().map(|step| ("INFO", (*step).to_owned())));
                    steps.push((
                        "INFO",
                        format!(
                            "Import summary: [imports={}, updates={}, ignores={}]",
                            summary.imported, summary.updated, summary.ignored
                        ),
                    ));
                }
                let last = summary.sentence();
                (summary, "INFO", last)
            }
            Err(fault) => {
                let (why, sentence) = describe(&fault, engine_b);
                steps.push((
                    "INFO",
                    if engine_b { "Deserializing JSON data" } else { "Reading data set header" }
                        .to_owned(),
                ));
                let why = match bad_period(&text).filter(|_| fault == Unreadable::no_group()) {
                    Some(period) => {
                        steps.push(("INFO", decoding(&text)));
                        // Only here is the period named: x-async-bad-period-task.
                        format!(
                            "Invalid Period `{period}`, expected a digit at position 0 but found: `{}`",
                            period.chars().next().unwrap_or(' ')
                        )
                    }
                    None => why,
                };
                steps.push(("ERROR", why));
                let summary = Summary::failed(Some(call.options.echo()), &sentence);
                if engine_b {
                    (summary, "ERROR", format!("Process failed: {sentence}"))
                } else {
                    let last = summary.sentence();
                    (summary, "INFO", last)
                }
            }
        };
        let mut notes: Vec<Value> =
            steps.iter().map(|(level, step)| self.note(IMPORT, level, step, false)).collect();
        let mut parameters = call.options.echo();
        for absent in ["preheatCache", "filename", "notificationLevel", "dataSet"] {
            parameters[absent] = Value::Null;
        }
        notes[0]["dataType"] = json!("PARAMETERS");
        notes[0]["data"] = parameters;
        notes.push(self.note(IMPORT, level, &last, true));
        notes.reverse();
        Done { notes, summary: Some(summary.json(self.version)) }
    }

    fn note(&mut self, kind: &str, level: &str, message: &str, completed: bool) -> Value {
        let id = self.store.new_id();
        json!({
            "uid": id, "id": id, "level": level, "category": kind,
            "time": self.clock.now().format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
            "message": message, "completed": completed,
        })
    }

    /// `/api/system/tasks/…` and `/api/system/taskSummaries/…`.
    pub(crate) fn task_answer(&mut self, request: &Request) -> Answer {
        let key = |kind: &str, id: &str| (kind.to_owned(), id.to_owned());
        match (request.method.as_str(), &request.segments()[..]) {
            ("GET", ["system", "tasks", kind, id]) => {
                let notes = self.jobs.done.get(&key(kind, id)).map(|done| done.notes.clone());
                Answer::json(200, &json!(notes.unwrap_or_default()))
            }
            ("GET", ["system", "taskSummaries", kind, id]) => {
                match self.jobs.done.get(&key(kind, id)).and_then(|done| done.summary.as_ref()) {
                    Some(summary) => Answer::json(200, summary),
                    // Not there yet, or never: 200 with nothing in it.
                    None => Answer::empty(200),
                }
            }
            ("GET", ["system", what, rest @ ..]) => {
                let mut shown = json!({});
                for ((kind, id), done) in &self.jobs.done {
                    let value = match *what {
                        "tasks" => json!(done.notes),
                        _ => json!(done.summary),
                    };
                    match rest {
                        [] => shown[kind][id] = value,
                        [wanted] if wanted == kind => shown[id] = value,
                        _ => {}
                    }
                }
                Answer::json(200, &shown)
            }
            ("DELETE", ["system", _, rest @ ..]) => {
                self.jobs.done.retain(|(kind, id), _| match rest {
                    [] => false,
                    [wanted] => wanted != kind,
                    [wanted, one, ..] => wanted != kind || one != id,
                });
                Answer::empty(204)
            }
            (method, _) => method_not_allowed(method),
        }
    }
}

/// What 2.42 tells of an import on its way (async-good-task).
const STEPS_BY_VALUE: &[&str] = &[
    "Reading data set header",
    "Creating import context",
    "Preheat caches...",
    "Loading base metadata",
    "Run data set validation",
    "Importing values (list)",
];

/// What 2.43 tells: refusals, and in other words that the database refused (x-async-lost-pair-task).
fn steps_by_group(text: &str, summary: &Summary) -> Vec<(&'static str, String)> {
    let (set, n) = group_of(text);
    let mut steps = vec![
        ("INFO", "Deserializing JSON data".to_owned()),
        ("INFO", decoding(text)),
        ("INFO", format!("Validating group ds={set} ({n} values)")),
    ];
    if summary.status == Status::Error {
        steps.extend(summary.conflicts.iter().map(|c| ("ERROR", c.message().to_owned())));
        return steps;
    }
    steps.push(("INFO", format!("Upserting group ds={set} ({n} values)")));
    let n_rejected = u64::try_from(summary.rejected.len()).unwrap_or(0);
    if summary.ignored > n_rejected {
        steps.push(("ERROR", "error executing work".to_owned()));
    }
    steps
}

fn decoding(text: &str) -> String {
    let (set, n) = group_of(text);
    format!("Decoding group ds={set} [de= ou= pe= aoc=]({n} values)")
}

/// Data set and number of values of a JSON body.
fn group_of(text: &str) -> (String, usize) {
    let body: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let set = body.get("dataSet").and_then(Value::as_str).unwrap_or_default().to_owned();
    (set, body.get("dataValues").and_then(Value::as_array).map_or(0, Vec::len))
}

/// The first period of a JSON body that is none.
fn bad_period(text: &str) -> Option<String> {
    let body: Value = serde_json::from_str(text).ok()?;
    let of = |item: &Value| item.get("period")?.as_str().map(str::to_owned);
    std::iter::once(of(&body))
        .chain(body.get("dataValues")?.as_array()?.iter().map(of))
        .flatten()
        .find(|period| Period::parse(period).is_none())
}

/// The words of a broken import: what the notification says, and the summary.
fn describe(fault: &Unreadable, engine_b: bool) -> (String, String) {
    match fault {
        Unreadable::Process(_) => (
            "com.fasterxml.jackson.databind.JsonMappingException: Unexpected end-of-input".to_owned(),
            "The import process failed: Non-null post-condition failed after: Data value set import\n  => Reading data set header".to_owned(),
        ),
        Unreadable::Status(400, message, _) if engine_b => (
            message.clone(),
            "Non-null post-condition failed after: Data value set import\n  => Deserializing JSON data".to_owned(),
        ),
        Unreadable::Status(_, message, _) | Unreadable::Conflict(_, _, message) => {
            (message.clone(), message.clone())
        }
    }
}
