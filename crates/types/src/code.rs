//! The stable numbers of every business decision: what a receipt says when a payment is refused.
//!
//! A number is never reused and never changes its meaning. A refusal is a value, not an error: it
//! is agreed on by all validators and proven by a receipt.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::codec::{Decode, DecodeError, Encode, Reader};

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $number:literal, $text:literal, $retry:ident, $iso:literal;)*) => {
        /// The result of one operation or payment.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Code {
            $($(#[doc = $doc])* $variant = $number,)*
        }

        impl Code {
            /// Every code, ascending.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable text form, such as `insufficient_funds`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// One sentence that says what it means and what to do.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),*).trim_ascii(),)* }
            }

            /// Whether a new attempt, under a new reference, can succeed without anybody changing
            /// what they ask for: the state may change in its favour.
            pub const fn may_succeed_later(self) -> bool {
                match self { $(Self::$variant => codes!(@ $retry),)* }
            }

            /// The ISO 20022 external status reason code that comes closest.
            pub const fn iso_reason(self) -> &'static str {
                match self { $(Self::$variant => $iso,)* }
            }

            /// The code with a number.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }
        }
    };
    (@ later) => { true };
    (@ never) => { false };
}

codes! {
    /// Done.
    Ok = 0, "ok", never, "NARR";
    /// The reference was used before with other content; use a new one.
    DuplicateReference = 1, "duplicate_reference", never, "DUPL";
    /// The transaction's last moment has passed; sign it again with a later one.
    TransactionExpired = 2, "transaction_expired", never, "TM01";
    /// The participant is not in the registry.
    UnknownParticipant = 3, "unknown_participant", never, "RC01";
    /// The participant is not authorised now.
    ParticipantNotAuthorised = 4, "participant_not_authorised", later, "AG01";
    /// A signature is by a key that the participant has not registered, or not for this purpose.
    KeyNotAuthorised = 5, "key_not_authorised", never, "DS0H";
    /// The operation needs the signatures of two different keys.
    SecondApprovalMissing = 6, "second_approval_missing", never, "DS0H";
    /// Only the issuing central bank of the asset may do this.
    NotIssuer = 7, "not_issuer", never, "AG01";
    /// Only the central bank of the sponsor bank may do this.
    NotSupervisor = 8, "not_supervisor", never, "AG01";
    /// The participant does not own the account.
    NotAccountOwner = 9, "not_account_owner", never, "AG01";
    /// There is no such account.
    UnknownAccount = 10, "unknown_account", never, "AC01";
    /// There is no such asset.
    UnknownAsset = 11, "unknown_asset", never, "AM03";
    /// The account is in another asset.
    AssetMismatch = 12, "asset_mismatch", never, "AM03";
    /// The amount is zero.
    AmountZero = 13, "amount_zero", never, "AM01";
    /// The amount would exceed what the ledger can hold.
    AmountOverflow = 14, "amount_overflow", never, "AM02";
    /// The available balance is smaller than the amount.
    InsufficientFunds = 15, "insufficient_funds", later, "AM04";
    /// Debtor and creditor account are the same.
    SameAccount = 16, "same_account", never, "AM09";
    /// The amount is above the cap per payment of the asset.
    AssetCapExceeded = 17, "asset_cap_exceeded", never, "AM02";
    /// The client has no authorisation with this handle.
    UnknownClient = 18, "unknown_client", later, "AG01";
    /// The client's authorisation was revoked.
    ClientRevoked = 19, "client_revoked", never, "AG01";
    /// The client's authorisation names another sponsor bank.
    ClientOfOtherBank = 20, "client_of_other_bank", never, "AG01";
    /// The client's authorisation is not valid at this time.
    ClientNotValidNow = 21, "client_not_valid_now", later, "AG01";
    /// The client's authorisation does not cover the asset.
    ClientAssetNotCovered = 22, "client_asset_not_covered", never, "AG01";
    /// The client's authorisation does not cover the corridor.
    ClientCorridorNotCovered = 23, "client_corridor_not_covered", never, "AG01";
    /// The amount is above the cap per payment of the client's authorisation.
    ClientCapExceeded = 24, "client_cap_exceeded", never, "AM02";
    /// A client authorisation with this handle exists already.
    ClientExists = 25, "client_exists", never, "DUPL";
    /// The authorisation lists nothing, lists something twice or out of order, or ends before it begins.
    AuthorisationMalformed = 26, "authorisation_malformed", never, "FF01";
    /// The corridor is not the countries of the two agents.
    CorridorMismatch = 27, "corridor_mismatch", never, "AG01";
    /// The payment's expiry has passed or lies too far ahead.
    BadExpiry = 28, "bad_expiry", never, "TM01";
    /// The value date lies after the day of the block; later value dates come with calendars.
    BadValueDate = 29, "bad_value_date", later, "DT01";
    /// No licence with a handle that the payment names is on the ledger.
    UnknownLicence = 30, "unknown_licence", later, "RR04";
    /// There is no payment with this reference.
    UnknownPayment = 31, "unknown_payment", later, "NARR";
    /// The payment is not waiting for this; its status says where it is.
    WrongPaymentStatus = 32, "wrong_payment_status", never, "NARR";
    /// Only the creditor agent may do this.
    NotCreditorAgent = 33, "not_creditor_agent", never, "AG01";
    /// Only the debtor agent may do this.
    NotDebtorAgent = 34, "not_debtor_agent", never, "AG01";
    /// The operation lists nothing, too much, or one payment twice.
    ListMalformed = 35, "list_malformed", never, "FF01";
    /// The reason is not one that a creditor agent may give.
    ReasonNotAllowed = 36, "reason_not_allowed", never, "FF01";
    /// The payment lapsed before the creditor agent attested.
    PaymentExpired = 37, "payment_expired", later, "AB06";
    /// The debtor agent withdrew the payment.
    CancelledByDebtorAgent = 38, "cancelled_by_debtor_agent", never, "DS02";
    /// The ledger cannot take more records of this kind.
    CapacityExceeded = 39, "capacity_exceeded", later, "NARR";
    /// A change of validators needs the signature of every central bank; one is missing.
    CentralBankApprovalMissing = 40, "central_bank_approval_missing", never, "DS0H";
    /// The candidate does not hold the state of a recent block; let its node catch up and declare again.
    CandidateNotSynced = 41, "candidate_not_synced", later, "NARR";
    /// The participant has not declared this validator lately; let it declare, then decide.
    UnknownCandidate = 42, "unknown_candidate", later, "NARR";
    /// Another change of validators waits for the end of the epoch.
    ValidatorChangePending = 43, "validator_change_pending", later, "NARR";
    /// The change was made for another epoch; make it for the current one.
    WrongEpoch = 44, "wrong_epoch", never, "NARR";
    /// The change lists nothing, lists a participant twice or out of order, changes nothing, or leaves no valid set.
    ValidatorSetInvalid = 45, "validator_set_invalid", never, "FF01";
    /// The key is in use; make a new one.
    KeyInUse = 46, "key_in_use", never, "DUPL";
    /// The participant has no validator.
    UnknownValidator = 47, "unknown_validator", never, "NARR";
    /// The network key is not registered by the participant.
    UnknownNode = 48, "unknown_node", never, "NARR";
    /// The transaction is not signed by the keys that it declares.
    PossessionNotProven = 49, "possession_not_proven", never, "DS0H";
    /// The creditor's account is unknown at the creditor agent.
    CreditorAccountUnknown = 200, "creditor_account_unknown", never, "AC01";
    /// The creditor's account is closed.
    CreditorAccountClosed = 201, "creditor_account_closed", never, "AC04";
    /// The creditor agent's screening found a match.
    CreditorScreeningMatch = 202, "creditor_screening_match", never, "RR04";
    /// The travel-rule data is missing or not sufficient.
    TravelRuleDataMissing = 203, "travel_rule_data_missing", never, "RR02";
    /// The creditor agent refuses without a nearer reason.
    CreditorAgentRefused = 204, "creditor_agent_refused", never, "MS03";
}

impl Code {
    /// The stable number.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// True if the operation did what it was asked to.
    pub const fn is_ok(self) -> bool {
        matches!(self, Self::Ok)
    }

    /// True for the reasons that a creditor agent may give for a refusal: numbers 200 to 299.
    pub const fn is_creditor_reason(self) -> bool {
        let number = self.number();
        200 <= number && number < 300
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Code {
    type Err = crate::IdError;

    fn from_str(text: &str) -> Result<Self, crate::IdError> {
        let known = Self::ALL.iter().copied().find(|code| code.as_str() == text);
        known.ok_or_else(|| crate::IdError::new("code", text, "see the table of rejection codes"))
    }
}

impl Encode for Code {
    fn encode(&self, out: &mut Vec<u8>) {
        self.number().encode(out);
    }
}

impl Decode for Code {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let number = u16::decode(reader)?;
        Self::from_number(number)
            .ok_or_else(|| DecodeError::Invalid { what: "code", problem: format!("{number} is not assigned") })
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers and texts are a promise to banks: a change here is a change of the protocol.
    #[test]
    fn the_table_of_codes() {
        let row = |code: &Code| {
            let retry = if code.may_succeed_later() { "later" } else { "never" };
            format!("{:>3} {:<32} {:<6} {} {}\n", code.number(), code, retry, code.iso_reason(), code.meaning())
        };
        insta::assert_snapshot!(Code::ALL.iter().map(row).collect::<String>());
    }

    #[test]
    fn numbers_and_texts_lead_back() {
        for code in Code::ALL {
            assert_eq!(Code::from_number(code.number()), Some(*code));
            assert_eq!(code.as_str().parse(), Ok(*code));
        }
        assert_eq!(Code::from_number(9_999), None);
    }
}
