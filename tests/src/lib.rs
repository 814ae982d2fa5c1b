//! corridor-tests
