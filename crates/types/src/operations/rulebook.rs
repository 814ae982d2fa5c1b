//! Rulebook packs: what a jurisdiction demands of payments from and to its banks.

use serde::{Deserialize, Serialize};

use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::payment::coded_enum;
use crate::{Amount, Corridor, CountryCode, Timestamp};

/// When the creditor agent must attest a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "required", rename_all = "snake_case", deny_unknown_fields)]
pub enum TravelRule {
    /// Each payment.
    Always,
    /// Payments above an amount in minor units.
    Above {
        /// The largest amount that needs none.
        amount: Amount,
    },
    /// None.
    Never,
}
crate::codec_enum!(TravelRule { 0 => Always, 1 => Above { amount }, 2 => Never });

coded_enum! {
    /// What happens to a payment for controlled goods that names no licence.
    LicenceGap {
        /// It is rejected.
        Reject = 0, "reject";
        /// It is held, and ends at the deadline unless officers end it before.
        Hold = 1, "hold";
    }
}

/// The demands. Where a payment's two jurisdictions differ, the stricter one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// When the creditor agent must attest.
    pub travel_rule: TravelRule,
    /// Whether a client must belong to a programme.
    pub programme_required: bool,
    /// Whether the jurisdiction's own agent must screen, against the list that its central bank
    /// requires.
    pub screening_required: bool,
    /// What happens without a licence.
    pub licence_gap: LicenceGap,
    /// How long a payment may be held at most, in milliseconds of block time.
    pub hold_max_ms: u64,
    /// How many calendar days ahead a value date may lie.
    pub value_date_days_max: u16,
}
crate::codec_struct!(Rules {
    travel_rule,
    programme_required,
    screening_required,
    licence_gap,
    hold_max_ms,
    value_date_days_max,
});

impl Default for Rules {
    /// What holds where no pack is in force: each payment is attested, no programme and no
    /// screening is demanded, no value date lies ahead, and holds last three days at most.
    fn default() -> Self {
        Self {
            travel_rule: TravelRule::Always,
            programme_required: false,
            screening_required: false,
            licence_gap: LicenceGap::Reject,
            hold_max_ms: 3 * 86_400_000,
            value_date_days_max: 0,
        }
    }
}

/// A version of a jurisdiction's rules, for all its payments or for one corridor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulebookPack {
    /// The jurisdiction.
    pub country: CountryCode,
    /// Only for payments over this corridor, instead of the general pack; one end of it is the
    /// country.
    pub corridor: Option<Corridor>,
    /// One above the last version of the same country and corridor, from 1.
    pub version: u32,
    /// Blocks at this time or later follow it.
    pub effective_from: Timestamp,
    /// The demands.
    pub rules: Rules,
}
crate::codec_struct!(RulebookPack { country, corridor, version, effective_from, rules });
