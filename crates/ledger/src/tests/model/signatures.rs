//! Who may ask for what, and whose signatures it takes: tables as the documentation of each object
//! has them. Says nothing about what is asked for.

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::PublicKey;
use corridor_types::KeyRole::{Checker, Compliance, Governance, Issuer, Maker, Operator, Supervisor};
use corridor_types::operations::{
    AccessStep, AccountStep, AssetStep, CalendarStep, ClientStep, ExchangeStep, HoldStep, NodeStep, ParticipantStep,
    PaymentStep, ProgrammeStep, RefundStep, ScreeningStep,
};
use corridor_types::{
    Amount, AssetId, Code, KeyRole, Operation, ParticipantEntry, ParticipantId, ParticipantKind, Payment, Transaction,
};

use super::state::{Check, Model, need};

/// The roles of which keys may sign, and how many different ones must, where nothing special is
/// asked.
pub fn plain_signers(operation: &Operation, by_central_bank: bool) -> (&'static [KeyRole], usize) {
    match operation {
        Operation::Asset { step: AssetStep::Issue { .. }, .. }
        | Operation::Asset { step: AssetStep::Redeem { .. }, .. } => (&[Issuer], 2),
        Operation::Account { step: AccountStep::Open { .. }, .. }
        | Operation::Calendar { step: CalendarStep::Set { .. }, .. } => (&[Issuer], 1),
        Operation::Client { step: ClientStep::Authorise { .. }, .. }
        | Operation::Client { step: ClientStep::Revoke { .. }, .. }
        | Operation::Licence { .. } => (&[Supervisor], 1),
        Operation::Payment { step: PaymentStep::Attest { .. }, .. }
        | Operation::Payment { step: PaymentStep::Reject { .. }, .. }
        | Operation::Refund { .. } => (&[Operator, Compliance], 1),
        Operation::Access { step: AccessStep::Record { .. }, .. } => (&[Compliance, Supervisor], 1),
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
            ParticipantStep::SetSealingKey { .. } => (&[Governance, Operator], 1),
            _ => (&[Supervisor], 1),
        },
        _ => (&[Operator], 1),
    }
}

fn may_ask(kind: ParticipantKind, operation: &Operation) -> bool {
    use ParticipantKind::{Bank, CentralBank, LicensingAuthority, Observer};
    match operation {
        Operation::Node { step: NodeStep::Register { .. }, .. }
        | Operation::Node { step: NodeStep::Remove { .. }, .. }
        | Operation::Participant { .. } => true,
        Operation::Access { step: AccessStep::Record { .. }, .. } => kind != Observer,
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
            Operation::Pay { .. }
            | Operation::PayBulk { .. }
            | Operation::PayTogether { .. }
            | Operation::Exchange { step: ExchangeStep::Quote { .. } | ExchangeStep::Take { .. }, .. }
            | Operation::Refund { step: RefundStep::Return { .. }, .. } => self.payers(transaction),
            Operation::Programme { step, .. } => self.programme_signers(transaction, step),
            Operation::Participant { step, .. } => match step {
                ParticipantStep::Apply { entry: applicant } => applicant_signers(entry, transaction, applicant),
                ParticipantStep::AddKey { .. }
                | ParticipantStep::RemoveKey { .. }
                | ParticipantStep::SetApprovals { .. } => self.governors(entry, transaction, step),
                _ => plain(entry, transaction),
            },
            _ => plain(entry, transaction),
        }
    }

    /// What leaves the bank that asks, and in which assets.
    fn gives(&self, operation: &Operation) -> Vec<(AssetId, Amount)> {
        let of = |payment: &Payment| (payment.asset, payment.amount);
        let from = |account, amount| self.account(account).map(|account| (account.asset, amount)).into_iter().collect();
        match operation {
            Operation::Pay { payment } => vec![of(payment)],
            Operation::PayBulk { payments } | Operation::PayTogether { payments } => payments.iter().map(of).collect(),
            Operation::Exchange { step: ExchangeStep::Quote { quote }, .. } => from(quote.pays_from, quote.pays),
            Operation::Exchange { step: ExchangeStep::Take { quote, pays_from, .. }, .. } => {
                let open = self.quotes.iter().find(|open| open.reference == *quote);
                open.map_or_else(Vec::new, |open| from(*pays_from, open.quote.paid))
            }
            Operation::Refund { step: RefundStep::Return { original, amount, .. }, .. } => {
                vec![(original.asset, *amount)]
            }
            _ => Vec::new(),
        }
    }

    fn payers(&self, transaction: &Transaction) -> Check {
        let person = self.person(transaction.participant).unwrap();
        let (all, initiating): (&[KeyRole], &[KeyRole]) = match transaction.operation {
            Operation::Refund { .. } => (&[Operator, Compliance, Checker], &[Operator, Compliance]),
            _ => (&[Operator, Maker, Checker], &[Operator, Maker]),
        };
        own(&person.entry, transaction, all, 0)?;
        let of = |roles: &[KeyRole]| {
            let keys: BTreeSet<_> = transaction.approvals.iter().map(|approval| approval.key).collect();
            keys.into_iter().filter(|key| has(&person.entry, key, roles)).count()
        };
        need(of(initiating) > 0, Code::KeyNotAuthorised)?;
        let mut sums = BTreeMap::<_, i128>::new();
        let gives = self.gives(&transaction.operation);
        gives.into_iter().for_each(|(asset, amount)| *sums.entry(asset).or_default() += i128::from(amount.0));
        let exceeded = person
            .checkers
            .values()
            .filter(|rule| sums.get(&rule.asset).is_some_and(|sum| *sum > i128::from(rule.above.0)));
        let wanted = exceeded.map(|rule| usize::from(rule.checkers)).max().unwrap_or(0);
        need(of(&[Checker]) >= wanted, Code::CheckerMissing)
    }

    /// Two governors where there are two, or two supervisors from above; one to withdraw a key that
    /// governs nothing. Two supervisors of who has nobody above it are as good as one more governor.
    fn governors(&self, own: &ParticipantEntry, transaction: &Transaction, step: &ParticipantStep) -> Check {
        let by = transaction.participant;
        let (whose, withdrawn) = match step {
            ParticipantStep::AddKey { participant, .. } => (*participant, None),
            ParticipantStep::RemoveKey { participant, key } => (*participant, Some(key)),
            _ => (by, None),
        };
        let governs = |key| self.person(whose).is_some_and(|person| has(&person.entry, key, &[Governance]));
        let is_small = withdrawn.is_some_and(|key| !governs(key));
        let keys: BTreeSet<_> = transaction.approvals.iter().map(|approval| approval.key).collect();
        let signed = |role| keys.iter().filter(|key| has(own, key, &[role])).count();
        let (governors, supervisors) = (signed(Governance), signed(Supervisor));
        if whose != by {
            need(supervisors > 0 && supervisors == keys.len(), Code::KeyNotAuthorised)?;
            return need(is_small || supervisors >= 2, Code::SecondApprovalMissing);
        }
        let helpers = if own.supervisor == by { supervisors } else { 0 };
        need(governors > 0 && governors + helpers == keys.len(), Code::KeyNotAuthorised)?;
        let is_alone = own.keys.iter().filter(|key| key.role == Governance).count() == 1;
        need(is_small || is_alone || governors >= 2 || helpers >= 2, Code::SecondApprovalMissing)
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
