//! A small world to test in: two central banks, three banks, an observer, seven accounts.
//!
//! Also used by `examples/execution_rate.rs`, so it names the ledger only as `crate::…`.

use corridor_crypto::{Digest, SecretKey, Signature};
use corridor_types::operations::{AccountStep, AssetStep, ClientStep};
use corridor_types::{
    AccountEntry, AccountId, Amount, Approval, AssetEntry, AssetId, Attested, ChargeBearer, ClientAuthorisation,
    ClientHandle, Code, Control, Corridor, Entry, Genesis, IdentifiedTransaction, KeyEntry, KeyRole, NodeEntry,
    Operation, Parameters, ParticipantEntry, ParticipantId, ParticipantKind, Payment, Priority, Shortfall, Timestamp,
    Transaction, Uetr, ValidatorEntry, VotingPower, persist::Executed,
};

use crate::{BlockContext, Ledger};

pub const CENTRAL_DE: ParticipantId = ParticipantId(0);
pub const CENTRAL_BR: ParticipantId = ParticipantId(1);
pub const BANK_A: ParticipantId = ParticipantId(2);
pub const BANK_B: ParticipantId = ParticipantId(3);
pub const BANK_C: ParticipantId = ParticipantId(4);
pub const OBSERVER: ParticipantId = ParticipantId(5);
pub const EUR: AssetId = AssetId(0);
pub const BRL: AssetId = AssetId(1);
/// Of bank A, B and C in euro, then of A and B in real, then a second one of A in euro.
pub const A_EUR: AccountId = AccountId(0);
pub const B_EUR: AccountId = AccountId(1);
pub const C_EUR: AccountId = AccountId(2);
pub const A_BRL: AccountId = AccountId(3);
pub const B_BRL: AccountId = AccountId(4);
pub const A_EUR_SECOND: AccountId = AccountId(5);
pub const START: Timestamp = Timestamp(1_790_000_000_000);
pub const DAY_MS: u64 = 86_400_000;
pub const ASSET_CAP: Amount = Amount(1_000_000);
pub const CLIENT_CAP: Amount = Amount(500_000);
pub const FUNDS: Amount = Amount(10_000_000);
pub const CLIENT_A: ClientHandle = ClientHandle([0xa; 16]);
pub const CLIENT_B: ClientHandle = ClientHandle([0xb; 16]);

pub fn lei(number: usize) -> corridor_types::Lei {
    let base = format!("5299001TEST{number:07}");
    let digits = |text: &str| {
        text.bytes().fold(0u32, |rest, byte| match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
        })
    };
    format!("{base}{:02}", 98 - digits(&format!("{base}00"))).parse().unwrap()
}

pub fn secret(participant: ParticipantId, role: KeyRole, number: u8) -> SecretKey {
    let mut seed = [7; 32];
    seed[..3].copy_from_slice(&[u8::try_from(participant.0).unwrap(), role as u8, number]);
    SecretKey::from_seed(&seed)
}

pub fn corridor(from: &str, to: &str) -> Corridor {
    Corridor { from: from.parse().unwrap(), to: to.parse().unwrap() }
}

pub fn participant(
    number: usize,
    (code, country, kind, supervisor): (&str, &str, ParticipantKind, u32),
) -> ParticipantEntry {
    let id = ParticipantId(u32::try_from(number).unwrap());
    let roles = [
        (KeyRole::Operator, 0),
        (KeyRole::Issuer, 0),
        (KeyRole::Issuer, 1),
        (KeyRole::Supervisor, 0),
        (KeyRole::Supervisor, 1),
        (KeyRole::Maker, 0),
        (KeyRole::Checker, 0),
        (KeyRole::Checker, 1),
        (KeyRole::Compliance, 0),
        (KeyRole::Compliance, 1),
        (KeyRole::Governance, 0),
    ];
    let key = |(role, number)| KeyEntry { key: secret(id, role, number).public_key(), role };
    ParticipantEntry {
        name: format!("Institution {number}"),
        lei: lei(number),
        bic: corridor_types::Bic::parse(&format!("{code}{country}00")).unwrap(),
        country: country.parse().unwrap(),
        kind,
        supervisor: ParticipantId(supervisor),
        keys: roles.map(key).to_vec(),
    }
}

pub fn genesis() -> Genesis {
    use ParticipantKind::{Bank, CentralBank, Observer};
    let participants = [
        ("CBDE", "DE", CentralBank, 0),
        ("CBBR", "BR", CentralBank, 1),
        ("BNKA", "DE", Bank, 0),
        ("BNKB", "BR", Bank, 1),
        ("BNKC", "DE", Bank, 0),
        ("OBSV", "DE", Observer, 0),
    ];
    let asset =
        |currency: &str, issuer| AssetEntry { currency: currency.parse().unwrap(), issuer, payment_cap: ASSET_CAP };
    let account = |(owner, asset)| AccountEntry { owner, asset };
    let validator = |n: u8| ValidatorEntry {
        participant: ParticipantId(u32::from(n)),
        key: SecretKey::from_seed(&[n + 100; 32]).public_key(),
        network_key: SecretKey::from_seed(&[n + 150; 32]).public_key(),
        power: VotingPower(1),
    };
    Genesis {
        chain: "test".into(),
        time: START,
        participants: participants.into_iter().enumerate().map(|(n, row)| participant(n, row)).collect(),
        assets: vec![asset("EUR", CENTRAL_DE), asset("BRL", CENTRAL_BR)],
        accounts: [(BANK_A, EUR), (BANK_B, EUR), (BANK_C, EUR), (BANK_A, BRL), (BANK_B, BRL), (BANK_A, EUR)]
            .map(account)
            .to_vec(),
        validators: (0..4).map(validator).collect(),
        nodes: vec![NodeEntry { participant: OBSERVER, network_key: SecretKey::from_seed(&[200; 32]).public_key() }],
        parameters: Parameters::default(),
    }
}

/// Who signs an operation by the book.
pub fn usual_keys(operation: &Operation) -> &'static [(KeyRole, u8)] {
    match operation {
        Operation::Asset { step: AssetStep::Issue { .. }, .. }
        | Operation::Asset { step: AssetStep::Redeem { .. }, .. } => &[(KeyRole::Issuer, 0), (KeyRole::Issuer, 1)],
        Operation::Account { step: AccountStep::Open { .. }, .. } => &[(KeyRole::Issuer, 0)],
        Operation::Client { step: ClientStep::Authorise { .. }, .. }
        | Operation::Client { step: ClientStep::Revoke { .. }, .. } => &[(KeyRole::Supervisor, 0)],
        _ => &[(KeyRole::Operator, 0)],
    }
}

/// A transaction with approvals by these keys. The signatures are blank: the ledger gets them
/// checked.
pub fn transaction(by: ParticipantId, operation: Operation, keys: &[(KeyRole, u8)]) -> Transaction {
    let approval =
        |(role, n): &(KeyRole, u8)| Approval { key: secret(by, *role, *n).public_key(), signature: Signature([0; 64]) };
    let mut approvals: Vec<_> = keys.iter().map(approval).collect();
    approvals.sort_by_key(|approval| approval.key);
    Transaction { participant: by, valid_until: Timestamp(u64::MAX), operation, approvals }
}

/// The same with keys of several participants.
pub fn signed_by(
    by: ParticipantId,
    operation: Operation,
    keys: &[(ParticipantId, KeyRole, u8)],
) -> IdentifiedTransaction {
    let signer = |(id, role, n): &(ParticipantId, KeyRole, u8)| secret(*id, *role, *n).public_key();
    let approval = |key| Approval { key, signature: Signature([0; 64]) };
    let mut approvals: Vec<_> = keys.iter().map(signer).map(approval).collect();
    approvals.sort_by_key(|approval| approval.key);
    IdentifiedTransaction::new(Transaction { participant: by, valid_until: Timestamp(u64::MAX), operation, approvals })
}

pub fn by(participant: ParticipantId, operation: Operation) -> IdentifiedTransaction {
    let keys = usual_keys(&operation);
    IdentifiedTransaction::new(transaction(participant, operation, keys))
}

/// A ledger with its block clock and a source of references.
#[derive(Debug, Clone)]
pub struct World {
    pub ledger: Ledger,
    pub time: Timestamp,
    pub references: u64,
}

impl World {
    /// At genesis: no money, no clients.
    pub fn bare() -> Self {
        Self { ledger: Ledger::genesis(&genesis()).unwrap(), time: START, references: 0 }
    }

    /// With money on the accounts of A and B, and a client each.
    pub fn new() -> Self {
        let mut world = Self::bare();
        let client = |handle, sponsor, from| ClientAuthorisation {
            handle,
            sponsor,
            assets: vec![EUR, BRL],
            corridors: vec![corridor(from, "BR"), corridor(from, "DE")],
            payment_cap: CLIENT_CAP,
            window: None,
            programme: None,
            valid_from: START,
            valid_until: START.plus_ms(300 * DAY_MS),
        };
        let mut operations = Vec::new();
        for (issuer, account) in [(CENTRAL_DE, A_EUR), (CENTRAL_DE, B_EUR), (CENTRAL_BR, A_BRL), (CENTRAL_BR, B_BRL)] {
            operations.push(by(
                issuer,
                Operation::Asset { reference: world.reference(), step: AssetStep::Issue { account, amount: FUNDS } },
            ));
        }
        for (by_whom, authorisation) in
            [(CENTRAL_DE, client(CLIENT_A, BANK_A, "DE")), (CENTRAL_BR, client(CLIENT_B, BANK_B, "BR"))]
        {
            let reference = world.reference();
            operations
                .push(by(by_whom, Operation::Client { reference, step: ClientStep::Authorise { authorisation } }));
        }
        let executed = world.run(&operations);
        assert!(executed.entries.iter().all(|entry| entry.code == Code::Ok), "{:?}", executed.entries);
        world
    }

    pub fn reference(&mut self) -> Uetr {
        self.references += 1;
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&Digest::of(corridor_crypto::Domain::Payment, &self.references.to_be_bytes()).0[..16]);
        Uetr::from_random(bytes)
    }

    /// A payment of 100 from bank A to bank B in euro that breaks no rule.
    pub fn payment(&mut self) -> Payment {
        Payment {
            uetr: self.reference(),
            debtor_account: A_EUR,
            creditor_account: B_EUR,
            asset: EUR,
            amount: Amount(100),
            client: CLIENT_A,
            value_date: self.time.date(),
            expiry: self.time.plus_ms(DAY_MS),
            control: Control::NotControlled,
            corridor: corridor("DE", "BR"),
            priority: Priority::Normal,
            shortfall: Shortfall::Reject,
            charge_bearer: ChargeBearer::Shared,
            screening: None,
            details: Digest::ZERO,
        }
    }

    pub fn context(&self) -> BlockContext {
        let height = self.ledger.height().next();
        let digest = Digest::of(corridor_crypto::Domain::Block, &height.0.to_be_bytes());
        let (epoch, next_validators) = (self.ledger.epoch(), self.ledger.validators().digest());
        BlockContext { epoch, height, time: self.time, digest, next_validators }
    }

    /// Executes a block one second after the last.
    pub fn run(&mut self, transactions: &[IdentifiedTransaction]) -> Executed {
        self.time = self.time.plus_ms(1_000);
        self.ledger.execute(&self.context(), transactions).unwrap()
    }

    /// Executes a block with one operation and returns its entries.
    pub fn submit(&mut self, participant: ParticipantId, operation: Operation) -> Vec<Entry> {
        self.run(&[by(participant, operation)]).entries
    }

    /// Executes one operation and returns the code of its first entry.
    pub fn code(&mut self, participant: ParticipantId, operation: Operation) -> Code {
        self.submit(participant, operation)[0].code
    }

    /// What a creditor agent attests: the payments with their content, unknown ones with none.
    pub fn attested(&self, payments: &[Uetr]) -> Vec<Attested> {
        let content = |uetr| self.ledger.lookup(uetr).map(|used| used.content).unwrap_or_default();
        payments.iter().map(|uetr| Attested { payment: *uetr, content: content(uetr) }).collect()
    }

    pub fn pay(&mut self, payment: &Payment) -> Entry {
        self.submit(BANK_A, Operation::Pay { payment: payment.clone() }).remove(0)
    }

    /// Available and reserved.
    pub fn balance(&self, account: AccountId) -> (u64, u64) {
        let account = self.ledger.account(account).unwrap();
        (account.available.0, account.reserved.0)
    }
}
