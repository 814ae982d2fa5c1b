//! corridor-storage
