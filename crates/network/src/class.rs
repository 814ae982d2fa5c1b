//! The three classes of traffic and a value held once per class. Holds no limits: those are in
//! [`crate::limits`].

use std::fmt;

/// What a frame is for. Each class has its own stream per direction and peer, its own outgoing
/// queue and its own receiver, so a full class never blocks another. Listed by falling urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Votes, certificates, proposals: small and urgent.
    Consensus,
    /// Signed batches of transactions and their acknowledgements.
    Lanes,
    /// Catch-up: blocks, snapshots and other fetches.
    Sync,
}

impl Class {
    /// Every class, most urgent first.
    pub const ALL: [Self; 3] = [Self::Consensus, Self::Lanes, Self::Sync];

    /// The class's byte in a hello.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Consensus => 1,
            Self::Lanes => 2,
            Self::Sync => 3,
        }
    }

    /// The class with this byte, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }

    /// The name used in logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consensus => "consensus",
            Self::Lanes => "lanes",
            Self::Sync => "sync",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One value for each [`Class`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerClass<T> {
    /// The value for [`Class::Consensus`].
    pub consensus: T,
    /// The value for [`Class::Lanes`].
    pub lanes: T,
    /// The value for [`Class::Sync`].
    pub sync: T,
}

impl<T> PerClass<T> {
    /// Makes one value for each class.
    pub fn from_fn(mut make: impl FnMut(Class) -> T) -> Self {
        Self { consensus: make(Class::Consensus), lanes: make(Class::Lanes), sync: make(Class::Sync) }
    }

    /// The value for `class`.
    pub const fn of(&self, class: Class) -> &T {
        match class {
            Class::Consensus => &self.consensus,
            Class::Lanes => &self.lanes,
            Class::Sync => &self.sync,
        }
    }

    /// The value for `class`, to change.
    pub const fn of_mut(&mut self, class: Class) -> &mut T {
        match class {
            Class::Consensus => &mut self.consensus,
            Class::Lanes => &mut self.lanes,
            Class::Sync => &mut self.sync,
        }
    }
}
