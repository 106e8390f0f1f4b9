//! Messages to people when a scheduled run needs them: by webhook and by e-mail.
//!
//! A message holds what a [`Problem`](crate::problem::Problem) says, counts and moments; never a name, a record or a
//! secret. One that cannot be delivered is logged and counted, and stops nothing.

mod alert;
mod email;
mod notifier;
mod webhook;

pub use alert::Alert;
pub use email::EmailChannel;
pub use notifier::{Notifier, Undelivered};
pub use webhook::WebhookChannel;
