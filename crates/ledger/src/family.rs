//! What every family of operations can do, and what it is told. Knows no family.

use corridor_types::operations::{SignerRule, Steps};
use corridor_types::{Code, ParticipantEntry, ParticipantId, Timestamp, Transaction, Uetr};

use crate::Halt;
use crate::journal::{Journal, Origin};
use crate::refusal::Refusal;
use crate::state::State;

/// Who asks, when, of which state, under which reference.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'s> {
    pub state: &'s State,
    /// The time of the block, the only clock that the rules know.
    pub now: Timestamp,
    pub participant: ParticipantId,
    /// Of the operation.
    pub reference: Uetr,
}

/// Whose signatures are to be checked; that they are valid was checked before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed<'s> {
    pub state: &'s State,
    /// The participant on whose behalf it was submitted.
    pub participant: &'s ParticipantEntry,
    pub transaction: &'s Transaction,
}

/// What a permitted step writes to.
#[derive(Debug)]
pub(crate) struct Doing<'s> {
    pub state: &'s mut State,
    pub journal: &'s mut Journal,
    pub origin: Origin,
    /// Of the operation.
    pub reference: Uetr,
}

/// The steps of one object of the ledger: who may take them, what they demand, what they change.
pub(crate) trait Family: Steps {
    /// A permitted step, with everything that carrying it out needs.
    type Planned<'a>;

    /// Checks the signatures where the table of operations leaves them to the family. Families to
    /// which it leaves none are never asked.
    fn check_signers(&self, rule: SignerRule, _signed: &Signed<'_>) -> Result<(), Refusal> {
        Err(Refusal::new(Code::KeyNotAuthorised, "approvals", format!("{rule:?} is no rule of this operation")))
    }

    /// Checks that the participant may take the step on what it names, if that exists; what does not
    /// exist is for [`plan`](Self::plan) to refuse. A refusal here uses up no reference.
    fn check_authority(&self, asked: &Asked<'_>) -> Result<(), Refusal>;

    /// Decides a step whose reference was not used before: checks every rule and writes nothing.
    fn plan<'a>(&'a self, asked: &Asked<'_>) -> Result<Self::Planned<'a>, Refusal>;

    /// For a step on a list of which each part is decided on its own: checks each of them ahead of
    /// time, as far as that can be known before those before it are done.
    fn check_parts(&self, _asked: &Asked<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    /// Carries a step out. Nothing is refused any more.
    fn apply(doing: Doing<'_>, planned: Self::Planned<'_>) -> Result<(), Halt>;
}
