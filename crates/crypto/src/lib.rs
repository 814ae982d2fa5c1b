//! corridor-crypto
