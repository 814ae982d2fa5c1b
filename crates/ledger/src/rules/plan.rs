//! What an operation other than a payment will do, once every rule has agreed.

use corridor_types::{
    AccountId, Amount, AssetId, ClientAuthorisation, NodeEntry, Operation, ParticipantId, Timestamp, Uetr, Validator,
    ValidatorSet,
};

use super::answer::{Answer, Ending, apply_answers, apply_ending, check_cancel, check_reason};
use super::list::check_list;
use super::money::{apply_issue, apply_redeem, check_issue, check_redeem};
use super::nodes::{check_register, check_remove};
use super::registry::{check_authorise, check_consent, check_open_account, check_revoke};
use super::validators::{check_candidate, check_change};
use crate::journal::{Journal, Origin};
use crate::refusal::Refusal;
use crate::slots::tables;
use crate::state::State;
use crate::{Candidate, Halt};

/// A permitted operation.
#[derive(Debug)]
pub(crate) enum Plan<'a> {
    Issue {
        account: AccountId,
        amount: Amount,
    },
    Redeem {
        account: AccountId,
        amount: Amount,
    },
    OpenAccount {
        owner: ParticipantId,
        asset: AssetId,
    },
    Authorise(&'a ClientAuthorisation),
    Revoke {
        slot: u32,
    },
    SetConsent {
        account: AccountId,
        up_to: Amount,
    },
    Answer {
        payments: &'a [Uetr],
        answer: Answer,
    },
    Cancel {
        slot: u32,
    },
    Declare(&'a Validator),
    ChangeValidators(ValidatorSet),
    RegisterNode(NodeEntry),
    RemoveNode {
        slot: u32,
    },
    /// Payments are decided one by one, not here.
    Payments,
}

/// Decides an operation whose reference was not used before.
pub(crate) fn plan<'a>(
    state: &State,
    now: Timestamp,
    participant: ParticipantId,
    operation: &'a Operation,
) -> Result<Plan<'a>, Refusal> {
    Ok(match operation {
        Operation::Issue { account, amount, .. } => {
            check_issue(state, *account, *amount)?;
            Plan::Issue { account: *account, amount: *amount }
        }
        Operation::Redeem { account, amount, .. } => {
            check_redeem(state, *account, *amount)?;
            Plan::Redeem { account: *account, amount: *amount }
        }
        Operation::OpenAccount { owner, asset, .. } => {
            check_open_account(state, *owner, *asset)?;
            Plan::OpenAccount { owner: *owner, asset: *asset }
        }
        Operation::AuthoriseClient { authorisation, .. } => {
            check_authorise(state, authorisation)?;
            Plan::Authorise(authorisation)
        }
        Operation::RevokeClient { handle, .. } => Plan::Revoke { slot: check_revoke(state, handle)? },
        Operation::SetStandingConsent { account, up_to, .. } => {
            check_consent(state, *account)?;
            Plan::SetConsent { account: *account, up_to: *up_to }
        }
        Operation::Attest { payments, .. } => plan_answer(payments, Answer::Attest)?,
        Operation::Reject { payments, reason, .. } => {
            check_reason(*reason)?;
            plan_answer(payments, Answer::Reject(*reason))?
        }
        Operation::Cancel { payment, .. } => Plan::Cancel { slot: check_cancel(state, now, payment)? },
        Operation::DeclareCandidate { validator, height, state: commitment, .. } => {
            check_candidate(state, validator, *height, *commitment)?;
            Plan::Declare(validator)
        }
        Operation::ChangeValidators { epoch, changes, .. } => {
            Plan::ChangeValidators(check_change(state, now, *epoch, changes)?)
        }
        Operation::RegisterNode { network_key, .. } => {
            check_register(state, participant, network_key)?;
            Plan::RegisterNode(NodeEntry { participant, network_key: *network_key })
        }
        Operation::RemoveNode { network_key, .. } => {
            Plan::RemoveNode { slot: check_remove(state, participant, network_key)? }
        }
        Operation::Pay { .. } | Operation::PayBulk { .. } => Plan::Payments,
    })
}

fn plan_answer(payments: &[Uetr], answer: Answer) -> Result<Plan<'_>, Refusal> {
    check_list(payments.iter().copied())?;
    Ok(Plan::Answer { payments, answer })
}

/// Carries the plan out. Nothing is refused any more.
pub(crate) fn apply(state: &mut State, journal: &mut Journal, origin: Origin, plan: Plan<'_>) -> Result<(), Halt> {
    match plan {
        Plan::Issue { account, amount } => apply_issue(state, account, amount),
        Plan::Redeem { account, amount } => apply_redeem(state, account, amount),
        Plan::OpenAccount { owner, asset } => {
            state.accounts.open(owner, asset);
            Ok(())
        }
        Plan::Authorise(authorisation) => {
            state.clients.authorise(authorisation.clone());
            Ok(())
        }
        Plan::Revoke { slot } => {
            let missing = Halt::RecordMissing { table: tables::CLIENTS, key: slot.to_string() };
            state.clients.revoke(slot).ok_or(missing)
        }
        Plan::SetConsent { account, up_to } => state.accounts.set_consent(account, up_to),
        Plan::Answer { payments, answer } => apply_answers(state, journal, origin, payments, answer),
        Plan::Cancel { slot } => apply_ending(state, journal, origin, slot, Ending::CANCEL),
        Plan::Declare(validator) => {
            let (height, time) = (journal.height, journal.time);
            state.candidates.declare(Candidate { validator: validator.clone(), height, time });
            Ok(())
        }
        Plan::ChangeValidators(next) => {
            state.epochs.decide(next);
            Ok(())
        }
        Plan::RegisterNode(node) => {
            state.nodes.register(node);
            Ok(())
        }
        Plan::RemoveNode { slot } => {
            state.nodes.remove(slot);
            Ok(())
        }
        Plan::Payments => Ok(()),
    }
}
