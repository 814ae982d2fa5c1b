//! Framing: a big-endian `u32` length, then that many bytes. Length 0 is the keep-alive. Never
//! allocates by what a header claims: the buffer grows with the bytes that arrived.

use std::time::Duration;

use bytes::Bytes;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::class::Class;
use crate::failure::Failure;
use crate::hello::{GREETING_BYTES, HELLO_BYTES};
use crate::introduction::{INTRODUCTION_BYTES, Introduction};
use crate::pulse::Pulse;

/// Length of the header, in bytes.
pub(crate) const HEADER_BYTES: usize = 4;

/// The frame that only says "alive".
const KEEPALIVE: [u8; HEADER_BYTES] = [0; HEADER_BYTES];

/// Allocated for a frame before any byte of it arrived; then it doubles with what did.
const FIRST_ALLOCATION_BYTES: usize = 64 * 1024;

/// Frames up to this many bytes together are copied into one write.
pub(crate) const COALESCED_BYTES: usize = 64 * 1024;

/// Reads frames of one class from one stream.
pub(crate) struct FrameReader<'a, S> {
    stream: S,
    class: Class,
    limit: u32,
    pulse: &'a Pulse,
    silence: Option<Duration>,
}

impl<'a, S: AsyncRead + Unpin> FrameReader<'a, S> {
    /// `silence`: how long the connection of `pulse` may be quiet while this stream waits; `None`
    /// for ever.
    pub(crate) const fn new(stream: S, class: Class, limit: u32, pulse: &'a Pulse, silence: Option<Duration>) -> Self {
        Self { stream, class, limit, pulse, silence }
    }

    /// The next frame that carries a message.
    pub(crate) async fn next(&mut self) -> Result<Vec<u8>, Failure> {
        loop {
            let length = self.read_header().await?;
            if length > self.limit {
                return Err(Failure::Oversized { class: self.class, length, limit: self.limit });
            }
            if length > 0 {
                return self.read_payload(length as usize).await;
            }
        }
    }

    async fn read_header(&mut self) -> Result<u32, Failure> {
        let mut header = [0; HEADER_BYTES];
        let mut filled = 0;
        while filled < HEADER_BYTES {
            filled += self.read_some(&mut header[filled..]).await?;
        }
        Ok(u32::from_be_bytes(header))
    }

    async fn read_payload(&mut self, length: usize) -> Result<Vec<u8>, Failure> {
        let mut payload = vec![0; length.min(FIRST_ALLOCATION_BYTES)];
        let mut filled = 0;
        while filled < length {
            if filled == payload.len() {
                payload.resize(length.min(filled * 2), 0);
            }
            filled += self.read_some(&mut payload[filled..]).await?;
        }
        Ok(payload)
    }

    /// Reads at least one byte.
    async fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        let Some(patience) = self.silence else {
            let count = self.stream.read(buffer).await?;
            return self.heard(count);
        };
        loop {
            let rest = patience.saturating_sub(self.pulse.quiet());
            match timeout(rest, self.stream.read(buffer)).await {
                Ok(read) => return self.heard(read?),
                Err(_) if self.pulse.quiet() >= patience => return Err(silent(patience)),
                Err(_) => {}
            }
        }
    }

    /// Notes that bytes arrived, or the stream's end.
    fn heard(&self, count: usize) -> Result<usize, Failure> {
        self.pulse.beat();
        if count == 0 { Err(Failure::Ended) } else { Ok(count) }
    }
}

fn silent(patience: Duration) -> Failure {
    Failure::Silent { milliseconds: u64::try_from(patience.as_millis()).unwrap_or(u64::MAX) }
}

/// Reads a stream's first frame: a hello, a refusal, or a hello of another version.
pub(crate) async fn read_greeting<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Vec<u8>, Failure> {
    read_short(stream, GREETING_BYTES, |length| Failure::WrongHelloLength { length, expected: HELLO_BYTES }).await
}

/// Reads the second frame of a Consensus stream.
pub(crate) async fn read_introduction<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Introduction, Failure> {
    let limit = INTRODUCTION_BYTES;
    let bytes = read_short(stream, limit, |length| Failure::WrongIntroduction { length, limit }).await?;
    Introduction::decode(&bytes)
}

async fn read_short<S: AsyncRead + Unpin>(
    stream: &mut S,
    limit: u32,
    too_long: impl FnOnce(u32) -> Failure,
) -> Result<Vec<u8>, Failure> {
    let mut header = [0; HEADER_BYTES];
    stream.read_exact(&mut header).await?;
    let length = u32::from_be_bytes(header);
    if length > limit {
        return Err(too_long(length));
    }
    let mut bytes = vec![0; length as usize];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// Writes frames in order and flushes. Small ones share one write.
pub(crate) async fn write_frames<S: AsyncWrite + Unpin>(stream: &mut S, frames: &[Bytes]) -> Result<(), Failure> {
    let mut pending = Vec::new();
    for frame in frames {
        let length = u32::try_from(frame.len()).expect("the send interface limits frames to u32 lengths");
        pending.extend_from_slice(&length.to_be_bytes());
        if frame.len() <= COALESCED_BYTES {
            pending.extend_from_slice(frame);
        } else {
            stream.write_all(&pending).await?;
            pending.clear();
            stream.write_all(frame).await?;
        }
    }
    stream.write_all(&pending).await?;
    Ok(stream.flush().await?)
}

/// Writes one keep-alive.
pub(crate) async fn write_keepalive<S: AsyncWrite + Unpin>(stream: &mut S) -> Result<(), Failure> {
    stream.write_all(&KEEPALIVE).await?;
    Ok(stream.flush().await?)
}

#[cfg(test)]
mod tests;
