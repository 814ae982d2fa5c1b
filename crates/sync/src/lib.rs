//! corridor-sync
