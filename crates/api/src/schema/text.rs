//! Values that are text in JSON, with their patterns.

use utoipa::ToSchema;

macro_rules! text {
    ($($(#[$doc:meta])* $name:ident, $pattern:tt, $example:tt;)*) => {$(
        $(#[$doc])*
        #[derive(ToSchema)]
        #[schema(pattern = $pattern, example = $example)]
        pub struct $name(String);
    )*};
}

text! {
    /// Unique end-to-end transaction reference: a UUID of version 4 in lower case.
    Uetr, "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
        "eb6305c9-1f7f-49de-aed0-16487c27b42d";
    /// Whole minor units (cents for most currencies), as digits.
    Amount, "^[0-9]{1,20}$", "12500000";
    /// A decimal number with the currency's number of decimals.
    Decimal, r"^[0-9]+(\.[0-9]+)?$", "125000.00";
    /// What an account holds in whole minor units, as digits; more digits than an amount may have.
    Balance, "^[0-9]{1,39}$", "12500000";
    /// SHA-256, 32 bytes in hexadecimal.
    Digest, "^[0-9a-f]{64}$", "a91cf29962718f48bc1439ce8aa955dac5108cca62392a5b032d320a5cfa4439";
    /// An Ed25519 public key, 32 bytes in hexadecimal.
    PublicKey, "^[0-9a-f]{64}$", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    /// An Ed25519 signature, 64 bytes in hexadecimal.
    Signature, "^[0-9a-f]{128}$",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155";
    /// The opaque handle of a client's authorisation, 16 bytes in hexadecimal.
    ClientHandle, "^[0-9a-f]{32}$", "6b1f0a9c2e5d47838b1e0c9f7a6d5e4c";
    /// The opaque handle of a licence, 16 bytes in hexadecimal.
    LicenceHandle, "^[0-9a-f]{32}$", "0f3c5a7e9b1d2c4f6a8e0b1d3c5f7a9e";
    /// A calendar day (ISO 8601).
    Date, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "2026-11-22";
    /// Currency (ISO 4217).
    CurrencyCode, "^[A-Z]{3}$", "BRL";
    /// Country (ISO 3166-1 alpha-2).
    CountryCode, "^[A-Z]{2}$", "BR";
    /// Business identifier code (ISO 9362) of 11 characters.
    Bic, "^[A-Z0-9]{11}$", "BRASBRRJXXX";
    /// Legal entity identifier (ISO 17442).
    Lei, "^[A-Z0-9]{18}[0-9]{2}$", "5493000F4ZO33MV32P92";
    /// Place of an entry in the chain's history: `height-position`.
    EventId, "^[0-9]+-[0-9]+$", "120-3";
    /// Stable code of a ledger's decision; see the table of codes.
    Code, "^[a-z_]+$", "insufficient_funds";
    /// What was decided on: `pay`, `attest`, `issue` and so on, one for each operation and step, and
    /// `expire`, `settle`, `stop` and `enact`, which the ledger itself reports. Later releases add.
    EntryKind, "^[a-z_]+$", "pay";
    /// `submitted`, `held`, `awaiting_attestation`, `queued`, `settled`, `credited`, `rejected`,
    /// `cancelled` or `expired`.
    PaymentStatus, "^[a-z_]+$", "settled";
    /// ISO 20022 status code of a payment.
    IsoStatus, "^[A-Z]{4}$", "ACSC";
    /// `NORM`, `HIGH` or `URGT`.
    Priority, "^(NORM|HIGH|URGT)$", "NORM";
    /// `reject` or `queue`: what happens if the debtor account is short of money.
    Shortfall, "^(reject|queue)$", "reject";
    /// `DEBT`, `CRED`, `SHAR` or `SLEV`.
    ChargeBearer, "^(DEBT|CRED|SHAR|SLEV)$", "SHAR";
    /// `central_bank`, `bank`, `licensing_authority` or `observer`.
    ParticipantKind, "^[a-z_]+$", "bank";
    /// `applied`, `authorised`, `suspended` or `revoked`: whether a participant may act.
    ParticipantStatus, "^(applied|authorised|suspended|revoked)$", "authorised";
    /// What a payment lacks: `release` by officers, `attestation`, `hours` (its day or opening hours),
    /// a young enough `screening`, an `agent` that is not suspended, the end of a `freeze`, `room` on
    /// the creditor account, or `money`.
    WaitingFor, "^(release|attestation|hours|screening|agent|freeze|room|money)$", "money";
    /// `operator`, `issuer`, `supervisor`, `maker`, `checker`, `compliance` or `governance`.
    KeyRole, "^[a-z_]+$", "operator";
    /// What a booking on an account is: `payment_out`, `payment_in`, `issued`, `redeemed`,
    /// `return_out`, `return_in`, `exchange_out`, `exchange_in`, `seized_out` or `seized_in`.
    MovementKind, "^[a-z_]+$", "payment_in";
    /// `debits` or `all`: what a freeze stops.
    FreezeMode, "^(debits|all)$", "debits";
    /// `clear`, `possible_match` or `match`.
    Verdict, "^[a-z_]+$", "clear";
    /// `front` or `back`.
    QueuePlace, "^(front|back)$", "front";
    /// `reject` or `hold`: what happens to a payment for controlled goods without a licence.
    LicenceGap, "^(reject|hold)$", "reject";
    /// Why a payment is held.
    HoldReason, "^[a-z_]+$", "compliance";
    /// A short text for people: 1 to 64 bytes without control characters.
    Label, "^.{1,64}$", "Order 12/2026";
    /// The X25519 public key to which details are sealed, 32 bytes in hexadecimal.
    SealingKey, "^[0-9a-f]{64}$", "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
}
