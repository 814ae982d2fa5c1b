//! corridor-ledger
