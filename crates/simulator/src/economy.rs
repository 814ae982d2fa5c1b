//! The institutions of a simulated network and what they do: one central bank, banks that pay each
//! other, and a list of transactions to submit.

use corridor_crypto::{Digest, SecretKey, SigningContext};
use corridor_types::operations::{AccountStep, AssetStep, ClientStep, NodeStep, PaymentStep, ValidatorsStep};
use corridor_types::{
    AccountEntry, AccountId, Amount, AssetEntry, AssetId, Attested, ChargeBearer, ClientAuthorisation, ClientHandle,
    Control, Corridor, Epoch, Genesis, KeyEntry, KeyRole, Lei, NodeEntry, Operation, Outcome, Parameters,
    ParticipantEntry, ParticipantId, ParticipantKind, Payment, Priority, Shortfall, Timestamp, Transaction, Uetr,
    Validator, ValidatorChange, ValidatorEntry, VotingPower,
};

use crate::random::Chance;

/// Time of height 0 in every simulation.
pub const GENESIS_TIME: Timestamp = Timestamp(1_790_000_000_000);

/// How long everything that is signed is valid: longer than any run, which may hold an outage of a
/// day, and within the ledger's seven days.
const VALID_MS: u64 = 6 * 86_400_000;

/// Voting keys of each institution: the first, and one to rotate to and back from.
pub const VOTING_KEYS: u32 = 2;

/// Institutions, each running a node; the first ones run validators. Number 0 is the central bank.
#[derive(Debug)]
pub struct Economy {
    /// The genesis of their chain.
    pub genesis: Genesis,
    context: SigningContext,
    banks: u32,
}

/// A key made from what it is for and whose it is.
fn key(purpose: u8, owner: u32) -> SecretKey {
    let mut seed = [purpose; 32];
    seed[..4].copy_from_slice(&owner.to_be_bytes());
    SecretKey::from_seed(&seed)
}

/// The voting keys of an institution, the first one first.
pub fn voting_key(owner: u32, which: u32) -> SecretKey {
    key(if which == 0 { 1 } else { 10 + which as u8 }, owner)
}

/// The key that authenticates an institution's links.
pub fn network_key(owner: u32) -> SecretKey {
    key(2, owner)
}

/// An institution's validator with one of its voting keys.
pub fn validator(owner: u32, which: u32, power: u64) -> Validator {
    Validator {
        participant: ParticipantId(owner),
        key: voting_key(owner, which).public_key(),
        network_key: network_key(owner).public_key(),
        power: VotingPower(power),
    }
}

fn lei(n: u32) -> Option<Lei> {
    let stem = format!("SIMULATEDBANK{n:05}");
    (0..=97).find_map(|check| format!("{stem}{check:02}").parse().ok())
}

impl Economy {
    /// A network of `institutions`, the first of which run `validators`, the others observers. `None`
    /// only if an identifier could not be made.
    pub fn new(institutions: u32, validators: u32) -> Option<Self> {
        let participants = (0..institutions).map(participant).collect::<Option<Vec<_>>>()?;
        let entry = |n| {
            let Validator { participant, key, network_key, power } = validator(n, 0, 1);
            ValidatorEntry { participant, key, network_key, power }
        };
        let node = |n| NodeEntry { participant: ParticipantId(n), network_key: network_key(n).public_key() };
        let asset = AssetEntry {
            currency: "BRL".parse().ok()?,
            issuer: ParticipantId(0),
            payment_cap: Amount(1_000_000_000_000),
        };
        let genesis = Genesis {
            chain: format!("simulation of {validators}"),
            time: GENESIS_TIME,
            participants,
            assets: vec![asset],
            accounts: (0..institutions).map(|n| AccountEntry { owner: ParticipantId(n), asset: AssetId(0) }).collect(),
            validators: (0..validators).map(entry).collect(),
            nodes: (validators..institutions).map(node).collect(),
            parameters: Parameters::default(),
        };
        genesis.validate().ok()?;
        Some(Self { context: genesis.signing_context(), genesis, banks: institutions - 1 })
    }

    /// What must come before any payment: money, authorisations, consents.
    pub fn preparation(&self, chance: &mut Chance) -> Vec<Transaction> {
        let mut list = Vec::new();
        for bank in 1..=self.banks {
            list.push(self.issue(bank, chance));
            list.push(self.authorise(bank, chance));
            if bank % 2 == 0 {
                list.push(self.consent(bank, chance));
            }
        }
        list
    }

    /// One payment between two banks by chance, and its attestation if it needs one.
    pub fn payment(&self, chance: &mut Chance) -> (Transaction, Option<Transaction>) {
        let payer = 1 + chance.below(u64::from(self.banks)) as u32;
        let payee = 1 + chance.below(u64::from(self.banks)) as u32;
        let pay = self.payment_between(payer, payee, chance);
        let attest = Operation::Payment {
            reference: reference(chance),
            step: PaymentStep::Attest { payments: vec![attested(&pay)], screening: None },
        };
        let attest = (payee % 2 == 1).then(|| self.sign(payee, attest, &[key(3, payee)]));
        (self.sign(payer, Operation::Pay { payment: pay }, &[key(3, payer)]), attest)
    }

    /// A payment of one unit that settles at once: to a bank with a standing consent, if there is one.
    pub fn probe(&self, payer: u32, chance: &mut Chance) -> Transaction {
        let payment = Payment { amount: Amount(1), ..self.payment_between(payer, 2.min(self.banks), chance) };
        self.sign(payer, Operation::Pay { payment }, &[key(3, payer)])
    }

    /// An institution lets its node stay connected when it is no validator any more.
    pub fn register_node(&self, owner: u32, chance: &mut Chance) -> Transaction {
        let network_key = network_key(owner).public_key();
        let operation = Operation::Node { reference: reference(chance), step: NodeStep::Register { network_key } };
        self.sign(owner, operation, &[key(3, owner)])
    }

    /// An institution declares a validator that has executed a block with this outcome.
    pub fn declare(&self, owner: u32, which: u32, executed: &Outcome, chance: &mut Chance) -> Transaction {
        let validator = validator(owner, which, 1);
        let (height, state) = (executed.height, executed.state);
        let operation = Operation::Validators {
            reference: reference(chance),
            step: ValidatorsStep::Declare { validator, height, state },
        };
        self.sign(owner, operation, &[key(3, owner), voting_key(owner, which), network_key(owner)])
    }

    /// The central bank and the validators of the current set decide on the next ones.
    pub fn decide(
        &self,
        epoch: Epoch,
        changes: Vec<ValidatorChange>,
        members: &[u32],
        chance: &mut Chance,
    ) -> Transaction {
        let operation =
            Operation::Validators { reference: reference(chance), step: ValidatorsStep::Change { epoch, changes } };
        let banks = members.iter().filter(|member| **member != 0).map(|member| key(7, *member));
        self.sign(0, operation, &std::iter::once(key(6, 0)).chain(banks).collect::<Vec<_>>())
    }

    /// How many institutions pay: numbers 1 to this.
    pub const fn banks(&self) -> u32 {
        self.banks
    }

    fn sign(&self, participant: u32, operation: Operation, keys: &[SecretKey]) -> Transaction {
        let keys: Vec<&SecretKey> = keys.iter().collect();
        let valid_until = GENESIS_TIME.plus_ms(VALID_MS);
        Transaction::sign(&self.context, ParticipantId(participant), valid_until, operation, &keys)
    }

    fn issue(&self, bank: u32, chance: &mut Chance) -> Transaction {
        let operation = Operation::Asset {
            reference: reference(chance),
            step: AssetStep::Issue { account: AccountId(bank), amount: Amount(1_000_000) },
        };
        self.sign(0, operation, &[key(4, 0), key(5, 0)])
    }

    fn authorise(&self, bank: u32, chance: &mut Chance) -> Transaction {
        let authorisation = ClientAuthorisation {
            handle: handle(bank),
            sponsor: ParticipantId(bank),
            assets: vec![AssetId(0)],
            corridors: vec![self.corridor()],
            payment_cap: Amount(10_000),
            window: None,
            programme: None,
            valid_from: GENESIS_TIME,
            valid_until: GENESIS_TIME.plus_ms(VALID_MS),
        };
        let operation =
            Operation::Client { reference: reference(chance), step: ClientStep::Authorise { authorisation } };
        self.sign(0, operation, &[key(6, 0)])
    }

    fn consent(&self, bank: u32, chance: &mut Chance) -> Transaction {
        let operation = Operation::Account {
            reference: reference(chance),
            step: AccountStep::SetStandingConsent { account: AccountId(bank), up_to: Amount(1_000_000) },
        };
        self.sign(bank, operation, &[key(3, bank)])
    }

    fn corridor(&self) -> Corridor {
        let country = self.genesis.participants[0].country;
        Corridor { from: country, to: country }
    }

    fn payment_between(&self, payer: u32, payee: u32, chance: &mut Chance) -> Payment {
        Payment {
            uetr: reference(chance),
            debtor_account: AccountId(payer),
            creditor_account: AccountId(payee),
            asset: AssetId(0),
            amount: Amount(chance.between(1, 12_000)),
            client: handle(payer),
            value_date: GENESIS_TIME.date(),
            expiry: GENESIS_TIME.plus_ms(VALID_MS),
            control: Control::NotControlled,
            corridor: self.corridor(),
            priority: Priority::Normal,
            shortfall: Shortfall::Reject,
            charge_bearer: ChargeBearer::Shared,
            screening: None,
            details: Digest([7; 32]),
        }
    }
}

fn reference(chance: &mut Chance) -> Uetr {
    Uetr::from_random(chance.bytes())
}

/// What a creditor agent says that it saw.
pub fn attested(payment: &Payment) -> Attested {
    Attested { payment: payment.uetr, content: payment.content() }
}

fn handle(bank: u32) -> ClientHandle {
    let mut bytes = [0xc1; 16];
    bytes[..4].copy_from_slice(&bank.to_be_bytes());
    ClientHandle(bytes)
}

fn participant(n: u32) -> Option<ParticipantEntry> {
    let entry = |purpose, role| KeyEntry { key: key(purpose, n).public_key(), role };
    let operator = vec![entry(3, KeyRole::Operator), entry(7, KeyRole::Governance)];
    let issuers = vec![entry(4, KeyRole::Issuer), entry(5, KeyRole::Issuer), entry(6, KeyRole::Supervisor)];
    let letter = |n: u32| char::from(b'A' + (n % 26) as u8);
    Some(ParticipantEntry {
        name: format!("Institution {n}"),
        lei: lei(n)?,
        bic: format!("SI{}{}BRSPXXX", letter(n / 26), letter(n)).parse().ok()?,
        country: "BR".parse().ok()?,
        kind: if n == 0 { ParticipantKind::CentralBank } else { ParticipantKind::Bank },
        supervisor: ParticipantId(0),
        keys: if n == 0 { [operator, issuers].concat() } else { operator },
    })
}
