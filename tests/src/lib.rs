//! Whole-system tests: architecture, conformance, and clusters of real processes.
