//! The bytes of a record file: a header that names chain and key, then records chained by checksum.
//!
//! ```text
//! header:  "CORRSIGN"  version u32  genesis 32  public key 32  seal 16
//! record:  length u32  guard 4  payload  seal 16
//! ```
//!
//! A seal is the front of SHA-256 over the seal's whole digest before it and the payload, so a
//! record that was removed, repeated or moved breaks every seal behind it. The guard binds the
//! length the same way: a flipped bit in a length cannot make a complete record look like one that
//! was cut off.
//!
//! **What a crash can leave** at the end, and why it may be dropped: the signer signs only after a
//! sync of all bytes, so a record of which bytes never reached the disk was never signed for.
//! * The file ends inside a record.
//! * The file has its length and the data behind some point is zeros (the length was written
//!   before the data; file systems do that by whole sectors, so zeros begin at the record or at a
//!   multiple of [`SECTOR`]). They reach the file's end and are as long as a seal: a file that was
//!   written whole ends with a seal, which is never zero, so no bit flip looks like this.
//!
//! Everything else is damage, and the file is refused: what it hid may have been sent.

use corridor_crypto::{Digest, PublicKey};
use sha2::{Digest as _, Sha256};

/// The format that this program writes and the only one that it reads.
pub const VERSION: u32 = 2;

/// The largest payload: a block of the largest cut is below 6 kB.
pub const MAX_PAYLOAD: usize = 64 * 1024;

/// The smallest unit that a disk writes whole.
pub const SECTOR: usize = 512;

const MAGIC: &[u8; 8] = b"CORRSIGN";
const SEAL: usize = 16;
const GUARD: usize = 4;
const LEAD: usize = 4 + GUARD;
const HEADER: usize = 8 + 4 + 32 + 32 + SEAL;
const TAG_HEADER: &[u8] = b"corridor/signing-record-header/1\0";
const TAG_GUARD: &[u8] = b"corridor/signing-record-guard/1\0";
const TAG_SEAL: &[u8] = b"corridor/signing-record-seal/1\0";

/// Why a file is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameError {
    /// Other magic or version.
    NotARecord,
    /// The header is of another chain.
    OtherChain(Digest),
    /// The header is of another key.
    OtherKey(PublicKey),
    /// Bytes that were complete do not fit their seals.
    Damaged {
        /// Where the record begins.
        offset: usize,
        /// What is wrong.
        problem: &'static str,
    },
}

fn hash(tag: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(tag);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

/// Writes records one after the other; knows the seal of the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    chain: [u8; 32],
}

impl Writer {
    /// Starts a file: appends its header to `out`.
    pub fn start(genesis: &Digest, key: &PublicKey, out: &mut Vec<u8>) -> Self {
        let start = out.len();
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_be_bytes());
        out.extend_from_slice(genesis.as_bytes());
        out.extend_from_slice(&key.0);
        let chain = hash(TAG_HEADER, &[&out[start..]]);
        out.extend_from_slice(&chain[..SEAL]);
        Self { chain }
    }

    /// Appends one record to `out`. The payload is not empty and at most [`MAX_PAYLOAD`].
    pub fn push(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        debug_assert!(!payload.is_empty() && payload.len() <= MAX_PAYLOAD);
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
        out.extend_from_slice(&length);
        out.extend_from_slice(&self.guard(length));
        out.extend_from_slice(payload);
        self.chain = hash(TAG_SEAL, &[&self.chain, payload]);
        out.extend_from_slice(&self.chain[..SEAL]);
    }

    fn guard(&self, length: [u8; 4]) -> [u8; GUARD] {
        let [a, b, c, d, ..] = hash(TAG_GUARD, &[&self.chain, &length]);
        [a, b, c, d]
    }
}

/// What was read.
#[derive(Debug)]
pub struct Content<'a> {
    /// The payloads in order, each with the offset of its record.
    pub payloads: Vec<(usize, &'a [u8])>,
    /// How many bytes at the end were never synced and are to be dropped.
    pub dropped: usize,
}

/// Reads a whole file.
///
/// # Errors
/// [`FrameError`].
pub fn read<'a>(bytes: &'a [u8], genesis: &Digest, key: &PublicKey) -> Result<Content<'a>, FrameError> {
    let mut writer = read_header(bytes, genesis, key)?;
    let (mut payloads, mut offset) = (Vec::new(), HEADER);
    while offset < bytes.len() {
        match read_record(bytes, offset, &mut writer)? {
            Some(payload) => {
                payloads.push((offset, payload));
                offset += LEAD + payload.len() + SEAL;
            }
            None => break,
        }
    }
    Ok(Content { payloads, dropped: bytes.len() - offset })
}

fn read_header(bytes: &[u8], genesis: &Digest, key: &PublicKey) -> Result<Writer, FrameError> {
    // A file is put in place by a rename, so its header is whole or was damaged later.
    let header = bytes.get(..HEADER).ok_or(FrameError::NotARecord)?;
    if header[..8] != MAGIC[..] || header[8..12] != VERSION.to_be_bytes() {
        return Err(FrameError::NotARecord);
    }
    let chain = hash(TAG_HEADER, &[&header[..HEADER - SEAL]]);
    if chain[..SEAL] != header[HEADER - SEAL..] {
        return Err(FrameError::Damaged { offset: 0, problem: "the header does not fit its checksum" });
    }
    let field = |from: usize| {
        let mut field = [0; 32];
        field.copy_from_slice(&header[from..from + 32]);
        field
    };
    let (got_genesis, got_key) = (Digest(field(12)), PublicKey(field(44)));
    if got_genesis != *genesis {
        return Err(FrameError::OtherChain(got_genesis));
    }
    if got_key != *key {
        return Err(FrameError::OtherKey(got_key));
    }
    Ok(Writer { chain })
}

/// The payload of the record at `offset`; `None` if it and all behind it was never synced.
fn read_record<'a>(bytes: &'a [u8], offset: usize, writer: &mut Writer) -> Result<Option<&'a [u8]>, FrameError> {
    let rest = &bytes[offset..];
    let damaged = |problem| Err(FrameError::Damaged { offset, problem });
    let (Some(length), Some(guard)) = (rest.first_chunk::<4>(), rest.get(4..LEAD)) else { return Ok(None) };
    if guard != writer.guard(*length) {
        let torn = is_torn(bytes, offset, offset + LEAD);
        return if torn { Ok(None) } else { damaged("the length does not fit its checksum") };
    }
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if length == 0 || length > MAX_PAYLOAD {
        return damaged("the length is impossible");
    }
    // The guard fits, so the length is the one that was written: the file was cut off.
    let (Some(payload), Some(seal)) = (rest.get(LEAD..LEAD + length), rest.get(LEAD + length..LEAD + length + SEAL))
    else {
        return Ok(None);
    };
    let chain = hash(TAG_SEAL, &[&writer.chain, payload]);
    if seal != &chain[..SEAL] {
        let torn = is_torn(bytes, offset, offset + LEAD + length + SEAL);
        return if torn { Ok(None) } else { damaged("the record does not fit its checksum") };
    }
    writer.chain = chain;
    Ok(Some(payload))
}

/// True if the file holds only zeros from `offset` on, or from a sector's start at or before `end`
/// on and for a seal's length at least.
fn is_torn(bytes: &[u8], offset: usize, end: usize) -> bool {
    let zeros_from = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let sector = zeros_from.next_multiple_of(SECTOR);
    zeros_from <= offset || (sector <= end && sector + SEAL <= bytes.len())
}
