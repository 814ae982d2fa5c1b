//! corridor-simulator
