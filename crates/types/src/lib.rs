//! corridor-types
