//! A sandbox and a client of it.

use std::time::Duration;

use dhis2_client::{Client, Credentials, DataSet, RetryPolicy};
use sandbox::dhis2::{Dhis2, Dhis2Version};
use sandbox::server::Server as Running;

/// A sandbox, the client of one of its users, and its weekly data set.
pub(crate) struct Server {
    pub(crate) dhis2: Dhis2,
    pub(crate) running: Running,
    pub(crate) client: Client,
}

impl Server {
    /// The demo server of one version, asked by the user `writer`, who has not the authority `ALL`.
    pub(crate) fn atlantia(version: &str) -> Self {
        let version: Dhis2Version = version.parse().unwrap();
        Self::of(Dhis2::atlantia(version))
    }

    pub(crate) fn of(dhis2: Dhis2) -> Self {
        let running = dhis2.start().unwrap();
        let client = client(running.url(), Credentials::basic("writer", "Writer-1!"));
        Self { dhis2, running, client }
    }

    pub(crate) fn as_user(&self, credentials: Credentials) -> Client {
        client(self.running.url(), credentials)
    }

    pub(crate) async fn weekly(&self) -> DataSet {
        self.client.data_set("kIfMNugiTgd".parse().unwrap()).await.unwrap()
    }

    pub(crate) async fn covid19(&self) -> DataSet {
        self.client.data_set("uKtOZwDnIpM".parse().unwrap()).await.unwrap()
    }
}

/// A client that does not wait long between tries.
pub(crate) fn client(url: &str, credentials: Credentials) -> Client {
    let quick = RetryPolicy::default()
        .min_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(5));
    Client::builder(url.parse().unwrap(), credentials).retry(quick).build().unwrap()
}
