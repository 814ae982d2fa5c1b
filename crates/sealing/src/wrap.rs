//! The content secret, wrapped for one recipient. Never holds it in the clear.

use corridor_types::ParticipantId;
use corridor_types::codec::{Decode, DecodeError, Encode, Reader};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::body::SECRET_BYTES;
use crate::suite::{self, CipherError, ENCAPSULATED_BYTES, TAG_BYTES};
use crate::{Binding, SealingKey, SealingSecret};

const CIPHERTEXT_BYTES: usize = SECRET_BYTES + TAG_BYTES;

/// 116 bytes: for whom, under which of its keys, and the HPKE message. The key stands here in full
/// so that anyone can compare it with the participant's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrap {
    pub(crate) participant: ParticipantId,
    pub(crate) key: SealingKey,
    encapsulated: [u8; ENCAPSULATED_BYTES],
    ciphertext: [u8; CIPHERTEXT_BYTES],
}

impl Wrap {
    /// Wraps `secret` for `participant`, bound to the payment.
    pub(crate) fn seal(
        secret: &[u8; SECRET_BYTES],
        binding: &Binding,
        participant: ParticipantId,
        key: SealingKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, CipherError> {
        let aad = associated(participant, &key);
        let (encapsulated, ciphertext) = suite::seal(&key, &binding.to_bytes(), &aad, secret, rng)?;
        let ciphertext = ciphertext.try_into().map_err(|_| CipherError)?;
        Ok(Self { participant, key, encapsulated, ciphertext })
    }

    /// The content secret, if this was wrapped for this payment and key.
    pub(crate) fn open(
        &self,
        binding: &Binding,
        secret: &SealingSecret,
    ) -> Result<Zeroizing<[u8; SECRET_BYTES]>, CipherError> {
        let aad = associated(self.participant, &self.key);
        let opened = suite::open(secret, &self.encapsulated, &binding.to_bytes(), &aad, &self.ciphertext)?;
        opened.as_slice().try_into().map(Zeroizing::new).map_err(|_| CipherError)
    }
}

/// The recipient as associated data: participant (4 bytes) and key (32 bytes).
fn associated(participant: ParticipantId, key: &SealingKey) -> Vec<u8> {
    let mut aad = participant.to_bytes();
    key.encode(&mut aad);
    aad
}

impl Encode for Wrap {
    fn encode(&self, out: &mut Vec<u8>) {
        self.participant.encode(out);
        self.key.encode(out);
        out.extend_from_slice(&self.encapsulated);
        out.extend_from_slice(&self.ciphertext);
    }
}

impl Decode for Wrap {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            participant: Decode::decode(reader)?,
            key: Decode::decode(reader)?,
            encapsulated: reader.array()?,
            ciphertext: reader.array()?,
        })
    }
}
