//! The institutions of a simulated network and what they do: one central bank, banks that pay each
//! other, and a list of transactions to submit.

use corridor_crypto::{Digest, SecretKey, SigningContext};
use corridor_types::{
    AccountEntry, AccountId, Amount, AssetEntry, AssetId, ChargeBearer, ClientAuthorisation, ClientHandle, Control,
    Corridor, Genesis, KeyEntry, KeyRole, Lei, Operation, Parameters, ParticipantEntry, ParticipantId, ParticipantKind,
    Payment, Priority, Timestamp, Transaction, Uetr, ValidatorEntry, VotingPower,
};

use crate::random::Chance;

/// Time of height 0 in every simulation.
pub const GENESIS_TIME: Timestamp = Timestamp(1_790_000_000_000);

const DAY_MS: u64 = 86_400_000;

/// Institutions, each running a validator; number 0 is the central bank.
#[derive(Debug)]
pub struct Economy {
    /// The chain.
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

/// The key with which validator `index` votes.
pub fn validator_key(index: u32) -> SecretKey {
    key(1, index)
}

fn lei(n: u32) -> Option<Lei> {
    let stem = format!("SIMULATEDBANK{n:05}");
    (0..=97).find_map(|check| format!("{stem}{check:02}").parse().ok())
}

impl Economy {
    /// A network of `validators` institutions. `None` only if an identifier could not be made.
    pub fn new(validators: u32) -> Option<Self> {
        let participants = (0..validators).map(participant).collect::<Option<Vec<_>>>()?;
        let validator = |n| ValidatorEntry {
            participant: ParticipantId(n),
            key: validator_key(n).public_key(),
            network_key: key(2, n).public_key(),
            power: VotingPower(1),
        };
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
            accounts: (0..validators).map(|n| AccountEntry { owner: ParticipantId(n), asset: AssetId(0) }).collect(),
            validators: (0..validators).map(validator).collect(),
            parameters: Parameters::default(),
        };
        genesis.validate().ok()?;
        Some(Self { context: genesis.signing_context(), genesis, banks: validators - 1 })
    }

    /// Everything to submit, in order: money, authorisations, consents, then `payments` payments
    /// and the attestations of those that need one.
    pub fn transactions(&self, payments: u32, chance: &mut Chance) -> Vec<Transaction> {
        let mut list = Vec::new();
        for bank in 1..=self.banks {
            list.push(self.issue(bank, chance));
            list.push(self.authorise(bank, chance));
            if bank % 2 == 0 {
                list.push(self.consent(bank, chance));
            }
        }
        for _ in 0..payments {
            let payer = 1 + chance.below(u64::from(self.banks)) as u32;
            let payee = 1 + chance.below(u64::from(self.banks)) as u32;
            let payment = self.payment(payer, payee, chance);
            let uetr = payment.uetr;
            list.push(self.sign(payer, Operation::Pay { payment }, &[key(3, payer)]));
            if payee % 2 == 1 {
                let attest = Operation::Attest { reference: reference(chance), payments: vec![uetr] };
                list.push(self.sign(payee, attest, &[key(3, payee)]));
            }
        }
        list
    }

    fn sign(&self, participant: u32, operation: Operation, keys: &[SecretKey]) -> Transaction {
        let keys: Vec<&SecretKey> = keys.iter().collect();
        let valid_until = GENESIS_TIME.plus_ms(2 * DAY_MS);
        Transaction::sign(&self.context, ParticipantId(participant), valid_until, operation, &keys)
    }

    fn issue(&self, bank: u32, chance: &mut Chance) -> Transaction {
        let operation =
            Operation::Issue { reference: reference(chance), account: AccountId(bank), amount: Amount(1_000_000) };
        self.sign(0, operation, &[key(4, 0), key(5, 0)])
    }

    fn authorise(&self, bank: u32, chance: &mut Chance) -> Transaction {
        let authorisation = ClientAuthorisation {
            handle: handle(bank),
            sponsor: ParticipantId(bank),
            assets: vec![AssetId(0)],
            corridors: vec![self.corridor()],
            payment_cap: Amount(10_000),
            valid_from: GENESIS_TIME,
            valid_until: GENESIS_TIME.plus_ms(DAY_MS),
        };
        let operation = Operation::AuthoriseClient { reference: reference(chance), authorisation };
        self.sign(0, operation, &[key(6, 0)])
    }

    fn consent(&self, bank: u32, chance: &mut Chance) -> Transaction {
        let operation = Operation::SetStandingConsent {
            reference: reference(chance),
            account: AccountId(bank),
            up_to: Amount(1_000_000),
        };
        self.sign(bank, operation, &[key(3, bank)])
    }

    fn corridor(&self) -> Corridor {
        let country = self.genesis.participants[0].country;
        Corridor { from: country, to: country }
    }

    fn payment(&self, payer: u32, payee: u32, chance: &mut Chance) -> Payment {
        Payment {
            uetr: reference(chance),
            debtor_account: AccountId(payer),
            creditor_account: AccountId(payee),
            asset: AssetId(0),
            amount: Amount(chance.between(1, 12_000)),
            client: handle(payer),
            value_date: GENESIS_TIME.date(),
            expiry: GENESIS_TIME.plus_ms(DAY_MS / 2),
            control: Control::NotControlled,
            corridor: self.corridor(),
            priority: Priority::Normal,
            charge_bearer: ChargeBearer::Shared,
            details: Digest([7; 32]),
        }
    }
}

fn reference(chance: &mut Chance) -> Uetr {
    Uetr::from_random(chance.bytes())
}

fn handle(bank: u32) -> ClientHandle {
    let mut bytes = [0xc1; 16];
    bytes[..4].copy_from_slice(&bank.to_be_bytes());
    ClientHandle(bytes)
}

fn participant(n: u32) -> Option<ParticipantEntry> {
    let entry = |purpose, role| KeyEntry { key: key(purpose, n).public_key(), role };
    let operator = vec![entry(3, KeyRole::Operator)];
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
