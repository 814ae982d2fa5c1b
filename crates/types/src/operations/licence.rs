//! Licences for goods under export control.

use corridor_crypto::Digest;
use serde::{Deserialize, Serialize};

use super::row::{AUTHORITIES, SUPERVISOR, own, steps};
use crate::limits::MAX_SCOPE;
use crate::{Amount, AssetId, Label, LicenceHandle, ParticipantId, Timestamp};

/// An authority's permission to trade controlled goods up to a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// The opaque name under which payments draw on it.
    pub handle: LicenceHandle,
    /// The control regime, such as `EU 2021/821`.
    pub regime: Label,
    /// The asset of its value.
    pub asset: AssetId,
    /// What may be paid under it in all, in minor units.
    pub value: Amount,
    /// The debtor agents through which it may be used, strictly ascending, at least one.
    pub banks: Vec<ParticipantId>,
    /// Digest of the sealed list of the parties that it permits.
    pub parties: Digest,
    /// From when, inclusive.
    pub valid_from: Timestamp,
    /// Until when, exclusive.
    pub valid_until: Timestamp,
}
crate::codec_struct!(Licence { handle, regime, asset, value, banks[MAX_SCOPE], parties, valid_from, valid_until });

steps! {
    /// A step of a licence, by the authority that issued it.
    LicenceStep {
        /// Grants it.
        0 "issue" Issue {
            /// The permission.
            licence: Licence,
        } => {
            by: AUTHORITIES,
            signed: own(1, SUPERVISOR, "a licensing authority"),
            entries: [IssueLicence]
        }
        /// Changes its value and its end.
        1 "amend" Amend {
            /// Which.
            handle: LicenceHandle,
            /// The new value in all; not below what is drawn and reserved.
            value: Amount,
            /// The new end, exclusive.
            valid_until: Timestamp,
        } => {
            by: AUTHORITIES,
            signed: own(1, SUPERVISOR, "the authority that issued it"),
            entries: [AmendLicence]
        }
        /// Withdraws it. Payments that draw on it and have not settled are stopped in the next block.
        2 "revoke" Revoke {
            /// Which.
            handle: LicenceHandle,
        } => {
            by: AUTHORITIES,
            signed: own(1, SUPERVISOR, "the authority that issued it"),
            entries: [RevokeLicence], urgent
        }
    }
}
