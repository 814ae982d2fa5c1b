//! Receipts, put together from the entries of a block and its settlement certificate.

use corridor_crypto::merkle;
use corridor_types::limits::MAX_HANDOVERS;
use corridor_types::{Entry, EntryKind, Epoch, Handover, Height, Payment, Receipt, SettlementCertificate, Uetr};

use crate::column::{Column, epoch_key, height_key};
use crate::{Reader, StoreError};

impl Reader {
    /// The receipt of the decision that brought a payment to where it is: of the entries about its
    /// own content, the one with which the status began that the newest one has. A status that the
    /// payment had before, left and got again began the second time. For other operations, and where
    /// no entry has a status, the newest entry. An entry of a stranger who used the same reference
    /// for something else never stands in for it. `None` while there is no settlement certificate.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn receipt(&self, reference: &Uetr) -> Result<Option<Receipt>, StoreError> {
        let content = self.payment(reference)?.map(|payment| payment.content());
        let history = self.history(reference)?;
        let own = || history.iter().filter(|entry| content.is_none_or(|content| entry.content == content));
        match last_change(own()).or_else(|| own().next_back()).or(history.last()) {
            Some(entry) => self.receipt_at(entry.height, entry.position),
            None => Ok(None),
        }
    }

    /// Where the ledger reported that a proposal took effect, or could not any more. It does so once,
    /// under the proposal's reference; nobody else writes such an entry. `None` if it has not, or if
    /// [`crate::MAX_HISTORY`] repetitions of the proposal came after it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn enactment(&self, reference: &Uetr) -> Result<Option<(Height, u32)>, StoreError> {
        let history = self.history(reference)?;
        let found = history.iter().rev().find(|entry| entry.kind == EntryKind::Enact);
        Ok(found.map(|entry| (entry.height, entry.position)))
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

/// The entry with which the newest status began. What repeats a request or is refused gives the status
/// that is, so it changes nothing here; entries without a status say nothing about it.
fn last_change<'a>(entries: impl DoubleEndedIterator<Item = &'a Entry>) -> Option<&'a Entry> {
    let mut newest_first = entries.rev().filter(|entry| entry.status.is_some());
    let newest = newest_first.next()?;
    Some(newest_first.take_while(|entry| entry.status == newest.status).last().unwrap_or(newest))
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
    let (leaf, path) = (leaves.get(index), merkle::inclusion_proof(&leaves, index));
    let (Some(leaf), Some(path)) = (leaf, path) else { return Err(damaged(format!("there is no entry {index}"))) };
    merkle::verify_inclusion(leaf, index as u64, outcome.entries, &path, &outcome.receipts)
        .map_err(|error| damaged(format!("the entries are not the certified ones: {error}")))?;
    Ok(path)
}
