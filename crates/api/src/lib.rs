//! corridor-api
