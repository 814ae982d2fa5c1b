//! corridor
fn main() {}
