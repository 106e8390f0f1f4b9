//! Weeks of schedule in milliseconds: the clock jumps to whatever is waited for.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::config::Occasion;
use crate::stop::stop_pair;

/// A clock that jumps to the moment that is slept for.
struct JumpingClock(Cell<DateTime<Utc>>);

impl Clock for JumpingClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.get()
    }

    async fn sleep_until(&self, moment: DateTime<Utc>) {
        tokio::task::yield_now().await;
        self.0.set(self.0.get().max(moment));
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

struct Story {
    service: Service,
    start: &'static str,
    last_success: Option<DateTime<Utc>>,
    ends: Vec<Exit>,
    each_takes: TimeDelta,
}

impl Story {
    /// Each Monday at 23:00 UTC; the process starts on Wednesday, 3 March 2021.
    fn new(ends: &[Exit]) -> Self {
        Self {
            service: Service {
                timetable: Timetable::new(
                    Timetable::parse_cron("00 23 * * 1").unwrap(),
                    chrono_tz::UTC,
                ),
                retry: Retry::within("10 min".parse().unwrap()),
                stop_within: "5 min".parse().unwrap(),
                owed_since: None,
                silent_for: None,
            },
            start: "2021-03-03T08:00:00Z",
            last_success: None,
            ends: ends.to_vec(),
            each_takes: TimeDelta::minutes(3),
        }
    }

    /// When runs began, until all ends are used up; then what was told.
    async fn play(self) -> (Vec<String>, Vec<Alert>, Board) {
        let clock = JumpingClock(Cell::new(at(self.start)));
        let board = Board::new(at(self.start), self.last_success);
        let (stopper, stop) = stop_pair();
        let mut ends = VecDeque::from(self.ends);
        let begun = RefCell::new(Vec::new());
        let told = RefCell::new(Vec::new());
        let run = async || {
            begun.borrow_mut().push(clock.now().format("%m-%d %H:%M").to_string());
            clock.sleep_until(clock.now() + self.each_takes).await;
            let end = RunEnd::new(ends.pop_front().unwrap());
            if ends.is_empty() {
                stopper.ask();
            }
            end
        };
        let ended = self
            .service
            .keep_running(&clock, &board, &stop, run, async |alert| told.borrow_mut().push(alert))
            .await;
        assert_eq!(ended, Ended::Stopped);
        (begun.into_inner(), told.into_inner(), board)
    }
}

#[tokio::test]
async fn it_runs_each_monday_and_tells_nobody_of_success() {
    let (begun, told, board) = Story::new(&[Exit::Done, Exit::Done]).play().await;

    assert_eq!(begun, ["03-08 23:00", "03-15 23:00"]);
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(board.snapshot().last_success, Some(at("2021-03-15T23:00:00Z")));
}

#[tokio::test]
async fn a_monday_that_passed_while_it_was_down_is_made_up_for_once() {
    let mut story = Story::new(&[Exit::Done, Exit::Done]);
    story.service.owed_since = Some(at("2021-02-08T23:00:00Z"));

    let (begun, _, _) = story.play().await;

    assert_eq!(begun, ["03-03 08:00", "03-08 23:00"], "three missed Mondays are one run");
}

#[tokio::test]
async fn nothing_is_made_up_for_when_the_last_monday_was_done() {
    let mut story = Story::new(&[Exit::Done]);
    story.service.owed_since = Some(at("2021-03-01T23:00:05Z"));

    let (begun, _, _) = story.play().await;

    assert_eq!(begun, ["03-08 23:00"]);
}

#[tokio::test]
async fn a_server_that_is_away_is_asked_again_and_a_late_success_is_no_news() {
    let story = Story::new(&[Exit::Server, Exit::Server, Exit::Done]);

    let (begun, told, board) = story.play().await;

    assert_eq!(begun, ["03-08 23:00", "03-08 23:04", "03-08 23:09"]);
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(board.snapshot().runs[&Exit::Server], 2);
}

#[tokio::test]
async fn giving_up_is_told_once_and_the_next_monday_is_tried() {
    let story = Story::new(&[Exit::Server, Exit::Server, Exit::Server, Exit::Done]);

    let (begun, told, _) = story.play().await;

    assert_eq!(begun, ["03-08 23:00", "03-08 23:04", "03-08 23:09", "03-15 23:00"]);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].occasion, Occasion::Failure);
}

#[tokio::test]
async fn a_guard_is_not_tried_again_and_refused_values_are_told() {
    let story = Story::new(&[Exit::Guard, Exit::SomeRefused, Exit::Done]);

    let (begun, told, _) = story.play().await;

    assert_eq!(begun, ["03-08 23:00", "03-15 23:00", "03-22 23:00"]);
    let occasions: Vec<Occasion> = told.iter().map(|alert| alert.occasion).collect();
    assert_eq!(occasions, [Occasion::Failure, Occasion::Refusal]);
}

#[tokio::test]
async fn silence_is_told_between_runs_and_again_after_as_long() {
    let mut story = Story::new(&[Exit::Guard, Exit::Guard, Exit::Guard, Exit::Done, Exit::Done]);
    story.service.silent_for = Some("8 days".parse().unwrap());
    story.last_success = Some(at("2021-03-01T23:00:00Z"));

    let (_, told, _) = story.play().await;

    let silent: Vec<String> = told
        .iter()
        .filter(|alert| alert.occasion == Occasion::Silence)
        .map(|alert| alert.at.format("%m-%d %H:%M").to_string())
        .collect();
    assert_eq!(silent, ["03-09 23:00", "03-17 23:00", "03-25 23:00"]);
}

#[tokio::test]
async fn a_run_that_takes_longer_than_a_week_is_never_doubled() {
    let mut story = Story::new(&[Exit::Done, Exit::Done]);
    story.each_takes = TimeDelta::days(15);

    let (begun, _, _) = story.play().await;

    assert_eq!(begun, ["03-08 23:00", "03-23 23:00"], "the second begins when the first has ended");
}

#[tokio::test]
async fn an_active_run_is_waited_for_when_asked_to_stop() {
    let story = Story::new(&[]).service;
    let clock = JumpingClock(Cell::new(at("2021-03-08T22:59:00Z")));
    let board = Board::new(clock.now(), None);
    let (stopper, stop) = stop_pair();
    let finished = Cell::new(false);
    let run = async || {
        stopper.ask();
        tokio::task::yield_now().await;
        finished.set(true);
        RunEnd::new(Exit::Done)
    };

    let ended = story.keep_running(&clock, &board, &stop, run, async |_| ()).await;

    assert_eq!(ended, Ended::Stopped);
    assert!(finished.get());
    assert_eq!(board.snapshot().runs[&Exit::Done], 1);
}

#[tokio::test]
async fn a_run_that_does_not_end_is_cut_after_the_stated_time() {
    let story = Story::new(&[]).service;
    let clock = JumpingClock(Cell::new(at("2021-03-08T23:00:00Z") - TimeDelta::minutes(1)));
    let board = Board::new(clock.now(), None);
    let (stopper, stop) = stop_pair();
    let run = async || {
        stopper.ask();
        std::future::pending::<RunEnd>().await
    };

    let ended = story.keep_running(&clock, &board, &stop, run, async |_| ()).await;

    assert_eq!(ended, Ended::CutShort);
    assert_eq!(clock.now(), at("2021-03-08T23:05:00Z"));
    assert!(board.snapshot().stopping);
}

#[tokio::test]
async fn a_second_request_does_not_wait() {
    let story = Story::new(&[]).service;
    let clock = JumpingClock(Cell::new(at("2021-03-08T22:59:00Z")));
    let board = Board::new(clock.now(), None);
    let (stopper, stop) = stop_pair();
    let run = async || {
        stopper.ask();
        stopper.ask();
        std::future::pending::<RunEnd>().await
    };

    let ended = story.keep_running(&clock, &board, &stop, run, async |_| ()).await;

    assert_eq!(ended, Ended::CutShort);
    assert!(clock.now() < at("2021-03-08T23:05:00Z"), "{}", clock.now());
}
