//! What an operation other than a payment will do, once every rule has agreed.

use corridor_types::operations::{Calendar, Screening};
use corridor_types::{
    AccountId, Amount, AssetId, Attested, ClientAuthorisation, Code, NodeEntry, Operation, ParticipantId, Timestamp,
    Uetr, Validator, ValidatorSet,
};

use crate::asset::rules::{apply_issue, apply_redeem, check_issue, check_redeem};
use crate::client::rules::{check_authorise, check_consent, check_open_account, check_revoke};
use crate::journal::{Journal, Origin};
use crate::node::rules::{check_register, check_remove};
use crate::payment::answer::{apply_attest, apply_reject, check_cancel, check_reason};
use crate::payment::lifecycle::{Ending, end};
use crate::refusal::Refusal;
use crate::state::State;
use crate::tables;
use crate::validators::rules::{check_candidate, check_change};
use crate::who::list::check_list;
use crate::{
    Candidate, Halt, access, calendar, exchange, governance, hold, licence, limit, order, participant, programme,
    queue, refund, screening,
};

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
    Attest {
        payments: &'a [Attested],
        screening: Option<&'a Screening>,
    },
    Reject {
        payments: &'a [Uetr],
        reason: Code,
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
    Participant(participant::rules::Planned<'a>),
    Programme(programme::rules::Planned<'a>),
    Licence(licence::rules::Planned<'a>),
    Screening(screening::rules::Planned<'a>),
    Hold(hold::rules::Planned<'a>),
    Order(order::rules::Planned<'a>),
    Limit(limit::rules::Planned<'a>),
    Refund(refund::rules::Planned<'a>),
    Exchange(exchange::rules::Planned<'a>),
    Queue(queue::rules::Planned<'a>),
    Governance(governance::rules::Planned<'a>),
    SetCalendar {
        asset: AssetId,
        calendar: Option<&'a Calendar>,
    },
    /// Nothing but the entry.
    Record,
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
        Operation::Attest { payments, screening, .. } => {
            check_list(payments.iter().map(|attested| attested.payment))?;
            Plan::Attest { payments, screening: screening.as_ref() }
        }
        Operation::Reject { payments, reason, .. } => {
            check_reason(*reason)?;
            check_list(payments.iter().copied())?;
            Plan::Reject { payments, reason: *reason }
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
        Operation::Participant { reference, step } => {
            Plan::Participant(participant::rules::plan(state, now, participant, reference, step)?)
        }
        Operation::Programme { reference, step } => {
            Plan::Programme(programme::rules::plan(state, now, participant, reference, step)?)
        }
        Operation::Licence { reference, step } => {
            Plan::Licence(licence::rules::plan(state, now, participant, reference, step)?)
        }
        Operation::Screening { reference, step } => {
            Plan::Screening(screening::rules::plan(state, now, participant, reference, step)?)
        }
        Operation::Hold { reference, step } => Plan::Hold(hold::rules::plan(state, now, participant, reference, step)?),
        Operation::Order { reference, step } => {
            Plan::Order(order::rules::plan(state, now, participant, reference, step)?)
        }
        Operation::Limit { reference, step } => {
            Plan::Limit(limit::rules::plan(state, now, participant, reference, step)?)
        }
        Operation::Refund { reference, step } => {
            Plan::Refund(refund::rules::plan(state, now, participant, reference, step)?)
        }
        Operation::Exchange { reference, step } => {
            Plan::Exchange(exchange::rules::plan(state, now, participant, reference, step)?)
        }
        Operation::Queue { reference, step } => {
            Plan::Queue(queue::rules::plan(state, now, participant, reference, step)?)
        }
        Operation::Governance { reference, step } => {
            Plan::Governance(governance::rules::plan(state, now, participant, reference, step)?)
        }
        Operation::SetCalendar { asset, calendar, .. } => {
            calendar::rules::check_set(state, *asset, calendar.as_ref())?;
            Plan::SetCalendar { asset: *asset, calendar: calendar.as_ref() }
        }
        Operation::RecordAccess { payment, .. } => {
            access::rules::check(state, payment)?;
            Plan::Record
        }
        Operation::Pay { .. } | Operation::PayBulk { .. } | Operation::PayTogether { .. } => Plan::Payments,
    })
}

/// Carries the plan out. Nothing is refused any more.
pub(crate) fn apply(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    reference: Uetr,
    plan: Plan<'_>,
) -> Result<(), Halt> {
    match plan {
        Plan::Issue { account, amount } => apply_issue(state, journal, reference, account, amount),
        Plan::Redeem { account, amount } => apply_redeem(state, journal, reference, account, amount),
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
        Plan::Attest { payments, screening } => apply_attest(state, journal, origin, payments, screening),
        Plan::Reject { payments, reason } => apply_reject(state, journal, origin, payments, reason),
        Plan::Cancel { slot } => end(state, journal, origin, slot, Ending::CANCEL),
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
        Plan::Participant(planned) => participant::rules::apply(state, journal, origin, reference, planned),
        Plan::Programme(planned) => programme::rules::apply(state, journal, origin, reference, planned),
        Plan::Licence(planned) => licence::rules::apply(state, journal, origin, reference, planned),
        Plan::Screening(planned) => screening::rules::apply(state, journal, origin, reference, planned),
        Plan::Hold(planned) => hold::rules::apply(state, journal, origin, reference, planned),
        Plan::Order(planned) => order::rules::apply(state, journal, origin, reference, planned),
        Plan::Limit(planned) => limit::rules::apply(state, journal, origin, reference, planned),
        Plan::Refund(planned) => refund::rules::apply(state, journal, origin, reference, planned),
        Plan::Exchange(planned) => exchange::rules::apply(state, journal, origin, reference, planned),
        Plan::Queue(planned) => queue::rules::apply(state, journal, origin, reference, planned),
        Plan::Governance(planned) => governance::rules::apply(state, journal, origin, reference, planned),
        Plan::SetCalendar { asset, calendar } => {
            state.calendars.set(asset, calendar.cloned());
            Ok(())
        }
        Plan::Record | Plan::Payments => Ok(()),
    }
}
