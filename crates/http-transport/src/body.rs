//! A body on the wire: counted, decompressed, and bounded.

use std::{fmt, io::Write as _, sync::Arc, time::Duration};

use bytes::{Buf as _, Bytes, BytesMut};
use flate2::write::MultiGzDecoder;
use http::{HeaderMap, header};
use tokio::time::timeout;

use crate::{FailureKind, traffic::Meter};

/// So much compressed text is unpacked before the limit is looked at again. Gzip makes at most a
/// thousandth of a text, so a malicious answer costs some megabytes more than the limit, not more.
const STEP_BYTES: usize = 8 * 1024;

/// A body that may not become larger than a limit, nor fall silent.
///
/// It is decompressed here and not by the HTTP library, which does not tell how much came.
pub(crate) struct LimitedBody {
    response: reqwest::Response,
    /// Pieces that came and are not unpacked yet.
    packed: Bytes,
    gunzip: Option<Gunzip>,
    limit_bytes: u64,
    n_bytes: u64,
    longest_silence: Duration,
    meter: Arc<Meter>,
}

impl LimitedBody {
    /// Takes what says that the body is compressed, and how long it then is, out of `headers`.
    pub(crate) fn new(
        response: reqwest::Response,
        headers: &mut HeaderMap,
        limit_bytes: u64,
        longest_silence: Duration,
        meter: Arc<Meter>,
    ) -> Self {
        let gunzip = is_gzip(headers).then(Gunzip::default);
        if gunzip.is_some() {
            headers.remove(header::CONTENT_ENCODING);
            headers.remove(header::CONTENT_LENGTH);
        }
        let packed = Bytes::new();
        Self { response, packed, gunzip, limit_bytes, n_bytes: 0, longest_silence, meter }
    }

    /// The next piece after decompression, never an empty one; `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, FailureKind> {
        // A compressed text is never shorter than its packed form by more than a few bytes, so the
        // stated length refuses both.
        if self.n_bytes == 0 && self.response.content_length() > Some(self.limit_bytes) {
            return Err(self.too_large());
        }
        loop {
            if self.packed.is_empty() {
                let Some(piece) = self.receive().await? else {
                    return match self.gunzip.take() {
                        Some(gunzip) => gunzip.finish().and_then(|rest| self.counted(rest)),
                        None => Ok(None),
                    };
                };
                self.packed = piece;
            }
            let piece = match &mut self.gunzip {
                None => std::mem::take(&mut self.packed),
                Some(gunzip) => {
                    let step = self.packed.len().min(STEP_BYTES);
                    let piece = gunzip.unpack(&self.packed[..step])?;
                    self.packed.advance(step);
                    piece
                }
            };
            if let Some(piece) = self.counted(piece)? {
                return Ok(Some(piece));
            }
        }
    }

    pub(crate) async fn read_all(mut self) -> Result<Bytes, FailureKind> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk().await? else { return Ok(first) };
        let mut body = BytesMut::from(first);
        body.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// The next piece as it comes over the wire.
    async fn receive(&mut self) -> Result<Option<Bytes>, FailureKind> {
        let piece = timeout(self.longest_silence, self.response.chunk())
            .await
            .map_err(|_| FailureKind::Timeout { limit: self.longest_silence })?
            .map_err(|error| FailureKind::from_reqwest(&error))?;
        self.meter.received(piece.as_ref().map_or(0, Bytes::len));
        Ok(piece)
    }

    /// Holds a piece against the limit; an empty one is none.
    fn counted(&mut self, piece: Bytes) -> Result<Option<Bytes>, FailureKind> {
        self.meter.unpacked(piece.len());
        self.n_bytes += piece.len() as u64;
        if self.n_bytes > self.limit_bytes {
            return Err(self.too_large());
        }
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }

    fn too_large(&self) -> FailureKind {
        FailureKind::TooLarge { limit_bytes: self.limit_bytes }
    }
}

fn is_gzip(headers: &HeaderMap) -> bool {
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    encoding
        .is_some_and(|name| ["gzip", "x-gzip"].iter().any(|gzip| name.eq_ignore_ascii_case(gzip)))
}

/// Unpacks gzip piece by piece.
#[derive(Default)]
struct Gunzip {
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
}

impl Gunzip {
    fn unpack(&mut self, packed: &[u8]) -> Result<Bytes, FailureKind> {
        let decoder = self.decoder.get_or_insert_with(|| MultiGzDecoder::new(Vec::new()));
        decoder.write_all(packed).map_err(|error| damaged(&error))?;
        Ok(std::mem::take(decoder.get_mut()).into())
    }

    /// What is left at the end. An answer without a body is none that broke off.
    fn finish(self) -> Result<Bytes, FailureKind> {
        let Some(decoder) = self.decoder else { return Ok(Bytes::new()) };
        decoder.finish().map(Bytes::from).map_err(|error| damaged(&error))
    }
}

fn damaged(error: &std::io::Error) -> FailureKind {
    FailureKind::Decode { reason: error.to_string() }
}

impl fmt::Debug for LimitedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimitedBody").field("n_bytes", &self.n_bytes).finish_non_exhaustive()
    }
}
