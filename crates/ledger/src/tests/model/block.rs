//! One block in the model: the sweep, urgent transactions, the others; of each transaction who may,
//! whether it was seen before, whether the rules agree, and what it does. The pass at the end of a
//! block is checked rather than repeated; see `pass`.

use corridor_types::operations::{
    AccessStep, AccountStep, AssetStep, CalendarStep, ClientStep, ExchangeStep, GovernanceStep, HoldStep, LicenceStep,
    LimitStep, NodeStep, OrderStep, ParticipantStep, PaymentStep, ProgrammeStep, QueueStep, RefundStep, ScreeningStep,
    ValidatorsStep,
};
use corridor_types::{
    Code, EntryKind, IdentifiedTransaction, Operation, ParticipantId, PaymentStatus, Timestamp, Transaction, Uetr,
};

use super::answers::is_creditor_reason;
use super::state::{Check, First, Model, Said, need};

pub fn kind(operation: &Operation) -> EntryKind {
    match operation {
        Operation::Pay { .. } | Operation::PayBulk { .. } | Operation::PayTogether { .. } => EntryKind::Pay,
        Operation::Asset { step: AssetStep::Issue { .. }, .. } => EntryKind::Issue,
        Operation::Asset { step: AssetStep::Redeem { .. }, .. } => EntryKind::Redeem,
        Operation::Account { step: AccountStep::Open { .. }, .. } => EntryKind::OpenAccount,
        Operation::Client { step: ClientStep::Authorise { .. }, .. } => EntryKind::AuthoriseClient,
        Operation::Client { step: ClientStep::Revoke { .. }, .. } => EntryKind::RevokeClient,
        Operation::Account { step: AccountStep::SetStandingConsent { .. }, .. } => EntryKind::SetStandingConsent,
        Operation::Payment { step: PaymentStep::Attest { .. }, .. } => EntryKind::Attest,
        Operation::Payment { step: PaymentStep::Reject { .. }, .. } => EntryKind::Reject,
        Operation::Payment { step: PaymentStep::Cancel { .. }, .. } => EntryKind::Cancel,
        Operation::Calendar { step: CalendarStep::Set { .. }, .. } => EntryKind::SetCalendar,
        Operation::Access { step: AccessStep::Record { .. }, .. } => EntryKind::RecordAccess,
        Operation::Participant { step, .. } => match step {
            ParticipantStep::Apply { .. } => EntryKind::ApplyParticipant,
            ParticipantStep::Authorise { .. } => EntryKind::AuthoriseParticipant,
            ParticipantStep::Suspend { .. } => EntryKind::SuspendParticipant,
            ParticipantStep::Revoke { .. } => EntryKind::RevokeParticipant,
            ParticipantStep::AddKey { .. } => EntryKind::AddKey,
            ParticipantStep::RemoveKey { .. } => EntryKind::RemoveKey,
            ParticipantStep::SetApprovals { .. } => EntryKind::SetApprovals,
            ParticipantStep::SetSealingKey { .. } => EntryKind::SetSealingKey,
        },
        Operation::Programme { step: ProgrammeStep::Open { .. }, .. } => EntryKind::OpenProgramme,
        Operation::Programme { step: ProgrammeStep::Amend { .. }, .. } => EntryKind::AmendProgramme,
        Operation::Programme { step: ProgrammeStep::Close { .. }, .. } => EntryKind::CloseProgramme,
        Operation::Licence { step: LicenceStep::Issue { .. }, .. } => EntryKind::IssueLicence,
        Operation::Licence { step: LicenceStep::Amend { .. }, .. } => EntryKind::AmendLicence,
        Operation::Licence { step: LicenceStep::Revoke { .. }, .. } => EntryKind::RevokeLicence,
        Operation::Screening { step: ScreeningStep::Require { .. }, .. } => EntryKind::RequireList,
        Operation::Screening { step: ScreeningStep::Rescreen { .. }, .. } => EntryKind::Rescreen,
        Operation::Hold { step: HoldStep::Hold { .. }, .. } => EntryKind::Hold,
        Operation::Hold { step: HoldStep::Release { .. }, .. } => EntryKind::Release,
        Operation::Hold { step: HoldStep::Reject { .. }, .. } => EntryKind::RejectHeld,
        Operation::Order { step: OrderStep::Freeze { .. }, .. } => EntryKind::Freeze,
        Operation::Order { step: OrderStep::Unfreeze { .. }, .. } => EntryKind::Unfreeze,
        Operation::Order { step: OrderStep::Seize { .. }, .. } => EntryKind::Seize,
        Operation::Limit { step: LimitStep::Set { .. }, .. } => EntryKind::SetLimit,
        Operation::Limit { step: LimitStep::Remove { .. }, .. } => EntryKind::RemoveLimit,
        Operation::Refund { step: RefundStep::Return { .. }, .. } => EntryKind::Return,
        Operation::Refund { step: RefundStep::Recall { .. }, .. } => EntryKind::Recall,
        Operation::Refund { step: RefundStep::RefuseRecall { .. }, .. } => EntryKind::RefuseRecall,
        Operation::Exchange { step: ExchangeStep::Quote { .. }, .. } => EntryKind::Quote,
        Operation::Exchange { step: ExchangeStep::Withdraw { .. }, .. } => EntryKind::WithdrawQuote,
        Operation::Exchange { step: ExchangeStep::Take { .. }, .. } => EntryKind::TakeQuote,
        Operation::Queue { step: QueueStep::Reprioritise { .. }, .. } => EntryKind::Reprioritise,
        Operation::Queue { step: QueueStep::Move { .. }, .. } => EntryKind::MoveInQueue,
        Operation::Governance { step: GovernanceStep::Propose { .. }, .. } => EntryKind::Propose,
        Operation::Governance { step: GovernanceStep::Vote { .. }, .. } => EntryKind::Vote,
        Operation::Validators { step: ValidatorsStep::Declare { .. }, .. } => EntryKind::DeclareCandidate,
        Operation::Validators { step: ValidatorsStep::Change { .. }, .. } => EntryKind::ChangeValidators,
        Operation::Node { step: NodeStep::Register { .. }, .. } => EntryKind::RegisterNode,
        Operation::Node { step: NodeStep::Remove { .. }, .. } => EntryKind::RemoveNode,
    }
}

pub const fn is_urgent(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Order { .. }
            | Operation::Client { step: ClientStep::Revoke { .. }, .. }
            | Operation::Licence { step: LicenceStep::Revoke { .. }, .. }
            | Operation::Participant { step: ParticipantStep::Suspend { .. } | ParticipantStep::Revoke { .. }, .. }
    )
}

impl Model {
    /// Everything up to the pass, and what the entries must say.
    pub fn block(&mut self, time: Timestamp, items: &[IdentifiedTransaction]) -> Vec<Said> {
        (self.now, self.height) = (time, self.height + 1);
        self.sweep();
        for urgent in [true, false] {
            for item in items.iter().filter(|item| is_urgent(&item.transaction.operation) == urgent) {
                self.transaction(item);
            }
        }
        std::mem::take(&mut self.said)
    }

    fn transaction(&mut self, item: &IdentifiedTransaction) {
        let Transaction { participant: by, operation, .. } = &item.transaction;
        let made_up = || Uetr::from_random(item.id.0[..16].try_into().unwrap());
        let (kind, reference) = (kind(operation), operation.reference().unwrap_or_else(made_up));
        if let Err(code) = self.authenticate(&item.transaction) {
            return self.say(kind, reference, code, None, *by);
        }
        match operation {
            Operation::Pay { payment } => self.pay(*by, payment),
            Operation::PayBulk { payments } => match Self::list_is_whole(payments.iter().map(|payment| payment.uetr)) {
                Ok(()) => payments.iter().for_each(|payment| self.pay(*by, payment)),
                Err(code) => self.say(kind, reference, code, None, *by),
            },
            Operation::PayTogether { payments } => {
                self.pay_together(*by, payments, |model, code| model.say(kind, reference, code, None, *by));
            }
            operation => self.operation(*by, kind, reference, operation),
        }
    }

    fn operation(&mut self, by: ParticipantId, kind: EntryKind, reference: Uetr, operation: &Operation) {
        if let Err(code) = self.authority(by, operation) {
            return self.say(kind, reference, code, None, by);
        }
        let content = operation.content(by);
        if let Some(first) = self.used.get(&reference) {
            let same = first.content == content;
            let (code, is_payment) = (if same { first.code } else { Code::DuplicateReference }, first.is_payment);
            let status = self.status_of(&reference).filter(|_| same && is_payment);
            return self.say(kind, reference, code, status, by);
        }
        let code = self.rules_of(by, operation).err().unwrap_or(Code::Ok);
        self.used.insert(reference, First { content, code, is_payment: false });
        self.say(kind, reference, code, None, by);
        if code == Code::Ok {
            self.carry_out(by, reference, operation);
        }
    }

    /// Who may ask this of what it names; what is not there is nobody's.
    fn authority(&self, by: ParticipantId, operation: &Operation) -> Check {
        match operation {
            Operation::Asset { step: AssetStep::Issue { account, .. }, .. }
            | Operation::Asset { step: AssetStep::Redeem { account, .. }, .. } => {
                self.issuer_of_account_asks(by, *account)
            }
            Operation::Account { step: AccountStep::Open { asset, .. }, .. }
            | Operation::Calendar { step: CalendarStep::Set { asset, .. }, .. } => self.issuer_asks(by, *asset),
            Operation::Client { step: ClientStep::Authorise { authorisation }, .. } => {
                self.supervisor_asks(by, authorisation.sponsor)
            }
            Operation::Client { step: ClientStep::Revoke { handle }, .. } => {
                self.central_bank_asks(by)?;
                let sponsor = self.clients.get(handle).map(|client| client.authorisation.sponsor);
                sponsor.map_or(Ok(()), |sponsor| self.supervisor_asks(by, sponsor))
            }
            Operation::Account { step: AccountStep::SetStandingConsent { account, .. }, .. } => {
                self.owner_asks(by, *account)
            }
            Operation::Payment { step: PaymentStep::Cancel { payment }, .. } => self.debtor_agent_asks(by, payment),
            Operation::Queue { step, .. } => {
                let (QueueStep::Reprioritise { payment, .. } | QueueStep::Move { payment, .. }) = step;
                self.debtor_agent_asks(by, payment)
            }
            Operation::Participant { step, .. } => self.participant_authority(by, step),
            Operation::Programme { step, .. } => self.programme_authority(by, step),
            Operation::Licence { step, .. } => self.licence_authority(by, step),
            Operation::Screening { step, .. } => self.screening_authority(by, step),
            Operation::Hold { step, .. } => self.hold_authority(by, step),
            Operation::Order { step, .. } => self.order_authority(by, step),
            Operation::Limit { step, .. } => self.limit_authority(by, step),
            Operation::Refund { step, .. } => self.refund_authority(by, step),
            Operation::Exchange { step, .. } => self.exchange_authority(by, step),
            Operation::Governance { step, .. } => self.governance_authority(by, step),
            Operation::Access { step: AccessStep::Record { payment, .. }, .. } => self.may_open(by, payment),
            _ => Ok(()),
        }
    }

    fn rules_of(&self, by: ParticipantId, operation: &Operation) -> Check {
        match operation {
            Operation::Asset { step: AssetStep::Issue { account, amount }, .. } => self.issue_rules(*account, *amount),
            Operation::Asset { step: AssetStep::Redeem { account, amount }, .. } => {
                self.redeem_rules(*account, *amount)
            }
            Operation::Account { step: AccountStep::Open { owner, asset }, .. } => self.account_rules(*owner, *asset),
            Operation::Client { step: ClientStep::Authorise { authorisation }, .. } => self.client_rules(authorisation),
            Operation::Client { step: ClientStep::Revoke { handle }, .. } => {
                let client = self.clients.get(handle).ok_or(Code::UnknownClient)?;
                need(!client.revoked, Code::ClientRevoked)
            }
            Operation::Account { step: AccountStep::SetStandingConsent { account, .. }, .. } => {
                need(self.account(*account).is_some(), Code::UnknownAccount)
            }
            Operation::Payment { step: PaymentStep::Attest { payments, .. }, .. } => {
                Self::list_is_whole(payments.iter().map(|attested| attested.payment))
            }
            Operation::Payment { step: PaymentStep::Reject { payments, reason }, .. } => {
                need(is_creditor_reason(*reason), Code::ReasonNotAllowed)?;
                Self::list_is_whole(payments.iter().copied())
            }
            Operation::Payment { step: PaymentStep::Cancel { payment }, .. } => self.may_end(payment),
            Operation::Queue { step, .. } => {
                let (QueueStep::Reprioritise { payment, .. } | QueueStep::Move { payment, .. }) = step;
                self.find_alive(payment).map(|_| ())
            }
            Operation::Participant { step, .. } => self.participant_rules(by, step),
            Operation::Programme { step, .. } => self.programme_rules(step),
            Operation::Licence { step, .. } => self.licence_rules(step),
            Operation::Screening { step, .. } => self.screening_rules(by, step),
            Operation::Hold { step, .. } => self.hold_rules(step),
            Operation::Order { step, .. } => self.order_rules(by, step),
            Operation::Limit { step, .. } => self.limit_rules(step),
            Operation::Refund { step, .. } => self.refund_rules(step),
            Operation::Exchange { step, .. } => self.exchange_rules(by, step),
            Operation::Governance { step, .. } => self.governance_rules(by, step),
            Operation::Calendar { step: CalendarStep::Set { asset, calendar }, .. } => {
                self.calendar_rules(*asset, calendar.as_ref())
            }
            Operation::Access { step: AccessStep::Record { payment, .. }, .. } => {
                need(self.is_payment(payment), Code::UnknownPayment)
            }
            _ => Ok(()),
        }
    }

    fn carry_out(&mut self, by: ParticipantId, reference: Uetr, operation: &Operation) {
        match operation {
            Operation::Asset { step: AssetStep::Issue { .. }, .. }
            | Operation::Asset { step: AssetStep::Redeem { .. }, .. } => self.money(operation),
            Operation::Account { step: AccountStep::Open { owner, asset }, .. } => {
                self.accounts.push(super::state::new_account(*owner, *asset))
            }
            Operation::Client { step: ClientStep::Authorise { authorisation }, .. } => self.authorise(authorisation),
            Operation::Client { step: ClientStep::Revoke { handle }, .. } => {
                self.clients.get_mut(handle).unwrap().revoked = true
            }
            Operation::Account { step: AccountStep::SetStandingConsent { account, up_to }, .. } => {
                self.accounts[account.0 as usize].consent = i128::from(up_to.0);
            }
            Operation::Payment { step: PaymentStep::Attest { payments, screening }, .. } => {
                self.attest(by, payments, screening.as_ref())
            }
            Operation::Payment { step: PaymentStep::Reject { payments, reason }, .. } => {
                self.reject(by, payments, *reason)
            }
            Operation::Payment { step: PaymentStep::Cancel { payment }, .. } => {
                let (kind, code) = (EntryKind::Cancel, Code::CancelledByDebtorAgent);
                self.end(payment, kind, PaymentStatus::Cancelled, code, by);
            }
            Operation::Queue { step, .. } => self.reorder(by, step),
            Operation::Participant { step, .. } => self.take_step(by, step),
            Operation::Programme { step, .. } => self.programme(step),
            Operation::Licence { step, .. } => self.licence(by, step),
            Operation::Screening { step, .. } => self.screen(by, step),
            Operation::Hold { step, .. } => self.hold(by, step),
            Operation::Order { step, .. } => self.order(by, step),
            Operation::Limit { step, .. } => self.limit(step),
            Operation::Refund { step, .. } => self.refund(step),
            Operation::Exchange { step, .. } => self.exchange(by, reference, step),
            Operation::Governance { step, .. } => self.govern(by, reference, step),
            Operation::Calendar { step: CalendarStep::Set { asset, calendar }, .. } => {
                match calendar {
                    Some(calendar) => self.calendars.insert(*asset, calendar.clone()),
                    None => self.calendars.remove(asset),
                };
            }
            _ => (),
        }
    }
}
