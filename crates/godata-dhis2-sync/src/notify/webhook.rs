//! A JSON object by POST to an address that only we and the receiver know.

use std::time::Duration;

use http_transport::{Request, Transport};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{Alert, Undelivered};
use crate::problem::{Outcome, Problem};

/// Posts messages to a webhook. Neither `Debug` nor any error shows its address.
#[derive(Clone)]
pub struct WebhookChannel {
    transport: Transport,
    query: Vec<(String, String)>,
    ends_with_slash: bool,
}

impl std::fmt::Debug for WebhookChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookChannel").finish_non_exhaustive()
    }
}

impl WebhookChannel {
    /// A channel to `address`, which must be https, or http on this machine.
    ///
    /// # Errors
    ///
    /// When it is no such address.
    pub fn new(address: &SecretString) -> Outcome<Self> {
        let wrong = |reason: String| {
            // The address itself stays out: whoever knows it can post.
            Problem::usage(format!("the address of the webhook cannot be used: {reason}"))
                .fact("key", "notify.webhook")
                .next("write the whole address into the place that the key names: `https://…`")
        };
        let mut url: Url =
            address.expose_secret().trim().parse().map_err(|error| wrong(format!("{error}")))?;
        let query = url.query_pairs().into_owned().collect();
        url.set_query(None);
        url.set_fragment(None);
        let ends_with_slash = url.path() != "/" && url.path().ends_with('/');
        let transport = Transport::builder(url)
            .user_agent(concat!("godata-dhis2-sync/", env!("CARGO_PKG_VERSION")))
            .request_timeout(Duration::from_secs(20))
            .response_limit(1 << 20)
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self { transport, query, ends_with_slash })
    }

    /// Posts one message. A message may arrive twice when the first answer was lost.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or answers with anything but 2xx.
    pub async fn send(&self, alert: &Alert) -> Result<(), Undelivered> {
        let mut request = Request::post(std::iter::empty::<&str>())
            .body("application/json", alert.to_json().to_string())
            // Twice is better than never.
            .idempotent();
        if self.ends_with_slash {
            request = request.hidden_segment("");
        }
        for (name, value) in &self.query {
            request = request.query(name, value);
        }
        let response = self
            .transport
            .send(&request)
            .await
            .map_err(|error| Undelivered::new(format!("the webhook: {}", error.kind())))?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(Undelivered::new(format!("the webhook answered {}", response.status())))
    }
}
