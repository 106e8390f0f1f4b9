//! A message by e-mail.

use std::time::Duration;

use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Alert, Undelivered};
use crate::config::{Email, Security};
use crate::problem::{Outcome, Problem};

/// Sends messages through a mail server.
pub struct EmailChannel {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl std::fmt::Debug for EmailChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmailChannel").field("n_receivers", &self.to.len()).finish_non_exhaustive()
    }
}

impl EmailChannel {
    /// A channel through the configured server. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// When an address is none, nobody is named, or a password would travel unprotected.
    pub fn new(email: &Email, password: Option<&SecretString>) -> Outcome<Self> {
        let wrong = |what: String, key: &'static str| Problem::usage(what).fact("key", key);
        let mailbox = |text: &String, key| {
            text.parse::<Mailbox>().map_err(|error| {
                wrong(format!("`{text}` is no e-mail address"), key)
                    .because(error)
                    .next("write `name@example.org`, or `Name <name@example.org>`")
            })
        };
        let from = mailbox(&email.from, "notify.email.from")?;
        let to = email
            .to
            .iter()
            .map(|text| mailbox(text, "notify.email.to"))
            .collect::<Outcome<Vec<_>>>()?;
        if to.is_empty() {
            return Err(wrong("[notify.email] names nobody to write to".into(), "notify.email.to")
                .next("write for example to = [\"surveillance@moh.example\"]"));
        }
        if email.security == Security::None && email.username.is_some() {
            return Err(wrong(
                "[notify.email] would send its password without protection".into(),
                "notify.email.security",
            )
            .next("use `security = \"starttls\"` or `\"tls\"`, or remove `username`"));
        }
        if email.username.is_some() != password.is_some() {
            return Err(wrong(
                "[notify.email] needs `username` and `password`, or neither".into(),
                "notify.email.password",
            )
            .next("write password = { env = \"SMTP_PASSWORD\" } or { file = \"…\" }"));
        }
        let tls = || {
            TlsParameters::new(email.server.clone()).map_err(|error| {
                wrong("TLS for the mail server cannot be set up".into(), "notify.email.server")
                    .because(error)
                    .next("write the server's name as its certificate has it")
            })
        };
        let (tls, port) = match email.security {
            Security::Starttls => (Tls::Required(tls()?), 587),
            Security::Tls => (Tls::Wrapper(tls()?), 465),
            Security::None => (Tls::None, 25),
        };
        let mut transport =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(email.server.clone())
                .tls(tls)
                .port(email.port.unwrap_or(port))
                .timeout(Some(Duration::from_secs(30)));
        if let (Some(username), Some(password)) = (&email.username, password) {
            transport = transport.credentials(Credentials::new(
                username.clone(),
                password.expose_secret().to_owned(),
            ));
        }
        Ok(Self { transport: transport.build(), from, to })
    }

    /// Sends one message to all receivers.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, or refuses the login, the sender or a receiver.
    pub async fn send(&self, alert: &Alert) -> Result<(), Undelivered> {
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(alert.subject())
            .header(ContentType::TEXT_PLAIN);
        for receiver in &self.to {
            message = message.to(receiver.clone());
        }
        let message = message
            .body(alert.text())
            .map_err(|error| Undelivered::new(format!("the e-mail cannot be written: {error}")))?;
        self.transport.send(message).await.map(|_| ()).map_err(|error| {
            // A server's answer may repeat addresses; its code says enough.
            let reason = match error.status() {
                Some(code) => format!("the mail server answered {code}"),
                None if error.is_timeout() => "the mail server did not answer in time".to_owned(),
                None if error.is_tls() => "no protected connection to the mail server".to_owned(),
                None => "the mail server cannot be reached".to_owned(),
            };
            Undelivered::new(reason)
        })
    }
}
