//! One TCP connection that a handler can cut.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::Body,
    extract::connect_info::Connected,
    response::{IntoResponse, Response},
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// The connection a request came in on. Handlers take it as
/// `axum::extract::ConnectInfo<Connection>`.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    cut: Arc<AtomicBool>,
}

impl Connection {
    /// Closes the connection without an answer, as a crashed server process does.
    ///
    /// The response this gives is for the handler to return; no byte of it is sent.
    #[must_use]
    pub fn cut(&self) -> Response {
        self.cut.store(true, Ordering::SeqCst);
        Body::empty().into_response()
    }

    /// Whether a handler has cut it.
    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }
}

impl Connected<IncomingStream<'_, Port>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Port>) -> Self {
        stream.io().connection.clone()
    }
}

/// A listener whose connections can be cut and count what they send.
#[derive(Debug)]
pub(super) struct Port {
    inner: TcpListener,
    sent: Arc<AtomicU64>,
}

impl Port {
    pub(super) fn new(inner: TcpListener, sent: Arc<AtomicU64>) -> Self {
        Self { inner, sent }
    }
}

impl Listener for Port {
    type Io = Wire;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.inner).await;
        // Tests measure latency; waiting to fill packets would be measured too.
        let _ = stream.set_nodelay(true);
        (Wire { stream, connection: Connection::default(), sent: Arc::clone(&self.sent) }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.local_addr()
    }
}

/// A TCP stream that refuses to write once its [`Connection`] was cut.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    connection: Connection,
    sent: Arc<AtomicU64>,
}

impl Wire {
    fn writable(&self) -> io::Result<()> {
        if self.connection.is_cut() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.writable()?;
        let Self { stream, sent, .. } = &mut *self;
        counted(sent, buf.len(), || Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writable()?;
        let Self { stream, sent, .. } = &mut *self;
        let offered = bufs.iter().map(|buf| buf.len()).sum();
        counted(sent, offered, || Pin::new(stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Counts before it writes and takes back what was not written: a client that holds the
/// last byte finds it counted, however late this thread runs again.
fn counted(
    sent: &AtomicU64,
    offered: usize,
    write: impl FnOnce() -> Poll<io::Result<usize>>,
) -> Poll<io::Result<usize>> {
    sent.fetch_add(offered as u64, Ordering::SeqCst);
    let written = write();
    let n_written = if let Poll::Ready(Ok(n)) = &written { *n } else { 0 };
    sent.fetch_sub((offered - n_written) as u64, Ordering::SeqCst);
    written
}
