//! Companies that may pay through a bank.

use serde::{Deserialize, Serialize};

use super::Window;
use super::row::{BANKS, SUPERVISOR, own, steps};
use crate::limits::MAX_SCOPE;
use crate::{Amount, AssetId, ClientHandle, Corridor, ParticipantId, ProgrammeId, Timestamp};

/// A central bank's permission for one company, through one sponsor bank, to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientAuthorisation {
    /// The opaque name under which the client pays.
    pub handle: ClientHandle,
    /// The bank through which it pays.
    pub sponsor: ParticipantId,
    /// The assets it may pay in, ascending, at least one.
    pub assets: Vec<AssetId>,
    /// The corridors it may pay over, ascending, at least one.
    pub corridors: Vec<Corridor>,
    /// The most it may pay at once, in minor units.
    pub payment_cap: Amount,
    /// The most it may pay within a stretch of time.
    pub window: Option<Window>,
    /// The programme under which it pays.
    pub programme: Option<ProgrammeId>,
    /// From when, inclusive.
    pub valid_from: Timestamp,
    /// Until when, exclusive.
    pub valid_until: Timestamp,
}
crate::codec_struct!(ClientAuthorisation {
    handle,
    sponsor,
    assets[MAX_SCOPE],
    corridors[MAX_SCOPE],
    payment_cap,
    window,
    programme,
    valid_from,
    valid_until,
});

steps! {
    /// A step of a client's authorisation.
    ClientStep {
        /// The sponsor's central bank authorises a client.
        0 "authorise" Authorise {
            /// The permission.
            authorisation: ClientAuthorisation,
        } => {
            by: BANKS,
            signed: own(1, SUPERVISOR, "the sponsor's central bank"),
            entries: [AuthoriseClient]
        }
        /// The sponsor's central bank withdraws a client's authorisation.
        1 "revoke" Revoke {
            /// Which.
            handle: ClientHandle,
        } => {
            by: BANKS,
            signed: own(1, SUPERVISOR, "the sponsor's central bank"),
            entries: [RevokeClient], urgent
        }
    }
}
