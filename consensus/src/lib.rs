//! corridor-consensus
