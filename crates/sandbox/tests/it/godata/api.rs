//! A caller for tests.

use std::sync::LazyLock;

use reqwest::{Client, Method, RequestBuilder};
use sandbox::godata::{EMAIL, GoData, PASSWORD};
use serde_json::{Value, json};

/// A caller that is logged in.
pub(super) struct Api {
    http: Client,
    url: String,
    pub(super) outbreak: String,
    pub(super) token: String,
}

/// One client for all tests: making one reads the machine's certificates. It keeps no connections, as
/// those would belong to the runtime of the test that made them.
pub(super) fn http() -> Client {
    static HTTP: LazyLock<Client> = LazyLock::new(|| {
        rustls::crypto::ring::default_provider().install_default().ok();
        Client::builder().pool_max_idle_per_host(0).gzip(true).build().unwrap()
    });
    HTTP.clone()
}

pub(super) async fn login(godata: &GoData, email: &str, password: &str) -> (u16, Value) {
    let url = format!("{}/api/users/login", godata.url());
    let body = json!({"email": email, "password": password});
    let answer = http().post(url).json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

impl Api {
    pub(super) async fn new(godata: &GoData) -> Self {
        Self::of(godata, EMAIL, PASSWORD).await
    }

    pub(super) async fn of(godata: &GoData, email: &str, password: &str) -> Self {
        let (status, body) = login(godata, email, password).await;
        assert_eq!(status, 200, "{body}");
        Self {
            http: http(),
            url: format!("{}/api", godata.url()),
            outbreak: format!("/outbreaks/{}", godata.outbreak_id()),
            token: body["id"].as_str().unwrap().to_owned(),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .header("Authorization", &self.token)
    }

    async fn answer(request: RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        Self::answer(self.request(Method::GET, path)).await
    }

    /// A list or count under the outbreak.
    pub(super) async fn filtered(&self, path: &str, filter: Value) -> (u16, Value) {
        let path = format!("{}{path}", self.outbreak);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("filter", &filter.to_string())
            .finish();
        self.get(&format!("{path}?{query}")).await
    }

    pub(super) async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        Self::answer(self.request(method, path).json(&body)).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, &format!("{}{path}", self.outbreak), body).await
    }

    pub(super) async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::PUT, &format!("{}{path}", self.outbreak), body).await
    }

    pub(super) async fn delete(&self, path: &str) -> u16 {
        let path = format!("{}{path}", self.outbreak);
        Self::answer(self.request(Method::DELETE, &path)).await.0
    }

    /// Ids of a list, in its order.
    pub(super) async fn ids(&self, path: &str, filter: Value) -> Vec<String> {
        let (status, body) = self.filtered(path, filter).await;
        assert_eq!(status, 200, "{body}");
        let rows = body.as_array().unwrap();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }
}

pub(super) fn code(body: &Value) -> &str {
    body["error"]["code"].as_str().unwrap_or_default()
}
