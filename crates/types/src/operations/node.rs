//! Nodes that are no validators.

use corridor_crypto::PublicKey;

use super::row::{EVERYBODY, OPERATOR, own, steps};

steps! {
    /// A step of a node.
    NodeStep {
        /// A participant lets a node of its own connect to the others.
        0 "register" Register {
            /// Authenticates the node's links.
            network_key: PublicKey,
        } => {
            by: EVERYBODY,
            signed: own(1, OPERATOR, "the participant"),
            entries: [RegisterNode]
        }
        /// A participant withdraws a node of its own.
        1 "remove" Remove {
            /// The node's.
            network_key: PublicKey,
        } => {
            by: EVERYBODY,
            signed: own(1, OPERATOR, "the participant"),
            entries: [RemoveNode]
        }
    }
}
