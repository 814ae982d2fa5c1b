//! Who may ask for what, and whose signatures it takes: tables as the documentation of each object
//! has them. Says nothing about what is asked for.

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::PublicKey;
use corridor_types::KeyRole::{Checker, Compliance, Governance, Issuer, Maker, Operator, Supervisor};
use corridor_types::operations::{HoldStep, ParticipantStep, ProgrammeStep, ScreeningStep};
use corridor_types::{
    Code, KeyRole, Operation, ParticipantEntry, ParticipantId, ParticipantKind, Payment, Transaction,
};

use super::state::{Check, Model, need};

/// The roles of which keys may sign, and how many different ones must, where nothing special is
/// asked.
pub fn plain_signers(operation: &Operation, by_central_bank: bool) -> (&'static [KeyRole], usize) {
    match operation {
        Operation::Issue { .. } | Operation::Redeem { .. } => (&[Issuer], 2),
        Operation::OpenAccount { .. } | Operation::SetCalendar { .. } => (&[Issuer], 1),
        Operation::AuthoriseClient { .. } | Operation::RevokeClient { .. } | Operation::Licence { .. } => {
            (&[Supervisor], 1)
        }
        Operation::Attest { .. } | Operation::Reject { .. } | Operation::Refund { .. } => (&[Operator, Compliance], 1),
        Operation::RecordAccess { .. } => (&[Compliance, Supervisor], 1),
        Operation::Screening { step: ScreeningStep::Require { .. }, .. } => (&[Supervisor], 1),
        Operation::Screening { step: ScreeningStep::Rescreen { .. }, .. } => (&[Operator, Compliance], 1),
        Operation::Hold { step, .. } => match (step, by_central_bank) {
            (HoldStep::Hold { .. }, false) => (&[Operator, Compliance], 1),
            (HoldStep::Hold { .. }, true) => (&[Compliance, Supervisor], 1),
            (_, false) => (&[Compliance], 2),
            (_, true) => (&[Compliance, Supervisor], 2),
        },
        Operation::Order { .. } => (&[Compliance, Supervisor], 2),
        Operation::Limit { .. } => (&[Issuer, Supervisor], 1),
        Operation::Exchange { .. } => (&[Operator, Maker], 1),
        Operation::Queue { .. } => (&[Operator, Maker, Compliance], 1),
        Operation::Governance { .. } => (&[Governance], 1),
        Operation::Participant { step, .. } => match step {
            ParticipantStep::SetApprovals { .. } => (&[Governance], 1),
            ParticipantStep::SetSealingKey { .. } => (&[Governance, Operator], 1),
            _ => (&[Supervisor], 1),
        },
        _ => (&[Operator], 1),
    }
}

fn may_ask(kind: ParticipantKind, operation: &Operation) -> bool {
    use ParticipantKind::{Bank, CentralBank, LicensingAuthority, Observer};
    match operation {
        Operation::RegisterNode { .. } | Operation::RemoveNode { .. } | Operation::Participant { .. } => true,
        Operation::RecordAccess { .. } => kind != Observer,
        Operation::Licence { .. } => kind == LicensingAuthority,
        Operation::Programme { .. } | Operation::Order { .. } | Operation::Limit { .. } => kind == CentralBank,
        _ => kind == Bank || kind == CentralBank,
    }
}

pub fn has(entry: &ParticipantEntry, key: &PublicKey, roles: &[KeyRole]) -> bool {
    entry.keys.iter().any(|own| own.key == *key && roles.contains(&own.role))
}

impl Model {
    pub fn authenticate(&self, transaction: &Transaction) -> Check {
        let Transaction { participant, valid_until, operation, .. } = transaction;
        need(self.now <= *valid_until, Code::TransactionExpired)?;
        let entry = &self.person(*participant).ok_or(Code::UnknownParticipant)?.entry;
        need(self.is_active(*participant), Code::ParticipantNotAuthorised)?;
        need(may_ask(entry.kind, operation), Code::ParticipantNotAuthorised)?;
        match operation {
            Operation::Pay { payment } => self.payers(transaction, std::slice::from_ref(payment)),
            Operation::PayBulk { payments } | Operation::PayTogether { payments } => self.payers(transaction, payments),
            Operation::Programme { step, .. } => self.programme_signers(transaction, step),
            Operation::Participant { step: ParticipantStep::Apply { entry: applicant }, .. } => {
                applicant_signers(entry, transaction, applicant)
            }
            Operation::Participant {
                step:
                    ParticipantStep::AddKey { participant: whose, .. }
                    | ParticipantStep::RemoveKey { participant: whose, .. },
                ..
            } => own(entry, transaction, if whose == participant { &[Governance] } else { &[Supervisor] }, 1),
            _ => plain(entry, transaction),
        }
    }

    fn payers(&self, transaction: &Transaction, payments: &[Payment]) -> Check {
        let person = self.person(transaction.participant).unwrap();
        own(&person.entry, transaction, &[Operator, Maker, Checker], 0)?;
        let of = |roles: &'static [KeyRole]| {
            let keys: BTreeSet<_> = transaction.approvals.iter().map(|approval| approval.key).collect();
            keys.into_iter().filter(|key| has(&person.entry, key, roles)).count()
        };
        need(of(&[Operator, Maker]) > 0, Code::KeyNotAuthorised)?;
        let mut sums = BTreeMap::<_, i128>::new();
        payments.iter().for_each(|payment| *sums.entry(payment.asset).or_default() += i128::from(payment.amount.0));
        let exceeded = person
            .checkers
            .values()
            .filter(|rule| sums.get(&rule.asset).is_some_and(|sum| *sum > i128::from(rule.above.0)));
        let wanted = exceeded.map(|rule| usize::from(rule.checkers)).max().unwrap_or(0);
        need(of(&[Checker]) >= wanted, Code::CheckerMissing)
    }

    /// The central banks of the members before and after the step.
    pub fn programme_banks(&self, step: &ProgrammeStep) -> BTreeSet<ParticipantId> {
        let (number, after) = match step {
            ProgrammeStep::Open { programme } => (None, Some(programme)),
            ProgrammeStep::Amend { number, programme } => (Some(number), Some(programme)),
            ProgrammeStep::Close { number } => (Some(number), None),
        };
        let before = number.and_then(|number| self.programmes.get(number.0 as usize)).map(|(programme, _)| programme);
        let members = before.into_iter().chain(after).flat_map(|programme| &programme.members);
        members.filter_map(|member| self.supervisor(*member)).collect()
    }

    fn programme_signers(&self, transaction: &Transaction, step: &ProgrammeStep) -> Check {
        let banks = self.programme_banks(step);
        let everybody = (0u32..).map(ParticipantId).take(self.people.len());
        let with_a_say: Vec<_> = everybody.filter(|id| banks.is_empty() || banks.contains(id)).collect();
        let mut signed = BTreeSet::new();
        for approval in &transaction.approvals {
            let is_key = |id: &&ParticipantId| has(&self.person(**id).unwrap().entry, &approval.key, &[Supervisor]);
            let bank = with_a_say.iter().find(is_key).ok_or(Code::KeyNotAuthorised)?;
            need(self.is_active(*bank), Code::ParticipantNotAuthorised)?;
            need(signed.insert(*bank), Code::KeyNotAuthorised)?;
        }
        // Where nobody decides, the submitter's signature is enough to learn why.
        let wanted = if banks.is_empty() { BTreeSet::from([transaction.participant]) } else { banks };
        need(wanted.is_subset(&signed), Code::CentralBankApprovalMissing)
    }
}

fn plain(entry: &ParticipantEntry, transaction: &Transaction) -> Check {
    let (roles, count) = plain_signers(&transaction.operation, entry.kind == ParticipantKind::CentralBank);
    own(entry, transaction, roles, count)
}

/// At least so many different keys of the participant in these roles, and no other key.
fn own(entry: &ParticipantEntry, transaction: &Transaction, roles: &[KeyRole], count: usize) -> Check {
    let keys: BTreeSet<_> = transaction.approvals.iter().map(|approval| approval.key).collect();
    need(keys.iter().all(|key| has(entry, key, roles)) && (count == 0 || !keys.is_empty()), Code::KeyNotAuthorised)?;
    need(keys.len() >= count, Code::SecondApprovalMissing)
}

fn applicant_signers(bank: &ParticipantEntry, transaction: &Transaction, applicant: &ParticipantEntry) -> Check {
    let keys: Vec<_> = transaction.approvals.iter().map(|approval| approval.key).collect();
    let of_bank = keys.iter().filter(|key| has(bank, key, &[Supervisor])).count();
    let of_applicant =
        keys.iter().filter(|key| !has(bank, key, &[Supervisor]) && has(applicant, key, &[Operator])).count();
    need(of_bank + of_applicant == keys.len() && of_bank > 0, Code::KeyNotAuthorised)?;
    need(of_applicant > 0, Code::PossessionNotProven)
}
