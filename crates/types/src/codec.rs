//! The canonical binary codec: one encoding per value, and decoding refuses every other.
//!
//! Rules: integers are big-endian and of fixed width; a boolean or an option's tag is 0 or 1; an
//! enum begins with one byte that names the variant; a list begins with its length as `u32` and
//! has a limit that the decoder enforces before it allocates; text is UTF-8 with a list's length;
//! nothing may follow the last field. So decode-then-encode is the identity or an error, and a
//! digest over an encoding identifies the value. Floats have no encoding.

use corridor_crypto::{Digest, PublicKey, Signature};

/// Why bytes are not the canonical encoding of a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The input ended inside a field.
    #[error("the input ends early: {needed} more bytes are needed where {left} are left")]
    Truncated {
        /// How many bytes the field takes.
        needed: usize,
        /// How many bytes there are.
        left: usize,
    },
    /// Bytes follow the last field.
    #[error("{bytes} bytes follow the end of the value")]
    Trailing {
        /// Bytes that are left over.
        bytes: usize,
    },
    /// A variant or a boolean has a number that means nothing.
    #[error("{what} has no variant {tag}")]
    UnknownTag {
        /// Name of the type that was read.
        what: &'static str,
        /// The byte found.
        tag: u8,
    },
    /// A list or text is longer than its limit.
    #[error("{what} has {length} elements where {limit} are allowed")]
    TooLong {
        /// Name of the field that was read.
        what: &'static str,
        /// The length claimed.
        length: usize,
        /// The most allowed.
        limit: usize,
    },
    /// The bytes have the right shape and a forbidden value.
    #[error("{what} is invalid: {problem}")]
    Invalid {
        /// The field or type.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// Takes fields off the front of a byte slice.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    pub const fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        if count > self.rest.len() {
            return Err(DecodeError::Truncated { needed: count, left: self.rest.len() });
        }
        let (head, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(head)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A list's length, at most `limit` and at most what the rest of the input could hold.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`], [`DecodeError::Truncated`].
    pub fn length(&mut self, what: &'static str, limit: usize) -> Result<usize, DecodeError> {
        // Too long for this machine's memory is above any limit.
        let length = usize::try_from(u32::decode(self)?).unwrap_or(usize::MAX);
        if length > limit {
            return Err(DecodeError::TooLong { what, length, limit });
        }
        // Every element takes at least one byte, so a lying length cannot make us allocate.
        if length > self.rest.len() {
            return Err(DecodeError::Truncated { needed: length, left: self.rest.len() });
        }
        Ok(length)
    }

    /// Refuses leftovers.
    ///
    /// # Errors
    /// [`DecodeError::Trailing`].
    pub const fn finish(self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            bytes => Err(DecodeError::Trailing { bytes }),
        }
    }
}

/// A value with a canonical encoding.
pub trait Encode {
    /// Appends the encoding to `out`.
    fn encode(&self, out: &mut Vec<u8>);

    /// The encoding on its own.
    fn to_bytes(&self) -> Vec<u8> {
        // Most values are below this; growing costs more than the encoding itself.
        let mut out = Vec::with_capacity(192);
        self.encode(&mut out);
        out
    }
}

/// A value that can be read back from its canonical encoding.
pub trait Decode: Sized {
    /// Takes one value off the reader.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are not the canonical encoding of a value.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// The value of which `bytes` is the whole encoding.
    ///
    /// # Errors
    /// [`DecodeError`], also when bytes are left over.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let value = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}

/// Encodes the length of a list or of bytes. They are bounded by whoever builds them.
pub fn encode_length(length: usize, out: &mut Vec<u8>) {
    // Saturates, so that a forgotten bound makes an undecodable message, not a wrong one.
    u32::try_from(length).unwrap_or(u32::MAX).encode(out);
}

/// Encodes a list: its length, then its elements.
pub fn encode_list<T: Encode>(list: &[T], out: &mut Vec<u8>) {
    encode_length(list.len(), out);
    list.iter().for_each(|element| element.encode(out));
}

/// Decodes a list of at most `limit` elements.
///
/// # Errors
/// [`DecodeError`].
pub fn decode_list<T: Decode>(
    reader: &mut Reader<'_>,
    what: &'static str,
    limit: usize,
) -> Result<Vec<T>, DecodeError> {
    let length = reader.length(what, limit)?;
    let mut list = Vec::with_capacity(length.min(1024));
    for _ in 0..length {
        list.push(T::decode(reader)?);
    }
    Ok(list)
}

/// Encodes raw bytes with their length.
pub fn encode_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    encode_length(bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// Decodes raw bytes of at most `limit`.
///
/// # Errors
/// [`DecodeError`].
pub fn decode_bytes<'a>(reader: &mut Reader<'a>, what: &'static str, limit: usize) -> Result<&'a [u8], DecodeError> {
    let length = reader.length(what, limit)?;
    reader.take(length)
}

/// Decodes text of at most `limit` bytes.
///
/// # Errors
/// [`DecodeError`], also when it is not UTF-8.
pub fn decode_text(reader: &mut Reader<'_>, what: &'static str, limit: usize) -> Result<String, DecodeError> {
    let bytes = decode_bytes(reader, what, limit)?;
    let text = std::str::from_utf8(bytes).map_err(|error| DecodeError::Invalid { what, problem: error.to_string() })?;
    Ok(text.to_owned())
}

macro_rules! integer {
    ($($name:ty),*) => {$(
        impl Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
        }

        impl Decode for $name {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(Self::from_be_bytes(reader.array()?))
            }
        }
    )*};
}
integer!(u8, u16, u32, u64, u128);

macro_rules! byte_array {
    ($($name:ident: $size:literal),*) => {$(
        impl Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.0);
            }
        }

        impl Decode for $name {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(Self(reader.array::<$size>()?))
            }
        }
    )*};
}
byte_array!(Digest: 32, PublicKey: 32, Signature: 64);

impl Encode for bool {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Decode for bool {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode(reader)? {
            0 => Ok(false),
            1 => Ok(true),
            tag => Err(DecodeError::UnknownTag { what: "boolean", tag }),
        }
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.is_some().encode(out);
        if let Some(value) = self {
            value.encode(out);
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        bool::decode(reader)?.then(|| T::decode(reader)).transpose()
    }
}

impl<A: Encode, B: Encode> Encode for (A, B) {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
        self.1.encode(out);
    }
}

impl<A: Decode, B: Decode> Decode for (A, B) {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok((A::decode(reader)?, B::decode(reader)?))
    }
}

/// Writes `Encode` and `Decode` for a struct: its fields in order. A list field carries its limit
/// in brackets: `codec_struct!(Block { view, cut[MAX_LANES] })`.
#[macro_export]
macro_rules! codec_struct {
    ($name:ident { $($field:ident $([$limit:expr])?),* $(,)? }) => {
        impl $crate::codec::Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                $($crate::codec_field!(encode self.$field, out $(, $limit)?);)*
            }
        }

        impl $crate::codec::Decode for $name {
            fn decode(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::DecodeError> {
                Ok(Self {
                    $($field: $crate::codec_field!(decode reader, stringify!($field) $(, $limit)?),)*
                })
            }
        }
    };
}

/// One field of [`codec_struct`] or [`codec_enum`].
#[doc(hidden)]
#[macro_export]
macro_rules! codec_field {
    (encode $value:expr, $out:ident) => {
        $crate::codec::Encode::encode(&$value, $out)
    };
    (encode $value:expr, $out:ident, $limit:expr) => {
        $crate::codec::encode_list(&$value, $out)
    };
    (decode $reader:ident, $what:expr) => {
        $crate::codec::Decode::decode($reader)?
    };
    (decode $reader:ident, $what:expr, $limit:expr) => {
        $crate::codec::decode_list($reader, $what, $limit)?
    };
}

/// Writes `Encode` and `Decode` for an enum with named fields: one byte for the variant, then its
/// fields as in [`codec_struct`]. A variant with one unnamed field is written `Name(inner)`.
#[macro_export]
macro_rules! codec_enum {
    ($name:ident { $($tag:literal => $variant:ident
        $(($inner:ident))?
        $({ $($field:ident $([$limit:expr])?),* $(,)? })?
    ),* $(,)? }) => {
        impl $crate::codec::Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($inner))? $({ $($field),* })? => {
                        out.push($tag);
                        $($crate::codec::Encode::encode($inner, out);)?
                        $($($crate::codec_field!(encode *$field, out $(, $limit)?);)*)?
                    })*
                }
            }
        }

        impl $crate::codec::Decode for $name {
            fn decode(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::DecodeError> {
                match <u8 as $crate::codec::Decode>::decode(reader)? {
                    $($tag => Ok(Self::$variant
                        $(({ let $inner = $crate::codec::Decode::decode(reader)?; $inner }))?
                        $({ $($field: $crate::codec_field!(decode reader, stringify!($field) $(, $limit)?)),* })?
                    ),)*
                    tag => Err($crate::codec::DecodeError::UnknownTag { what: stringify!($name), tag }),
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Sample {
        number: u16,
        list: Vec<u8>,
        maybe: Option<u32>,
    }
    codec_struct!(Sample { number, list[3], maybe });

    #[test]
    fn a_struct_has_one_encoding() {
        let sample = Sample { number: 0x0102, list: vec![7, 8], maybe: Some(9) };
        let bytes = sample.to_bytes();
        assert_eq!(bytes, [1, 2, 0, 0, 0, 2, 7, 8, 1, 0, 0, 0, 9]);
        assert_eq!(Sample::from_bytes(&bytes), Ok(sample));
    }

    #[test]
    fn other_bytes_are_refused_with_the_reason() {
        let check = |bytes: &[u8], expected| assert_eq!(Sample::from_bytes(bytes), Err(expected));
        check(&[1], DecodeError::Truncated { needed: 2, left: 1 });
        check(&[1, 2, 0, 0, 0, 4], DecodeError::TooLong { what: "list", length: 4, limit: 3 });
        check(&[1, 2, 0, 0, 0, 3, 1], DecodeError::Truncated { needed: 3, left: 1 });
        check(&[1, 2, 0, 0, 0, 0, 2], DecodeError::UnknownTag { what: "boolean", tag: 2 });
        check(&[1, 2, 0, 0, 0, 0, 0, 5], DecodeError::Trailing { bytes: 1 });
    }
}
