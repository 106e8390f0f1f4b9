//! Jobs: asynchronous imports and analytics runs, with their notifications.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    http::{Answer, Request, envelope},
    import::Summary,
    payload::Unreadable,
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
        let mut notes = vec![self.note(IMPORT, "INFO", "Data value set import", false)];
        let options = Some(call.options.echo());
        let summary = match result {
            Ok(summary) => {
                for conflict in summary.conflicts.iter().filter(|_| engine_b) {
                    notes.push(self.note(IMPORT, "ERROR", conflict.message(), false));
                }
                notes.push(self.note(IMPORT, "INFO", &summary.sentence(), true));
                summary
            }
            Err(fault) => {
                let (why, sentence) = describe(&fault, engine_b);
                notes.push(self.note(IMPORT, "ERROR", &why, false));
                let summary = Summary::failed(options, &sentence);
                let (level, last) = if engine_b {
                    ("ERROR", format!("Process failed: {sentence}"))
                } else {
                    ("INFO", summary.sentence())
                };
                notes.push(self.note(IMPORT, level, &last, true));
                summary
            }
        };
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

/// The words of a broken import: what the notification says, and the summary.
fn describe(fault: &Unreadable, engine_b: bool) -> (String, String) {
    match fault {
        Unreadable::Process(_) => (
            "Unexpected end-of-input".to_owned(),
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
