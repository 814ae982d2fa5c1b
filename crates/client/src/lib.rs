//! corridor-client
