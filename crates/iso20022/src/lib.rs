//! corridor-iso20022
