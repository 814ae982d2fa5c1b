//! corridor-lanes
