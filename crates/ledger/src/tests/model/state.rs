//! What the model remembers: plain maps and lists, signed numbers, nothing that could be counted
//! anew from something else. What an account has set aside, what a licence is used for and what a
//! cap counts is added up from the payments each time it is asked.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_types::operations::{
    ApprovalRule, Calendar, FreezeMode, Licence, Limit, Programme, Proposal, Quote, RulebookPack, Rules, Screening,
    Window,
};
use corridor_types::{
    AccountId, Amount, AssetId, ClientAuthorisation, ClientHandle, Code, Control, Corridor, CountryCode, EntryKind,
    KeyEntry, LicenceHandle, LicenceUse, Parameters, ParticipantEntry, ParticipantId, ParticipantKind, Payment,
    PaymentStatus, Priority, RuleVersions, SealingKey, Timestamp, Uetr,
};

use crate::limits::Limits;
use crate::{Hold, ParticipantStatus, RequiredList};

/// The code with which something is refused, or what it gives.
pub type Answer<T> = Result<T, Code>;
pub type Check = Answer<()>;

pub fn need(holds: bool, code: Code) -> Check {
    if holds { Ok(()) } else { Err(code) }
}

pub fn ascending<T: Ord>(list: &[T], least: usize, most: usize) -> bool {
    (least..=most).contains(&list.len()) && list.windows(2).all(|pair| pair[0] < pair[1])
}

/// What an entry must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    pub kind: EntryKind,
    pub reference: Uetr,
    pub code: Code,
    pub status: Option<PaymentStatus>,
    pub by: ParticipantId,
    pub rules: RuleVersions,
}

#[derive(Debug, Clone)]
pub struct Person {
    pub entry: ParticipantEntry,
    pub status: ParticipantStatus,
    pub checkers: BTreeMap<AssetId, ApprovalRule>,
    pub sealing_key: Option<SealingKey>,
}

#[derive(Debug, Clone)]
pub struct Account {
    pub owner: ParticipantId,
    pub asset: AssetId,
    /// All bookings together.
    pub held: i128,
    pub bookings: u64,
    pub consent: i128,
    /// By who ordered them.
    pub freezes: BTreeMap<ParticipantId, FreezeMode>,
}

#[derive(Debug, Clone)]
pub struct Asset {
    pub issuer: ParticipantId,
    pub cap: i128,
    pub issued: i128,
    pub redeemed: i128,
}

#[derive(Debug, Clone)]
pub struct Client {
    pub authorisation: ClientAuthorisation,
    pub revoked: bool,
    pub frozen: bool,
}

/// An accepted payment, while it is open and after it settled.
#[derive(Debug, Clone)]
pub struct Life {
    pub payment: Payment,
    pub agents: [ParticipantId; 2],
    pub accepted: Timestamp,
    pub status: PaymentStatus,
    /// The lowest number that no other open payment had.
    pub slot: u32,
    pub funded: bool,
    pub attested: bool,
    pub starts: Timestamp,
    pub priority: Priority,
    pub place: i128,
    pub hold: Option<Hold>,
    pub screenings: [Option<Screening>; 2],
    /// Whose possible match waits for the end of another's hold.
    pub doubts: Vec<ParticipantId>,
    pub returned: i128,
}

impl Life {
    pub fn amount(&self) -> i128 {
        i128::from(self.payment.amount.0)
    }

    pub fn uses(&self) -> &[LicenceUse] {
        uses(&self.payment)
    }

    /// An agent's screening demands a hold: at once, or after the one of somebody else.
    pub fn doubted(&mut self, hold: Option<Hold>) {
        match (self.hold, hold) {
            (None, _) => self.hold = hold,
            (Some(first), Some(next)) if first.holder != next.holder && !self.doubts.contains(&next.holder) => {
                self.doubts.push(next.holder);
            }
            _ => {}
        }
    }
}

pub fn uses(payment: &Payment) -> &[LicenceUse] {
    match &payment.control {
        Control::NotControlled => &[],
        Control::Controlled { licences } => licences,
    }
}

/// What was done under a reference first.
#[derive(Debug, Clone)]
pub struct First {
    pub content: Digest,
    pub code: Code,
    pub is_payment: bool,
}

#[derive(Debug, Clone)]
pub struct LicenceState {
    pub licence: Licence,
    pub authority: ParticipantId,
    pub revoked: bool,
}

#[derive(Debug, Clone)]
pub struct LimitState {
    pub limit: Limit,
    pub since: Timestamp,
    /// Which payments count, when they were accepted, and how much of them.
    pub counted: Vec<(Uetr, Timestamp, i128)>,
}

#[derive(Debug, Clone)]
pub struct QuoteState {
    pub reference: Uetr,
    pub slot: u32,
    pub maker: ParticipantId,
    pub quote: Quote,
}

#[derive(Debug, Clone)]
pub struct Motion {
    pub reference: Uetr,
    pub slot: u32,
    pub proposer: ParticipantId,
    pub proposal: Proposal,
    pub closes: Timestamp,
    pub votes: BTreeMap<ParticipantId, bool>,
}

#[derive(Debug, Clone, Copy)]
pub struct Recall {
    pub creditor_agent: ParticipantId,
    pub reason: Option<Code>,
}

#[derive(Clone)]
pub struct Model {
    pub bounds: Limits,
    pub now: Timestamp,
    pub height: u64,
    pub parameters: Parameters,
    pub upgrade: bool,
    pub validators: BTreeMap<ParticipantId, i128>,
    /// Keys that nodes use.
    pub node_keys: Vec<corridor_crypto::PublicKey>,
    pub people: Vec<Person>,
    pub assets: Vec<Asset>,
    pub accounts: Vec<Account>,
    pub clients: BTreeMap<ClientHandle, Client>,
    pub open: BTreeMap<Uetr, Life>,
    pub settled: BTreeMap<Uetr, Life>,
    pub ended: BTreeMap<Uetr, PaymentStatus>,
    pub used: BTreeMap<Uetr, First>,
    pub programmes: Vec<(Programme, bool)>,
    pub licences: BTreeMap<LicenceHandle, LicenceState>,
    pub lists: BTreeMap<ParticipantId, RequiredList>,
    pub limits: Vec<LimitState>,
    pub refunds: BTreeMap<Uetr, Recall>,
    pub quotes: Vec<QuoteState>,
    pub calendars: BTreeMap<AssetId, Calendar>,
    pub books: Vec<RulebookPack>,
    pub motions: Vec<Motion>,
    /// How many payments settled in passes, and their sum, by asset.
    pub saved: BTreeMap<AssetId, (u64, i128)>,
    /// Grows with every place that is given.
    pub turn: i128,
    pub said: Vec<Said>,
}

impl Model {
    pub fn new(genesis: &corridor_types::Genesis, bounds: Limits) -> Self {
        let person = |entry: &ParticipantEntry| Person {
            entry: entry.clone(),
            status: ParticipantStatus::Authorised,
            checkers: BTreeMap::new(),
            sealing_key: None,
        };
        let asset = |entry: &corridor_types::AssetEntry| Asset {
            issuer: entry.issuer,
            cap: i128::from(entry.payment_cap.0),
            issued: 0,
            redeemed: 0,
        };
        let account = |entry: &corridor_types::AccountEntry| new_account(entry.owner, entry.asset);
        let keys = genesis.validators.iter().flat_map(|entry| [entry.key, entry.network_key]);
        let power = |entry: &corridor_types::ValidatorEntry| (entry.participant, i128::from(entry.power.0));
        Self {
            bounds,
            now: genesis.time,
            height: 0,
            parameters: genesis.parameters,
            upgrade: false,
            validators: genesis.validators.iter().map(power).collect(),
            node_keys: keys.chain(genesis.nodes.iter().map(|node| node.network_key)).collect(),
            people: genesis.participants.iter().map(person).collect(),
            assets: genesis.assets.iter().map(asset).collect(),
            accounts: genesis.accounts.iter().map(account).collect(),
            clients: BTreeMap::new(),
            open: BTreeMap::new(),
            settled: BTreeMap::new(),
            ended: BTreeMap::new(),
            used: BTreeMap::new(),
            programmes: Vec::new(),
            licences: BTreeMap::new(),
            lists: BTreeMap::new(),
            limits: Vec::new(),
            refunds: BTreeMap::new(),
            quotes: Vec::new(),
            calendars: BTreeMap::new(),
            books: Vec::new(),
            motions: Vec::new(),
            saved: BTreeMap::new(),
            turn: 0,
            said: Vec::new(),
        }
    }

    pub fn person(&self, id: ParticipantId) -> Option<&Person> {
        self.people.get(id.0 as usize)
    }

    pub fn is_active(&self, id: ParticipantId) -> bool {
        self.person(id).is_some_and(|person| person.status == ParticipantStatus::Authorised)
    }

    pub fn kind_of(&self, id: ParticipantId) -> Option<ParticipantKind> {
        self.person(id).map(|person| person.entry.kind)
    }

    pub fn supervisor(&self, id: ParticipantId) -> Option<ParticipantId> {
        self.person(id).map(|person| person.entry.supervisor)
    }

    pub fn country(&self, id: ParticipantId) -> Option<CountryCode> {
        self.person(id).map(|person| person.entry.country)
    }

    pub fn keys(&self) -> impl Iterator<Item = (ParticipantId, KeyEntry)> {
        let of = |(n, person): (usize, &Person)| {
            let id = ParticipantId(u32::try_from(n).unwrap());
            person.entry.keys.clone().into_iter().map(move |key| (id, key))
        };
        self.people.iter().enumerate().flat_map(of)
    }

    pub fn asset(&self, id: AssetId) -> Option<&Asset> {
        self.assets.get(usize::from(id.0))
    }

    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(id.0 as usize)
    }

    pub fn owner(&self, id: AccountId) -> Option<ParticipantId> {
        self.account(id).map(|account| account.owner)
    }

    pub fn reserved(&self, id: AccountId) -> i128 {
        let funded = self.open.values().filter(|life| life.funded && life.payment.debtor_account == id);
        funded.map(Life::amount).sum()
    }

    pub fn available(&self, id: AccountId) -> i128 {
        self.account(id).map_or(0, |account| account.held) - self.reserved(id)
    }

    pub fn book(&mut self, id: AccountId, amount: i128) {
        let account = &mut self.accounts[id.0 as usize];
        account.held += amount;
        account.bookings += 1;
    }

    pub fn may_pay(&self, id: AccountId) -> bool {
        self.account(id).is_some_and(|account| account.freezes.is_empty())
    }

    pub fn may_receive(&self, id: AccountId) -> bool {
        self.account(id).is_some_and(|account| !account.freezes.values().any(|mode| *mode == FreezeMode::All))
    }

    /// Open payments and what counts of the settled ones.
    pub fn counting(&self) -> impl Iterator<Item = (&Life, i128)> {
        let settled = self.settled.values().map(|life| (life, life.amount() - life.returned));
        self.open.values().map(|life| (life, life.amount())).chain(settled)
    }

    /// What was paid under a programme in an asset.
    pub fn paid_under(&self, programme: usize, asset: AssetId) -> i128 {
        let under = |life: &Life| {
            let client = &self.clients[&life.payment.client].authorisation;
            client.programme.is_some_and(|number| number.0 as usize == programme)
        };
        self.counting().filter(|(life, _)| life.payment.asset == asset && under(life)).map(|(_, amount)| amount).sum()
    }

    pub fn paid_by(&self, client: &ClientHandle, window: &Window) -> i128 {
        let own = self.counting().filter(|(life, _)| life.payment.client == *client);
        own.filter(|(life, _)| self.counts(window, life.accepted)).map(|(_, amount)| amount).sum()
    }

    /// What was paid counts for the whole length, and until the end of the sixteenth that runs then.
    pub fn counts(&self, window: &Window, then: Timestamp) -> bool {
        let sixteenth = window.length_ms.div_ceil(16);
        self.now.0 / sixteenth <= then.0 / sixteenth + 16
    }

    pub fn used_of_limit(&self, limit: &LimitState) -> i128 {
        let Some(window) = limit.limit.window else { return 0 };
        limit.counted.iter().filter(|(_, then, _)| self.counts(&window, *then)).map(|(.., amount)| amount).sum()
    }

    /// Reserved for open payments, and drawn by settled ones less what came back.
    pub fn licence_figures(&self, handle: &LicenceHandle) -> (i128, i128) {
        let share = |life: &Life| -> i128 {
            let own = life.uses().iter().filter(|used| used.licence == *handle);
            own.map(|used| {
                let used = i128::from(used.amount.0);
                used - used * life.returned / life.amount()
            })
            .sum()
        };
        (self.open.values().map(share).sum(), self.settled.values().map(share).sum())
    }

    /// The most that an account may take in now; `None` if that is not limited.
    pub fn room(&self, id: AccountId) -> Option<i128> {
        let max = self.balance_max(id)?;
        Some((max - self.account(id).map_or(0, |account| account.held)).max(0))
    }

    pub fn balance_max(&self, id: AccountId) -> Option<i128> {
        use corridor_types::operations::LimitScope;
        let own = self.limits.iter().find(|state| state.limit.scope == LimitScope::Account { account: id })?;
        own.limit.balance_max.map(|max| i128::from(max.0))
    }

    pub fn has_room(&self, id: AccountId, amount: i128) -> bool {
        self.room(id).is_none_or(|room| amount <= room)
    }

    /// The rules of both ends of a corridor, and their versions.
    pub fn rules(&self, corridor: Corridor) -> ([Rules; 2], RuleVersions) {
        let of = |country: CountryCode| {
            let begun = |scope: Option<Corridor>| {
                let mut own = self.books.iter().rev().filter(|pack| pack.country == country && pack.corridor == scope);
                own.find(|pack| pack.effective_from <= self.now)
            };
            begun(Some(corridor))
                .or_else(|| begun(None))
                .map_or((Rules::default(), 0), |pack| (pack.rules, pack.version))
        };
        let ((from, from_version), (to, to_version)) = (of(corridor.from), of(corridor.to));
        ([from, to], RuleVersions { from: from_version, to: to_version })
    }

    pub fn status_of(&self, uetr: &Uetr) -> Option<PaymentStatus> {
        let open = self.open.get(uetr).map(|life| life.status);
        let settled = || self.settled.get(uetr).map(|_| PaymentStatus::Settled);
        open.or_else(settled).or_else(|| self.ended.get(uetr).copied())
    }

    pub fn is_payment(&self, reference: &Uetr) -> bool {
        self.used.get(reference).is_some_and(|first| first.is_payment)
    }

    pub fn next_turn(&mut self) -> i128 {
        self.turn += 1;
        self.turn
    }

    pub fn free_slot(taken: impl Iterator<Item = u32> + Clone) -> u32 {
        (0..).find(|slot| taken.clone().all(|other| other != *slot)).unwrap()
    }

    /// An account's queue, first to last.
    pub fn queue(&self, account: AccountId) -> Vec<&Life> {
        let queued = |life: &&Life| life.status == PaymentStatus::Queued && life.payment.debtor_account == account;
        let mut queue: Vec<_> = self.open.values().filter(queued).collect();
        queue.sort_by_key(|life| (std::cmp::Reverse(life.priority), life.place, life.slot));
        queue
    }
}

pub const fn new_account(owner: ParticipantId, asset: AssetId) -> Account {
    Account { owner, asset, held: 0, bookings: 0, consent: 0, freezes: BTreeMap::new() }
}

pub fn whole(amount: Amount) -> i128 {
    i128::from(amount.0)
}
