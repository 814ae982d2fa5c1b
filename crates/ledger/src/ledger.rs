//! The ledger as others see it: genesis, execution, queries.

use corridor_crypto::{Digest, PublicKey};
use corridor_types::persist::{Change, Executed};
use corridor_types::{
    AccountId, AssetId, Bic, ClientHandle, Epoch, Genesis, GenesisError, Height, IdentifiedTransaction,
    ParticipantEntry, ParticipantId, PaymentStatus, Timestamp, Transaction, Uetr, ValidatorSet, ValidatorSets,
};

use crate::meta::Meta;
use crate::references::References;
use crate::slots::Misplaced;
use crate::state::State;
use crate::tables::Tables;
use crate::{
    Account, AccountProof, Asset, BlockContext, Candidate, Client, FieldRefusal, Halt, OpenPayment, StateRoots, Totals,
    Used,
};
use crate::{calendar, execute, licence, operation, participant};

/// Genesis cannot misplace what it fills slot by slot; if it did, the document would be refused.
fn unusable(Misplaced { table, slot, problem }: Misplaced) -> GenesisError {
    GenesisError::Field { field: format!("table {}, record {slot}", table.0), problem: problem.to_owned() }
}

/// The state after the last executed block.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) state: State,
    roots: StateRoots,
    halted: Option<Halt>,
}

impl Ledger {
    /// The ledger at height 0.
    ///
    /// # Errors
    /// [`GenesisError`] if the document breaks a rule.
    pub fn genesis(genesis: &Genesis) -> Result<Self, GenesisError> {
        genesis.validate()?;
        let (tables, meta) = (Tables::genesis(genesis)?, Meta::genesis(genesis));
        let state = State::new(genesis, meta, References::default(), tables).map_err(unusable)?;
        Ok(Self::sealed(state))
    }

    /// Hashes a state for the first time. If it does not add up, the ledger is halted from the start.
    pub(crate) fn sealed(mut state: State) -> Self {
        match state.seal() {
            Ok((roots, _)) => Self { state, roots, halted: None },
            Err(halt) => Self { roots: state.roots(), state, halted: Some(halt) },
        }
    }

    /// Every record as it stands, ascending by table and key; at height 0 the records of genesis.
    /// [`Ledger::restore`] takes them up again, and does not need those that genesis determines.
    pub fn records(&self) -> impl Iterator<Item = Change> {
        self.state.records()
    }

    /// Executes the next block. Refused transactions are entries; an error is the end.
    ///
    /// # Errors
    /// [`Halt`]: an invariant broke. The node must stop and restore; this value stays broken.
    pub fn execute<'a>(
        &mut self,
        block: &BlockContext,
        transactions: impl IntoIterator<Item = &'a IdentifiedTransaction>,
    ) -> Result<Executed, Halt> {
        if let Some(halt) = &self.halted {
            return Err(halt.clone());
        }
        let commitment = self.roots.digest();
        match execute::execute(&mut self.state, commitment, block, transactions.into_iter()) {
            Ok((roots, executed)) => {
                self.roots = roots;
                Ok(executed)
            }
            Err(halt) => {
                self.halted = Some(halt.clone());
                Err(halt)
            }
        }
    }

    /// Asks whether a transaction would be taken now. Advisory: another transaction may come
    /// first. `now` stands for the time of the block that will hold it.
    ///
    /// # Errors
    /// [`FieldRefusal`]: the first field that a rule refuses.
    pub fn check(&self, transaction: &Transaction, now: Timestamp) -> Result<(), FieldRefusal> {
        operation::check::check(&self.state, transaction, now)
    }

    /// The commitment to the whole state.
    pub fn state(&self) -> Digest {
        self.roots.digest()
    }

    /// What the commitment is the digest of.
    pub const fn roots(&self) -> &StateRoots {
        &self.roots
    }

    /// The last executed block.
    pub const fn height(&self) -> Height {
        self.roots.height
    }

    /// The time of its last block, in milliseconds.
    pub const fn time(&self) -> Timestamp {
        self.roots.time
    }

    /// An account by its number.
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.state.accounts.get(id)
    }

    /// A participant's accounts, by asset and then by number.
    pub fn accounts_of(&self, participant: ParticipantId) -> impl Iterator<Item = (AccountId, &Account)> {
        self.state.accounts.of(participant).filter_map(|id| Some((id, self.account(id)?)))
    }

    /// The account at which a participant takes payments in an asset unless told otherwise: the
    /// first that it got.
    pub fn default_account(&self, participant: ParticipantId, asset: AssetId) -> Option<AccountId> {
        self.state.accounts.first_of(participant, asset)
    }

    /// Proof of an account's balances under [`Ledger::state`].
    pub fn account_proof(&self, id: AccountId) -> Option<AccountProof> {
        AccountProof::new(id, &self.state.accounts.slots, self.roots)
    }

    /// A participant by its number.
    pub fn participant(&self, id: ParticipantId) -> Option<&ParticipantEntry> {
        self.state.participant(id)
    }

    /// All participants in the order of their numbers.
    pub fn participants(&self) -> impl Iterator<Item = (ParticipantId, &ParticipantEntry)> {
        self.state.participants.slots.iter().map(|(slot, record)| (ParticipantId(slot), &record.entry))
    }

    /// The participant with this identifier code.
    pub fn participant_by_bic(&self, bic: &Bic) -> Option<(ParticipantId, &ParticipantEntry)> {
        let id = self.state.participants.by_bic(bic)?;
        Some((id, self.participant(id)?))
    }

    /// An asset by its number.
    pub fn asset(&self, id: AssetId) -> Option<&Asset> {
        self.state.assets.get(id)
    }

    /// All assets in the order of their numbers.
    pub fn assets(&self) -> impl Iterator<Item = (AssetId, &Asset)> {
        self.state.assets.iter()
    }

    /// What was issued and redeemed of an asset, and what the accounts hold.
    pub fn totals(&self, id: AssetId) -> Option<Totals> {
        let (asset, sum) = (self.asset(id)?, self.state.sums.of(id));
        Some(Totals { issued: asset.issued, redeemed: asset.redeemed, held: sum.held, reserved: sum.reserved })
    }

    /// A client's authorisation.
    pub fn client(&self, handle: &ClientHandle) -> Option<&Client> {
        self.state.clients.get(handle)
    }

    /// A payment that is not final.
    pub fn open_payment(&self, uetr: &Uetr) -> Option<&OpenPayment> {
        self.state.payments.get(self.state.payments.slot_of(uetr)?)
    }

    /// How many payments are not final.
    pub fn open_payments(&self) -> u32 {
        self.state.payments.count()
    }

    /// The time from which on the next block has something to do even if it orders nothing: a
    /// payment lapses, its hold does, its day begins, the asset opens in which it queues, or its
    /// licence or agent was withdrawn.
    pub fn next_due(&self) -> Option<Timestamp> {
        let stops = !licence::rules::stopped(&self.state, 1).is_empty()
            || !participant::rules::stopped(&self.state, 1).is_empty();
        let last = self.state.meta.time;
        if stops {
            return Some(last);
        }
        let opening = calendar::rules::next_opening(&self.state, last);
        self.state.payments.next_due(last).into_iter().chain(opening).min()
    }

    /// All payments that are not final, by slot.
    pub fn all_open_payments(&self) -> impl Iterator<Item = &OpenPayment> {
        self.state.payments.slots.iter().map(|(_, open)| open)
    }

    /// A payment's status of today.
    pub fn status_of(&self, uetr: &Uetr) -> Option<PaymentStatus> {
        crate::payment::pay::status_of(&self.state, uetr, self.lookup(uetr)?)
    }

    /// What a reference was used for.
    pub fn lookup(&self, reference: &Uetr) -> Option<&Used> {
        self.state.references.get(reference)
    }

    /// The epoch of the next block.
    pub const fn epoch(&self) -> Epoch {
        self.roots.epoch
    }

    /// The validators of the next block's epoch.
    pub fn validators(&self) -> &ValidatorSet {
        self.state.epochs.current()
    }

    /// The validators of the epoch after, once they are decided. They become the current ones at
    /// the end of the block whose header names them.
    pub fn pending_validators(&self) -> Option<&ValidatorSet> {
        self.state.epochs.pending()
    }

    /// The validators of every epoch up to the current one. Cheap.
    pub fn validator_sets(&self) -> ValidatorSets {
        self.state.epochs.sets().clone()
    }

    /// The validator that a participant declared last.
    pub fn candidate(&self, participant: ParticipantId) -> Option<&Candidate> {
        self.state.candidates.get(participant)
    }

    /// The last declarations of all participants, in the order of their numbers.
    pub fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.state.candidates.slots.iter().map(|(_, candidate)| candidate)
    }

    /// The nodes that are no validators and may connect, with their network keys.
    pub fn nodes(&self) -> impl Iterator<Item = (ParticipantId, PublicKey)> {
        self.state.nodes.iter().map(|(_, node)| (node.participant, node.network_key))
    }

    /// Counts everything anew and compares: money is conserved, reserves are backed, every open
    /// payment is known as waiting. Takes time in proportion to the number of records.
    ///
    /// # Errors
    /// [`Halt`] with the first discrepancy.
    pub fn audit(&self) -> Result<(), Halt> {
        crate::audit::audit(&self.state)
    }
}
