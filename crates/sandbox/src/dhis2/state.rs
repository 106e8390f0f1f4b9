//! All a server knows, and how it answers.

use std::collections::{BTreeMap, HashSet, VecDeque};

use serde_json::{Value, json};

use super::{
    catalog::Catalog,
    clock::Clock,
    http::{Answer, Request, envelope},
    import::{
        Context, ImportFault, Options, Scheme, Summary, import_by_group, import_by_value,
        import_groups,
    },
    jobs::Jobs,
    metadata::{Store, View},
    payload::{
        Unreadable, read_adx, read_csv_by_name, read_csv_by_position, read_json_leniently,
        read_json_strictly, read_xml,
    },
    users::{Account, Logins, Refusal},
    values::Values,
    version::Dhis2Version,
};

/// The server behind a handle.
pub(crate) struct State {
    pub(crate) version: Dhis2Version,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) values: Values,
    pub(crate) logins: Logins,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) jobs: Jobs,
    pub(crate) exceptions: HashSet<(String, String, String)>,
    pub(crate) faults: VecDeque<ImportFault>,
    pub(crate) fault_every: Option<(usize, ImportFault)>,
    pub(crate) n_imports: usize,
    catalog: Catalog,
    catalog_of: Option<(u64, usize)>,
}

impl State {
    pub(crate) fn new(version: Dhis2Version, clock: Clock) -> Self {
        Self {
            version,
            clock,
            store: Store::default(),
            values: Values::default(),
            logins: Logins::default(),
            settings: BTreeMap::new(),
            jobs: Jobs::default(),
            exceptions: HashSet::new(),
            faults: VecDeque::new(),
            fault_every: None,
            n_imports: 0,
            catalog: Catalog::default(),
            catalog_of: None,
        }
    }

    /// The catalog of the metadata as they are now.
    pub(crate) fn catalog(&mut self) -> &Catalog {
        let version = (self.store.version(), self.exceptions.len());
        if self.catalog_of != Some(version) {
            self.catalog = Catalog::of(&self.store, self.exceptions.clone());
            self.catalog_of = Some(version);
        }
        &self.catalog
    }

    /// The metadata as one user sees them.
    pub(crate) fn view<'a>(&'a mut self, account: &'a Account) -> View<'a> {
        self.catalog();
        View { store: &self.store, catalog: &self.catalog, account }
    }

    /// Metadata, catalog and values at once.
    pub(crate) fn parts<'a>(&'a mut self, account: &'a Account) -> (View<'a>, &'a mut Values) {
        self.catalog();
        (View { store: &self.store, catalog: &self.catalog, account }, &mut self.values)
    }

    /// What an import, or a check that an import would make, looks at.
    pub(crate) fn context<'a>(&'a mut self, account: &'a Account) -> Context<'a> {
        self.catalog();
        Context {
            store: &self.store,
            catalog: &self.catalog,
            values: &mut self.values,
            settings: &self.settings,
            account,
            now: self.clock.now(),
            version: self.version,
            fault: None,
        }
    }

    /// Answers a request.
    pub(crate) fn answer(&mut self, request: &Request) -> Answer {
        let base = format!("http://{}", request.header("host").unwrap_or("127.0.0.1:8080"));
        if request.version.is_some_and(|number| !self.version.has_path(number)) {
            return Answer::no_page();
        }
        match request.segments()[..] {
            ["ping"] if self.version >= Dhis2Version::V2_42 => return Answer::empty(200),
            ["system", "ping"] => return Answer::typed(200, "text/plain", "pong"),
            _ => {}
        }
        let locks = self.settings.get("keyLockMultipleFailedLogins").is_some_and(|v| v == "true");
        // Tokens are known from 2.37 on; before, they are no login at all.
        let has_token = request.header("authorization").is_some_and(|h| h.starts_with("ApiToken "));
        if has_token && self.version < Dhis2Version::V2_37 {
            let login_page = format!("{base}{}", self.version.login_path());
            return Refusal::NoLogin.answer(request, &login_page);
        }
        let account = match self.logins.account(&self.store, request, self.clock.now(), locks) {
            Ok(account) => account,
            Err(refusal) => {
                let login_page = format!("{base}{}", self.version.login_path());
                return refusal.answer(request, &login_page);
            }
        };
        self.run_due_jobs();
        let mut answer = self.route(request, &account, &base);
        let is_basic =
            request.header("authorization").is_some_and(|header| header.starts_with("Basic "));
        if is_basic && request.header("cookie").is_none() {
            // A session for each call that brings no cookie: facts §1.1.
            let session =
                format!("JSESSIONID={}; Path=/; HttpOnly; SameSite=Lax", self.store.new_id());
            answer = answer.with_header("Set-Cookie", &session);
        }
        answer
    }

    fn route(&mut self, request: &Request, account: &Account, base: &str) -> Answer {
        let method = request.method.as_str();
        match (method, &request.segments()[..]) {
            ("POST", ["dataValueSets"]) => self.post_values(request, account, base),
            ("GET", ["dataValueSets"]) => self.read_values(request, account),
            (_, ["dataValueSets"]) => method_not_allowed(method),
            (_, ["dataValues", ..]) => self.single_value(request, account),
            ("GET", ["audits", "dataValue"]) => self.audits(request, account),
            (_, ["completeDataSetRegistrations"]) => self.completeness(request, account),
            (_, ["dataEntry", ..]) => self.data_entry(request, account),
            (_, ["lockExceptions"]) => self.lock_exceptions(request, account),
            ("GET", ["validation", "dataSet", _]) => Answer::json(
                200,
                &json!({"validationRuleViolations": [], "commentRequiredViolations": []}),
            ),
            ("GET", ["me", ..]) => self.me(request, account),
            ("GET", ["system", "info"]) => self.system_info(request, base),
            ("GET", ["system", "id"]) => self.new_ids(request),
            (_, ["system", "tasks", ..] | ["system", "taskSummaries", ..]) => {
                self.task_answer(request)
            }
            (_, ["systemSettings", ..]) => self.system_settings(request, account),
            (_, ["apiToken", ..]) => self.api_tokens(request, account, base),
            ("POST" | "PUT", ["maintenance", ..]) => self.maintenance(request, account),
            ("POST" | "PUT", ["resourceTables", ..]) => {
                self.resource_tables(request, account, base)
            }
            ("GET", ["analytics", ..]) => self.analytics(request, account),
            (_, ["metadata"]) => self.metadata(request, account),
            (_, [plural, ..]) if Store::type_named(plural).is_some() => {
                self.objects(request, account, base)
            }
            _ => Answer::no_page(),
        }
    }

    /// `POST /api/dataValueSets`.
    fn post_values(&mut self, request: &Request, account: &Account, base: &str) -> Answer {
        if !account.may("F_DATAVALUE_ADD") {
            return Answer::message(
                403,
                "Access is denied, requires one Authority from [F_DATAVALUE_ADD]",
            );
        }
        let content_type = match request.content_type() {
            None => return Answer::message(415, "Content-Type is not supported"),
            Some(
                kind @ ("application/json"
                | "application/xml"
                | "application/csv"
                | "application/adx+xml"),
            ) => kind,
            Some(other) => {
                return Answer::message(415, &format!("Content-Type '{other}' is not supported"));
            }
        };
        let options = match Options::parse(&request.query, self.version, &self.settings) {
            Ok(options) => options,
            Err(message) => return Answer::message(400, &message),
        };
        let call = Call {
            content_type: content_type.to_owned(),
            data_set: request.query.first("dataSet").map(str::to_owned),
            body: request.unpacked(),
            options,
            account: account.clone(),
        };
        if call.options.is("async") {
            return self.start_import(call, base);
        }
        match self.import(&call) {
            Ok(summary) => {
                if request
                    .header("accept")
                    .is_some_and(|accept| accept.starts_with("application/xml"))
                {
                    return super::formats::summary_as_xml(&summary, self.version);
                }
                summary.answer(self.version, request.version)
            }
            Err(Unreadable::Process(why)) => Summary::failed(
                Some(call.options.echo()),
                &format!("The import process failed: {why}"),
            )
            .answer(self.version, request.version),
            Err(Unreadable::Status(status, message, code)) => match code {
                Some(code) => Answer::coded(status, code, &message),
                None if message.is_empty() => {
                    Answer::json(status, &envelope(status, "ERROR", None))
                }
                None => Answer::message(status, &message),
            },
            Err(Unreadable::Conflict(_, _, message)) => Answer::message(409, &message),
        }
    }

    /// Carries an import out.
    pub(crate) fn import(&mut self, call: &Call) -> Result<Summary, Unreadable> {
        self.n_imports += 1;
        let fault = self.faults.pop_front().or_else(|| {
            let (every, fault) = self.fault_every.as_ref()?;
            self.n_imports.is_multiple_of(*every).then(|| fault.clone())
        });
        let engine_b = self.version.is_engine_b();
        if !engine_b
            && call.options.attributes().any(|id| self.store.get("attributes", id).is_none())
        {
            let message =
                "Transaction silently rolled back because it has been marked as rollback-only";
            return Err(Unreadable::Status(500, message.to_owned(), None));
        }
        let mut context = self.context(&call.account);
        context.fault = fault;
        let (body, options) = (&call.body[..], &call.options);
        let set = call.data_set.as_deref();
        match (call.content_type.as_str(), engine_b) {
            ("application/adx+xml", false) => {
                let groups = read_adx(body, false)?;
                let group = super::payload_adx::flatten(&context, groups, options)?;
                Ok(import_by_value(&mut context, &group, options, Scheme::Code))
            }
            ("application/adx+xml", true) => {
                import_groups(&mut context, &read_adx(body, true)?, options)
            }
            (kind, false) => {
                let group = match kind {
                    "application/xml" => read_xml(body, false)?,
                    "application/csv" => {
                        read_csv_by_position(body, set, options.first_row_is_header)
                    }
                    _ => read_json_leniently(body)?,
                };
                Ok(import_by_value(&mut context, &group, options, Scheme::Uid))
            }
            (kind, true) => {
                let group = match kind {
                    "application/xml" => read_xml(body, true)?,
                    "application/csv" => read_csv_by_name(body, set, options.first_row_is_header)?,
                    _ => read_json_strictly(body, context.version >= Dhis2Version::V2_44)?,
                };
                import_by_group(&mut context, &group, options)
            }
        }
    }
}

/// An import that was asked for.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) content_type: String,
    pub(crate) data_set: Option<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) options: Options,
    pub(crate) account: Account,
}

pub(crate) fn method_not_allowed(method: &str) -> Answer {
    Answer::message(405, &format!("Request method '{method}' is not supported"))
}

/// The report of a single write to metadata.
pub(crate) fn object_report(status: u16, class: &str, id: &str) -> Value {
    let mut body = envelope(status, "OK", None);
    body["response"] =
        json!({"responseType": "ObjectReport", "uid": id, "klass": class, "errorReports": []});
    body
}
