//! A Go.Data that breaks connections off at one endpoint.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

use super::Endpoint;
use crate::USER_ID;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The whole request was read.
    BeforeAnswer,
    /// The head of the answer and a first byte arrive.
    InAnswer,
}

pub(super) struct CuttingServer {
    base_url: String,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

struct Shared {
    cut: Cut,
    n_cuts: usize,
    n_asked: AtomicUsize,
    /// Method, path, answer; the first is the one that is cut.
    routes: Vec<(&'static str, String, Value)>,
}

impl CuttingServer {
    /// Cuts the first `n_cuts` requests for `endpoint`.
    pub(super) async fn start(
        endpoint: &Endpoint,
        around: Vec<(&'static str, String, Value)>,
        cut: Cut,
        n_cuts: usize,
    ) -> Self {
        let login = json!({"id": "token-1", "ttl": 600, "userId": USER_ID});
        let mut routes = vec![(endpoint.method, endpoint.path.clone(), endpoint.good.clone())];
        routes.push(("POST", "/api/users/login".to_owned(), login));
        routes.extend(around);
        let shared = Arc::new(Shared { cut, n_cuts, n_asked: AtomicUsize::new(0), routes });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let accepting = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                while let Ok((connection, _)) = listener.accept().await {
                    let shared = Arc::clone(&shared);
                    tokio::spawn(async move { shared.serve(connection).await });
                }
            }
        });
        Self { base_url, shared, accepting: accepting.abort_handle() }
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// How many requests for the endpoint arrived whole.
    pub(super) fn n_asked(&self) -> usize {
        self.shared.n_asked.load(Ordering::SeqCst)
    }
}

impl Drop for CuttingServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    async fn serve(&self, connection: TcpStream) -> io::Result<()> {
        let mut connection = BufStream::new(connection);
        while let Some((method, path)) = read_request(&mut connection).await? {
            let found = self.routes.iter().position(|(at_method, at_path, _)| {
                *at_method == method.as_str() && *at_path == path
            });
            if found == Some(0) && self.n_asked.fetch_add(1, Ordering::SeqCst) < self.n_cuts {
                if self.cut == Cut::InAnswer {
                    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
                        Content-Length: 1000\r\n\r\n[";
                    connection.write_all(head).await?;
                    connection.flush().await?;
                }
                return Ok(());
            }
            let answer = match found.map(|i| &self.routes[i].2) {
                None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
                Some(Value::Null) => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
                Some(json) => {
                    let body = json.to_string();
                    format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
                         Content-Length: {}\r\n\r\n{body}",
                        body.len()
                    )
                }
            };
            connection.write_all(answer.as_bytes()).await?;
            connection.flush().await?;
        }
        Ok(())
    }
}

/// Method and path of the next request, its body read; `None` at the end of the connection.
async fn read_request(
    connection: &mut BufStream<TcpStream>,
) -> io::Result<Option<(String, String)>> {
    let mut first = String::new();
    if connection.read_line(&mut first).await? == 0 {
        return Ok(None);
    }
    let mut n_body_bytes = 0;
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            n_body_bytes = value.trim().parse().unwrap();
        }
    }
    connection.read_exact(&mut vec![0; n_body_bytes]).await?;
    let mut words = first.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let path = target.split('?').next().unwrap_or_default().to_owned();
    Ok(Some((method, path)))
}
