//! The one loop that honours the contract of [`crate::Ready`], shared by the node and the simulator.
//!
//! Inputs that arrive together are stepped together, then everything to keep is written in one
//! durable write and everything to sign is recorded with one sync (group commit). That is safe
//! because nothing has left the node yet: if the write fails, the process ends with it.

use std::collections::VecDeque;

use corridor_types::persist::Store;
use corridor_types::{Height, SignRequest, Signed, ValidatorSet, View};

use crate::input::{Clock, Input};
use crate::ready::Effect;
use crate::replica::Replica;

/// The holder of the private key, as the replica's driver sees it.
pub trait Signer {
    /// Why nothing can be signed any more. Ends the process.
    type Error: std::error::Error;

    /// Records durably all that may be signed, then signs it. What conflicts with the record is
    /// left out of the first list and explained in the second.
    ///
    /// # Errors
    /// The record's disk failed.
    fn sign(&mut self, requests: Vec<SignRequest>) -> Result<(Vec<Signed>, Vec<String>), Self::Error>;

    /// A validator set in which this signer may have to sign from now on. Returns own votes and proposals
    /// of its epoch that are on record already, if it is a new one: none, unless the database is older
    /// than the record.
    ///
    /// # Errors
    /// The record's disk failed.
    fn enter(&mut self, validators: &ValidatorSet) -> Result<Vec<Signed>, Self::Error>;

    /// Records of views below `view` and heights up to `height` may be forgotten: nothing below is
    /// ever signed again.
    ///
    /// # Errors
    /// The record's disk failed.
    fn prune(&mut self, view: View, height: Height) -> Result<(), Self::Error>;
}

/// How many finalized views pass before the signer is told to forget: forgetting is cheap, and the
/// record is rewritten only when it has grown.
const PRUNE_EVERY_VIEWS: u64 = 256;

/// Why a node must end.
#[derive(Debug, thiserror::Error)]
pub enum DriveError<S: std::error::Error, K: std::error::Error> {
    /// A write failed.
    #[error("the database failed: {0}")]
    Store(S),
    /// The signing record failed.
    #[error("the signing record failed: {0}")]
    Signer(K),
}

/// A replica with its disk and its signer.
#[derive(Debug)]
pub struct Driver<S, K> {
    /// The machine that is driven.
    pub replica: Replica,
    /// Where its writes become durable.
    pub store: S,
    /// Who holds its keys and the record of what they signed.
    pub signer: K,
    pruned: View,
}

/// What a drive brought about.
#[derive(Debug, Default)]
pub struct Driven {
    /// To perform now, in order.
    pub effects: Vec<Effect>,
    /// What the signer refused to sign, for the log.
    pub refused: Vec<String>,
}

impl<S: Store, K: Signer> Driver<S, K> {
    /// Joins the three.
    pub const fn new(replica: Replica, store: S, signer: K) -> Self {
        Self { replica, store, signer, pruned: View(0) }
    }

    /// Feeds inputs until nothing is left to keep or sign, and returns what to perform.
    ///
    /// # Errors
    /// [`DriveError`]: the node must end without performing anything of this drive.
    pub fn drive(
        &mut self,
        clock: Clock,
        inputs: impl IntoIterator<Item = Input>,
    ) -> Result<Driven, DriveError<S::Error, K::Error>> {
        let mut queue: VecDeque<Input> = inputs.into_iter().collect();
        let mut driven = Driven::default();
        while !queue.is_empty() {
            let (mut persist, mut enter, mut sign) = (Vec::new(), Vec::new(), Vec::new());
            for input in queue.drain(..) {
                let ready = self.replica.step(clock, input);
                persist.extend(ready.persist);
                enter.extend(ready.enter);
                sign.extend(ready.sign);
                driven.effects.extend(ready.then);
            }
            if !persist.is_empty() {
                self.store.write(&persist).map_err(DriveError::Store)?;
            }
            for validators in &enter {
                let known = self.signer.enter(validators).map_err(DriveError::Signer)?;
                queue.extend(known.into_iter().map(Input::Signed));
            }
            if !sign.is_empty() {
                let (signed, refused) = self.signer.sign(sign).map_err(DriveError::Signer)?;
                queue.extend(signed.into_iter().map(Input::Signed));
                driven.refused.extend(refused);
            }
        }
        self.prune()?;
        Ok(driven)
    }

    /// Lets the signer forget what lies below the finalized view and the settled height.
    fn prune(&mut self) -> Result<(), DriveError<S::Error, K::Error>> {
        let view = self.replica.finalized_view();
        if view.0 < self.pruned.0.saturating_add(PRUNE_EVERY_VIEWS) {
            return Ok(());
        }
        self.pruned = view;
        self.signer.prune(view, self.replica.heights().settled).map_err(DriveError::Signer)
    }
}
