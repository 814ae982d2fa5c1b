//! corridor-signer
