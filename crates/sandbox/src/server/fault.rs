//! Faults on demand.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::Method;
use tokio::sync::watch;

/// One way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Closes the connection before any byte of an answer. The request is not carried out.
    Cut,
    /// Carries the request out, then closes the connection without an answer: the caller cannot
    /// know whether it was done.
    CutAfterWork,
    /// The real answer, but the connection closes after this many bytes of its body, although the
    /// head announced all of them.
    Truncate {
        /// How many bytes of the body arrive.
        after: usize,
    },
    /// 500 with a plain text body. The request is not carried out.
    InternalError,
    /// 503. The request is not carried out.
    Unavailable {
        /// Sent as `Retry-After`, in whole seconds.
        retry_after: Option<Duration>,
    },
    /// 429 with `Retry-After`, in whole seconds. The request is not carried out.
    TooManyRequests {
        /// Sent as `Retry-After`, in whole seconds.
        retry_after: Duration,
    },
    /// 200, `application/json`, and a body that is not JSON.
    Garbage,
    /// 200 and the start page of a web application: what a wrong base URL gives.
    Html,
    /// The real answer, after a wait.
    Slow(Duration),
    /// The real answer, once the gate is open. The request is logged before, so that a test can see it come, do what
    /// it has to do meanwhile, and let it pass: no test needs to guess how long something takes.
    Held(Gate),
    /// Any other answer.
    Answer {
        /// HTTP status.
        status: u16,
        /// `Content-Type` of the body.
        content_type: &'static str,
        /// The body.
        body: String,
    },
}

/// What holds a request back until it is opened; then it stays open.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<watch::Sender<bool>>);

impl Gate {
    /// Lets everything pass that waits, and what comes later.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn passed(&self) {
        // The sender lives as long as this gate, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

/// Whether both are one gate.
impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Gate {}

/// A [`Fault`] and the requests it befalls.
#[derive(Debug, Clone)]
pub struct Rule {
    fault: Fault,
    path_part: Option<String>,
    method: Option<Method>,
    skip: usize,
    /// How often it still strikes; `None`: always.
    times: Option<usize>,
}

impl Rule {
    /// Befalls the next request, once.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self { fault, path_part: None, method: None, skip: 0, times: Some(1) }
    }

    /// Only requests whose path holds this text.
    #[must_use]
    pub fn on(mut self, path_part: impl Into<String>) -> Self {
        self.path_part = Some(path_part.into());
        self
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Lets so many matching requests pass first.
    #[must_use]
    pub fn skip(mut self, n_requests: usize) -> Self {
        self.skip = n_requests;
        self
    }

    /// Befalls so many matching requests. Default: one.
    #[must_use]
    pub fn times(mut self, n_requests: usize) -> Self {
        self.times = Some(n_requests);
        self
    }

    /// Befalls every matching request until [`Faults::clear`].
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    fn matches(&self, method: &Method, path: &str) -> bool {
        self.method.as_ref().is_none_or(|m| m == method)
            && self.path_part.as_ref().is_none_or(|part| path.contains(part.as_str()))
    }
}

/// The faults a server still has to commit. A request meets the oldest rule that matches it.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    rules: Arc<Mutex<Vec<Rule>>>,
}

impl Faults {
    /// Adds a rule behind those that are there.
    pub fn add(&self, rule: Rule) {
        self.lock().push(rule);
    }

    /// The next request meets this fault: short for `add(Rule::new(fault))`.
    pub fn next(&self, fault: Fault) {
        self.add(Rule::new(fault));
    }

    /// Forgets all rules.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// How many rules have not struck for the last time yet.
    #[must_use]
    pub fn n_pending(&self) -> usize {
        self.lock().len()
    }

    /// The fault that befalls a request, if any.
    pub(super) fn strike(&self, method: &Method, path: &str) -> Option<Fault> {
        let mut rules = self.lock();
        let at = rules.iter().position(|rule| rule.matches(method, path))?;
        let rule = &mut rules[at];
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        let fault = rule.fault.clone();
        if let Some(times) = &mut rule.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                rules.remove(at);
            }
        }
        Some(fault)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
