//! The identifiers of the payments world, each with the check that its standard defines.
//!
//! A value of one of these types is always well formed: text, JSON and binary decoding all pass
//! through the same constructor. Whether an identifier is *registered* is the ledger's question.

mod codes;

use std::fmt;
use std::str::FromStr;

use crate::codec::{Decode, DecodeError, Encode, Reader, decode_text, encode_bytes};
use crate::limits::MAX_LABEL_BYTES;

/// Why a text is not an identifier: names the kind, the value and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a valid {kind}: {problem}")]
pub struct IdError {
    /// Which identifier was expected.
    pub kind: &'static str,
    /// The text, cut to a readable length.
    pub text: String,
    /// What is wrong and what would be right.
    pub problem: &'static str,
}

impl IdError {
    pub(crate) fn new(kind: &'static str, text: &str, problem: &'static str) -> Self {
        Self { kind, text: text.chars().take(80).collect(), problem }
    }
}

/// An identifier of a fixed number of ASCII characters: encoding, text and serde forms. Every form is
/// checked as bytes by one function, so that decoding, which every node does several times to every
/// payment, neither makes a text nor allocates.
macro_rules! ascii_id {
    ($(#[$doc:meta])* $name:ident, $size:literal, $kind:literal, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $size]);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                // Only ASCII enters; an empty text would show a broken invariant without a panic.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let checked = $check(text.as_bytes()).map_err(|problem| IdError::new($kind, text, problem))?;
                Ok(Self(*checked))
            }
        }

        impl Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.0);
            }
        }

        impl Decode for $name {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let bytes: [u8; $size] = reader.array()?;
                match $check(&bytes) {
                    Ok(_) => Ok(Self(bytes)),
                    Err(problem) => {
                        let error = IdError::new($kind, &String::from_utf8_lossy(&bytes), problem);
                        Err(DecodeError::Invalid { what: $kind, problem: error.to_string() })
                    }
                }
            }
        }

        $crate::serde_as_text!($name);
    };
}

ascii_id! {
    /// Legal Entity Identifier (ISO 17442): 18 characters and two check digits, mod 97-10.
    Lei, 20, "LEI", check_lei
}
ascii_id! {
    /// Business identifier code (ISO 9362): 8 or 11 characters. Stored as 11: a code of 8 means
    /// the primary office, `XXX`, so that one institution has one spelling.
    Bic, 11, "BIC", check_bic11
}
ascii_id! {
    /// Currency code (ISO 4217), of the codes in force in 2026.
    CurrencyCode, 3, "currency code", check_currency
}
ascii_id! {
    /// Country code (ISO 3166-1 alpha-2).
    CountryCode, 2, "country code", check_country
}

/// ISO 7064 mod 97-10 over the characters with letters as 10 to 35; a valid code leaves 1.
fn mod_97(characters: &[u8]) -> u32 {
    characters.iter().fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.wrapping_sub(b'A')) + 10) % 97,
    })
}

/// All of them, if there are as many as there must be, each of A-Z or 0-9.
fn upper_alphanumeric<const N: usize>(characters: &[u8]) -> Option<&[u8; N]> {
    let all: &[u8; N] = characters.try_into().ok()?;
    all.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).then_some(all)
}

fn check_lei(characters: &[u8]) -> Result<&[u8; 20], &'static str> {
    let lei = upper_alphanumeric::<20>(characters).ok_or("write 20 characters of A-Z and 0-9")?;
    if !lei[18..].iter().all(u8::is_ascii_digit) {
        return Err("the last two characters are check digits");
    }
    if mod_97(lei) == 1 { Ok(lei) } else { Err("the check digits do not fit; a character was mistyped") }
}

fn check_bic11(characters: &[u8]) -> Result<&[u8; 11], &'static str> {
    let bic = upper_alphanumeric::<11>(characters).ok_or("write 8 or 11 characters of A-Z and 0-9")?;
    match codes::is_country(&[bic[4], bic[5]]) {
        true => Ok(bic),
        false => Err("characters 5 and 6 must be an ISO 3166 country code"),
    }
}

impl Bic {
    /// Reads a code of 8 or 11 characters; 8 are taken as the primary office.
    ///
    /// # Errors
    /// [`IdError`].
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.len() == 8 { format!("{text}XXX").parse() } else { text.parse() }
    }

    /// The country in the code.
    pub fn country(&self) -> Option<CountryCode> {
        self.as_str().get(4..6)?.parse().ok()
    }
}

fn check_currency(characters: &[u8]) -> Result<&[u8; 3], &'static str> {
    let currency: Option<&[u8; 3]> = characters.try_into().ok();
    let in_force = currency.filter(|code| codes::minor_units(code).is_some());
    in_force.ok_or("write a three-letter ISO 4217 code, such as EUR")
}

impl CurrencyCode {
    /// How many decimal digits the currency has (ISO 4217): 2 for most, 0 to 4 for some.
    pub fn minor_units(&self) -> u8 {
        codes::minor_units(&self.0).unwrap_or(2)
    }
}

fn check_country(characters: &[u8]) -> Result<&[u8; 2], &'static str> {
    let country: Option<&[u8; 2]> = characters.try_into().ok();
    country.filter(|code| codes::is_country(code)).ok_or("write a two-letter ISO 3166-1 code, such as BR")
}

/// Unique End-to-end Transaction Reference: a random UUID (RFC 9562, version 4) in lower case. It
/// names a payment for its whole life and is the idempotency key of everything submitted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uetr([u8; 16]);

impl Uetr {
    const KIND: &'static str = "UETR";

    /// Makes a reference of 16 random bytes by setting the version and variant bits.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(*uuid::Builder::from_random_bytes(bytes).as_uuid().as_bytes())
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn from_uuid(id: uuid::Uuid) -> Result<Self, &'static str> {
        if id.get_version_num() == 4 && id.get_variant() == uuid::Variant::RFC4122 {
            Ok(Self(*id.as_bytes()))
        } else {
            Err("it must be a UUID of version 4 (random)")
        }
    }
}

impl fmt::Display for Uetr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_bytes(self.0).as_hyphenated().fmt(f)
    }
}

impl fmt::Debug for Uetr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Uetr {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = |problem| IdError::new(Self::KIND, text, problem);
        let shape = "write 8-4-4-4-12 hexadecimal digits in lower case";
        if text.len() != 36 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(error(shape));
        }
        let id = uuid::Uuid::try_parse(text).map_err(|_| error(shape))?;
        Self::from_uuid(id).map_err(error)
    }
}

impl Encode for Uetr {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

impl Decode for Uetr {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::from_uuid(uuid::Uuid::from_bytes(reader.array()?))
            .map_err(|problem| DecodeError::Invalid { what: Self::KIND, problem: problem.to_owned() })
    }
}

crate::serde_as_text!(Uetr);

/// An opaque 16-byte handle, written as 32 hexadecimal characters.
macro_rules! handle {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let mut bytes = [0; 16];
                let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
                let decoded = hex::decode_to_slice(text, &mut bytes);
                if decoded.is_err() || !lower {
                    return Err(IdError::new($kind, text, "write 32 hexadecimal characters in lower case"));
                }
                Ok(Self(bytes))
            }
        }

        impl Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.0);
            }
        }

        impl Decode for $name {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.array().map(Self)
            }
        }

        $crate::serde_as_text!($name);
    };
}

handle! {
    /// A client's authorisation on the ledger. Opaque: it tells other banks neither name nor LEI,
    /// and one client may hold several so that they cannot be linked.
    ClientHandle, "client handle"
}
handle! {
    /// A licence for controlled goods on the ledger. Opaque like [`ClientHandle`].
    LicenceHandle, "licence handle"
}

/// A short text for people: a name, the reference of a legal order. Never an identity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

impl Label {
    /// Takes a text of 1 to [`MAX_LABEL_BYTES`] bytes of UTF-8 without control characters.
    ///
    /// # Errors
    /// [`IdError`] if it is empty, too long, or holds a control character.
    pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
        let text = text.into();
        let fits = (1..=MAX_LABEL_BYTES).contains(&text.len()) && !text.chars().any(char::is_control);
        let wanted = "write 1 to 64 bytes without control characters";
        if fits { Ok(Self(text)) } else { Err(IdError::new("label", &text, wanted)) }
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl FromStr for Label {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl Encode for Label {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_bytes(self.0.as_bytes(), out);
    }
}

impl Decode for Label {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = decode_text(reader, "label", MAX_LABEL_BYTES)?;
        Self::new(text).map_err(|error| DecodeError::Invalid { what: "label", problem: error.to_string() })
    }
}

crate::serde_as_text!(Label);

/// The X25519 public key to which confidential details are sealed for a participant, written as 64
/// hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealingKey(pub [u8; 32]);

impl fmt::Display for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SealingKey {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut bytes = [0; 32];
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) if lower => Ok(Self(bytes)),
            _ => Err(IdError::new("sealing key", text, "write 64 hexadecimal characters in lower case")),
        }
    }
}

impl Encode for SealingKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

impl Decode for SealingKey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.array().map(Self)
    }
}

crate::serde_as_text!(SealingKey);

#[cfg(test)]
mod tests;
