//! One operation of every kind and step, as the types themselves write it.

use corridor_crypto::Digest;
use corridor_types::operations::*;
use corridor_types::*;

use super::fake::{Fake, TIME, key, uetr};

fn label() -> Label {
    Label::new("Order 12/2026").unwrap()
}

fn corridor() -> Corridor {
    Corridor { from: "BR".parse().unwrap(), to: "CN".parse().unwrap() }
}

fn screening() -> Screening {
    Screening { list: ListId(1), version: Digest([2; 32]), time: TIME, verdict: Verdict::PossibleMatch }
}

fn window() -> Option<Window> {
    Some(Window { length_ms: 86_400_000, cap: Amount(9) })
}

/// Everything without steps.
pub fn plain(fake: &Fake) -> Vec<Operation> {
    let (reference, account, amount) = (uetr(1), AccountId(0), Amount(5));
    let payments = vec![uetr(2)];
    let attested = vec![Attested { payment: uetr(2), content: Digest([7; 32]) }];
    let authorisation = ClientAuthorisation {
        handle: ClientHandle([1; 16]),
        sponsor: ParticipantId(1),
        assets: vec![AssetId(0)],
        corridors: vec![Corridor { from: "BR".parse().unwrap(), to: "CN".parse().unwrap() }],
        payment_cap: amount,
        window: None,
        programme: None,
        valid_from: Timestamp(1),
        valid_until: Timestamp(2),
    };
    let (validator, state) = (fake.validator(), Digest([6; 32]));
    let changes = [
        ValidatorChange::Put { validator: validator.clone() },
        ValidatorChange::Remove { participant: ParticipantId(1) },
    ];
    let mut free = fake.payment_record(1, 5);
    free.control = Control::NotControlled;
    vec![
        Operation::Asset { reference, step: AssetStep::Issue { account, amount } },
        Operation::Asset { reference, step: AssetStep::Redeem { account, amount } },
        Operation::Account { reference, step: AccountStep::Open { owner: ParticipantId(1), asset: AssetId(0) } },
        Operation::Client { reference, step: ClientStep::Authorise { authorisation } },
        Operation::Client { reference, step: ClientStep::Revoke { handle: ClientHandle([1; 16]) } },
        Operation::Account { reference, step: AccountStep::SetStandingConsent { account, up_to: amount } },
        Operation::Pay { payment: free },
        Operation::PayBulk { payments: vec![fake.payment_record(1, 5)] },
        Operation::Payment { reference, step: PaymentStep::Attest { payments: attested, screening: None } },
        Operation::Payment { reference, step: PaymentStep::Reject { payments, reason: Code::CreditorAgentRefused } },
        Operation::Payment { reference, step: PaymentStep::Cancel { payment: uetr(2) } },
        Operation::Validators {
            reference,
            step: ValidatorsStep::Declare { validator: validator.clone(), height: Height(1), state },
        },
        Operation::Validators {
            reference,
            step: ValidatorsStep::Change { epoch: Epoch(0), changes: changes.to_vec() },
        },
        Operation::Node { reference, step: NodeStep::Register { network_key: validator.network_key } },
        Operation::Node { reference, step: NodeStep::Remove { network_key: validator.network_key } },
    ]
}

/// Everything that has steps, and the operations beside them.
pub fn operations(fake: &Fake) -> Vec<Operation> {
    let reference = uetr(3);
    let mut all = Vec::new();
    all.extend(participants(fake).map(|step| Operation::Participant { reference, step }));
    all.extend(programmes().map(|step| Operation::Programme { reference, step }));
    all.extend(licences().map(|step| Operation::Licence { reference, step }));
    all.extend(screenings().map(|step| Operation::Screening { reference, step }));
    all.extend(holds().map(|step| Operation::Hold { reference, step }));
    all.extend(orders().map(|step| Operation::Order { reference, step }));
    all.extend(limits().map(|step| Operation::Limit { reference, step }));
    all.extend(refunds(fake).map(|step| Operation::Refund { reference, step }));
    all.extend(exchanges().map(|step| Operation::Exchange { reference, step }));
    all.extend(queues().map(|step| Operation::Queue { reference, step }));
    all.extend(decisions(fake).into_iter().map(|step| Operation::Governance { reference, step }));
    let calendar = Calendar { weekend: 0b110_0000, holidays: vec![TIME.date()], opens: 480, closes: 1_080 };
    let screened = Payment { screening: Some(screening()), ..fake.payment_record(4, 5) };
    all.extend([
        Operation::PayTogether { payments: vec![screened] },
        Operation::Payment { reference, step: PaymentStep::Attest { payments: vec![], screening: Some(screening()) } },
        Operation::Client { reference, step: ClientStep::Authorise { authorisation: authorisation() } },
        Operation::Calendar { reference, step: CalendarStep::Set { asset: AssetId(0), calendar: Some(calendar) } },
        Operation::Access { reference, step: AccessStep::Record { payment: uetr(2), purpose: label() } },
    ]);
    all
}

fn authorisation() -> ClientAuthorisation {
    ClientAuthorisation {
        handle: ClientHandle([1; 16]),
        sponsor: ParticipantId(1),
        assets: vec![AssetId(0)],
        corridors: vec![corridor()],
        payment_cap: Amount(5),
        window: window(),
        programme: Some(ProgrammeId(1)),
        valid_from: Timestamp(1),
        valid_until: Timestamp(2),
    }
}

fn participants(fake: &Fake) -> impl Iterator<Item = ParticipantStep> {
    let participant = ParticipantId(1);
    let public = key(5).public_key();
    [
        ParticipantStep::Apply { entry: fake.genesis.participants[1].clone() },
        ParticipantStep::Authorise { participant },
        ParticipantStep::Suspend { participant },
        ParticipantStep::Revoke { participant },
        ParticipantStep::AddKey { participant, entry: KeyEntry { key: public, role: KeyRole::Governance } },
        ParticipantStep::RemoveKey { participant, key: public },
        ParticipantStep::SetApprovals { rule: ApprovalRule { asset: AssetId(0), above: Amount(1), checkers: 1 } },
        ParticipantStep::SetSealingKey { key: SealingKey([9; 32]) },
    ]
    .into_iter()
}

fn programmes() -> impl Iterator<Item = ProgrammeStep> {
    let programme = Programme {
        name: label(),
        starts: TIME,
        ends: TIME.plus_ms(1),
        members: vec![ParticipantId(1), ParticipantId(2)],
        corridors: vec![corridor()],
        caps: vec![AssetCap { asset: AssetId(0), payment: Amount(1), total: Amount(2) }],
    };
    let number = ProgrammeId(1);
    [
        ProgrammeStep::Open { programme: programme.clone() },
        ProgrammeStep::Amend { number, programme },
        ProgrammeStep::Close { number },
    ]
    .into_iter()
}

fn licences() -> impl Iterator<Item = LicenceStep> {
    let (handle, value, valid_until) = (LicenceHandle([4; 16]), Amount(9), TIME);
    let licence = Licence {
        handle,
        regime: label(),
        asset: AssetId(0),
        value,
        banks: vec![ParticipantId(1)],
        parties: Digest([3; 32]),
        valid_from: Timestamp(1),
        valid_until,
    };
    let (amend, revoke) = (LicenceStep::Amend { handle, value, valid_until }, LicenceStep::Revoke { handle });
    [LicenceStep::Issue { licence }, amend, revoke].into_iter()
}

fn screenings() -> impl Iterator<Item = ScreeningStep> {
    let (list, version) = (ListId(1), Digest([2; 32]));
    let rescreen = ScreeningStep::Rescreen { payment: uetr(2), screening: screening() };
    [ScreeningStep::Require { list, version, max_age_ms: 5 }, rescreen].into_iter()
}

fn holds() -> impl Iterator<Item = HoldStep> {
    let payment = uetr(2);
    [
        HoldStep::Hold { payment, reason: HoldReason::Documents, deadline: TIME },
        HoldStep::Release { payment },
        HoldStep::Reject { payment, reason: Code::OfficerFraud },
    ]
    .into_iter()
}

fn orders() -> impl Iterator<Item = OrderStep> {
    let account = AccountId(0);
    let (one, other) = (OrderTarget::Account { account }, OrderTarget::Client { handle: ClientHandle([1; 16]) });
    [
        OrderStep::Freeze { target: one, mode: FreezeMode::All, order: label() },
        OrderStep::Unfreeze { target: other, order: label() },
        OrderStep::Seize { account, amount: Amount(5), to: AccountId(1), order: label() },
    ]
    .into_iter()
}

fn limits() -> impl Iterator<Item = LimitStep> {
    let (asset, most) = (AssetId(0), Some(Amount(5)));
    let scope = LimitScope::Account { account: AccountId(0) };
    let set = LimitStep::Set { limit: Limit { scope, balance_max: most, payment_max: most, window: window() } };
    let others = [
        LimitScope::Bank { participant: ParticipantId(1), asset },
        LimitScope::Corridor { corridor: corridor(), asset },
        LimitScope::Asset { asset },
    ];
    std::iter::once(set).chain(others.map(|scope| LimitStep::Remove { scope }))
}

fn refunds(fake: &Fake) -> impl Iterator<Item = RefundStep> {
    let original = fake.payment_record(1, 5);
    [
        RefundStep::Return { original: original.clone(), amount: Amount(5), reason: Code::CreditorAgentRefused },
        RefundStep::Recall { original, reason: Code::OfficerFraud },
        RefundStep::RefuseRecall { payment: uetr(1), reason: Code::CreditorAgentRefused },
    ]
    .into_iter()
}

fn exchanges() -> impl Iterator<Item = ExchangeStep> {
    let quote = Quote {
        taker: Some(ParticipantId(2)),
        pays_from: AccountId(0),
        pays: Amount(1),
        paid_to: AccountId(1),
        paid: Amount(2),
        valid_until: TIME,
    };
    let take = ExchangeStep::Take { quote: uetr(3), pays_from: AccountId(1), paid_to: AccountId(0) };
    [ExchangeStep::Quote { quote }, ExchangeStep::Withdraw { quote: uetr(3) }, take].into_iter()
}

fn queues() -> impl Iterator<Item = QueueStep> {
    let payment = uetr(2);
    [
        QueueStep::Reprioritise { payment, priority: Priority::Urgent },
        QueueStep::Move { payment, place: QueuePlace::Front },
    ]
    .into_iter()
}

fn decisions(fake: &Fake) -> Vec<GovernanceStep> {
    let travel = [TravelRule::Always, TravelRule::Above { amount: Amount(5) }, TravelRule::Never];
    let pack = |travel_rule| RulebookPack {
        country: "BR".parse().unwrap(),
        corridor: Some(corridor()),
        version: 1,
        effective_from: TIME,
        rules: Rules { travel_rule, ..Rules::default() },
    };
    let mut proposals: Vec<Proposal> = travel.map(|rule| Proposal::Rulebook { pack: pack(rule) }).into();
    proposals.extend([
        Proposal::Validators {
            epoch: Epoch(0),
            changes: vec![ValidatorChange::Remove { participant: ParticipantId(1) }],
        },
        Proposal::Parameters { parameters: Parameters::default() },
        Proposal::Upgrade { version: 2, height: Height(900) },
        Proposal::Participant { entry: fake.genesis.participants[1].clone() },
    ]);
    let mut all: Vec<_> =
        proposals.into_iter().map(|proposal| GovernanceStep::Propose { proposal, closes: TIME }).collect();
    all.push(GovernanceStep::Vote { proposal: uetr(3), approve: true });
    all
}
