//! The sealed document: its one encoding and its digest. Opens nothing.

use corridor_crypto::{Digest, Domain};
use corridor_types::ParticipantId;
use corridor_types::codec::{
    Decode, DecodeError, Encode, Reader, decode_bytes, decode_list, encode_bytes, encode_list,
};

use crate::SealingKey;
use crate::body::COMMITMENT_BYTES;
use crate::limits::{MAX_RECIPIENTS, SIZE_CLASSES};
use crate::suite::TAG_BYTES;
use crate::wrap::Wrap;

/// The only version so far.
const VERSION: u8 = 1;

const MAX_BODY_BYTES: usize = SIZE_CLASSES[SIZE_CLASSES.len() - 1] + TAG_BYTES;

/// Everything in front of the body; the body's associated data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) commitment: [u8; COMMITMENT_BYTES],
    /// One or more, in the order of their participants, none twice.
    pub(crate) wraps: Vec<Wrap>,
}

/// Details sealed to their recipients: at most [`crate::limits::MAX_SEALED_BYTES`] encoded. It says
/// to whom it is sealed and how long it is at most, and nothing of the content.
///
/// Sealing the same details again gives another document with another digest, and so another
/// payment: who repeats a payment must repeat it with the document it kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub(crate) head: Head,
    /// Ciphertext and tag; its length is a size class and the tag.
    pub(crate) body: Vec<u8>,
}

impl Sealed {
    /// What the payment carries as its `details`: SHA-256 of the encoding, in [`Domain::Details`].
    pub fn digest(&self) -> Digest {
        Digest::of(Domain::Details, &self.to_bytes())
    }

    /// To whom it is sealed and under which key, in the order of the participants. That each of
    /// these can really open it, only the recipient itself can find out.
    pub fn recipients(&self) -> impl Iterator<Item = (ParticipantId, SealingKey)> + '_ {
        self.head.wraps.iter().map(|wrap| (wrap.participant, wrap.key))
    }

    /// The first of `required` to whom it is not sealed under that key; `None` if all are there.
    pub fn first_missing(&self, required: &[(ParticipantId, SealingKey)]) -> Option<ParticipantId> {
        let missing = |wanted: &&(ParticipantId, SealingKey)| !self.recipients().any(|there| there == **wanted);
        required.iter().find(missing).map(|(participant, _)| *participant)
    }

    pub(crate) fn wrap_for(&self, participant: ParticipantId) -> Option<&Wrap> {
        self.head.wraps.iter().find(|wrap| wrap.participant == participant)
    }
}

impl Encode for Head {
    fn encode(&self, out: &mut Vec<u8>) {
        VERSION.encode(out);
        out.extend_from_slice(&self.commitment);
        encode_list(&self.wraps, out);
    }
}

impl Decode for Head {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode(reader)? {
            VERSION => {}
            tag => return Err(DecodeError::UnknownTag { what: "version of sealed details", tag }),
        }
        let commitment = reader.array()?;
        let wraps: Vec<Wrap> = decode_list(reader, "recipients of sealed details", MAX_RECIPIENTS)?;
        if wraps.is_empty() || !wraps.is_sorted_by(|a, b| a.participant < b.participant) {
            let problem = "write one or more, each participant once, in ascending order".to_owned();
            return Err(DecodeError::Invalid { what: "recipients of sealed details", problem });
        }
        Ok(Self { commitment, wraps })
    }
}

impl Encode for Sealed {
    fn encode(&self, out: &mut Vec<u8>) {
        self.head.encode(out);
        encode_bytes(&self.body, out);
    }
}

impl Decode for Sealed {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let head = Head::decode(reader)?;
        let body = decode_bytes(reader, "body of sealed details", MAX_BODY_BYTES)?;
        if !SIZE_CLASSES.iter().any(|class| class + TAG_BYTES == body.len()) {
            let problem = format!("{} bytes are no size class with its tag", body.len());
            return Err(DecodeError::Invalid { what: "body of sealed details", problem });
        }
        Ok(Self { head, body: body.to_vec() })
    }
}
