//! Screening: which list in which version each central bank requires of its banks, and whether the
//! screenings of a payment's agents meet that. The ledger never screens: it compares what the agents
//! signed. Screenings stand in the open payments.
//!
//! | operation | who | codes |
//! |---|---|---|
//! | Require | a central bank, for the banks that it supervises | `not_central_bank`, `requirement_malformed` |
//! | Rescreen | an agent of an open payment | `not_party`, `unknown_payment`, `wrong_payment_status`, `payment_expired`, `screening_outdated`, `screening_in_future`, `screening_too_old` |
//!
//! Require takes one supervisor key, Rescreen one operator or compliance key. A requirement replaces
//! the former one at once, also for payments that wait: they settle after a new screening.
//!
//! **Where a screening must be.** The rulebook of each end of the corridor says whether its own agent
//! must screen. Then the debtor agent's screening is in the payment, the creditor agent's in its
//! attestation (`screening_missing`), and at settlement both must still be of the required list and
//! version and at most `max_age_ms` old; the last millisecond counts as young enough. Where the
//! central bank has published no requirement, any list, version and age will do. A screening that
//! nobody asked for is judged by its time and its verdict alone. A rescreening must always meet the
//! requirement.
//!
//! **What a verdict does**
//!
//! | verdict | in a payment | in an attestation | in a rescreening |
//! |---|---|---|---|
//! | clear | accepted | attested | kept; the payment goes on if nothing else is missing |
//! | possible match | accepted and held | attested and held | kept; held |
//! | match | refused, `screening_match` | refused, `screening_match`; the bank should reject | the payment ends: `screening_match` by the debtor agent, `creditor_screening_match` by the creditor agent |
//!
//! The officers of the agent that screened decide on the hold. A hold that is there already stays as
//! it is; if it is somebody else's, its release leads to theirs (see `hold`), so nobody's officers
//! decide for another's. A clear rescreening does not end a hold, nor one that is still to come.

pub(crate) mod rules;
#[cfg(test)]
mod tests;

use corridor_crypto::Digest;
use corridor_types::operations::Screening;
use corridor_types::{ListId, ParticipantId, Timestamp};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// What a central bank requires, in the slot of its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequiredList {
    /// Number of the screening list.
    pub list: ListId,
    /// SHA-256 of the version in force.
    pub version: Digest,
    /// How old a screening may be at settlement, in milliseconds of block time.
    pub max_age_ms: u64,
}
corridor_types::codec_struct!(RequiredList { list, version, max_age_ms });

impl RequiredList {
    /// True if the screening is by this list and version.
    pub fn is_of(&self, screening: &Screening) -> bool {
        (self.list, self.version) == (screening.list, screening.version)
    }

    /// True if the screening is young enough.
    pub const fn is_young(&self, screening: &Screening, now: Timestamp) -> bool {
        now.since_ms(screening.time) <= self.max_age_ms
    }
}

/// The required lists by central bank.
#[derive(Debug, Clone)]
pub(crate) struct Lists {
    pub slots: Slots<RequiredList>,
}

impl Index<RequiredList> for Lists {
    fn new(slots: Slots<RequiredList>, _: &Meta) -> Result<Self, Misplaced> {
        Ok(Self { slots })
    }
}

impl Lists {
    pub fn get(&self, central_bank: ParticipantId) -> Option<&RequiredList> {
        self.slots.get(central_bank.0)
    }

    pub fn require(&mut self, central_bank: ParticipantId, list: RequiredList) {
        self.slots.put(central_bank.0, Some(list));
    }
}
