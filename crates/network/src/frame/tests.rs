//! Framing over in-memory streams: round trips, lies about lengths, silence.
#![allow(clippy::unwrap_used, clippy::panic)]

use futures::io::Cursor;

use super::*;
use crate::failure::Reason;

async fn read_all(bytes: Vec<u8>, limit: u32) -> (Vec<Vec<u8>>, Reason) {
    let pulse = Pulse::new();
    let mut reader = FrameReader::new(Cursor::new(bytes), Class::Lanes, limit, &pulse, None);
    let mut frames = Vec::new();
    loop {
        match reader.next().await {
            Ok(frame) => frames.push(frame),
            Err(failure) => return (frames, failure.reason()),
        }
    }
}

#[tokio::test]
async fn frames_of_all_sizes_are_read_back_in_order() {
    let sizes = [1usize, 2, 65_535, 65_536, 65_537, 131_073, 400_000];
    let frames: Vec<Bytes> = sizes.iter().map(|size| Bytes::from(vec![size.to_le_bytes()[0]; *size])).collect();
    let mut wire = Vec::new();
    write_frames(&mut wire, &frames[..3]).await.unwrap();
    write_keepalive(&mut wire).await.unwrap();
    write_frames(&mut wire, &frames[3..]).await.unwrap();
    assert_eq!(wire.len(), sizes.iter().sum::<usize>() + 4 * (sizes.len() + 1));
    let (read, end) = read_all(wire, 400_000).await;
    assert_eq!(read, frames);
    assert_eq!(end, Reason::Ended);
}

#[tokio::test]
async fn a_length_above_the_limit_is_refused_before_reading() {
    let check = async |length: u32, expected: Reason| {
        let (frames, end) = read_all(length.to_be_bytes().to_vec(), 1_000).await;
        assert_eq!((frames.len(), end), (0, expected), "{length}");
    };
    check(1_000, Reason::Ended).await;
    check(1_001, Reason::Oversized).await;
    check(u32::MAX, Reason::Oversized).await;
}

const PATIENCE: Duration = Duration::from_millis(6_000);

/// When a silent Consensus stream is given up, in milliseconds, if another stream of the connection
/// is heard at `heard_ms`.
async fn given_up_after(heard_ms: u64) -> u128 {
    let (ours, _theirs) = tokio::io::duplex(64);
    let started = tokio::time::Instant::now();
    let pulse = Pulse::new();
    let mut reader = FrameReader::new(Compat(ours), Class::Consensus, 10, &pulse, Some(PATIENCE));
    let other_stream = async {
        tokio::time::sleep(Duration::from_millis(heard_ms)).await;
        pulse.beat();
    };
    let (read, ()) = futures::join!(reader.next(), other_stream);
    assert_eq!(read.unwrap_err().reason(), Reason::Silent);
    started.elapsed().as_millis()
}

#[tokio::test(start_paused = true)]
async fn silence_of_the_whole_connection_ends_it() {
    for (heard_ms, expected) in [(0, 6_000), (5_000, 11_000)] {
        let ended = given_up_after(heard_ms).await;
        assert!((expected..expected + 10).contains(&ended), "{heard_ms}: {ended}");
    }
}

/// Reads tokio's in-memory pipe through the trait that libp2p's streams have.
struct Compat(tokio::io::DuplexStream);

impl AsyncRead for Compat {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut [u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        let mut buffer = tokio::io::ReadBuf::new(buffer);
        let inner = std::pin::Pin::new(&mut self.0);
        std::task::ready!(tokio::io::AsyncRead::poll_read(inner, context, &mut buffer))?;
        std::task::Poll::Ready(Ok(buffer.filled().len()))
    }
}
