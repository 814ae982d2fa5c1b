//! The checker is checked: every planted bug (`corridor_crypto::planted`) is looked for on the
//! grounds where it must show, from seed to seed, and the same seeds must be clean without it.
//!
//! Works in builds with `--cfg corridor_planted`; in any other nothing can be turned on, and
//! [`hunt()`] says so. Never decides what is a bug: that is the checkers' matter.

mod books;
mod ground;
mod hunt;
mod table;

pub use ground::{Found, Ground};
pub use hunt::{Catch, Hunt, HuntError, hunt};
pub use table::grounds;
