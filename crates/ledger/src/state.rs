//! The state that execution reads and writes: all tables side by side. No rule lives here, and no
//! list of tables: the struct itself comes from that in [`crate::tables`].

use corridor_crypto::Digest;
use corridor_types::persist::Change;
use corridor_types::{Genesis, Height, ParticipantEntry, ParticipantId};

use crate::halt::invariant;
use crate::meta::Meta;
use crate::references::References;
use crate::slots::Misplaced;
use crate::tables::Tables;
use crate::{Halt, StateRoots};

pub(crate) use crate::tables::State;

impl State {
    /// Puts the tables together and derives the indexes from them.
    ///
    /// # Errors
    /// The first record that does not fit the others.
    pub fn new(genesis: &Genesis, meta: Meta, references: References, tables: Tables) -> Result<Self, Misplaced> {
        let mut state = Self::derive(genesis.digest(), meta, references, tables)?;
        let Self { licences, payments, participants, .. } = &mut state;
        licences.find_again(&payments.slots, |authority| participants.is_revoked(authority));
        Ok(state)
    }

    /// The participant, if it is in the registry.
    pub fn participant(&self, id: ParticipantId) -> Option<&ParticipantEntry> {
        self.participants.get(id)
    }

    /// The commitment after a recent block. During execution the ring holds them all. Who asks
    /// between two blocks gets the last one too, which the ring takes up when the next block begins.
    pub fn commitment_at(&self, height: Height) -> Option<Digest> {
        let last = || (height == self.meta.height).then(|| self.roots().digest());
        self.recent.at(height).or_else(last)
    }

    /// Checks that money is conserved, rehashes what was touched, and lists it by table and key.
    ///
    /// # Errors
    /// [`Halt::MoneyNotConserved`], [`Halt::ReservesNotBacked`], [`Halt::Invariant`].
    pub fn seal(&mut self) -> Result<(StateRoots, Vec<Change>), Halt> {
        let touched = self.accounts.take_touched();
        self.sums.update(&touched)?;
        self.sums.check(&self.assets, &self.payments)?;
        let mut changes = vec![self.meta.record()];
        for (_, slots) in self.slots_mut().into_iter() {
            slots.seal(&mut changes)?;
        }
        self.references.seal(&mut changes)?;
        let ascend = changes.is_sorted_by(|one, next| (one.table, &one.key) < (next.table, &next.key));
        invariant(ascend, "the changes of a block ascend by table and key, each once")?;
        Ok((self.roots(), changes))
    }

    /// Every record as it stands, by table and key.
    pub fn records(&self) -> impl Iterator<Item = Change> {
        let of_slots = self.slots().into_iter().flat_map(|(_, slots)| slots.records());
        std::iter::once(self.meta.record()).chain(of_slots).chain(self.references.records())
    }

    /// What the commitment is the digest of, as of the last seal.
    pub fn roots(&self) -> StateRoots {
        let tables = self.slots().map(|_, slots| slots.root());
        let log = (self.references.log_size(), self.references.log_root());
        StateRoots::new(self.genesis, self.meta, tables, log)
    }
}
