//! Sealing and opening: the two operations, their errors, and the order of their checks.

use corridor_crypto::Digest;
use corridor_types::ParticipantId;
use corridor_types::codec::Encode as _;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::body::{ContentKeys, SECRET_BYTES};
use crate::limits::MAX_RECIPIENTS;
use crate::sealed::Head;
use crate::suite::{CipherError, TAG_BYTES};
use crate::wrap::Wrap;
use crate::{
    Binding, Details, DetailsError, Sealed, SealingKey, SealingKeyError, SealingSecret, check_sealing_key, padding,
};

/// Why details were not sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The record itself is refused.
    #[error(transparent)]
    Details(#[from] DetailsError),
    /// Nobody could ever open it.
    #[error("recipients are empty; name the agents, their central banks and the licensing authorities")]
    NoRecipients,
    /// More recipients than a payment can have.
    #[error("recipients are {count} where {limit} are allowed; name each participant concerned once")]
    TooManyRecipients {
        /// How many were given.
        count: usize,
        /// The most allowed.
        limit: usize,
    },
    /// One participant is named twice.
    #[error("recipient {participant} is named twice; name it once, with its present key")]
    RepeatedRecipient {
        /// The participant that stands there twice.
        participant: ParticipantId,
    },
    /// A recipient's key cannot be sealed to.
    #[error("the key of recipient {participant} is refused: {problem}")]
    Key {
        /// The recipient that the key belongs to.
        participant: ParticipantId,
        /// What is wrong with the key.
        problem: SealingKeyError,
    },
    /// A cipher refused a valid input; a defect, not the caller's mistake.
    #[error("the cipher failed on valid input; report this as a defect")]
    Cipher,
}

/// Why a sealed document was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// This is not the document that the payment names.
    #[error("the digest of the document is {found} where the payment carries {expected}; ask for the right document")]
    OtherDigest {
        /// What the payment carries.
        expected: Digest,
        /// Digest of the document that was given.
        found: Digest,
    },
    /// The participant is not among the recipients.
    #[error("the document is not sealed to participant {participant}; ask the debtor agent to seal it anew")]
    NotARecipient {
        /// Who wants to open it.
        participant: ParticipantId,
    },
    /// It is sealed to another key of the participant.
    #[error("the document is sealed to key {sealed_to} of participant {participant}, not to {held}; open it with that")]
    OtherKey {
        /// Who wants to open it.
        participant: ParticipantId,
        /// The key in the document.
        sealed_to: SealingKey,
        /// The key at hand.
        held: SealingKey,
    },
    /// The wrapped secret does not open: another payment, another chain, or a faulty sender.
    #[error(
        "the secret wrapped for participant {participant} was not made for payment {uetr} on this chain; refuse it"
    )]
    Wrap {
        /// Who wants to open it.
        participant: ParticipantId,
        /// The payment that the secret was opened for.
        uetr: corridor_types::Uetr,
    },
    /// The secret opens and is not the one the document commits to: the sender deceives someone.
    #[error("the secret wrapped for participant {participant} is not the one that the document commits to; refuse it")]
    OtherSecret {
        /// Who wants to open it.
        participant: ParticipantId,
    },
    /// The body was changed after it was sealed.
    #[error("the body or the recipients of the document were changed after sealing; refuse it")]
    Body,
    /// The padding is not the one that the cleartext has.
    #[error("the padding of the cleartext is wrong; the sender's software is faulty, refuse it")]
    Padding,
    /// The cleartext is no valid record.
    #[error("the cleartext is refused: {0}")]
    Details(#[from] DetailsError),
}

/// Seals `details` to `recipients` for one payment. The order of the recipients does not matter.
/// `rng` must never give the same stream twice. Keep the result: a repetition of the payment needs
/// the same document.
///
/// # Errors
/// [`SealError`].
pub fn seal(
    details: &Details,
    binding: &Binding,
    recipients: &[(ParticipantId, SealingKey)],
    rng: &mut impl CryptoRng,
) -> Result<Sealed, SealError> {
    let text = details.to_canonical()?;
    let recipients = in_order(recipients)?;
    let secret = random_secret(rng);
    let keys = ContentKeys::derive(&secret, binding).map_err(|_| SealError::Cipher)?;
    let wrap = |(participant, key)| Wrap::seal(&secret, binding, participant, key, rng);
    let wraps: Result<_, CipherError> = recipients.into_iter().map(wrap).collect();
    let head = Head { commitment: keys.commitment, wraps: wraps.map_err(|_| SealError::Cipher)? };
    let padded = padding::pad(&text, TAG_BYTES).ok_or(SealError::Cipher)?;
    let body = keys.encrypt(&associated(binding, &head), padded).map_err(|_| SealError::Cipher)?;
    Ok(Sealed { head, body })
}

/// Opens the document that a payment carries as `digest`, for `participant`.
///
/// # Errors
/// [`OpenError`]. Its text may quote the confidential record: for the reader, never for a log.
pub fn open(
    sealed: &Sealed,
    digest: Digest,
    binding: &Binding,
    participant: ParticipantId,
    secret: &SealingSecret,
) -> Result<Details, OpenError> {
    let found = sealed.digest();
    if found != digest {
        return Err(OpenError::OtherDigest { expected: digest, found });
    }
    let keys = content_keys(sealed, binding, participant, secret)?;
    let padded = keys.decrypt(&associated(binding, &sealed.head), &sealed.body).map_err(|_| OpenError::Body)?;
    let text = padding::unpad(&padded).ok_or(OpenError::Padding)?;
    Ok(Details::from_canonical(text)?)
}

fn content_keys(
    sealed: &Sealed,
    binding: &Binding,
    participant: ParticipantId,
    secret: &SealingSecret,
) -> Result<ContentKeys, OpenError> {
    let wrap = sealed.wrap_for(participant).ok_or(OpenError::NotARecipient { participant })?;
    let held = secret.public_key();
    if wrap.key != held {
        return Err(OpenError::OtherKey { participant, sealed_to: wrap.key, held });
    }
    let refused = |_| OpenError::Wrap { participant, uetr: binding.uetr };
    let content = wrap.open(binding, secret).map_err(refused)?;
    let keys = ContentKeys::derive(&content, binding).map_err(refused)?;
    if keys.commitment == sealed.head.commitment { Ok(keys) } else { Err(OpenError::OtherSecret { participant }) }
}

/// Recipients by participant, each once, each with a usable key.
fn in_order(recipients: &[(ParticipantId, SealingKey)]) -> Result<Vec<(ParticipantId, SealingKey)>, SealError> {
    if recipients.is_empty() {
        return Err(SealError::NoRecipients);
    }
    if recipients.len() > MAX_RECIPIENTS {
        return Err(SealError::TooManyRecipients { count: recipients.len(), limit: MAX_RECIPIENTS });
    }
    let mut ordered = recipients.to_vec();
    ordered.sort_unstable();
    if let Some(pair) = ordered.array_windows().find(|[(a, _), (b, _)]| a == b) {
        return Err(SealError::RepeatedRecipient { participant: pair[0].0 });
    }
    for (participant, key) in &ordered {
        check_sealing_key(*key).map_err(|problem| SealError::Key { participant: *participant, problem })?;
    }
    Ok(ordered)
}

fn random_secret(rng: &mut impl CryptoRng) -> Zeroizing<[u8; SECRET_BYTES]> {
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    rng.fill_bytes(secret.as_mut_slice());
    secret
}

/// What the body is bound to: the payment, then the whole head.
fn associated(binding: &Binding, head: &Head) -> Vec<u8> {
    let mut bytes = binding.to_bytes();
    head.encode(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests;
