//! Asking the service to stop: by signal in the program, by hand in tests.

use tokio::sync::watch;

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
    /// Asks to stop; a second time, to stop without waiting for the active run.
    pub fn ask(&self) {
        self.0.send_modify(|n| *n = n.saturating_add(1));
    }
}

impl Stop {
    /// Returns when it was asked to stop, at once if it was already.
    pub async fn asked(&self) {
        self.asked_times(1).await;
    }

    /// Returns when it was asked twice.
    pub(super) async fn insisted(&self) {
        self.asked_times(2).await;
    }

    async fn asked_times(&self, times: u32) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|n| *n >= times).await.is_err() {
            // Nobody is left who could ask.
            std::future::pending::<()>().await;
        }
    }
}

/// Asks to stop at each SIGTERM and Ctrl-C, for as long as the program runs.
///
/// # Errors
///
/// When this process may not listen to signals.
pub fn stop_on_signals(stopper: Stopper) -> std::io::Result<()> {
    #[cfg(unix)]
    {
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
    }
    #[cfg(not(unix))]
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            stopper.ask();
        }
    });
    Ok(())
}
