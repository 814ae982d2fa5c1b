//! Seals the details of a payment to everybody who must be able to read them, and opens what was
//! sealed to this institution. Cleartext stays in this process and in the files that its user names.

use std::path::Path;

use corridor_client::DetailsAnswer;
use corridor_crypto::Digest;
use corridor_sealing::{Binding, Details, Sealed, SealingKey, SealingSecret, open, seal};
use corridor_types::view::{AccountView, LicenceView, ParticipantView};
use corridor_types::{Control, Decode as _, Encode as _, LicenceHandle, ParticipantId, Payment, Uetr};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::actor::Actor;
use crate::failure::Failure;
use crate::session::failed;
use crate::{clock, files, keyring};

/// Who must be able to read, with the key on the ledger.
pub type Recipients = Vec<(ParticipantId, SealingKey)>;

/// Reads the details of a payment from a JSON file.
///
/// # Errors
/// A usage failure that names the field.
pub fn read_details(file: &Path) -> Result<Details, Failure> {
    let json = files::read_bytes(file)?;
    Details::from_json(&json).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
}

/// Seals the details of a payment, hands the document to the institution's own node, and returns
/// the digest that the payment is to carry. A repetition finds the first document and uses it again.
///
/// # Errors
/// A usage failure if a required reader has no sealing key, or if the node holds other details of
/// the payment.
pub async fn hand_over(
    actor: &Actor,
    payment: &Payment,
    (debtor, creditor): (&AccountView, &AccountView),
    details: &Details,
) -> Result<Digest, Failure> {
    let recipients = recipients(actor, &payment.control, debtor.owner, creditor.owner).await?;
    let binding = Binding { genesis: actor.genesis.digest(), uetr: payment.uetr };
    if let DetailsAnswer::Here(held) = actor.session.client.details(payment.uetr).await.map_err(failed)? {
        return reuse(actor, &held, &binding, &recipients, details);
    }
    let mut rng = ChaCha20Rng::from_seed(clock::random()?);
    let sealed = seal(details, &binding, &recipients, &mut rng).map_err(Failure::usage)?;
    actor.session.client.put_details(payment.uetr, sealed.to_bytes()).await.map_err(failed)?;
    Ok(sealed.digest())
}

/// Sealing again would make another payment of it. Whether the document holds the same details, only
/// the institution's own key can tell.
fn reuse(
    actor: &Actor,
    held: &[u8],
    binding: &Binding,
    recipients: &[(ParticipantId, SealingKey)],
    details: &Details,
) -> Result<Digest, Failure> {
    let uetr = binding.uetr;
    let sealed = Sealed::from_bytes(held).map_err(Failure::internal)?;
    if let Some(missing) = sealed.first_missing(recipients) {
        return Err(Failure::usage(format!(
            "the node holds details of {uetr} that are not sealed to participant {missing}; use a new UETR"
        )));
    }
    if let Some(file) = &actor.session.profile.sealing_key {
        let secret = keyring::read_sealing(file)?;
        let held = open(&sealed, sealed.digest(), binding, actor.participant, &secret).map_err(Failure::usage)?;
        if held != *details {
            return Err(Failure::usage(format!("the node holds other details of {uetr}; use a new UETR")));
        }
    }
    Ok(sealed.digest())
}

/// The agents, their central banks, and the authorities of the licences, with their keys.
async fn recipients(
    actor: &Actor,
    control: &Control,
    debtor: ParticipantId,
    creditor: ParticipantId,
) -> Result<Recipients, Failure> {
    let participants = actor.session.client.participants().await.map_err(failed)?;
    let (debtor, creditor) = (entry(&participants, debtor)?, entry(&participants, creditor)?);
    let mut readers = vec![debtor.id, creditor.id, debtor.supervisor, creditor.supervisor];
    if let Control::Controlled { licences } = control {
        for used in licences {
            readers.push(authority(actor, used.licence).await?);
        }
    }
    readers.sort_unstable();
    readers.dedup();
    readers.into_iter().map(|reader| key_of(entry(&participants, reader)?)).collect()
}

fn entry(participants: &[ParticipantView], id: ParticipantId) -> Result<&ParticipantView, Failure> {
    let found = participants.iter().find(|participant| participant.id == id);
    found.ok_or_else(|| Failure::usage(format!("the ledger has no participant {id}")))
}

fn key_of(reader: &ParticipantView) -> Result<(ParticipantId, SealingKey), Failure> {
    let missing = || {
        Failure::usage(format!(
            "{} ({}) must be able to read the details and has no sealing key on the ledger; it sets one with \
             `corridor details register`",
            reader.name, reader.bic
        ))
    };
    Ok((reader.id, reader.sealing_key.ok_or_else(missing)?))
}

async fn authority(actor: &Actor, licence: LicenceHandle) -> Result<ParticipantId, Failure> {
    let found = actor.session.client.object::<LicenceView>(&licence).await.map_err(failed)?;
    found.map(|view| view.authority).ok_or_else(|| Failure::usage(format!("--licence: there is no licence {licence}")))
}

/// Opens a document that a payment carries as `digest`.
///
/// # Errors
/// A refusal that says what does not fit.
pub fn open_document(
    document: &[u8],
    digest: Digest,
    (genesis, uetr): (Digest, Uetr),
    participant: ParticipantId,
    secret: &SealingSecret,
) -> Result<Details, Failure> {
    let sealed = Sealed::from_bytes(document).map_err(|error| Failure::refused("details_malformed", error))?;
    let opened = open(&sealed, digest, &Binding { genesis, uetr }, participant, secret);
    opened.map_err(|error| Failure::refused("details_not_opened", error))
}
