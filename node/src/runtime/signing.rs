//! The signer as the replica's driver sees it: refusals become lines for the log.

use corridor_replica::Signer as ReplicaSigner;
use corridor_signer::{DiskFile, RecordError, Signer};
use corridor_types::{Height, SignRequest, Signed, View};

/// The validator's signer, or none for an observer, which is never asked.
pub struct NodeSigner(Option<Signer<DiskFile>>);

impl NodeSigner {
    /// Wraps a validator's signer; `None` for an observer.
    pub const fn new(signer: Option<Signer<DiskFile>>) -> Self {
        Self(signer)
    }

    /// Our votes and proposals above a view, signed again, to resume with.
    pub fn votes_above(&self, view: View) -> Vec<Signed> {
        self.0.as_ref().map(|signer| signer.votes_above(view)).unwrap_or_default()
    }
}

impl ReplicaSigner for NodeSigner {
    type Error = RecordError;

    fn sign(&mut self, requests: Vec<SignRequest>) -> Result<(Vec<Signed>, Vec<String>), RecordError> {
        let Some(signer) = &mut self.0 else { return Ok((Vec::new(), Vec::new())) };
        let (mut signed, mut refused) = (Vec::new(), Vec::new());
        for result in signer.sign_all(requests)? {
            match result {
                Ok(one) => signed.push(one),
                Err(refusal) => refused.push(refusal.to_string()),
            }
        }
        Ok((signed, refused))
    }

    fn prune(&mut self, view: View, height: Height) -> Result<(), RecordError> {
        self.0.as_mut().map_or(Ok(()), |signer| signer.prune(view, height))
    }
}
