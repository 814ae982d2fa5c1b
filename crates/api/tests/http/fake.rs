//! A node in memory: takes payments, settles them when a test says so, and never persists.
#![allow(dead_code, reason = "shared by the tests of two crates, each of which uses a part")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use corridor_api::{
    AccountFilter, Answer, DetailsLookup, DetailsPut, NoAnswer, Node, ObjectQuery, Range, ReceiptLookup, Select,
    SubmitResult, Unavailable,
};
use corridor_crypto::{Digest, SecretKey, SigningContext, merkle};
use corridor_types::view::*;
use corridor_types::*;
use tokio::sync::watch;

#[path = "objects.rs"]
pub mod objects;

/// The fake's memory.
#[derive(Default)]
pub struct Memory {
    pub entries: Vec<Entry>,
    pub payments: BTreeMap<Uetr, Payment>,
    /// Sealed details; an empty document was erased.
    pub details: BTreeMap<Uetr, Vec<u8>>,
    pub busy: bool,
    /// No validator: takes nothing.
    pub observer: bool,
    /// Holds nothing up to here.
    pub snapshot: Height,
    pub broken: bool,
    /// Answers to `chain` never come.
    pub stuck: bool,
    pub submissions: usize,
}

pub struct Fake {
    pub genesis: Genesis,
    pub memory: Mutex<Memory>,
    settled: watch::Sender<Height>,
}

pub const TIME: Timestamp = Timestamp(1_800_000_000_000);

pub fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

pub fn uetr(number: u64) -> Uetr {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Uetr::from_random(bytes)
}

/// How many bookings each account has.
pub const FAKE_LINES: u64 = 5;

fn genesis() -> Genesis {
    let participant = |name: &str, lei: &str, bic: &str, kind, supervisor, seed, role| ParticipantEntry {
        name: name.to_owned(),
        lei: lei.parse().unwrap(),
        bic: bic.parse().unwrap(),
        country: bic[4..6].parse().unwrap(),
        kind,
        supervisor: ParticipantId(supervisor),
        keys: vec![KeyEntry { key: key(seed).public_key(), role }],
    };
    let central = ParticipantKind::CentralBank;
    Genesis {
        chain: "corridor-test".to_owned(),
        time: TIME,
        participants: vec![
            participant("Central Bank A", "CORRIDORTEST00000083", "CENABRBRXXX", central, 0, 1, KeyRole::Issuer),
            participant(
                "Bank A",
                "CORRIDORTEST00000180",
                "BANKBRBRXXX",
                ParticipantKind::Bank,
                0,
                2,
                KeyRole::Operator,
            ),
            participant(
                "Bank B",
                "CORRIDORTEST00000277",
                "BANKCNSHXXX",
                ParticipantKind::Bank,
                0,
                3,
                KeyRole::Operator,
            ),
        ],
        assets: vec![AssetEntry {
            currency: "BRL".parse().unwrap(),
            issuer: ParticipantId(0),
            payment_cap: Amount(1_000_000_000),
        }],
        accounts: [1, 2].map(|owner| AccountEntry { owner: ParticipantId(owner), asset: AssetId(0) }).to_vec(),
        validators: vec![ValidatorEntry {
            participant: ParticipantId(1),
            key: key(50).public_key(),
            network_key: key(51).public_key(),
            power: VotingPower(1),
        }],
        nodes: vec![NodeEntry { participant: ParticipantId(2), network_key: key(61).public_key() }],
        parameters: Parameters::default(),
    }
}

impl Fake {
    pub fn new() -> Arc<Self> {
        let genesis = genesis();
        genesis.validator_set().unwrap();
        Arc::new(Self { genesis, memory: Mutex::default(), settled: watch::Sender::new(Height(0)) })
    }

    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    pub fn context(&self) -> SigningContext {
        SigningContext::new(self.genesis.digest())
    }

    pub fn payment_record(&self, number: u64, amount: u64) -> Payment {
        let licence = LicenceUse { licence: LicenceHandle([7; 16]), amount: Amount(amount) };
        Payment {
            uetr: uetr(number),
            debtor_account: AccountId(0),
            creditor_account: AccountId(1),
            asset: AssetId(0),
            amount: Amount(amount),
            client: ClientHandle([9; 16]),
            value_date: TIME.date(),
            expiry: TIME.plus_ms(60_000),
            control: Control::Controlled { licences: vec![licence] },
            corridor: Corridor { from: "BR".parse().unwrap(), to: "CN".parse().unwrap() },
            priority: Priority::Normal,
            shortfall: Shortfall::Reject,
            charge_bearer: ChargeBearer::Shared,
            screening: None,
            details: Digest([3; 32]),
        }
    }

    pub fn pay(&self, number: u64, amount: u64) -> Transaction {
        self.sign(Operation::Pay { payment: self.payment_record(number, amount) })
    }

    pub fn sign(&self, operation: Operation) -> Transaction {
        Transaction::sign(&self.context(), ParticipantId(1), TIME.plus_ms(60_000), operation, &[&key(2)])
    }

    /// How many streams wait for the next block.
    pub fn followers(&self) -> usize {
        self.settled.receiver_count()
    }

    /// Settles a payment in a block of its own.
    pub fn settle(&self, reference: Uetr) {
        let height = self.settled.borrow().next();
        let mut memory = self.memory();
        let content = memory.payments.get(&reference).map(Payment::content).unwrap_or_default();
        memory.entries.push(Entry {
            height,
            position: 0,
            time: TIME.plus_ms(height.0),
            kind: EntryKind::Pay,
            transaction: Digest([8; 32]),
            participant: ParticipantId(1),
            reference,
            content,
            status: Some(PaymentStatus::Settled),
            code: Code::Ok,
            rules: RuleVersions { from: 1, to: 2 },
        });
        drop(memory);
        self.settled.send_replace(height);
    }

    /// Takes and settles payments `first..first + count`, one block each.
    pub fn run(&self, first: u64, count: u64) {
        for number in first..first + count {
            self.memory().payments.insert(uetr(number), self.payment_record(number, 12_500_000));
            self.settle(uetr(number));
        }
    }

    pub fn terms(&self, payment: &Payment) -> PaymentTerms {
        PaymentTerms::new(payment, "BRL".parse().unwrap(), ParticipantId(1), ParticipantId(2))
    }

    fn view(&self, reference: Uetr) -> Option<PaymentView> {
        let memory = self.memory();
        let payment = memory.payments.get(&reference);
        let entries: Vec<_> = memory.entries.iter().filter(|entry| entry.reference == reference).cloned().collect();
        let pending = entries.is_empty();
        payment?;
        Some(PaymentView::new(reference, payment.map(|payment| self.terms(payment)), &entries, true, pending))
    }

    fn take(&self, transaction: Transaction) -> SubmitResult {
        self.memory().submissions += 1;
        if self.memory().busy {
            return SubmitResult::Busy { retry_after_ms: 1_500 };
        }
        if self.memory().observer {
            return SubmitResult::NotValidator;
        }
        if !transaction.has_valid_signatures(&self.context()) {
            return SubmitResult::Malformed {
                field: "approvals[0].signature".to_owned(),
                detail: "it does not verify".to_owned(),
            };
        }
        let id = transaction.id();
        let Operation::Pay { payment } = transaction.operation else {
            let detail = "only payments here".to_owned();
            return SubmitResult::Refused { code: Code::KeyNotAuthorised, field: "operation".to_owned(), detail };
        };
        if payment.amount == Amount::ZERO {
            let detail = "the amount is 0".to_owned();
            return SubmitResult::Refused {
                code: Code::AmountZero,
                field: "operation.payment.amount".to_owned(),
                detail,
            };
        }
        let reference = payment.uetr;
        let known = self.memory().payments.get(&reference).map(|known| *known == payment);
        match known {
            Some(true) => SubmitResult::Known { reference, status: Box::new(self.view(reference).unwrap()) },
            Some(false) => {
                let detail = format!("{reference} was used for another payment");
                SubmitResult::Refused {
                    code: Code::DuplicateReference,
                    field: "operation.payment.uetr".to_owned(),
                    detail,
                }
            }
            None => {
                self.memory().payments.insert(reference, payment);
                SubmitResult::Accepted { id, reference }
            }
        }
    }

    fn unbroken<T>(&self, value: T) -> Answer<T> {
        self.broken().map(|()| value).map_err(NoAnswer::from)
    }

    fn broken(&self) -> Result<(), Unavailable> {
        if self.memory().broken { Err(Unavailable("the storage failed".to_owned())) } else { Ok(()) }
    }

    pub fn validator(&self) -> Validator {
        let ValidatorEntry { participant, key, network_key, power } = self.genesis.validators[0];
        Validator { participant, key, network_key, power }
    }

    fn validator_view(&self, connected: Option<bool>) -> ValidatorView {
        let Validator { participant, key, network_key, power } = self.validator();
        let bic = self.genesis.participants[1].bic;
        ValidatorView { participant, name: "Bank A".to_owned(), bic, key, network_key, power, connected }
    }

    /// The change from the only validator to one with more power.
    fn handover(&self) -> Handover {
        let next = Validator { power: VotingPower(2), ..self.validator() };
        let next = ValidatorSet::new(Epoch(1), vec![next]).unwrap();
        let boundary = Block {
            epoch: Epoch(0),
            view: View(1),
            height: Height(1),
            parent: self.genesis.digest(),
            parent_view: View(0),
            proposer: ValidatorIndex(0),
            time: TIME,
            cut: vec![Tip { lane: ParticipantId(1), sequence: Sequence(1), digest: Digest([5; 32]) }],
            validators: self.genesis.validator_set().unwrap().digest(),
            next_validators: next.digest(),
        };
        let (receipts, state) = (Digest([1; 32]), Digest([2; 32]));
        let block = boundary.digest();
        let outcome = Outcome { epoch: Epoch(0), height: Height(1), block, receipts, entries: 0, state };
        let signed = outcome.sign(&self.context(), ValidatorIndex(0), &key(50));
        let certificate = SettlementCertificate { outcome, signatures: vec![(ValidatorIndex(0), signed.signature)] };
        Handover { boundary, certificate, next }
    }

    pub fn account_view(&self, id: u32) -> AccountView {
        let currency = "BRL".parse().unwrap();
        let owner = self.genesis.accounts[id as usize].owner;
        AccountView {
            id: AccountId(id),
            owner,
            owner_bic: self.genesis.participants[owner.0 as usize].bic,
            asset: AssetId(0),
            currency,
            available: Money::new(Amount(12_500_000), currency),
            reserved: Money::new(Amount(5), currency),
            standing_consent: Money::new(Amount::ZERO, currency),
            freeze: Some(operations::FreezeMode::Debits),
            movements: FAKE_LINES,
            statement: self.movements(id).iter().fold(Digest::ZERO, |chain, movement| movement.chain(&chain)),
        }
    }

    fn participant_view(&self, id: u32) -> Option<ParticipantView> {
        let entry = self.genesis.participants.get(id as usize)?;
        Some(ParticipantView {
            id: ParticipantId(id),
            name: entry.name.clone(),
            lei: entry.lei,
            bic: entry.bic,
            country: entry.country,
            kind: entry.kind,
            supervisor: entry.supervisor,
            keys: entry.keys.clone(),
            validator: id == 1,
            status: if id == 2 { ParticipantStatus::Suspended } else { ParticipantStatus::Authorised },
            approvals: vec![operations::ApprovalRule { asset: AssetId(0), above: Amount(100), checkers: 2 }],
            sealing_key: (id == 1).then_some(SealingKey([9; 32])),
        })
    }

    /// One object of each kind, with a fixed name; the lists have two of it.
    fn object_page(&self, query: ObjectQuery) -> Page<ObjectView> {
        let select = |object: ObjectView, is_known: bool, range: Option<Range>| {
            let all = vec![object.clone(), object];
            let Some(range) = range else { return (all.into_iter().take(usize::from(is_known)).collect(), None) };
            let items: Vec<_> = all.into_iter().skip(range.from as usize).take(range.limit).collect();
            let end = range.from + u32::try_from(items.len()).unwrap();
            (items, (end < 2).then_some(end))
        };
        macro_rules! named {
            ($select:expr, $name:expr, $object:expr) => {
                match $select {
                    Select::One(id) => select($object, id == $name, None),
                    Select::Page(range) => select($object, true, Some(range)),
                }
            };
        }
        let (items, next) = match query {
            ObjectQuery::Participants(Select::One(id)) => {
                (self.participant_view(id.0).map(ObjectView::Participant).into_iter().collect(), None)
            }
            ObjectQuery::Participants(Select::Page(Range { from, limit })) => {
                let mut all = (from..).map_while(|id| self.participant_view(id).map(ObjectView::Participant));
                let items: Vec<_> = all.by_ref().take(limit).collect();
                let end = from + u32::try_from(items.len()).unwrap();
                (items, all.next().map(|_| end))
            }
            ObjectQuery::Programmes(which) => named!(which, ProgrammeId(0), objects::programme()),
            ObjectQuery::Licences(which) => named!(which, LicenceHandle([4; 16]), objects::licence()),
            ObjectQuery::RequiredLists(which) => named!(which, ParticipantId(0), objects::required_list()),
            ObjectQuery::Limits(range) => select(objects::limit(), true, Some(range)),
            ObjectQuery::Refunds(which) => named!(which, uetr(1), objects::refund()),
            ObjectQuery::Quotes(which) => named!(which, uetr(3), objects::quote()),
            ObjectQuery::Calendars(which) => named!(which, AssetId(0), objects::calendar()),
            ObjectQuery::Rulebooks(range) => select(objects::rulebook(), true, Some(range)),
            ObjectQuery::Proposals(which) => named!(which, uetr(3), objects::proposal()),
            ObjectQuery::Savings(which) => named!(which, AssetId(0), objects::savings()),
            ObjectQuery::OpenPayment(id) => select(objects::open_payment(self), id == uetr(1), None),
            ObjectQuery::OpenPayments(id, range) if id.0 < 3 => select(objects::open_payment(self), true, Some(range)),
            ObjectQuery::OpenPayments(..) => (Vec::new(), None),
            ObjectQuery::Queue(_, range) => select(objects::open_payment(self), true, Some(range)),
        };
        Page { height: *self.settled.borrow(), time: TIME, items, next }
    }

    /// The bookings on an account: money is issued, one unit each time.
    fn movements(&self, id: u32) -> Vec<Movement> {
        let movement = |number: u64| Movement {
            account: AccountId(id),
            number,
            height: Height(number),
            time: TIME.plus_ms(number),
            kind: MovementKind::Issued,
            reference: uetr(900 + number),
            amount: Amount(1),
            balance: number.into(),
        };
        (1..=FAKE_LINES).map(movement).collect()
    }

    fn outcome(&self, entry: &Entry) -> Outcome {
        let (block, state) = (Digest([1; 32]), Digest([2; 32]));
        let receipts = merkle::root(&[entry.leaf()]);
        Outcome { epoch: Epoch(0), height: entry.height, block, receipts, entries: 1, state }
    }

    pub fn receipt_of(&self, reference: Uetr, place: Option<EventId>) -> Option<Receipt> {
        let memory = self.memory();
        let is_meant =
            |entry: &&Entry| entry.reference == reference && place.is_none_or(|place| place == (*entry).into());
        let entry = memory.entries.iter().rev().find(is_meant)?.clone();
        let outcome = self.outcome(&entry);
        let signed = outcome.sign(&self.context(), ValidatorIndex(0), &key(50));
        let certificate = SettlementCertificate { outcome, signatures: vec![(ValidatorIndex(0), signed.signature)] };
        let payment = memory.payments.get(&reference).cloned();
        Some(Receipt { genesis: self.genesis.digest(), entry, payment, path: vec![], certificate, handovers: vec![] })
    }
}

impl Node for Fake {
    async fn submit(&self, transactions: Vec<Transaction>) -> Vec<SubmitResult> {
        transactions.into_iter().map(|transaction| self.take(transaction)).collect()
    }

    async fn payment(&self, reference: Uetr) -> Answer<Option<PaymentView>> {
        self.unbroken(self.view(reference))
    }

    async fn receipt(&self, reference: Uetr, entry: Option<EventId>) -> Answer<ReceiptLookup> {
        let lookup = match self.receipt_of(reference, entry) {
            Some(receipt) => ReceiptLookup::Ready(Box::new(receipt)),
            None if entry.is_none() && self.memory().payments.contains_key(&reference) => ReceiptLookup::Pending,
            None => ReceiptLookup::Unknown,
        };
        self.unbroken(lookup)
    }

    async fn put_details(&self, uetr: Uetr, document: Vec<u8>) -> Answer<DetailsPut> {
        let put = match document.as_slice() {
            _ if self.memory().busy => DetailsPut::Busy { retry_after_ms: 250 },
            b"" => DetailsPut::Malformed { detail: "it has no byte".to_owned() },
            b"for others" => DetailsPut::Refused { detail: "it is not for Bank A".to_owned() },
            _ => {
                self.memory().details.insert(uetr, document);
                DetailsPut::Kept
            }
        };
        self.unbroken(put)
    }

    async fn details(&self, uetr: Uetr) -> Answer<DetailsLookup> {
        let known = self.memory().payments.contains_key(&uetr);
        let lookup = match self.memory().details.get(&uetr) {
            Some(document) if document.is_empty() => DetailsLookup::Erased,
            Some(document) => DetailsLookup::Here(document.clone()),
            None if known => DetailsLookup::OnTheWay,
            None => DetailsLookup::Unknown,
        };
        self.unbroken(lookup)
    }

    async fn erase_details(&self, uetr: Uetr) -> Answer<bool> {
        let erased = self.memory().details.insert(uetr, Vec::new()).is_some();
        self.unbroken(erased)
    }

    async fn statement(&self, id: AccountId, from: u64, limit: usize) -> Answer<Option<StatementPage>> {
        if id.0 >= 2 {
            return self.unbroken(None);
        }
        let (account, first) = (self.account_view(id.0), self.memory().snapshot.0 + 1);
        let wanted = self.movements(id.0).into_iter().filter(|line| line.number >= from.max(first));
        let lines: Vec<_> = wanted.take(limit).map(|line| StatementLine::new(&line, account.currency)).collect();
        let next = lines.last().map(|line| line.number + 1).filter(|next| *next <= FAKE_LINES);
        self.unbroken(Some(StatementPage { height: Height(3), account, first, lines, next }))
    }

    async fn account(&self, id: AccountId) -> Answer<Option<AccountView>> {
        self.unbroken((id.0 < 2).then(|| self.account_view(id.0)))
    }

    async fn accounts(&self, filter: AccountFilter) -> Answer<AccountPage> {
        let wanted = |view: &AccountView| {
            filter.owner.is_none_or(|owner| owner == view.owner) && filter.bic.is_none_or(|bic| bic == view.owner_bic)
        };
        let mut accounts: Vec<_> = (filter.from.0..2).map(|id| self.account_view(id)).filter(wanted).collect();
        let next = accounts.get(filter.limit).map(|view| view.id);
        accounts.truncate(filter.limit);
        self.unbroken(AccountPage { height: *self.settled.borrow(), accounts, next })
    }

    async fn objects(&self, query: ObjectQuery) -> Answer<Page<ObjectView>> {
        self.unbroken(self.object_page(query))
    }

    async fn assets(&self) -> Answer<Vec<AssetView>> {
        let currency: CurrencyCode = "BRL".parse().unwrap();
        self.unbroken(vec![AssetView {
            id: AssetId(0),
            currency,
            minor_units: currency.minor_units(),
            issuer: ParticipantId(0),
            payment_cap: Money::new(Amount(1_000_000_000), currency),
            issued: Money::new(Amount(25_000_010), currency),
        }])
    }

    async fn client(&self, handle: ClientHandle) -> Answer<Option<ClientView>> {
        let corridor = Corridor { from: "BR".parse().unwrap(), to: "CN".parse().unwrap() };
        self.unbroken((handle == ClientHandle([9; 16])).then(|| ClientView {
            handle,
            sponsor: ParticipantId(1),
            assets: vec![AssetId(0)],
            corridors: vec![corridor],
            payment_cap: Amount(100),
            window: Some(operations::Window { length_ms: 86_400_000, cap: Amount(500) }),
            programme: Some(ProgrammeId(1)),
            valid_from: TIME,
            valid_until: TIME.plus_ms(1),
            revoked: false,
            frozen: false,
        }))
    }

    async fn block(&self, height: Height) -> Answer<Option<BlockView>> {
        let snapshot = self.memory().snapshot;
        if height <= snapshot {
            return Err(NoAnswer::BeforeSnapshot(snapshot));
        }
        let entry = self.memory().entries.iter().find(|entry| entry.height == height).cloned();
        self.unbroken(entry.map(|entry| BlockView {
            height,
            digest: Digest([1; 32]),
            epoch: Epoch(0),
            view: View(height.0),
            parent: Digest([4; 32]),
            proposer: ParticipantId(1),
            proposer_name: "Bank A".to_owned(),
            time: entry.time,
            cut: vec![TipView { lane: ParticipantId(1), sequence: Sequence(1), digest: Digest([5; 32]) }],
            outcome: Some(self.outcome(&entry)),
            certified: true,
        }))
    }

    async fn chain(&self) -> Answer<ChainView> {
        if self.memory().stuck {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
        }
        let height = *self.settled.borrow();
        self.unbroken(ChainView {
            genesis: self.genesis.digest(),
            name: self.genesis.chain.clone(),
            height,
            finalized: height,
            executed: height,
            settled: height,
            time: TIME,
            epoch: Epoch(0),
            validators: 1,
            participant: ParticipantId(1),
            participant_name: "Bank A".to_owned(),
            version: "0.0.0-test".to_owned(),
        })
    }

    async fn consensus(&self) -> Answer<ConsensusView> {
        let votes = ValidatorVotesView {
            validator: ValidatorIndex(0),
            participant: ParticipantId(1),
            name: "Bank A".to_owned(),
            power: VotingPower(1),
            notarize: Some(Digest([1; 32])),
            nullify: false,
            finalize: None,
        };
        self.unbroken(ConsensusView {
            epoch: Epoch(0),
            view: View(4),
            leader: ParticipantId(1),
            leader_name: "Bank A".to_owned(),
            votes: vec![votes],
            missing: vec!["Bank B".to_owned()],
            total_power: 1,
            quorum_power: 1,
            next_timeout_ms: Some(250),
            peers: vec![PeerView { participant: ParticipantId(2), name: "Bank B".to_owned(), connected: false }],
            finalized: Height(3),
            last_finalized_age_ms: None,
            syncing: false,
            halted: None,
            role: NodeRole::Silent,
            silence: Some(Silence::Watching),
            connected_power: 1,
            executed: Height(3),
            settled: Height(2),
            peers_finalized: Height(4),
            work: true,
            missing_batches: 1,
            missing_outcomes: vec!["Bank B".to_owned()],
            outcomes_differ: Some(Height(3)),
            snapshot: Some(SnapshotView { height: Height(2), held: 1, chunks: 5 }),
            pending_epoch: Some(Epoch(1)),
            clock_behind_ms: Some(40),
            clock_drift_max_ms: 500,
            data_bytes: Some(1_000),
        })
    }

    async fn validators(&self) -> Answer<ValidatorsView> {
        let candidate = CandidateView {
            validator: self.validator_view(Some(true)),
            height: Height(2),
            time: TIME,
            valid_until: TIME.plus_ms(86_400_000),
        };
        let node = NodeView {
            participant: ParticipantId(2),
            name: "Bank B".to_owned(),
            bic: self.genesis.participants[2].bic,
            network_key: key(61).public_key(),
            connected: Some(false),
        };
        self.unbroken(ValidatorsView {
            height: Height(3),
            time: TIME,
            epoch: Epoch(0),
            current: vec![self.validator_view(None)],
            next: Some(vec![self.validator_view(None)]),
            candidates: vec![candidate],
            nodes: vec![node],
        })
    }

    async fn handovers(&self, from: Epoch, limit: usize) -> Answer<Vec<Handover>> {
        let all = [self.handover()];
        self.unbroken(all.into_iter().filter(|handover| handover.boundary.epoch >= from).take(limit).collect())
    }

    async fn evidence(&self) -> Answer<Vec<EvidenceView>> {
        self.unbroken(vec![EvidenceView {
            kind: "conflicting_votes".to_owned(),
            epoch: Epoch(0),
            view: Some(View(2)),
            sequence: None,
            height: None,
            validator: ValidatorIndex(0),
            participant: ParticipantId(1),
            name: "Bank A".to_owned(),
            proof: "00".to_owned(),
        }])
    }

    fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    async fn events(&self, after: EventId, limit: usize) -> Answer<Vec<EventView>> {
        let memory = self.memory();
        let later = memory.entries.iter().filter(|entry| EventId::from(*entry) > after).take(limit);
        let view = |entry: &Entry| EventView {
            entry: entry.into(),
            payment: memory.payments.get(&entry.reference).map(|payment| self.terms(payment)),
        };
        let page = later.map(view).collect();
        drop(memory);
        self.unbroken(page)
    }

    fn settled(&self) -> watch::Receiver<Height> {
        self.settled.subscribe()
    }

    fn ready(&self) -> Result<(), Unavailable> {
        self.broken()
    }

    fn metrics(&self, out: &mut String) {
        out.push_str(
            "# HELP corridor_height The highest block.\n# TYPE corridor_height gauge\ncorridor_height 3\n# EOF\n",
        );
    }
}
