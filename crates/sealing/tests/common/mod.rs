//! One complete example of a record, and keys to seal it to.
#![allow(dead_code, reason = "each test binary uses some of it")]
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use corridor_crypto::Digest;
use corridor_sealing::{Binding, Details, SealingKey, SealingSecret};
use corridor_types::{ParticipantId, Uetr};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

/// A payment for controlled goods with everything filled in, as a bank would write it.
pub const EXAMPLE: &str = include_str!("example.json");

pub fn details() -> Details {
    Details::from_json(EXAMPLE.as_bytes()).unwrap()
}

pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub fn binding() -> Binding {
    Binding { genesis: Digest([0x9e; 32]), uetr: uetr("7a562c67-ca16-48ba-b074-65581be6f001") }
}

pub fn uetr(text: &str) -> Uetr {
    text.parse().unwrap()
}

pub fn secret(participant: u32) -> SealingSecret {
    SealingSecret::from_seed(&[participant as u8; 32])
}

/// Participants `1` to `count` with their keys.
pub fn recipients(count: u32) -> Vec<(ParticipantId, SealingKey)> {
    (1..=count).map(|n| (ParticipantId(n), secret(n).public_key())).collect()
}
