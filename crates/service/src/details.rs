//! Sealed details as clients hand them over, ask for them and erase them.

use corridor_api::{Answer, DetailsLookup, DetailsPut, Unavailable};
use corridor_crypto::Digest;
use corridor_runtime::{Want, is_sealed_to, readers};
use corridor_sealing::Sealed;
use corridor_storage::{DetailsError, DetailsStanding};
use corridor_types::{Decode as _, Payment, Uetr};

use super::{RETRY_AFTER_MS, Service};

type Result<T> = std::result::Result<T, DetailsError>;

/// What is known of a payment whose document somebody brings.
enum Known {
    Payment(Box<Payment>),
    Nothing,
    /// The reference is used, and not for a payment that this node can look up.
    Otherwise,
}

impl Service {
    /// Keeps a document that is the payment's, and for this node's institution.
    pub(super) async fn take_details(&self, uetr: Uetr, document: Vec<u8>) -> Answer<DetailsPut> {
        let sealed = match Sealed::from_bytes(&document) {
            Ok(sealed) => sealed,
            Err(error) => return Ok(DetailsPut::Malformed { detail: error.to_string() }),
        };
        let refused = |detail: &str| Ok(DetailsPut::Refused { detail: detail.to_owned() });
        if !is_sealed_to(&sealed, self.participant) {
            return refused("the document is not sealed to this node's institution; hand it to a party's node");
        }
        let folder = self.details.clone();
        let kept = match self.known(uetr).await? {
            Known::Payment(payment) if payment.details != sealed.digest() => {
                return refused("the payment carries another digest; hand over the document that was sealed for it");
            }
            Known::Payment(_) => blocking(move || folder.keep(&document)).await?,
            Known::Nothing => blocking(move || folder.keep_pending(uetr, &document)).await?,
            Known::Otherwise => return refused("the reference is of no payment that this node can look up"),
        };
        match kept {
            Ok(_) => Ok(DetailsPut::Kept),
            Err(DetailsError::Full { .. }) => Ok(DetailsPut::Busy { retry_after_ms: RETRY_AFTER_MS }),
            Err(error) => Err(failed(&error).into()),
        }
    }

    async fn known(&self, uetr: Uetr) -> Answer<Known> {
        let (entries, payment) = self.history(uetr).await?;
        Ok(match payment {
            Some(payment) => Known::Payment(Box::new(payment)),
            None if entries.is_empty() => Known::Nothing,
            None => Known::Otherwise,
        })
    }

    /// The document of a payment, or of one that is still to come.
    async fn document_of(&self, uetr: Uetr) -> Answer<Option<(Digest, Option<Payment>)>> {
        Ok(match self.known(uetr).await? {
            Known::Payment(payment) => Some((payment.details, Some(*payment))),
            Known::Nothing => self.details.newest_pending(uetr).map(|digest| (digest, None)),
            Known::Otherwise => None,
        })
    }

    /// Gives a document, or has it looked for.
    pub(super) async fn give_details(&self, uetr: Uetr) -> Answer<DetailsLookup> {
        let Some((digest, payment)) = self.document_of(uetr).await? else { return Ok(DetailsLookup::Unknown) };
        let folder = self.details.clone();
        let found = blocking(move || Ok((folder.get(&digest)?, folder.standing(&digest)))).await?;
        match (found.map_err(|error| failed(&error))?, payment) {
            ((Some(document), _), _) => Ok(DetailsLookup::Here(document)),
            ((None, DetailsStanding::Erased), _) => Ok(DetailsLookup::Erased),
            ((None, _), Some(payment)) => self.look_for(payment).await,
            ((None, _), None) => Ok(DetailsLookup::Unknown),
        }
    }

    async fn look_for(&self, payment: Payment) -> Answer<DetailsLookup> {
        let digest = payment.details;
        let found = self.ask(move |replica| readers(replica.ledger(), &payment)).await?;
        let Some(readers) = found.filter(|readers| readers.contains(&self.participant)) else {
            return Ok(DetailsLookup::Unknown);
        };
        // A full queue has the courier busy; the client asks again.
        let _ = self.wants.try_send(Want { digest, readers, urgent: true });
        Ok(DetailsLookup::OnTheWay)
    }

    /// Erases a document for good.
    pub(super) async fn forget_details(&self, uetr: Uetr) -> Answer<bool> {
        let Some((digest, _)) = self.document_of(uetr).await? else { return Ok(false) };
        let folder = self.details.clone();
        Ok(blocking(move || folder.erase(&digest)).await?.map_err(|error| failed(&error))?)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Answer<Result<T>> {
    let stopping = |_| Unavailable("the node is stopping".to_owned());
    Ok(tokio::task::spawn_blocking(work).await.map_err(stopping)?)
}

fn failed(error: &DetailsError) -> Unavailable {
    tracing::error!("the folder of sealed details failed: {error}");
    Unavailable("the folder of sealed details failed; see the node's log".to_owned())
}
