//! The inbox: turns, limits, back-pressure, the end.
#![allow(clippy::unwrap_used, clippy::panic)]

use futures::{FutureExt, poll};
use std::pin::pin;

use super::*;

const LIMIT: QueueLimit = QueueLimit { frames: 3, bytes: 10 };

fn id(byte: u8) -> NodeId {
    NodeId([byte; 32])
}

#[tokio::test]
async fn a_flooder_waits_and_the_others_are_served_in_turn() {
    let (inbox, mut receiver) = Inbox::new(LIMIT);
    let flooder = inbox.entrance(id(5));
    for number in 0..3 {
        flooder.push(vec![number]).await;
    }
    let mut fourth = pin!(flooder.push(vec![3]).fuse());
    assert!(poll!(&mut fourth).is_pending(), "the flooder's queue holds three");
    inbox.entrance(id(9)).push(vec![90]).await;
    inbox.entrance(id(1)).push(vec![10]).await;
    let mut order = Vec::new();
    for _ in 0..5 {
        order.push(receiver.recv().await.unwrap().bytes[0]);
        let _ = poll!(&mut fourth);
    }
    assert_eq!(order, [10, 0, 90, 1, 2]);
    assert_eq!(receiver.recv().await.unwrap().bytes, [3], "the waiting frame was not lost");
}

#[tokio::test]
async fn bytes_are_limited_but_one_frame_always_fits() {
    let (inbox, mut receiver) = Inbox::new(LIMIT);
    let entrance = inbox.entrance(id(1));
    entrance.push(vec![0; 50]).await;
    let mut second = pin!(entrance.push(vec![1]));
    assert!(poll!(&mut second).is_pending());
    assert_eq!(receiver.recv().await.unwrap().bytes.len(), 50);
    second.await;
    assert_eq!(receiver.recv().await.unwrap().bytes, [1]);
}

#[tokio::test]
async fn a_new_stream_of_the_same_peer_is_woken() {
    let (inbox, mut receiver) = Inbox::new(LIMIT);
    inbox.entrance(id(1)).push(vec![0; 10]).await;
    let successor = inbox.entrance(id(1));
    let mut push = pin!(successor.push(vec![1]));
    assert!(poll!(&mut push).is_pending());
    receiver.recv().await.unwrap();
    assert!(poll!(&mut push).is_ready());
}

#[tokio::test]
async fn the_end_comes_after_what_was_accepted() {
    let (inbox, mut receiver) = Inbox::new(LIMIT);
    inbox.entrance(id(1)).push(vec![1]).await;
    inbox.end();
    assert!(receiver.recv().await.is_some());
    assert!(receiver.recv().await.is_none());
}

#[tokio::test]
async fn an_abandoned_inbox_blocks_nobody() {
    let (inbox, receiver) = Inbox::new(LIMIT);
    let entrance = inbox.entrance(id(1));
    entrance.push(vec![0; 10]).await;
    let mut waiting = pin!(entrance.push(vec![1]));
    assert!(poll!(&mut waiting).is_pending());
    drop(receiver);
    assert!(poll!(&mut waiting).is_ready());
}
