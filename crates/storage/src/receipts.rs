//! Receipts, put together from the entries of a block and its settlement certificate.

use corridor_crypto::merkle;
use corridor_types::limits::MAX_HANDOVERS;
use corridor_types::{Entry, Epoch, Handover, Height, Payment, Receipt, SettlementCertificate, Uetr};

use crate::column::{Column, epoch_key, height_key};
use crate::{Reader, StoreError};

impl Reader {
    /// The receipt of the decision that brought a payment to where it is: the first entry about its
    /// own content with the status that the newest one has. For other operations, and where no
    /// entry has a status, the newest entry. An entry of a stranger who used the same reference for
    /// something else never stands in for it. `None` while there is no settlement certificate.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn receipt(&self, reference: &Uetr) -> Result<Option<Receipt>, StoreError> {
        let content = self.payment(reference)?.map(|payment| payment.content());
        let history = self.history(reference)?;
        let own = || history.iter().filter(|entry| content.is_none_or(|content| entry.content == content));
        let status = own().rev().find_map(|entry| entry.status);
        let decisive = status.and_then(|status| own().find(|entry| entry.status == Some(status)));
        match decisive.or_else(|| own().next_back()).or(history.last()) {
            Some(entry) => self.receipt_at(entry.height, entry.position),
            None => Ok(None),
        }
    }

    /// The receipt of one entry. `None` if there is no such entry or no settlement certificate yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn receipt_at(&self, height: Height, position: u32) -> Result<Option<Receipt>, StoreError> {
        let Some(certificate) = self.settlement(height)? else { return Ok(None) };
        let entries = self.entries(height)?;
        let index = usize::try_from(position).unwrap_or(usize::MAX);
        let Some(entry) = entries.get(index).cloned() else { return Ok(None) };
        let path = prove(&entries, index, &certificate)?;
        let payment = self.shown_payment(&entry)?;
        let handovers = self.handovers_up_to(certificate.outcome.epoch)?;
        Ok(Some(Receipt { genesis: self.database.genesis, entry, payment, path, certificate, handovers }))
    }

    /// The payment that a receipt of `entry` shows. An entry without a status may do without one.
    fn shown_payment(&self, entry: &Entry) -> Result<Option<Payment>, StoreError> {
        let payment = match self.payment(&entry.reference) {
            Err(StoreError::BeforeSnapshot { .. }) if entry.status.is_none() => None,
            other => other?,
        };
        Ok(payment.filter(|payment| payment.content() == entry.content))
    }

    /// Every change of the validator set from genesis to `epoch`.
    fn handovers_up_to(&self, epoch: Epoch) -> Result<Vec<Handover>, StoreError> {
        let count = usize::try_from(epoch.0).unwrap_or(usize::MAX).min(MAX_HANDOVERS);
        let handovers = self.handovers(Epoch(0), count)?;
        let missing = || StoreError::damaged(Column::Handovers.name(), &epoch_key(epoch), "one before it is missing");
        if handovers.len() == count { Ok(handovers) } else { Err(missing()) }
    }
}

/// The path from an entry to the certified root. Refuses entries that are not the certified ones.
fn prove(
    entries: &[Entry],
    index: usize,
    certificate: &SettlementCertificate,
) -> Result<Vec<corridor_crypto::Digest>, StoreError> {
    let outcome = &certificate.outcome;
    let damaged = |problem: String| StoreError::damaged(Column::Entries.name(), &height_key(outcome.height), problem);
    let leaves: Vec<_> = entries.iter().map(Entry::leaf).collect();
    let path = merkle::inclusion_proof(&leaves, index).unwrap_or_default();
    let leaf = leaves.get(index).copied().unwrap_or_default();
    merkle::verify_inclusion(&leaf, index as u64, outcome.entries, &path, &outcome.receipts)
        .map_err(|error| damaged(format!("the entries are not the certified ones: {error}")))?;
    Ok(path)
}
