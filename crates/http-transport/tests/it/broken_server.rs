//! A server that breaks the protocol, which wiremock cannot do.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// Answers connection after connection with the given bytes and closes it; the last answer
/// repeats. An empty answer closes the connection without a word.
pub(crate) struct BrokenServer {
    pub(crate) address: String,
    n_requests: Arc<AtomicU32>,
}

impl BrokenServer {
    pub(crate) async fn answering(answers: &[&[u8]]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let n_requests = Arc::new(AtomicU32::new(0));
        let answers: Vec<Vec<u8>> = answers.iter().map(|answer| answer.to_vec()).collect();
        let counter = Arc::clone(&n_requests);
        tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut head = [0; 4096];
                let _ = socket.read(&mut head).await;
                let n = counter.fetch_add(1, Ordering::SeqCst) as usize;
                let answer = &answers[n.min(answers.len() - 1)];
                let _ = socket.write_all(answer).await;
                let _ = socket.shutdown().await;
            }
        });
        Self { address, n_requests }
    }

    pub(crate) fn n_requests(&self) -> u32 {
        self.n_requests.load(Ordering::SeqCst)
    }
}

pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
/// Promises ten bytes and closes after three.
pub(crate) const CUT: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\ncut";
/// Closes without a word, as a crashed worker process does.
pub(crate) const SILENT: &[u8] = b"";
pub(crate) const BAD_GZIP: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 9\r\n\r\nnot gzip!";
