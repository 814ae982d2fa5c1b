//! Schema tables, made once from the published schemas by `tools/generate.py`.
//!
//! The files are written by the tool alone; formatting is the tool's too.

#[rustfmt::skip]
pub(crate) mod head_001_001_02;
#[rustfmt::skip]
pub(crate) mod pacs_002_001_10;
#[rustfmt::skip]
pub(crate) mod pacs_008_001_08;
