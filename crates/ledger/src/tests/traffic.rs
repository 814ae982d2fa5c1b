//! Random traffic from many actors, most of it nearly right: the same seed gives the same blocks,
//! whatever the ledger answers.

use corridor_types::operations::{AccountStep, AssetStep, ClientStep, PaymentStep};
use corridor_types::{
    AccountId, Amount, AssetId, ClientAuthorisation, ClientHandle, Code, Control, Corridor, Date,
    IdentifiedTransaction, KeyRole, LicenceHandle, LicenceUse, Operation, ParticipantId, Payment, Timestamp, Uetr,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

use super::world::*;
use crate::Ledger;

const BANKS: [ParticipantId; 3] = [BANK_A, BANK_B, BANK_C];
const OWNERS: [(ParticipantId, AssetId); 6] =
    [(BANK_A, EUR), (BANK_B, EUR), (BANK_C, EUR), (BANK_A, BRL), (BANK_B, BRL), (BANK_A, EUR)];

pub struct Traffic {
    random: ChaCha8Rng,
    payments: Vec<Payment>,
    clients: Vec<ClientAuthorisation>,
    sent: Vec<IdentifiedTransaction>,
}

fn country(bank: ParticipantId) -> &'static str {
    if bank == BANK_B || bank == CENTRAL_BR { "BR" } else { "DE" }
}

impl Traffic {
    pub fn new(seed: u64) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self { random, payments: Vec::new(), clients: Vec::new(), sent: Vec::new() }
    }

    /// Limits that the traffic reaches.
    pub fn limit(&self, ledger: &mut Ledger) {
        let limits = &mut ledger.state.bounds;
        (limits.accounts, limits.clients, limits.expiries_per_block) = (9, 60, 4);
        (limits.open_payments_per_agent, limits.open_payments) = (25, 40);
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.next_u64() as usize % bound
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn amount(&mut self) -> Amount {
        let edges = [0, 1, CLIENT_CAP.0, CLIENT_CAP.0 + 1, ASSET_CAP.0, ASSET_CAP.0 + 1];
        Amount(if self.chance(12) { self.pick(&edges) } else { self.random.next_u64() % 60_000 })
    }

    /// The transactions of the next block; moves the world's clock.
    pub fn block(&mut self, world: &mut World) -> Vec<IdentifiedTransaction> {
        let step = if self.chance(4) { DAY_MS * 2 } else { 600_000 };
        world.time = world.time.plus_ms(1 + self.random.next_u64() % step);
        let count = if self.chance(15) { 1 } else { self.below(30) };
        (0..count).map(|_| self.transaction(world)).collect()
    }

    fn transaction(&mut self, world: &mut World) -> IdentifiedTransaction {
        if !self.sent.is_empty() && self.chance(8) {
            let position = self.below(self.sent.len());
            return self.sent[position].clone();
        }
        let (by_whom, mut operation) = self.operation(world);
        if self.chance(3) && !self.payments.is_empty() {
            self.reuse_reference(&mut operation);
        }
        let everybody: Vec<_> = (0..7).map(ParticipantId).collect();
        let by_whom = if self.chance(5) { self.pick(&everybody) } else { by_whom };
        let mut keys = usual_keys(&operation).to_vec();
        if self.chance(5) {
            let role = self.pick(&[KeyRole::Operator, KeyRole::Issuer, KeyRole::Supervisor]);
            keys = if self.chance(50) { vec![(role, 0)] } else { keys[..keys.len() - 1].to_vec() };
        }
        let mut transaction = transaction(by_whom, operation, &keys);
        if self.chance(4) {
            transaction.valid_until = Timestamp(world.time.0 - 1 + self.random.next_u64() % 3);
        }
        let item = IdentifiedTransaction::new(transaction);
        self.sent.push(item.clone());
        item
    }

    fn reuse_reference(&mut self, operation: &mut Operation) {
        let used = self.some_payment(None);
        match operation {
            Operation::Pay { payment } => payment.uetr = used,
            Operation::Asset { reference, step: AssetStep::Issue { .. } }
            | Operation::Payment { reference, step: PaymentStep::Attest { .. } } => *reference = used,
            Operation::PayBulk { payments } => {
                if let Some(first) = payments.first().cloned() {
                    payments.push(first);
                }
            }
            _ => (),
        }
    }

    fn operation(&mut self, world: &mut World) -> (ParticipantId, Operation) {
        let reference = world.reference();
        let account = AccountId(self.below(10) as u32);
        let central = self.pick(&[CENTRAL_DE, CENTRAL_BR]);
        let issuer_of = |account: AccountId| if matches!(account.0, 3 | 4) { CENTRAL_BR } else { CENTRAL_DE };
        match self.below(100) {
            0..40 => self.pay(world),
            40..48 => {
                let (count, bank) = (self.below(6), self.pick(&BANKS));
                (bank, Operation::PayBulk { payments: (0..count).map(|_| self.payment(world, bank)).collect() })
            }
            48..64 => {
                let bank = self.pick(&BANKS);
                (
                    bank,
                    Operation::Payment {
                        reference,
                        step: PaymentStep::Attest { payments: world.attested(&self.list(bank)), screening: None },
                    },
                )
            }
            64..71 => {
                let reasons: Vec<_> = Code::ALL.iter().copied().filter(|code| code.is_creditor_reason()).collect();
                let (bank, reason) = (self.pick(&BANKS), self.pick(&reasons));
                let reason = if self.chance(5) { Code::Ok } else { reason };
                (
                    bank,
                    Operation::Payment { reference, step: PaymentStep::Reject { payments: self.list(bank), reason } },
                )
            }
            71..76 => {
                let bank = self.pick(&BANKS);
                (
                    bank,
                    Operation::Payment {
                        reference,
                        step: PaymentStep::Cancel { payment: self.some_payment(Some((bank, false))) },
                    },
                )
            }
            76..81 => {
                let large = self.chance(10);
                let amount = if large { Amount(u64::MAX) } else { Amount(self.amount().0 * 10) };
                (issuer_of(account), Operation::Asset { reference, step: AssetStep::Issue { account, amount } })
            }
            81..84 => (
                issuer_of(account),
                Operation::Asset { reference, step: AssetStep::Redeem { account, amount: self.amount() } },
            ),
            84..86 => {
                let (owner, asset) = (ParticipantId(self.below(7) as u32), AssetId(self.below(3) as u16));
                (central, Operation::Account { reference, step: AccountStep::Open { owner, asset } })
            }
            86..92 => {
                let authorisation = self.authorisation(world);
                let supervisor = if country(authorisation.sponsor) == "BR" { CENTRAL_BR } else { CENTRAL_DE };
                (supervisor, Operation::Client { reference, step: ClientStep::Authorise { authorisation } })
            }
            92..94 => {
                (central, Operation::Client { reference, step: ClientStep::Revoke { handle: self.client(BANK_A) } })
            }
            _ => {
                let owner = OWNERS.get(account.0 as usize).map_or(BANK_A, |(owner, _)| *owner);
                let up_to = if self.chance(60) { Amount::ZERO } else { self.amount() };
                (owner, Operation::Account { reference, step: AccountStep::SetStandingConsent { account, up_to } })
            }
        }
    }

    fn pay(&mut self, world: &mut World) -> (ParticipantId, Operation) {
        let bank = self.pick(&BANKS);
        (bank, Operation::Pay { payment: self.payment(world, bank) })
    }

    /// Some payment seen before; with a bank, mostly one that it pays (or is paid).
    fn some_payment(&mut self, agent: Option<(ParticipantId, bool)>) -> Uetr {
        let recent = self.payments.len().saturating_sub(60);
        let owner = |account: AccountId| OWNERS.get(account.0 as usize).map(|(owner, _)| *owner);
        let fits = |payment: &&Payment| match agent {
            None => true,
            Some((bank, true)) => owner(payment.creditor_account) == Some(bank),
            Some((bank, false)) => owner(payment.debtor_account) == Some(bank),
        };
        let strict = self.chance(85);
        let fitting: Vec<_> =
            self.payments[recent..].iter().filter(|payment| !strict || fits(payment)).map(|p| p.uetr).collect();
        if fitting.is_empty() || self.chance(3) {
            return Uetr::from_random([self.below(256) as u8; 16]);
        }
        self.pick(&fitting)
    }

    fn list(&mut self, bank: ParticipantId) -> Vec<Uetr> {
        (0..self.below(5)).map(|_| self.some_payment(Some((bank, true)))).collect()
    }

    fn client(&mut self, sponsor: ParticipantId) -> ClientHandle {
        let own: Vec<_> = self.clients.iter().filter(|c| c.sponsor == sponsor).map(|c| c.handle).collect();
        let all: Vec<_> = self.clients.iter().map(|c| c.handle).collect();
        match (own.is_empty(), self.chance(95)) {
            (false, true) => self.pick(&own),
            _ if all.is_empty() || self.chance(30) => ClientHandle([99; 16]),
            _ => self.pick(&all),
        }
    }

    fn authorisation(&mut self, world: &mut World) -> ClientAuthorisation {
        let sponsor = self.pick(&BANKS);
        let from = country(sponsor);
        let mut authorisation = ClientAuthorisation {
            handle: ClientHandle(*world.reference().as_bytes()),
            sponsor,
            assets: vec![EUR, BRL],
            corridors: vec![corridor(from, "BR"), corridor(from, "DE")],
            payment_cap: CLIENT_CAP,
            window: None,
            programme: None,
            valid_from: world.time,
            valid_until: world.time.plus_ms(self.random.next_u64() % (60 * DAY_MS)),
        };
        match self.below(12) {
            0 => authorisation.assets = vec![EUR],
            1 => authorisation.corridors.truncate(1),
            2 => authorisation.payment_cap = Amount(30_000),
            3 => authorisation.valid_from = world.time.plus_ms(DAY_MS),
            4 => authorisation.assets.reverse(),
            5 => authorisation.sponsor = ParticipantId(self.below(8) as u32),
            6 => authorisation.handle = self.client(sponsor),
            7 => authorisation.assets.push(AssetId(2)),
            _ => (),
        }
        self.clients.push(authorisation.clone());
        authorisation
    }

    fn payment(&mut self, world: &mut World, bank: ParticipantId) -> Payment {
        let accounts = [0, 1, 2, 3, 4, 5].map(AccountId);
        let owner = |account: AccountId| OWNERS[account.0 as usize];
        let own: Vec<_> = accounts.into_iter().filter(|account| owner(*account).0 == bank).collect();
        let debtor_account = self.pick(&own);
        let asset = owner(debtor_account).1;
        let others: Vec<_> = accounts.into_iter().filter(|other| owner(*other).1 == asset).collect();
        let creditor_account = self.pick(&others);
        let to = owner(creditor_account).0;
        let mut payment = world.payment();
        (payment.debtor_account, payment.creditor_account, payment.asset) = (debtor_account, creditor_account, asset);
        (payment.amount, payment.client) = (self.amount(), self.client(bank));
        payment.corridor = corridor(country(bank), country(to));
        payment.expiry = world.time.plus_ms(self.random.next_u64() % (3 * DAY_MS));
        if self.chance(18) {
            self.spoil(world, &mut payment);
        }
        self.payments.push(payment.clone());
        payment
    }

    fn spoil(&mut self, world: &World, payment: &mut Payment) {
        let used = LicenceUse { licence: LicenceHandle([1; 16]), amount: Amount(1) };
        match self.below(9) {
            0 => payment.debtor_account = AccountId(self.below(12) as u32),
            1 => payment.creditor_account = AccountId(self.below(12) as u32),
            2 => payment.asset = AssetId(self.below(4) as u16),
            3 => payment.value_date = Date(world.time.date().0 - 1 + self.below(3) as u32),
            4 => payment.expiry = world.time.plus_ms(7 * DAY_MS - 1 + self.random.next_u64() % 3),
            5 => payment.expiry = Timestamp(world.time.0 - 1 + self.random.next_u64() % 3),
            6 => payment.control = Control::Controlled { licences: vec![used] },
            7 => payment.corridor = Corridor { from: payment.corridor.to, to: payment.corridor.from },
            _ => payment.uetr = self.some_payment(None),
        }
    }
}
