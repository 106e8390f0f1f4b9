//! Every channel that is configured, behind one call.

use std::path::Path;

use super::{Alert, EmailChannel, WebhookChannel};
use crate::config::{Notify, Occasion};
use crate::problem::Outcome;

/// A message that did not get through. It names no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a message could not be delivered: {reason}")]
pub struct Undelivered {
    reason: String,
}

impl Undelivered {
    pub(super) fn new(reason: String) -> Self {
        Self { reason }
    }
}

/// Tells people, as `[notify]` says.
#[derive(Debug, Default)]
pub struct Notifier {
    on: Vec<Occasion>,
    webhook: Option<WebhookChannel>,
    email: Option<EmailChannel>,
}

impl Notifier {
    /// Reads the secrets and sets the channels up; nothing is connected yet. Without `[notify]`, nobody is told.
    ///
    /// # Errors
    ///
    /// When a secret cannot be read, or an address cannot be used.
    pub fn new(notify: Option<&Notify>, folder: &Path) -> Outcome<Self> {
        let Some(notify) = notify else { return Ok(Self::default()) };
        let webhook = notify
            .webhook
            .as_ref()
            .map(|place| WebhookChannel::new(&place.read("notify.webhook", folder)?))
            .transpose()?;
        let email = notify
            .email
            .as_ref()
            .map(|email| {
                let password = email
                    .password
                    .as_ref()
                    .map(|place| place.read("notify.email.password", folder))
                    .transpose()?;
                EmailChannel::new(email, password.as_ref())
            })
            .transpose()?;
        Ok(Self { on: notify.on.clone(), webhook, email })
    }

    /// Sends a message on every channel, if this occasion is wanted. Returns each channel with what became of it;
    /// the reason of a failure is logged.
    pub async fn tell(&self, alert: &Alert) -> Vec<(&'static str, bool)> {
        if !self.on.contains(&alert.occasion) {
            return Vec::new();
        }
        let mut told = Vec::new();
        if let Some(webhook) = &self.webhook {
            told.push(("webhook", delivered(webhook.send(alert).await)));
        }
        if let Some(email) = &self.email {
            told.push(("email", delivered(email.send(alert).await)));
        }
        told
    }
}

fn delivered(sent: Result<(), Undelivered>) -> bool {
    match sent {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!("{error}");
            false
        }
    }
}

#[cfg(test)]
mod tests;
