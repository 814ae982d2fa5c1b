//! The payment record: the public part that every validator checks, and its states.
//!
//! Names, goods and invoices are not here and never will be: they travel sealed, and the record
//! holds only their digest.

use std::fmt;

use corridor_crypto::{Digest, Domain};
use serde::{Deserialize, Serialize};

use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::limits::MAX_LICENCES_PER_PAYMENT;
use crate::operations::Screening;
use crate::{AccountId, Amount, AssetId, ClientHandle, CountryCode, Date, LicenceHandle, Timestamp, Uetr};

/// From which country to which a payment goes: the agents' countries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corridor {
    /// The debtor agent's country.
    pub from: CountryCode,
    /// The creditor agent's country.
    pub to: CountryCode,
}
crate::codec_struct!(Corridor { from, to });

impl fmt::Display for Corridor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

/// A licence that a payment draws on, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceUse {
    /// Handle of the licence.
    pub licence: LicenceHandle,
    /// How much of the payment falls under it.
    pub amount: Amount,
}
crate::codec_struct!(LicenceUse { licence, amount });

/// Whether the goods behind a payment are under export control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Control {
    /// They are not, as the debtor agent declares.
    NotControlled,
    /// They are; these licences permit them.
    Controlled {
        /// The licences drawn on, at most [`MAX_LICENCES_PER_PAYMENT`].
        licences: Vec<LicenceUse>,
    },
}
crate::codec_enum!(Control { 0 => NotControlled, 1 => Controlled { licences[MAX_LICENCES_PER_PAYMENT] } });

macro_rules! coded_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$vdoc])* $variant = $number,)*
        }

        impl $name {
            /// Every value, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable text form.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::IdError;

            fn from_str(text: &str) -> Result<Self, $crate::IdError> {
                let known = Self::ALL.iter().copied().find(|value| value.as_str() == text);
                known.ok_or_else(|| {
                    $crate::IdError::new(stringify!($name), text, concat!("write one of" $(, " ", $text)*))
                })
            }
        }

        impl Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                out.push(*self as u8);
            }
        }

        impl Decode for $name {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                match u8::decode(reader)? {
                    $($number => Ok(Self::$variant),)*
                    tag => Err(DecodeError::UnknownTag { what: stringify!($name), tag }),
                }
            }
        }

        $crate::serde_as_text!($name);
    };
}
pub(crate) use coded_enum;

coded_enum! {
    /// Who bears the charges (ISO 20022 `ChargeBearerType1Code`).
    ChargeBearer {
        /// The debtor bears all charges.
        Debtor = 0, "DEBT";
        /// The creditor bears all charges.
        Creditor = 1, "CRED";
        /// Each side bears its own bank's charges.
        Shared = 2, "SHAR";
        /// As the service level says.
        ServiceLevel = 3, "SLEV";
    }
}

coded_enum! {
    /// The order of payments that wait for liquidity (ISO 20022 `Priority3Code`).
    Priority {
        /// Settles after the others.
        Normal = 0, "NORM";
        /// Settles before normal ones.
        High = 1, "HIGH";
        /// Settles before all others that wait.
        Urgent = 2, "URGT";
    }
}

coded_enum! {
    /// What happens to a payment whose debtor account is short of money.
    Shortfall {
        /// It is rejected.
        Reject = 0, "reject";
        /// It waits in the account's queue.
        Queue = 1, "queue";
    }
}

coded_enum! {
    /// Where a payment is. `Settled` and `Credited` are final; `Rejected`, `Cancelled` and
    /// `Expired` moved no money.
    PaymentStatus {
        /// Received and being checked.
        Submitted = 0, "submitted";
        /// Held for a compliance decision.
        Held = 1, "held";
        /// Funds reserved; the creditor agent has not yet attested.
        AwaitingAttestation = 2, "awaiting_attestation";
        /// Attested where that is needed; waiting for liquidity, its value date, opening hours, a
        /// new screening, or the end of a freeze.
        Queued = 3, "queued";
        /// Debited and credited, finally.
        Settled = 4, "settled";
        /// The creditor agent has credited its customer.
        Credited = 5, "credited";
        /// Refused; the entry's code says why.
        Rejected = 6, "rejected";
        /// Withdrawn by the debtor agent before settlement.
        Cancelled = 7, "cancelled";
        /// Not attested before its expiry.
        Expired = 8, "expired";
    }
}

impl PaymentStatus {
    /// The ISO 20022 external payment transaction status code.
    pub const fn iso_code(self) -> &'static str {
        match self {
            Self::Submitted => "RCVD",
            Self::Held | Self::Queued => "PDNG",
            Self::AwaitingAttestation => "ACSP",
            Self::Settled => "ACSC",
            Self::Credited => "ACCC",
            Self::Rejected | Self::Expired => "RJCT",
            Self::Cancelled => "CANC",
        }
    }

    /// True if the status never changes again, apart from `Settled` becoming `Credited`.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Settled | Self::Credited | Self::Rejected | Self::Cancelled | Self::Expired)
    }
}

/// A payment as the debtor agent submits it: 104 bytes without licences and screening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// The payment's name for its whole life and its idempotency key.
    pub uetr: Uetr,
    /// The debtor agent's account, debited.
    pub debtor_account: AccountId,
    /// The creditor agent's account, credited.
    pub creditor_account: AccountId,
    /// The asset of both accounts.
    pub asset: AssetId,
    /// How much, in the asset's minor units; above zero.
    pub amount: Amount,
    /// The debtor's authorisation to pay.
    pub client: ClientHandle,
    /// The day on which it may settle, at the earliest.
    pub value_date: Date,
    /// When it lapses if it has not settled.
    pub expiry: Timestamp,
    /// Export control status of the goods behind it.
    pub control: Control,
    /// Countries of the debtor agent and the creditor agent.
    pub corridor: Corridor,
    /// Its order among payments that wait for liquidity.
    pub priority: Priority,
    /// What happens if the account is short of money.
    pub shortfall: Shortfall,
    /// Who bears the charges.
    pub charge_bearer: ChargeBearer,
    /// The debtor agent's screening of both parties.
    pub screening: Option<Screening>,
    /// SHA-256 of the sealed details, in [`Domain::Details`].
    pub details: Digest,
}
crate::codec_struct!(Payment {
    uetr,
    debtor_account,
    creditor_account,
    asset,
    amount,
    client,
    value_date,
    expiry,
    control,
    corridor,
    priority,
    shortfall,
    charge_bearer,
    screening,
    details,
});

impl Payment {
    /// Identifies the content: equal digests mean the same payment, whoever signed it and when.
    pub fn content(&self) -> Digest {
        Digest::of(Domain::Payment, &self.to_bytes())
    }
}
