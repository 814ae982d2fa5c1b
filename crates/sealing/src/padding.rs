//! Padding of the cleartext to a size class, and its removal. Only one padding is valid for a text.

use zeroize::Zeroizing;

use crate::limits::{LENGTH_BYTES, SIZE_CLASSES};

/// The smallest class that holds a cleartext of `length` bytes; `None` if it is too long.
pub(crate) fn class_of(length: usize) -> Option<usize> {
    let needed = length.checked_add(LENGTH_BYTES)?;
    SIZE_CLASSES.into_iter().find(|class| needed <= *class)
}

/// Length, text, zeros up to the class. `room` bytes more are reserved, so that appending a tag
/// moves nothing and leaves no copy behind.
pub(crate) fn pad(text: &[u8], room: usize) -> Option<Zeroizing<Vec<u8>>> {
    let class = class_of(text.len())?;
    let mut padded = Zeroizing::new(Vec::with_capacity(class + room));
    padded.extend_from_slice(&u32::try_from(text.len()).ok()?.to_be_bytes());
    padded.extend_from_slice(text);
    padded.resize(class, 0);
    Some(padded)
}

/// The text inside; `None` if this is not what [`pad`] makes of it.
pub(crate) fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let (length, rest) = padded.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (text, zeros) = rest.split_at_checked(length)?;
    let smallest = class_of(length) == Some(padded.len());
    (smallest && zeros.iter().all(|byte| *byte == 0)).then_some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::limits::MAX_CLEARTEXT_BYTES;

    #[test]
    fn a_text_gets_the_smallest_class_that_holds_it() {
        let check = |length, class| assert_eq!(pad(&vec![7; length], 0).map(|padded| padded.len()), class, "{length}");
        check(0, Some(4096));
        check(4092, Some(4096));
        check(4093, Some(8192));
        check(MAX_CLEARTEXT_BYTES, Some(65_536));
        check(MAX_CLEARTEXT_BYTES + 1, None);
    }

    #[test]
    fn unpadding_gives_the_text_back() {
        for length in [0, 1, 4092, 4093, 40_000] {
            let text = vec![7; length];
            assert_eq!(unpad(&pad(&text, 0).unwrap()), Some(text.as_slice()));
        }
    }

    #[test]
    fn every_other_padding_is_refused() {
        let good = pad(b"text", 0).unwrap();
        assert_eq!(unpad(&good[..3]), None);
        assert_eq!(unpad(&good[..4095]), None);
        let mut long_length = good.clone();
        long_length[..4].fill(0xff);
        assert_eq!(unpad(&long_length), None);
        let mut not_zero = good.clone();
        not_zero[4095] = 1;
        assert_eq!(unpad(&not_zero), None);
        let mut larger_class = good.to_vec();
        larger_class.resize(8192, 0);
        assert_eq!(unpad(&larger_class), None);
    }
}
