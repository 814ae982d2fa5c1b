//! Who may read the details of a payment, as the ledger knows it, and whose node a peer is.

use corridor_crypto::PublicKey;
use corridor_ledger::Ledger;
use corridor_replica::Membership;
use corridor_types::{Control, ParticipantId, Payment};

/// The debtor agent, then the creditor agent, their central banks, and the authorities of the
/// licences that it names; each once. `None` if an account is unknown, as for some refused payments.
pub fn readers(ledger: &Ledger, payment: &Payment) -> Option<Vec<ParticipantId>> {
    let debtor = ledger.account(payment.debtor_account)?.owner;
    let creditor = ledger.account(payment.creditor_account)?.owner;
    let supervisor = |agent| ledger.participant(agent).map(|entry| entry.supervisor);
    let licences = match &payment.control {
        Control::NotControlled => &[][..],
        Control::Controlled { licences } => licences,
    };
    let authorities = licences.iter().filter_map(|used| Some(ledger.licence(&used.licence)?.authority));
    let all = [Some(debtor), Some(creditor), supervisor(debtor), supervisor(creditor)].into_iter().flatten();
    let mut readers = Vec::new();
    for reader in all.chain(authorities) {
        if !readers.contains(&reader) {
            readers.push(reader);
        }
    }
    Some(readers)
}

/// Every node that may connect, with whose it is.
pub fn nodes(members: &Membership) -> impl Iterator<Item = (ParticipantId, PublicKey)> + '_ {
    let validators = members.sets.iter().rev().take(2).chain(&members.next).flat_map(|set| set.iter());
    let validators = validators.map(|(_, validator)| (validator.participant, validator.network_key));
    validators.chain(members.nodes.iter().copied())
}
