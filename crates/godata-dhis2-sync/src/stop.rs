//! Asking a run or the service to stop: by signal in the program, by hand in tests.
//!
//! The first request lets the call that is out come to its end; the second ends everything at once.

use tokio::sync::watch;

use crate::Exit;
use crate::problem::{Outcome, Problem};

/// The side that asks.
#[derive(Debug)]
pub struct Stopper(watch::Sender<u32>);

/// The side that is asked. Once asked, it stays asked.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<u32>);

/// Both sides.
#[must_use]
pub fn stop_pair() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(0);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Asks to stop; a second time, to stop without finishing what is being done.
    pub fn ask(&self) {
        self.0.send_modify(|n| *n = n.saturating_add(1));
    }
}

impl Stop {
    /// For work that nobody can ask to stop.
    #[must_use]
    pub fn never() -> Self {
        stop_pair().1
    }

    /// Whether it was asked to stop.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Returns when it was asked to stop, at once if it was already.
    pub async fn asked(&self) {
        self.asked_times(1).await;
    }

    /// Returns when it was asked twice.
    pub async fn insisted(&self) {
        self.asked_times(2).await;
    }

    /// Does work that may be given up at any point, such as reading, until asked to stop.
    ///
    /// # Errors
    ///
    /// Those of the work; exit code 7 when it was asked to stop before the work was done.
    pub async fn unless_asked<T>(&self, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        tokio::select! {
            biased;
            () = self.asked() => Err(
                Problem::new(Exit::Stopped, "the run was asked to stop while it was reading")
                    .next("run again; the next run begins anew"),
            ),
            done = work => done,
        }
    }

    async fn asked_times(&self, times: u32) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|n| *n >= times).await.is_err() {
            // Nobody is left who could ask.
            std::future::pending::<()>().await;
        }
    }
}

/// Asks to stop at each SIGTERM and Ctrl-C from now on, for as long as the program runs.
///
/// # Errors
///
/// When this process may not listen to signals.
pub fn stop_on_signals() -> Outcome<Stop> {
    let (stopper, stop) = stop_pair();
    listen(stopper).map_err(|error| {
        Problem::new(Exit::Bug, "this process may not listen to signals").because(error)
    })?;
    Ok(stop)
}

#[cfg(unix)]
fn listen(stopper: Stopper) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            stopper.ask();
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn listen(stopper: Stopper) -> std::io::Result<()> {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            stopper.ask();
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_until_somebody_asks() {
        let (stopper, stop) = stop_pair();
        assert_eq!(stop.unless_asked(async { Ok(1) }).await.unwrap(), 1);
        assert!(!stop.is_asked());

        let given_up = stop.unless_asked(async {
            stopper.ask();
            std::future::pending::<Outcome<()>>().await
        });
        assert_eq!(given_up.await.unwrap_err().exit(), Exit::Stopped);
        assert!(stop.is_asked());

        let never_begun = stop.unless_asked(async { Ok(1) }).await;
        assert_eq!(never_begun.unwrap_err().exit(), Exit::Stopped);
    }
}
