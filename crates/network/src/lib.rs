//! corridor-network
