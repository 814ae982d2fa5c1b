//! A complete example of every operation and step: what `corridor operation template` prints. The
//! examples are values, so each of them fits the ledger's types by construction. Every number,
//! handle and key in them is made up, and every optional field is there.

use corridor_crypto::{Digest, PublicKey};
use corridor_types::operations::{
    AccessStep, AccountStep, ApprovalRule, AssetCap, AssetStep, Calendar, CalendarStep, ClientStep, ExchangeStep,
    FreezeMode, GovernanceStep, HoldReason, HoldStep, Licence, LicenceStep, Limit, LimitScope, LimitStep, NodeStep,
    OrderStep, OrderTarget, ParticipantStep, PaymentStep, Programme, ProgrammeStep, Proposal, QueuePlace, QueueStep,
    Quote, RefundStep, RulebookPack, Rules, Screening, ScreeningStep, TravelRule, ValidatorsStep, Verdict, Window,
};
use corridor_types::{
    AccountId, Amount, AssetId, Attested, ChargeBearer, ClientAuthorisation, ClientHandle, Code, Control, Corridor,
    Epoch, Height, IdError, KeyEntry, KeyRole, Label, LicenceHandle, LicenceUse, ListId, Operation, Parameters,
    ParticipantEntry, ParticipantId, ParticipantKind, Payment, Priority, ProgrammeId, SealingKey, Shortfall, Timestamp,
    Uetr, Validator, ValidatorChange, VotingPower,
};

const DAY_MS: u64 = 86_400_000;

/// Two banks, their accounts in one asset, and an account of the first in another.
const BANKS: [ParticipantId; 2] = [ParticipantId(2), ParticipantId(3)];
const ACCOUNTS: [AccountId; 3] = [AccountId(2), AccountId(3), AccountId(4)];
const ASSET: AssetId = AssetId(0);
const CLIENT: ClientHandle = ClientHandle([0x11; 16]);
const LICENCE: LicenceHandle = LicenceHandle([0x22; 16]);
const KEY: PublicKey = PublicKey([0x33; 32]);
const OTHER_KEY: PublicKey = PublicKey([0x44; 32]);
const DIGEST: Digest = Digest([0x55; 32]);
const AMOUNT: Amount = Amount(1_250_000);
const MORE: Amount = Amount(100_000_000);

/// What all examples have in common.
struct Common {
    now: Timestamp,
    /// Of the operation.
    reference: Uetr,
    /// Of what it is about.
    other: Uetr,
    corridor: Corridor,
    label: Label,
}

/// One operation of every name, with times around `now`.
///
/// # Errors
/// Only if a text here is malformed, which a test rules out.
pub fn operations(now: Timestamp) -> Result<Vec<Operation>, IdError> {
    let common = Common {
        now,
        reference: Uetr::from_random([0x66; 16]),
        other: Uetr::from_random([0x77; 16]),
        corridor: Corridor { from: "BR".parse()?, to: "ZA".parse()? },
        label: Label::new("Order 12/2026")?,
    };
    let mut all = common.payments();
    all.extend(common.money());
    all.extend(common.participants()?);
    all.extend(common.validators());
    all.extend(common.governance(common.entry()?));
    all.extend(common.permissions()?);
    all.extend(common.compliance());
    all.extend(common.business());
    all.extend(common.others());
    Ok(all)
}

impl Common {
    const fn in_days(&self, days: u64) -> Timestamp {
        self.now.plus_ms(days * DAY_MS)
    }

    fn payment(&self) -> Payment {
        let licences = vec![LicenceUse { licence: LICENCE, amount: AMOUNT }];
        Payment {
            uetr: self.other,
            debtor_account: ACCOUNTS[0],
            creditor_account: ACCOUNTS[1],
            asset: ASSET,
            amount: AMOUNT,
            client: CLIENT,
            value_date: self.now.date(),
            expiry: self.in_days(1),
            control: Control::Controlled { licences },
            corridor: self.corridor,
            priority: Priority::Normal,
            shortfall: Shortfall::Queue,
            charge_bearer: ChargeBearer::Shared,
            screening: Some(self.screening()),
            details: DIGEST,
        }
    }

    const fn screening(&self) -> Screening {
        Screening { list: ListId(1), version: DIGEST, time: self.now, verdict: Verdict::Clear }
    }

    fn window() -> Option<Window> {
        Some(Window { length_ms: DAY_MS, cap: MORE })
    }

    fn money(&self) -> Vec<Operation> {
        let (reference, account, amount) = (self.reference, ACCOUNTS[0], AMOUNT);
        let authorisation = ClientAuthorisation {
            handle: CLIENT,
            sponsor: BANKS[0],
            assets: vec![ASSET],
            corridors: vec![self.corridor],
            payment_cap: AMOUNT,
            window: Self::window(),
            programme: Some(ProgrammeId(0)),
            valid_from: self.now,
            valid_until: self.in_days(365),
        };
        vec![
            Operation::Asset { reference, step: AssetStep::Issue { account, amount } },
            Operation::Asset { reference, step: AssetStep::Redeem { account, amount } },
            Operation::Account { reference, step: AccountStep::Open { owner: BANKS[0], asset: ASSET } },
            Operation::Client { reference, step: ClientStep::Authorise { authorisation } },
            Operation::Client { reference, step: ClientStep::Revoke { handle: CLIENT } },
            Operation::Account { reference, step: AccountStep::SetStandingConsent { account, up_to: amount } },
        ]
    }

    fn payments(&self) -> Vec<Operation> {
        let (reference, payment) = (self.reference, self.other);
        let attested = Attested { payment, content: self.payment().content() };
        let payments = || vec![self.payment()];
        let reason = Code::CreditorAgentRefused;
        vec![
            Operation::Pay { payment: self.payment() },
            Operation::PayBulk { payments: payments() },
            Operation::PayTogether { payments: payments() },
            Operation::Payment {
                reference,
                step: PaymentStep::Attest { payments: vec![attested], screening: Some(self.screening()) },
            },
            Operation::Payment { reference, step: PaymentStep::Reject { payments: vec![payment], reason } },
            Operation::Payment { reference, step: PaymentStep::Cancel { payment } },
        ]
    }

    fn change() -> (Validator, Vec<ValidatorChange>) {
        let validator = Validator { participant: BANKS[0], key: KEY, network_key: OTHER_KEY, power: VotingPower(1) };
        (validator.clone(), vec![ValidatorChange::Put { validator }, ValidatorChange::Remove { participant: BANKS[1] }])
    }

    fn validators(&self) -> Vec<Operation> {
        let (reference, network_key, (validator, changes)) = (self.reference, OTHER_KEY, Self::change());
        vec![
            Operation::Validators {
                reference,
                step: ValidatorsStep::Declare { validator, height: Height(1_000), state: DIGEST },
            },
            Operation::Validators { reference, step: ValidatorsStep::Change { epoch: Epoch(0), changes } },
            Operation::Node { reference, step: NodeStep::Register { network_key } },
            Operation::Node { reference, step: NodeStep::Remove { network_key } },
        ]
    }

    fn entry(&self) -> Result<ParticipantEntry, IdError> {
        let keys = [(KEY, KeyRole::Operator), (OTHER_KEY, KeyRole::Governance)];
        Ok(ParticipantEntry {
            name: "Example Bank".to_owned(),
            lei: "TEST00LATECOMERBAN22".parse()?,
            bic: "EXPLBRSPXXX".parse()?,
            country: self.corridor.from,
            kind: ParticipantKind::Bank,
            supervisor: ParticipantId(0),
            keys: keys.map(|(key, role)| KeyEntry { key, role }).to_vec(),
        })
    }

    fn participants(&self) -> Result<Vec<Operation>, IdError> {
        let participant = BANKS[0];
        let steps = [
            ParticipantStep::Apply { entry: self.entry()? },
            ParticipantStep::Authorise { participant },
            ParticipantStep::Suspend { participant },
            ParticipantStep::Revoke { participant },
            ParticipantStep::AddKey { participant, entry: KeyEntry { key: KEY, role: KeyRole::Checker } },
            ParticipantStep::RemoveKey { participant, key: KEY },
            ParticipantStep::SetApprovals { rule: ApprovalRule { asset: ASSET, above: MORE, checkers: 1 } },
            ParticipantStep::SetSealingKey { key: SealingKey(DIGEST.0) },
        ];
        let reference = self.reference;
        Ok(steps.map(|step| Operation::Participant { reference, step }).to_vec())
    }

    /// Programmes and licences.
    fn permissions(&self) -> Result<Vec<Operation>, IdError> {
        let (reference, number, handle) = (self.reference, ProgrammeId(0), LICENCE);
        let programme = Programme {
            name: Label::new("Pilot")?,
            starts: self.now,
            ends: self.in_days(90),
            members: BANKS.to_vec(),
            corridors: vec![self.corridor],
            caps: vec![AssetCap { asset: ASSET, payment: AMOUNT, total: MORE }],
        };
        let licence = Licence {
            handle,
            regime: Label::new("EU 2021/821")?,
            asset: ASSET,
            value: MORE,
            banks: vec![BANKS[0]],
            parties: DIGEST,
            valid_from: self.now,
            valid_until: self.in_days(365),
        };
        let programmes = [
            ProgrammeStep::Open { programme: programme.clone() },
            ProgrammeStep::Amend { number, programme },
            ProgrammeStep::Close { number },
        ];
        let licences = [
            LicenceStep::Issue { licence },
            LicenceStep::Amend { handle, value: MORE, valid_until: self.in_days(365) },
            LicenceStep::Revoke { handle },
        ];
        let programmes = programmes.map(|step| Operation::Programme { reference, step });
        Ok(programmes.into_iter().chain(licences.map(|step| Operation::Licence { reference, step })).collect())
    }

    /// Screening, holds, legal orders.
    fn compliance(&self) -> Vec<Operation> {
        let (reference, payment, account) = (self.reference, self.other, ACCOUNTS[0]);
        let order = || self.label.clone();
        let target = OrderTarget::Account { account };
        let screenings = [
            ScreeningStep::Require { list: ListId(1), version: DIGEST, max_age_ms: DAY_MS },
            ScreeningStep::Rescreen { payment, screening: self.screening() },
        ];
        let holds = [
            HoldStep::Hold { payment, reason: HoldReason::Documents, deadline: self.in_days(1) },
            HoldStep::Release { payment },
            HoldStep::Reject { payment, reason: Code::OfficerFraud },
        ];
        let orders = [
            OrderStep::Freeze { target, mode: FreezeMode::Debits, order: order() },
            OrderStep::Unfreeze { target, order: order() },
            OrderStep::Seize { account, amount: AMOUNT, to: ACCOUNTS[1], order: order() },
        ];
        let all = screenings.map(|step| Operation::Screening { reference, step }).into_iter();
        let all = all.chain(holds.map(|step| Operation::Hold { reference, step }));
        all.chain(orders.map(|step| Operation::Order { reference, step })).collect()
    }

    /// Limits, returns, exchange, queues.
    fn business(&self) -> Vec<Operation> {
        let (reference, payment, quote) = (self.reference, self.other, self.other);
        let scope = LimitScope::Account { account: ACCOUNTS[0] };
        let limit = Limit { scope, balance_max: Some(MORE), payment_max: Some(AMOUNT), window: Self::window() };
        let limits = [LimitStep::Set { limit }, LimitStep::Remove { scope }];
        let reason = Code::CreditorAgentRefused;
        let refunds = [
            RefundStep::Return { original: self.payment(), amount: AMOUNT, reason },
            RefundStep::Recall { original: self.payment(), reason: Code::OfficerFraud },
            RefundStep::RefuseRecall { payment, reason },
        ];
        let offer = Quote {
            taker: Some(BANKS[1]),
            pays_from: ACCOUNTS[0],
            pays: AMOUNT,
            paid_to: ACCOUNTS[2],
            paid: AMOUNT,
            valid_until: self.now.plus_ms(DAY_MS / 24),
        };
        let exchanges = [
            ExchangeStep::Quote { quote: offer },
            ExchangeStep::Withdraw { quote },
            ExchangeStep::Take { quote, pays_from: ACCOUNTS[2], paid_to: ACCOUNTS[0] },
        ];
        let queues = [
            QueueStep::Reprioritise { payment, priority: Priority::Urgent },
            QueueStep::Move { payment, place: QueuePlace::Front },
        ];
        let all = limits.map(|step| Operation::Limit { reference, step }).into_iter();
        let all = all.chain(refunds.map(|step| Operation::Refund { reference, step }));
        let all = all.chain(exchanges.map(|step| Operation::Exchange { reference, step }));
        all.chain(queues.map(|step| Operation::Queue { reference, step })).collect()
    }

    fn governance(&self, entry: ParticipantEntry) -> Vec<Operation> {
        let reference = self.reference;
        let pack = RulebookPack {
            country: self.corridor.from,
            corridor: Some(self.corridor),
            version: 1,
            effective_from: self.in_days(30),
            rules: Rules { travel_rule: TravelRule::Above { amount: AMOUNT }, ..Rules::default() },
        };
        let proposals = [
            Proposal::Validators { epoch: Epoch(0), changes: Self::change().1 },
            Proposal::Rulebook { pack },
            Proposal::Parameters { parameters: Parameters::default() },
            Proposal::Upgrade { version: 2, height: Height(100_000) },
            Proposal::Participant { entry },
        ];
        let propose = |proposal| GovernanceStep::Propose { proposal, closes: self.in_days(7) };
        let vote = GovernanceStep::Vote { proposal: self.other, approve: true };
        let steps = proposals.map(propose).into_iter().chain([vote]);
        steps.map(|step| Operation::Governance { reference, step }).collect()
    }

    fn others(&self) -> Vec<Operation> {
        let reference = self.reference;
        // Saturday and Sunday; from 08:00 until 18:00.
        let calendar = Calendar { weekend: 0b110_0000, holidays: vec![self.now.date()], opens: 480, closes: 1_080 };
        vec![
            Operation::Calendar { reference, step: CalendarStep::Set { asset: ASSET, calendar: Some(calendar) } },
            Operation::Access {
                reference,
                step: AccessStep::Record { payment: self.other, purpose: self.label.clone() },
            },
        ]
    }
}
