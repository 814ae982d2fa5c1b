//! A value whose signatures were checked, as a type.

/// Holds a value of which whoever built it has checked every signature that it carries.
///
/// The pure machines take `Verified<T>` where a signature decides, so that an unchecked message
/// cannot reach them by a forgotten line. The constructor is named so that a reviewer can search
/// for every place that makes the claim; those places are the `verify` functions of the types
/// themselves and the node's own signer, whose signatures are good by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// Claims that the signatures of `value` were checked. Search for this name when reviewing.
    pub const fn assume_checked(value: T) -> Self {
        Self(value)
    }

    /// The value whose signature was checked.
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// The value, by move.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> std::ops::Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
