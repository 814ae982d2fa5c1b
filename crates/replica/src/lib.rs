//! corridor-replica
