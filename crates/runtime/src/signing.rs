//! The signers as the replica's driver sees them: refusals become lines for the log.

use corridor_replica::Signer as ReplicaSigner;
use corridor_signer::{DiskFile, Keyring, RecordError};
use corridor_types::{Height, SignRequest, Signed, ValidatorSet, View};

/// The node's keys; none for an observer.
pub struct NodeSigner(pub Keyring<DiskFile>);

impl ReplicaSigner for NodeSigner {
    type Error = RecordError;

    fn sign(&mut self, requests: Vec<SignRequest>) -> Result<(Vec<Signed>, Vec<String>), RecordError> {
        let (mut signed, mut refused) = (Vec::new(), Vec::new());
        for result in self.0.sign_all(requests)? {
            match result {
                Ok(one) => signed.push(one),
                Err(refusal) => refused.push(refusal.to_string()),
            }
        }
        Ok((signed, refused))
    }

    fn enter(&mut self, validators: &ValidatorSet) -> Result<Vec<Signed>, RecordError> {
        Ok(self.0.enter(validators))
    }

    fn prune(&mut self, view: View, height: Height) -> Result<(), RecordError> {
        self.0.prune(view, height)
    }
}
