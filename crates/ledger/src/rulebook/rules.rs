//! Which rules a payment follows: those of both jurisdictions, the stricter one where they differ.

use corridor_types::operations::{HoldReason, LicenceGap, Rules, TravelRule};
use corridor_types::{Amount, Corridor, CountryCode, ParticipantId, Payment, RuleVersions, Timestamp};

use crate::payment::Hold;
use crate::state::State;

/// The rules of both ends of a corridor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InForce {
    /// Of the debtor agent's country.
    pub from: Rules,
    /// Of the creditor agent's country.
    pub to: Rules,
    pub versions: RuleVersions,
}

/// The rules in force at a time: the pack for the corridor, else the general one, else the built-in
/// rules with version 0.
pub(crate) fn in_force(state: &State, now: Timestamp, corridor: Corridor) -> InForce {
    let ((from, from_version), (to, to_version)) =
        (rules_of(state, now, corridor.from, corridor), rules_of(state, now, corridor.to, corridor));
    InForce { from, to, versions: RuleVersions { from: from_version, to: to_version } }
}

fn rules_of(state: &State, now: Timestamp, country: CountryCode, corridor: Corridor) -> (Rules, u32) {
    let at = |corridor| state.rulebooks.get(country, corridor).and_then(|book| book.at(now));
    at(Some(corridor)).or_else(|| at(None)).map_or_else(|| (Rules::default(), 0), |pack| (pack.rules, pack.version))
}

const fn demands(rule: TravelRule, amount: Amount) -> bool {
    match rule {
        TravelRule::Always => true,
        TravelRule::Above { amount: threshold } => amount.0 > threshold.0,
        TravelRule::Never => false,
    }
}

impl InForce {
    /// True if either side wants the creditor agent to attest.
    pub const fn needs_attestation(&self, amount: Amount) -> bool {
        demands(self.from.travel_rule, amount) || demands(self.to.travel_rule, amount)
    }

    /// True if either side lets only clients of a programme pay.
    pub const fn needs_programme(&self) -> bool {
        self.from.programme_required || self.to.programme_required
    }

    /// True if both sides have payments without a licence held rather than rejected.
    pub fn holds_without_licence(&self) -> bool {
        self.from.licence_gap == LicenceGap::Hold && self.to.licence_gap == LicenceGap::Hold
    }

    /// How many days ahead a value date may lie.
    pub fn value_date_days_max(&self) -> u16 {
        self.from.value_date_days_max.min(self.to.value_date_days_max)
    }

    /// How long a payment may be held.
    pub fn hold_max_ms(&self) -> u64 {
        self.from.hold_max_ms.min(self.to.hold_max_ms)
    }

    /// A hold that the ledger itself puts on a payment, for the officers of `holder`.
    pub fn ledger_hold(&self, reason: HoldReason, holder: ParticipantId, now: Timestamp, payment: &Payment) -> Hold {
        Hold { reason, holder, deadline: now.plus_ms(self.hold_max_ms()).min(payment.expiry) }
    }
}
