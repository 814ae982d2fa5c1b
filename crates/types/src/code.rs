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
    /// The value date lies further ahead than the rulebook allows.
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
    /// The participant's LEI or BIC is in the registry already.
    ParticipantExists = 50, "participant_exists", never, "DUPL";
    /// The participant's status does not allow this step.
    WrongParticipantStatus = 51, "wrong_participant_status", never, "NARR";
    /// The amount needs the signatures of more checkers beside the maker's.
    CheckerMissing = 52, "checker_missing", never, "DS0H";
    /// The participant's entry breaks a rule: name, country, supervisor or keys.
    ParticipantMalformed = 53, "participant_malformed", never, "FF01";
    /// The key is the participant's last one in its role; register another one first.
    LastKey = 54, "last_key", never, "NARR";
    /// The rule names an unknown asset or more checkers than there may be signatures.
    ApprovalRuleMalformed = 55, "approval_rule_malformed", never, "FF01";
    /// The participant's authorisation was ended while the payment waited.
    ParticipantRevoked = 56, "participant_revoked", never, "AG01";
    /// The participant has not registered this key.
    UnknownKey = 57, "unknown_key", never, "NARR";
    /// There is no programme with this number.
    UnknownProgramme = 60, "unknown_programme", later, "AG01";
    /// The programme does not run at this time.
    ProgrammeNotOpen = 61, "programme_not_open", later, "AG01";
    /// The programme was closed.
    ProgrammeClosed = 62, "programme_closed", never, "AG01";
    /// One of the agents is no member of the programme.
    NotProgrammeMember = 63, "not_programme_member", later, "AG01";
    /// The programme does not cover the corridor.
    ProgrammeCorridorNotCovered = 64, "programme_corridor_not_covered", never, "AG01";
    /// The programme does not cover the asset.
    ProgrammeAssetNotCovered = 65, "programme_asset_not_covered", never, "AG01";
    /// The amount is above the programme's cap per payment.
    ProgrammePaymentCapExceeded = 66, "programme_payment_cap_exceeded", never, "AM02";
    /// The amount would exceed the programme's cap in total.
    ProgrammeTotalCapExceeded = 67, "programme_total_cap_exceeded", later, "AM14";
    /// The rulebook lets only clients of a programme pay.
    ProgrammeRequired = 68, "programme_required", later, "AG01";
    /// The programme lists nothing, lists something twice or out of order, or ends before it begins.
    ProgrammeMalformed = 69, "programme_malformed", never, "FF01";
    /// A licence that the payment names was revoked.
    LicenceRevoked = 70, "licence_revoked", never, "RR04";
    /// A licence that the payment names is not valid at this time.
    LicenceNotValidNow = 71, "licence_not_valid_now", later, "RR04";
    /// The payment needs more than what is left of a licence.
    LicenceExhausted = 72, "licence_exhausted", later, "RR04";
    /// A licence that the payment names is in another asset.
    LicenceOtherAsset = 73, "licence_other_asset", never, "RR04";
    /// A licence that the payment names is not for this debtor agent.
    LicenceOfOtherBank = 74, "licence_of_other_bank", never, "RR04";
    /// The payment names a licence twice, an amount of zero, or more than its own amount.
    LicenceUsesMalformed = 75, "licence_uses_malformed", never, "FF01";
    /// A licence with this handle exists already.
    LicenceExists = 76, "licence_exists", never, "DUPL";
    /// The licence lists no bank, lists banks twice or out of order, has no value, or ends before it begins.
    LicenceMalformed = 77, "licence_malformed", never, "FF01";
    /// Only the licensing authority that issued the licence may do this.
    NotLicensingAuthority = 78, "not_licensing_authority", never, "AG01";
    /// The goods are under control and the payment names no licence.
    LicenceMissing = 79, "licence_missing", later, "RR04";
    /// The new value is below what is drawn and reserved.
    LicenceBelowUse = 80, "licence_below_use", never, "FF01";
    /// A licence that the payment names is of an authority of neither country of the corridor.
    LicenceOtherCorridor = 81, "licence_other_corridor", never, "RR04";
    /// The rulebook demands a screening and there is none.
    ScreeningMissing = 82, "screening_missing", later, "RR04";
    /// The screening is not by the list and version that the central bank requires; screen again.
    ScreeningOutdated = 83, "screening_outdated", later, "RR04";
    /// The screening is older than the central bank allows; screen again.
    ScreeningTooOld = 84, "screening_too_old", later, "RR04";
    /// The debtor agent's screening found a sanctioned party.
    ScreeningMatch = 85, "screening_match", never, "RR04";
    /// The screening's time lies after the block's.
    ScreeningInFuture = 86, "screening_in_future", never, "FF01";
    /// Only a central bank may do this.
    NotCentralBank = 87, "not_central_bank", never, "AG01";
    /// The required list allows screenings no age at all.
    RequirementMalformed = 88, "requirement_malformed", never, "FF01";
    /// The payment is not held.
    NotHeld = 90, "not_held", never, "NARR";
    /// The deadline has passed or lies further ahead than the rulebook allows.
    BadDeadline = 91, "bad_deadline", never, "TM01";
    /// Only who held the payment, or a central bank of one of its agents, may do this.
    NotHolder = 92, "not_holder", never, "AG01";
    /// The payment was still held at its deadline.
    HoldLapsed = 93, "hold_lapsed", later, "AB06";
    /// The payment is held already.
    AlreadyHeld = 94, "already_held", never, "NARR";
    /// Only an agent of the payment, or the central bank of one, may do this.
    NotParty = 95, "not_party", never, "AG01";
    /// The account is frozen on a legal order.
    AccountFrozen = 100, "account_frozen", later, "AC06";
    /// The client is frozen on a legal order.
    ClientFrozen = 101, "client_frozen", later, "AC06";
    /// The account or client is not frozen.
    NotFrozen = 102, "not_frozen", never, "NARR";
    /// The account or client is frozen in this way already.
    AlreadyFrozen = 103, "already_frozen", never, "NARR";
    /// A client's freeze is of debits.
    FreezeModeInvalid = 104, "freeze_mode_invalid", never, "FF01";
    /// The account would hold more than its limit.
    BalanceLimitExceeded = 110, "balance_limit_exceeded", later, "AM02";
    /// The amount is above a limit per payment.
    PaymentLimitExceeded = 111, "payment_limit_exceeded", never, "AM02";
    /// The amount would exceed a limit within a stretch of time.
    WindowLimitExceeded = 112, "window_limit_exceeded", later, "AM14";
    /// The amount would exceed the client's cap within a stretch of time.
    ClientWindowExceeded = 113, "client_window_exceeded", later, "AM14";
    /// The limit limits nothing, has an empty window, or a balance where it is not for an account.
    LimitMalformed = 114, "limit_malformed", never, "FF01";
    /// There is no limit with this scope.
    UnknownLimit = 115, "unknown_limit", never, "NARR";
    /// The payment is not the one that settled under this reference.
    OriginalMismatch = 120, "original_mismatch", never, "NARR";
    /// The payment has not settled.
    NotSettled = 121, "not_settled", later, "NARR";
    /// All returns together would exceed the original payment.
    ReturnAboveOriginal = 122, "return_above_original", never, "AM09";
    /// The payment was recalled already.
    AlreadyRecalled = 123, "already_recalled", never, "DUPL";
    /// The payment was not recalled, or the recall was answered.
    UnknownRecall = 124, "unknown_recall", never, "NARR";
    /// There is no such quote; it was taken, withdrawn or lapsed.
    UnknownQuote = 130, "unknown_quote", never, "NARR";
    /// The quote's last moment has passed.
    QuoteLapsed = 131, "quote_lapsed", later, "TM01";
    /// The quote is for another participant, or one's own.
    QuoteForOther = 132, "quote_for_other", never, "AG01";
    /// The quote's accounts are in one asset, an amount is zero, or it lapses too late.
    QuoteMalformed = 133, "quote_malformed", never, "FF01";
    /// Another payment of the same bulk was refused; all or none was asked for.
    BulkRefused = 140, "bulk_refused", later, "NARR";
    /// The value date is no business day of the currency.
    NotBusinessDay = 150, "not_business_day", never, "DT01";
    /// The calendar has no business day, no opening hours, or holidays out of order.
    CalendarMalformed = 151, "calendar_malformed", never, "FF01";
    /// The pack's version is not the next one.
    RulebookVersionWrong = 160, "rulebook_version_wrong", never, "FF01";
    /// The pack's corridor does not touch its country, it takes effect in the past, or a hold may last longer than a payment.
    RulebookMalformed = 161, "rulebook_malformed", never, "FF01";
    /// There is no open proposal with this reference.
    UnknownProposal = 162, "unknown_proposal", never, "NARR";
    /// The proposal cannot take effect; see its own rules.
    ProposalMalformed = 163, "proposal_malformed", never, "FF01";
    /// The participant has voted on this proposal.
    AlreadyVoted = 164, "already_voted", never, "DUPL";
    /// The participant has no validator in the current set and is no central bank concerned.
    NoVotingPower = 165, "no_voting_power", never, "AG01";
    /// The version is not the next one, or its height is too near.
    UpgradeMalformed = 166, "upgrade_malformed", never, "FF01";
    /// Those who signed run validators with at most two thirds of the voting power; more must sign.
    QuorumMissing = 167, "quorum_missing", never, "DS0H";
    /// The attested content is not that of the payment.
    AttestationMismatch = 170, "attestation_mismatch", never, "NARR";
    /// Only a central bank of an agent, or a licensing authority of a licence, opens the details of a payment of others.
    AccessNotAllowed = 171, "access_not_allowed", never, "AG01";
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
    /// Officers decided after a hold: a party is sanctioned.
    OfficerSanctionsMatch = 300, "officer_sanctions_match", never, "RR04";
    /// Officers decided after a hold: documents are missing or contradict each other.
    OfficerDocuments = 301, "officer_documents", never, "RR02";
    /// Officers decided after a hold: no licence covers the goods.
    OfficerLicenceMissing = 302, "officer_licence_missing", never, "RR04";
    /// Officers decided after a hold: fraud.
    OfficerFraud = 303, "officer_fraud", never, "FRAD";
    /// Officers decided after a hold, without a nearer reason.
    OfficerRefused = 304, "officer_refused", never, "MS03";
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

impl Code {
    /// True for the reasons that officers may give after a hold: numbers 300 to 399.
    pub const fn is_officer_reason(self) -> bool {
        let number = self.number();
        300 <= number && number < 400
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
