//! Several keys of one validator, each with its own record: while a key is rotated, the old one
//! finishes its epoch and the new one begins the next.
//!
//! No rule of its own: a request goes to the key that the set of its epoch names, and a header that is on
//! record to the key that signed it.

use corridor_crypto::PublicKey;
use corridor_types::{BatchHeader, Height, Outcome, SignRequest, Signed, ValidatorSet, View};

use crate::signer::epoch_of;
use crate::{RecordError, RecordFile, Refusal, Signer};

/// What became of one request.
type Answer = Result<Signed, Refusal>;

/// The signers of one node. Without any it signs nothing.
#[derive(Debug)]
pub struct Keyring<F> {
    signers: Vec<Signer<F>>,
}

impl<F: RecordFile> Keyring<F> {
    /// A node with these keys.
    pub const fn new(signers: Vec<Signer<F>>) -> Self {
        Self { signers }
    }

    /// The public halves of the keys.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        self.signers.iter().map(Signer::public_key).collect()
    }

    /// Takes up the validators of an epoch. Returns what [`Keyring::votes_above`] has of it, if it is later
    /// than those before: a node whose database is older than its records learns here what it signed.
    pub fn enter(&mut self, validators: &ValidatorSet) -> Vec<Signed> {
        let enter = |signer: &mut Signer<F>| {
            let is_new = signer.epoch() < validators.epoch();
            let is_named = signer.enter(validators);
            if is_new && is_named { signer.votes_above(View(0)) } else { Vec::new() }
        };
        self.signers.iter_mut().flat_map(enter).collect()
    }

    /// Signs what does not conflict with any record; see [`Signer::sign_all`]. Answers are in the
    /// order of the requests; a request that no key may sign is refused, and has no answer if there is no key at all.
    ///
    /// # Errors
    /// [`RecordError`]: the process must end.
    pub fn sign_all(&mut self, requests: Vec<SignRequest>) -> Result<Vec<Answer>, RecordError> {
        let mut parts: Vec<Vec<SignRequest>> = self.signers.iter().map(|_| Vec::new()).collect();
        let mut owners = Vec::with_capacity(requests.len());
        for request in requests {
            let owner = self.owner_of(&request);
            if let Some(part) = parts.get_mut(owner) {
                part.push(request);
                owners.push(owner);
            }
        }
        let mut answers = Vec::with_capacity(parts.len());
        for (signer, part) in self.signers.iter_mut().zip(parts) {
            answers.push(signer.sign_all(part)?.into_iter());
        }
        Ok(owners.into_iter().filter_map(|owner| answers.get_mut(owner)?.next()).collect())
    }

    fn owner_of(&self, request: &SignRequest) -> usize {
        let epoch = epoch_of(request);
        let recorded = self.signers.iter().position(|signer| signer.has_on_record(request));
        let named = || self.signers.iter().position(|signer| signer.signs_in(epoch));
        // Whom nobody names gets the refusal of the first key, which says what it may sign.
        recorded.or_else(named).unwrap_or(0)
    }

    /// Lets every record forget what lies below; see [`Signer::prune`].
    ///
    /// # Errors
    /// [`RecordError`]: the process must end.
    pub fn prune(&mut self, view: View, height: Height) -> Result<(), RecordError> {
        self.signers.iter_mut().try_for_each(|signer| signer.prune(view, height))
    }

    /// Own proposals and votes of the current epoch above a view, signed again.
    pub fn votes_above(&self, view: View) -> Vec<Signed> {
        self.signers.iter().flat_map(|signer| signer.votes_above(view)).collect()
    }

    /// The newest header that any of the keys signed on the own lane.
    pub fn last_batch(&self) -> Option<BatchHeader> {
        self.signers.iter().filter_map(Signer::last_batch).max_by_key(|header| header.sequence)
    }

    /// The newest outcome that any of the keys signed.
    pub fn last_outcome(&self) -> Option<Outcome> {
        self.signers.iter().filter_map(Signer::last_outcome).max_by_key(|outcome| outcome.height)
    }

    /// Bytes of torn tails that were dropped on opening, for the log.
    pub fn dropped_bytes(&self) -> usize {
        self.signers.iter().map(Signer::dropped_bytes).sum()
    }
}
