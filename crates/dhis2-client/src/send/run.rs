//! The loop: call, claim, read back, and again where it was lost.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use http_transport::http::StatusCode;

use super::options::{SendOptions, SendProgress, SendStage};
use super::report::{Outcome, Refusal, SendReport, Verdict};
use super::split::{Split, halves, split};
use super::verify::ReadBack;
use crate::cell::{Cell, DataValue};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::formats::DataValueSet;
use crate::import::{CallClaim, Conflict, ErrorCode, ImportOptions, ImportResult, ValueClaim};
use crate::metadata::DataSet;
use crate::period::Period;
use crate::reconcile::{ChangeKind, Plan};

impl Client {
    /// Sends the changes of a plan and finds out what became of each cell.
    ///
    /// One call at a time, of a measured size, sorted by cell. After each call its cells are read
    /// back, and only what was read back counts as stored: 2.43 can lose a whole call and answer
    /// 200 SUCCESS (recordings `x-lost-*`, `race-*-loser`). What was lost is sent again; writing a
    /// value twice is writing it once, so this is also safe after a connection broke. A call that
    /// engine B refused for the sake of some cells is taken apart until those stand alone.
    ///
    /// Nothing makes an outcome disappear: where the server goes away the report says which cells
    /// were stored, which were not sent, and of which nothing is known.
    pub async fn send<P: FnMut(SendProgress) + ?Sized>(
        &self,
        data_set: &DataSet,
        plan: &Plan,
        options: &SendOptions,
        progress: &mut P,
    ) -> SendReport {
        let mut on = |at| {
            progress(at);
            ControlFlow::Continue(())
        };
        self.send_while(data_set, plan, options, &mut on).await
    }

    /// As [`Client::send`], for as long as `progress` says to go on.
    ///
    /// A call that is out is finished first, its read-back with it, so every outcome is as certain
    /// as after any other call; no further call begins. What was left is
    /// [`Verdict::NotSent`], and [`SendReport::stopped`] tells why.
    pub async fn send_while<P: FnMut(SendProgress) -> ControlFlow<()> + ?Sized>(
        &self,
        data_set: &DataSet,
        plan: &Plan,
        options: &SendOptions,
        progress: &mut P,
    ) -> SendReport {
        let started = Instant::now();
        let mut run = Run::new(self, data_set, plan, options, progress);
        let failure = run.whole().await.err();
        run.report(started.elapsed(), failure)
    }
}

/// Some of the items, to be sent in one call.
struct Batch {
    items: Vec<usize>,
    /// How often it was sent before without a usable answer.
    tries: u32,
}

struct Item {
    value: DataValue,
    change: ChangeKind,
    verdict: Option<Verdict>,
    /// Whether a call with it is out, or went without a usable answer.
    in_doubt: bool,
}

struct Run<'a, P: ?Sized> {
    client: &'a Client,
    data_set: &'a DataSet,
    options: &'a SendOptions,
    import: ImportOptions,
    progress: &'a mut P,
    items: Vec<Item>,
    queue: VecDeque<Batch>,
    done: usize,
    calls: usize,
    stopped: bool,
    unverified: Option<Error>,
    failures_in_a_row: u32,
    /// The latest period that takes data, by the server's clock.
    latest_open: Option<Period>,
}

/// Calls that may fail within the server, one after the other, before it is taken for broken.
const PATIENCE: u32 = 24;

impl<'a, P: FnMut(SendProgress) -> ControlFlow<()> + ?Sized> Run<'a, P> {
    fn new(
        client: &'a Client,
        data_set: &'a DataSet,
        plan: &Plan,
        options: &'a SendOptions,
        progress: &'a mut P,
    ) -> Self {
        let items = plan.to_send().filter_map(|change| {
            let value = change.data_value()?;
            Some(Item { value, change: change.kind(), verdict: None, in_doubt: false })
        });
        Self {
            client,
            data_set,
            options,
            import: ImportOptions::default().dry_run(options.dry_run).force(options.force),
            progress,
            items: items.collect(),
            queue: VecDeque::new(),
            done: 0,
            calls: 0,
            stopped: false,
            unverified: None,
            failures_in_a_row: 0,
            latest_open: None,
        }
    }

    async fn whole(&mut self) -> Result<(), Error> {
        self.set_poison_aside();
        if self.is_told_to_stop() {
            return Ok(());
        }
        let server = self.client.server_now().await?;
        self.latest_open = Some(self.data_set.latest_open_period(server.today()));
        let size = match self.options.batch_size {
            Some(size) => size.get(),
            None => server.capabilities().batch_size,
        };
        self.all(size).await
    }

    async fn all(&mut self, batch_size: usize) -> Result<(), Error> {
        let open: Vec<usize> = self.open_items();
        self.queue = open
            .chunks(batch_size.max(1))
            .map(|items| Batch { items: items.to_vec(), tries: 0 })
            .collect();
        while let Some(batch) = self.queue.pop_front() {
            if self.is_told_to_stop() {
                return Ok(());
            }
            let fresh: Vec<usize> =
                batch.items.iter().copied().filter(|&index| !self.items[index].in_doubt).collect();
            self.doubt(&fresh, true);
            if let Err(error) = self.one(batch).await {
                if never_began(&error) {
                    self.doubt(&fresh, false);
                }
                return Err(error);
            }
        }
        let _ = self.tell(SendStage::Sending);
        Ok(())
    }

    /// Whether the caller does not want another call, although there is something left to send.
    fn is_told_to_stop(&mut self) -> bool {
        self.stopped = self.tell(SendStage::Sending).is_break() && self.done < self.items.len();
        self.stopped
    }

    fn doubt(&mut self, items: &[usize], in_doubt: bool) {
        for &index in items {
            self.items[index].in_doubt = in_doubt;
        }
    }

    /// A NUL in a text makes 2.43 lose the call and 2.42 fail it (recording `x-lost-nul`).
    fn set_poison_aside(&mut self) {
        for index in 0..self.items.len() {
            let value = &self.items[index].value;
            let has_nul = |text: &Option<String>| text.as_deref().is_some_and(|t| t.contains('\0'));
            if has_nul(&value.value) || has_nul(&value.comment) {
                let refusal = Refusal::before_sending("the text has a NUL character in it");
                self.settle(index, Verdict::Refused(refusal));
            }
        }
    }

    async fn one(&mut self, batch: Batch) -> Result<(), Error> {
        let values = batch.items.iter().map(|&index| self.items[index].value.clone()).collect();
        // The plan is sorted, so the positions of the call are those of the batch.
        let body = DataValueSet { data_set: self.data_set.id, values, deletion: None };
        self.calls += 1;
        match self.client.import(&body, &self.import).await {
            Ok(result) => {
                tracing::debug!(
                    call = self.calls,
                    n_values = body.values.len(),
                    status = result.http_status.as_u16(),
                    claim = result.claim.kind(),
                    elapsed = ?result.elapsed,
                    "imported"
                );
                self.answered(batch, result).await
            }
            Err(error) => self.unanswered(batch, error).await,
        }
    }

    async fn answered(&mut self, batch: Batch, result: ImportResult) -> Result<(), Error> {
        if !matches!(result.claim, CallClaim::Failed(_)) {
            self.failures_in_a_row = 0;
        }
        match result.claim {
            CallClaim::PerValue(claims) => self.per_value(batch, claims).await,
            CallClaim::GroupRefused { suspects, conflict } => {
                self.group_refused(batch, &suspects, &conflict);
                Ok(())
            }
            CallClaim::Aborted(conflict) => {
                // It concerns the data set: no other call would fare better.
                for index in self.open_items() {
                    self.settle(index, Verdict::Refused(Refusal::new(&conflict)));
                }
                self.queue.clear();
                Ok(())
            }
            CallClaim::Lost => self.again(batch, Trouble::Lost).await,
            CallClaim::Failed(words) if self.failures_in_a_row < PATIENCE => {
                self.failures_in_a_row += 1;
                self.again(batch, Trouble::Failed(words)).await
            }
            CallClaim::Failed(words) => {
                let words = format!("the server fails at every import: {words}");
                Err(Error::plain(ErrorKind::Unusable(words)))
            }
        }
    }

    async fn per_value(&mut self, batch: Batch, claims: Vec<ValueClaim>) -> Result<(), Error> {
        let mut raced = Vec::new();
        let mut open = Vec::new();
        for (&index, claim) in batch.items.iter().zip(claims) {
            match claim {
                ValueClaim::Refused(conflict) if is_race(&conflict, &batch, self.options) => {
                    raced.push(index);
                }
                ValueClaim::Refused(conflict) => {
                    self.settle(index, Verdict::Refused(Refusal::new(&conflict)));
                }
                ValueClaim::Taken => open.push((index, None)),
                ValueClaim::Suspect(conflict) => open.push((index, Some(conflict))),
            }
        }
        let mut lost = self.verify(open).await;
        if !lost.is_empty() || !raced.is_empty() {
            lost.extend(raced);
            lost.sort_unstable();
            return self.again(Batch { items: lost, tries: batch.tries }, Trouble::Lost).await;
        }
        Ok(())
    }

    /// Reads items back; gives those that the server says it took and does not hold.
    async fn verify(&mut self, open: Vec<(usize, Option<Conflict>)>) -> Vec<usize> {
        if open.is_empty() {
            return Vec::new();
        }
        if self.options.dry_run || !self.options.verify {
            let good =
                if self.options.dry_run { Verdict::WouldBeStored } else { Verdict::Accepted };
            for (index, suspicion) in open {
                let verdict = match suspicion {
                    Some(conflict) => Verdict::Refused(Refusal::new(&conflict)),
                    None => good.clone(),
                };
                self.settle(index, verdict);
            }
            return Vec::new();
        }
        let _ = self.tell(SendStage::Verifying);
        let cells: Vec<Cell> =
            open.iter().map(|(index, _)| self.items[*index].value.cell).collect();
        let read = ReadBack::of(self.client, self.data_set, cells.iter().copied()).await;
        let mut read_back = match read {
            Ok(read_back) => read_back,
            Err(error) => {
                for (index, suspicion) in open {
                    self.take_by_word(index, suspicion.is_some());
                }
                self.unverified.get_or_insert(error);
                return Vec::new();
            }
        };
        if let Some(refusal) = read_back.refusal.take() {
            self.unverified.get_or_insert(refusal);
        }
        let mut lost = Vec::new();
        for (index, suspicion) in open {
            let value = &self.items[index].value;
            if !read_back.can_tell(value.cell) {
                self.take_by_word(index, suspicion.is_some());
            } else if read_back.holds(self.data_set, value) {
                let stored = if value.deleted { Verdict::Cleared } else { Verdict::Stored };
                self.settle(index, stored);
            } else if let Some(conflict) = suspicion {
                self.settle(index, Verdict::Refused(Refusal::new(&conflict)));
            } else {
                lost.push(index);
            }
        }
        lost
    }

    /// The server's word is all there is, and against a suspicion it is not enough.
    fn take_by_word(&mut self, index: usize, suspected: bool) {
        self.settle(index, if suspected { Verdict::Unknown } else { Verdict::Accepted });
    }

    fn group_refused(&mut self, batch: Batch, suspects: &[usize], conflict: &Conflict) {
        let _ = self.tell(SendStage::Splitting);
        // None of it was stored.
        self.doubt(&batch.items, false);
        let cells: Vec<Cell> =
            batch.items.iter().map(|&index| self.items[index].value.cell).collect();
        let pick = |positions: &[usize]| -> Vec<usize> {
            positions.iter().filter_map(|&position| batch.items.get(position).copied()).collect()
        };
        let latest = self.latest_open;
        let in_future = |cell: &Cell| latest.is_some_and(|latest| cell.period > latest);
        match split(&cells, suspects, conflict, in_future) {
            Split::AllRefused => {
                for index in batch.items {
                    self.settle(index, Verdict::Refused(Refusal::new(conflict)));
                }
            }
            Split::Refused { bad, rest } => {
                for index in pick(&bad) {
                    self.settle(index, Verdict::Refused(Refusal::new(conflict)));
                }
                self.queue.push_front(Batch { items: pick(&rest), tries: 0 });
            }
            Split::Parts(parts) => self.apart(parts.iter().map(|part| pick(part)).collect()),
        }
    }

    fn apart(&mut self, parts: Vec<Vec<usize>>) {
        for items in parts.into_iter().rev().filter(|items| !items.is_empty()) {
            self.queue.push_front(Batch { items, tries: 0 });
        }
    }

    /// Sends a batch again after a pause; taken apart when that does not help.
    async fn again(&mut self, batch: Batch, trouble: Trouble) -> Result<(), Error> {
        if batch.tries < self.options.resends {
            self.pause(batch.tries).await;
            self.queue.push_front(Batch { items: batch.items, tries: batch.tries + 1 });
            return Ok(());
        }
        if let (Split::Parts(parts), true) = (halves(batch.items.len()), batch.items.len() > 1) {
            let _ = self.tell(SendStage::Splitting);
            let parts = parts
                .iter()
                .map(|part| part.iter().map(|&position| batch.items[position]).collect())
                .collect();
            self.apart(parts);
            return Ok(());
        }
        let Some(&index) = batch.items.first() else { return Ok(()) };
        let verdict = match trouble {
            Trouble::Failed(words) => Verdict::Refused(Refusal::by_server(words)),
            Trouble::Lost => Verdict::Lost { found: self.found(index).await },
        };
        self.settle(index, verdict);
        Ok(())
    }

    /// What a cell holds that was lost.
    async fn found(&self, index: usize) -> Option<String> {
        let cell = self.items[index].value.cell;
        let read = ReadBack::of(self.client, self.data_set, std::iter::once(cell)).await;
        read.ok().and_then(|read_back| read_back.found(cell).map(ToOwned::to_owned))
    }

    /// A call without a usable answer. It may have been carried out, so its cells are read back.
    async fn unanswered(&mut self, batch: Batch, error: Error) -> Result<(), Error> {
        let status = match error.kind() {
            ErrorKind::Answered { status, .. } | ErrorKind::NotDhis2 { status, .. } => {
                Some(*status)
            }
            _ => None,
        };
        if status == Some(StatusCode::PAYLOAD_TOO_LARGE) && batch.items.len() > 1 {
            return self.again(Batch { tries: u32::MAX, ..batch }, Trouble::Lost).await;
        }
        // Engine B answers 500 for a value that it cannot read; one that fails on every value is
        // broken.
        if status == Some(StatusCode::INTERNAL_SERVER_ERROR) && self.failures_in_a_row < PATIENCE {
            self.failures_in_a_row += 1;
            let tries =
                if batch.tries == 0 { self.options.resends.saturating_sub(1) } else { u32::MAX };
            let words = error_words(&error);
            return self.again(Batch { tries, ..batch }, Trouble::Failed(words)).await;
        }
        if !error.is_transient() {
            return Err(error);
        }
        if batch.tries >= self.options.resends {
            return Err(error);
        }
        self.pause(batch.tries).await;
        let missing = if self.options.dry_run || !self.options.verify {
            batch.items.clone()
        } else {
            self.missing(&batch.items).await
        };
        if !missing.is_empty() {
            self.queue.push_front(Batch { items: missing, tries: batch.tries + 1 });
        }
        Ok(())
    }

    /// Settles the items that the server holds although it never said so; gives the others.
    async fn missing(&mut self, items: &[usize]) -> Vec<usize> {
        let _ = self.tell(SendStage::Verifying);
        let cells: Vec<Cell> = items.iter().map(|&index| self.items[index].value.cell).collect();
        let read = ReadBack::of(self.client, self.data_set, cells.iter().copied()).await;
        let Ok(read_back) = read else { return items.to_vec() };
        let mut missing = Vec::new();
        for &index in items {
            let value = &self.items[index].value;
            if read_back.can_tell(value.cell) && read_back.holds(self.data_set, value) {
                let stored = if value.deleted { Verdict::Cleared } else { Verdict::Stored };
                self.settle(index, stored);
            } else {
                missing.push(index);
            }
        }
        missing
    }

    async fn pause(&mut self, tries: u32) {
        if self.tell(SendStage::Waiting).is_break() {
            return;
        }
        let nth = usize::try_from(tries).unwrap_or(0);
        let delay = self.client.retry_delays().nth(nth).unwrap_or(Duration::from_secs(1));
        tokio::time::sleep(delay).await;
    }

    fn settle(&mut self, index: usize, verdict: Verdict) {
        let slot = &mut self.items[index].verdict;
        if slot.is_none() {
            self.done += 1;
        }
        *slot = Some(verdict);
    }

    fn open_items(&self) -> Vec<usize> {
        (0..self.items.len()).filter(|&index| self.items[index].verdict.is_none()).collect()
    }

    fn tell(&mut self, stage: SendStage) -> ControlFlow<()> {
        (self.progress)(SendProgress {
            stage,
            done: self.done,
            total: self.items.len(),
            calls: self.calls,
        })
    }

    fn report(self, elapsed: Duration, failure: Option<Error>) -> SendReport {
        let outcomes = self.items.into_iter().map(|item| {
            let open = if item.in_doubt { Verdict::Unknown } else { Verdict::NotSent };
            Outcome {
                cell: item.value.cell,
                change: item.change,
                verdict: item.verdict.unwrap_or(open),
            }
        });
        SendReport {
            outcomes: outcomes.collect(),
            n_calls: self.calls,
            elapsed,
            failure,
            stopped: self.stopped,
            unverified: self.unverified,
        }
    }
}

/// Whether the server has not begun with the call that gave this error.
fn never_began(error: &Error) -> bool {
    error.is_login_refused()
        || error.is_forbidden()
        || error.is_not_found()
        || matches!(error.kind(), ErrorKind::Transport(error) if error.is_connect())
}

/// Why a call is sent again.
enum Trouble {
    /// The server does not hold what it says it took.
    Lost,
    /// The server failed inside, in these words.
    Failed(String),
}

/// "Period not valid" for a period that is valid: another caller was making the same new period
/// (recording `race-new-period-loser` of 2.42). Every period here is valid, so it is sent again.
fn is_race(conflict: &Conflict, batch: &Batch, options: &SendOptions) -> bool {
    conflict.code == Some(ErrorCode::new(7611)) && batch.tries < options.resends
}

/// The server's words within an error.
fn error_words(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Answered { status, message, .. } => format!("{status}: {message}"),
        other => other.to_string(),
    }
}
