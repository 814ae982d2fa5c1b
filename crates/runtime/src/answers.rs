//! Peers' questions, answered from disk, one after the other.

use corridor_network::{Class, Network, NodeId};
use corridor_storage::Reader;
use corridor_types::{Encode as _, Message, Request};
use tokio::sync::mpsc;

/// Answers until the core is gone. A full outgoing queue drops the answer: the peer asks again.
pub async fn serve(reader: Reader, network: Network, mut questions: mpsc::Receiver<(NodeId, Request)>) {
    while let Some((peer, request)) = questions.recv().await {
        let reader = reader.clone();
        let answer = tokio::task::spawn_blocking(move || reader.answer(&request)).await;
        match answer {
            Ok(Ok(Some(response))) => {
                let bytes = bytes::Bytes::from(Message::Response(response).to_bytes());
                if let Err(error) = network.try_send(peer, Class::Sync, bytes) {
                    tracing::debug!(%error, "an answer was not sent");
                }
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tracing::error!(%error, "the database could not answer a peer"),
            Err(_) => return,
        }
    }
}
