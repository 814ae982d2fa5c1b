//! Who may read the details of a payment, as the ledger knows it, and whose node a peer is.

use corridor_crypto::PublicKey;
use corridor_ledger::Ledger;
use corridor_replica::Membership;
use corridor_types::{Control, ParticipantId, Payment};

/// The debtor agent, then the creditor agent, their central banks, and the authorities of the
/// licences that it names; each once. `None` if an account is unknown, as for some refused payments.
pub fn readers(ledger: &Ledger, payment: &Payment) -> Option<Vec<ParticipantId>> {
    let mut readers = Vec::new();
    for reader in named(ledger, payment)? {
        if !readers.contains(&reader) {
            readers.push(reader);
        }
    }
    Some(readers)
}

/// True if a participant is one of them. Asked about every payment of the network, so it makes no list.
pub fn is_reader(ledger: &Ledger, payment: &Payment, participant: ParticipantId) -> bool {
    named(ledger, payment).is_some_and(|mut named| named.any(|reader| reader == participant))
}

/// The readers, some of them perhaps twice.
fn named<'a>(ledger: &'a Ledger, payment: &'a Payment) -> Option<impl Iterator<Item = ParticipantId> + 'a> {
    let debtor = ledger.account(payment.debtor_account)?.owner;
    let creditor = ledger.account(payment.creditor_account)?.owner;
    let supervisor = |agent| ledger.participant(agent).map(|entry| entry.supervisor);
    let licences = match &payment.control {
        Control::NotControlled => &[][..],
        Control::Controlled { licences } => licences,
    };
    let authorities = licences.iter().filter_map(|used| Some(ledger.licence(&used.licence)?.authority));
    let parties = [Some(debtor), Some(creditor), supervisor(debtor), supervisor(creditor)];
    Some(parties.into_iter().flatten().chain(authorities))
}

/// Every node that may connect, with whose it is.
pub fn nodes(members: &Membership) -> impl Iterator<Item = (ParticipantId, PublicKey)> + '_ {
    let validators = members.sets.iter().rev().take(2).chain(&members.next).flat_map(|set| set.iter());
    let validators = validators.map(|(_, validator)| (validator.participant, validator.network_key));
    validators.chain(members.nodes.iter().copied())
}
