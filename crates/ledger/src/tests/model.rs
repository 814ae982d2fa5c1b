//! A second ledger, as naive as it can be, beside the real one under random traffic: plain maps,
//! every sum counted anew, signed numbers. Entries, balances and codes must agree to the last.

use std::collections::{BTreeMap, BTreeSet};

use corridor_types::{
    AccountId, AssetId, ClientAuthorisation, ClientHandle, Code, Control, Encode as _, Entry, EntryKind,
    IdentifiedTransaction, KeyRole, Operation, ParticipantId, Payment, PaymentStatus, Timestamp, Transaction, Uetr,
};

use super::traffic::Traffic;
use super::world::*;
use crate::Ledger;

type Said = (EntryKind, Uetr, Code, Option<PaymentStatus>);

#[derive(Clone)]
struct Account {
    owner: ParticipantId,
    asset: AssetId,
    available: i128,
    consent: i128,
}

struct Model {
    time: Timestamp,
    accounts: Vec<Account>,
    circulating: [i128; 2],
    clients: BTreeMap<ClientHandle, (ClientAuthorisation, bool)>,
    waiting: BTreeMap<Uetr, Payment>,
    ended: BTreeMap<Uetr, PaymentStatus>,
    used: BTreeMap<Uetr, (Vec<u8>, Code)>,
    said: Vec<Said>,
}

const ISSUERS: [ParticipantId; 2] = [CENTRAL_DE, CENTRAL_BR];

fn supervisor(participant: ParticipantId) -> Option<ParticipantId> {
    [CENTRAL_DE, CENTRAL_BR, CENTRAL_DE, CENTRAL_BR, CENTRAL_DE, CENTRAL_DE].get(participant.0 as usize).copied()
}

fn country(participant: ParticipantId) -> &'static str {
    if supervisor(participant) == Some(CENTRAL_BR) { "BR" } else { "DE" }
}

/// The code of the first condition that is true.
fn first(conditions: &[(bool, Code)]) -> Code {
    conditions.iter().find(|(fails, _)| *fails).map_or(Code::Ok, |(_, code)| *code)
}

impl Model {
    fn new() -> Self {
        let account = |entry: &corridor_types::AccountEntry| Account {
            owner: entry.owner,
            asset: entry.asset,
            available: 0,
            consent: 0,
        };
        Self {
            time: START,
            accounts: genesis().accounts.iter().map(account).collect(),
            circulating: [0; 2],
            clients: BTreeMap::new(),
            waiting: BTreeMap::new(),
            ended: BTreeMap::new(),
            used: BTreeMap::new(),
            said: Vec::new(),
        }
    }

    fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(id.0 as usize)
    }

    fn available(&mut self, id: AccountId) -> &mut i128 {
        &mut self.accounts[id.0 as usize].available
    }

    fn reserved(&self, id: AccountId) -> i128 {
        self.waiting.values().filter(|p| p.debtor_account == id).map(|p| i128::from(p.amount.0)).sum()
    }

    fn say(&mut self, kind: EntryKind, reference: Uetr, code: Code, status: Option<PaymentStatus>) {
        self.said.push((kind, reference, code, status));
    }

    fn status(&self, uetr: &Uetr) -> Option<PaymentStatus> {
        let waits = self.waiting.get(uetr).map(|_| PaymentStatus::AwaitingAttestation);
        waits.or_else(|| self.ended.get(uetr).copied())
    }

    fn block(&mut self, time: Timestamp, items: &[IdentifiedTransaction]) -> Vec<Said> {
        self.time = time;
        let mut lapsed: Vec<_> = self.waiting.values().filter(|p| p.expiry <= time).cloned().collect();
        lapsed.sort_by_key(|payment| (payment.expiry, payment.uetr));
        for payment in lapsed.iter().take(4) {
            self.end(&payment.uetr, PaymentStatus::Expired);
            self.say(EntryKind::Expire, payment.uetr, Code::PaymentExpired, Some(PaymentStatus::Expired));
        }
        items.iter().for_each(|item| self.transaction(item));
        std::mem::take(&mut self.said)
    }

    fn end(&mut self, uetr: &Uetr, status: PaymentStatus) {
        let payment = self.waiting.remove(uetr).unwrap();
        let to = if status == PaymentStatus::Settled { payment.creditor_account } else { payment.debtor_account };
        *self.available(to) += i128::from(payment.amount.0);
        self.ended.insert(*uetr, status);
    }

    fn transaction(&mut self, item: &IdentifiedTransaction) {
        let Transaction { participant, operation, .. } = &item.transaction;
        let (kind, reference) = (kind(operation), reference(item));
        let code = self.authentication(&item.transaction);
        if code != Code::Ok {
            return self.say(kind, reference, code, None);
        }
        match operation {
            Operation::Pay { payment } => self.payment(*participant, payment),
            Operation::PayBulk { payments } => {
                let different: BTreeSet<_> = payments.iter().map(|payment| payment.uetr).collect();
                if payments.is_empty() || different.len() < payments.len() {
                    return self.say(kind, reference, Code::ListMalformed, None);
                }
                payments.iter().for_each(|payment| self.payment(*participant, payment));
            }
            _ => self.operation(*participant, kind, reference, operation),
        }
    }

    fn authentication(&self, transaction: &Transaction) -> Code {
        let Transaction { participant, valid_until, operation, approvals } = transaction;
        let usual = usual_keys(operation);
        let role = usual[0].0;
        let own = |number| secret(*participant, role, number).public_key();
        let numbers: &[u8] = if role == KeyRole::Issuer { &[0, 1] } else { &[0] };
        let known = approvals.iter().all(|a| numbers.iter().any(|number| own(*number) == a.key));
        first(&[
            (*valid_until < self.time, Code::TransactionExpired),
            (participant.0 > 5, Code::UnknownParticipant),
            (*participant == OBSERVER, Code::ParticipantNotAuthorised),
            (!known || approvals.is_empty(), Code::KeyNotAuthorised),
            (approvals.len() < usual.len(), Code::SecondApprovalMissing),
        ])
    }

    /// The answer that a used reference has, if it was used.
    fn again(&self, reference: &Uetr, content: &[u8]) -> Option<(Code, Option<PaymentStatus>)> {
        let (first, code) = self.used.get(reference)?;
        Some(if first == content { (*code, self.status(reference)) } else { (Code::DuplicateReference, None) })
    }

    fn payment(&mut self, participant: ParticipantId, payment: &Payment) {
        let (kind, uetr, content) = (EntryKind::Pay, payment.uetr, payment.to_bytes());
        if self.account(payment.debtor_account).is_some_and(|account| account.owner != participant) {
            return self.say(kind, uetr, Code::NotAccountOwner, None);
        }
        if let Some((code, status)) = self.again(&uetr, &content) {
            return self.say(kind, uetr, code, status);
        }
        let code = self.payment_code(payment);
        self.used.insert(uetr, (content, code));
        let amount = i128::from(payment.amount.0);
        let status = if code != Code::Ok {
            self.ended.insert(uetr, PaymentStatus::Rejected);
            PaymentStatus::Rejected
        } else {
            *self.available(payment.debtor_account) -= amount;
            self.waiting.insert(uetr, payment.clone());
            if amount <= self.accounts[payment.creditor_account.0 as usize].consent {
                self.end(&uetr, PaymentStatus::Settled);
            }
            self.status(&uetr).unwrap()
        };
        self.say(kind, uetr, code, Some(status));
    }

    fn payment_code(&self, payment: &Payment) -> Code {
        let Some(debtor) = self.account(payment.debtor_account) else { return Code::UnknownAccount };
        let Some(creditor) = self.account(payment.creditor_account) else { return Code::UnknownAccount };
        let (from, to) = (payment.corridor.from.to_string(), payment.corridor.to.to_string());
        let code = first(&[
            (payment.asset.0 > 1, Code::UnknownAsset),
            (debtor.asset != payment.asset || creditor.asset != payment.asset, Code::AssetMismatch),
            (payment.amount.0 == 0, Code::AmountZero),
            (payment.amount > ASSET_CAP, Code::AssetCapExceeded),
            (payment.debtor_account == payment.creditor_account, Code::SameAccount),
            (from != country(debtor.owner) || to != country(creditor.owner), Code::CorridorMismatch),
            (!self.clients.contains_key(&payment.client), Code::UnknownClient),
        ]);
        if code != Code::Ok {
            return code;
        }
        let (client, revoked) = &self.clients[&payment.client];
        let own = self.waiting.values().filter(|p| self.accounts[p.debtor_account.0 as usize].owner == debtor.owner);
        let waits = i128::from(payment.amount.0) > creditor.consent;
        first(&[
            (*revoked, Code::ClientRevoked),
            (client.sponsor != debtor.owner, Code::ClientOfOtherBank),
            (self.time < client.valid_from || self.time >= client.valid_until, Code::ClientNotValidNow),
            (!client.assets.contains(&payment.asset), Code::ClientAssetNotCovered),
            (!client.corridors.contains(&payment.corridor), Code::ClientCorridorNotCovered),
            (payment.amount > client.payment_cap, Code::ClientCapExceeded),
            (payment.value_date > self.time.date(), Code::BadValueDate),
            (payment.expiry <= self.time || payment.expiry.0 > self.time.0 + 7 * DAY_MS, Code::BadExpiry),
            (payment.control != Control::NotControlled, Code::UnknownLicence),
            (debtor.available < i128::from(payment.amount.0), Code::InsufficientFunds),
            (waits && (own.count() >= 25 || self.waiting.len() >= 40), Code::CapacityExceeded),
        ])
    }

    fn authority(&self, participant: ParticipantId, operation: &Operation) -> Code {
        let not_issuer = |asset: AssetId| asset.0 < 2 && ISSUERS[usize::from(asset.0)] != participant;
        let not_supervisor = |sponsor| supervisor(sponsor).is_some_and(|supervisor| supervisor != participant);
        match operation {
            Operation::Issue { account, .. } | Operation::Redeem { account, .. } => {
                first(&[(self.account(*account).is_some_and(|a| not_issuer(a.asset)), Code::NotIssuer)])
            }
            Operation::OpenAccount { asset, .. } => first(&[(not_issuer(*asset), Code::NotIssuer)]),
            Operation::AuthoriseClient { authorisation, .. } => {
                first(&[(not_supervisor(authorisation.sponsor), Code::NotSupervisor)])
            }
            Operation::RevokeClient { handle, .. } => {
                let sponsor = self.clients.get(handle).map(|(client, _)| client.sponsor);
                first(&[(sponsor.is_some_and(not_supervisor), Code::NotSupervisor)])
            }
            Operation::SetStandingConsent { account, .. } => {
                first(&[(self.account(*account).is_some_and(|a| a.owner != participant), Code::NotAccountOwner)])
            }
            Operation::Cancel { payment, .. } => {
                let debtor = self.waiting.get(payment).and_then(|payment| self.account(payment.debtor_account));
                first(&[(debtor.is_some_and(|debtor| debtor.owner != participant), Code::NotDebtorAgent)])
            }
            _ => Code::Ok,
        }
    }

    fn operation(&mut self, participant: ParticipantId, kind: EntryKind, reference: Uetr, operation: &Operation) {
        let code = self.authority(participant, operation);
        if code != Code::Ok {
            return self.say(kind, reference, code, None);
        }
        let content = (participant, OperationBytes(operation.to_bytes())).to_bytes();
        if let Some((code, status)) = self.again(&reference, &content) {
            return self.say(kind, reference, code, status);
        }
        let code = self.operation_code(operation);
        self.used.insert(reference, (content, code));
        self.say(kind, reference, code, None);
        if code == Code::Ok {
            self.carry_out(participant, operation);
        }
    }

    fn operation_code(&self, operation: &Operation) -> Code {
        let list = |payments: &[Uetr]| {
            let different: BTreeSet<_> = payments.iter().collect();
            payments.is_empty() || different.len() < payments.len()
        };
        match operation {
            Operation::Issue { account, amount, .. } => {
                let Some(account) = self.account(*account) else { return Code::UnknownAccount };
                let sum = self.circulating[usize::from(account.asset.0)] + i128::from(amount.0);
                first(&[(amount.0 == 0, Code::AmountZero), (sum > i128::from(u64::MAX), Code::AmountOverflow)])
            }
            Operation::Redeem { account, amount, .. } => {
                let Some(account) = self.account(*account) else { return Code::UnknownAccount };
                let short = account.available < i128::from(amount.0);
                first(&[(amount.0 == 0, Code::AmountZero), (short, Code::InsufficientFunds)])
            }
            Operation::OpenAccount { owner, asset, .. } => first(&[
                (asset.0 > 1, Code::UnknownAsset),
                (owner.0 > 5, Code::UnknownParticipant),
                (self.accounts.len() >= 9, Code::CapacityExceeded),
            ]),
            Operation::AuthoriseClient { authorisation, .. } => self.authorisation_code(authorisation),
            Operation::RevokeClient { handle, .. } => match self.clients.get(handle) {
                None => Code::UnknownClient,
                Some((_, revoked)) => first(&[(*revoked, Code::ClientRevoked)]),
            },
            Operation::SetStandingConsent { account, .. } => {
                first(&[(self.account(*account).is_none(), Code::UnknownAccount)])
            }
            Operation::Attest { payments, .. } => first(&[(list(payments), Code::ListMalformed)]),
            Operation::Reject { payments, reason, .. } => {
                first(&[(reason.number() < 200, Code::ReasonNotAllowed), (list(payments), Code::ListMalformed)])
            }
            Operation::Cancel { payment, .. } => self.answer_code(payment),
            _ => Code::Ok,
        }
    }

    fn authorisation_code(&self, a: &ClientAuthorisation) -> Code {
        let assets: BTreeSet<_> = a.assets.iter().copied().collect();
        let corridors: BTreeSet<_> = a.corridors.iter().copied().collect();
        let ordered = assets.iter().eq(&a.assets) && corridors.iter().eq(&a.corridors);
        let filled = !assets.is_empty() && !corridors.is_empty() && a.valid_from < a.valid_until;
        first(&[
            (a.sponsor.0 > 5, Code::UnknownParticipant),
            (!ordered || !filled, Code::AuthorisationMalformed),
            (a.assets.iter().any(|asset| asset.0 > 1), Code::UnknownAsset),
            (self.clients.contains_key(&a.handle), Code::ClientExists),
            (self.clients.len() >= 60, Code::CapacityExceeded),
        ])
    }

    /// Why a payment cannot be answered or withdrawn.
    fn answer_code(&self, uetr: &Uetr) -> Code {
        match (self.waiting.get(uetr), self.ended.get(uetr)) {
            (Some(payment), _) => first(&[(payment.expiry <= self.time, Code::PaymentExpired)]),
            (None, Some(PaymentStatus::Expired)) => Code::PaymentExpired,
            (None, Some(_)) => Code::WrongPaymentStatus,
            (None, None) => Code::UnknownPayment,
        }
    }

    fn carry_out(&mut self, participant: ParticipantId, operation: &Operation) {
        match operation {
            Operation::Issue { account, amount, .. } => {
                *self.available(*account) += i128::from(amount.0);
                self.circulating[usize::from(self.accounts[account.0 as usize].asset.0)] += i128::from(amount.0);
            }
            Operation::Redeem { account, amount, .. } => {
                *self.available(*account) -= i128::from(amount.0);
                self.circulating[usize::from(self.accounts[account.0 as usize].asset.0)] -= i128::from(amount.0);
            }
            Operation::OpenAccount { owner, asset, .. } => {
                self.accounts.push(Account { owner: *owner, asset: *asset, available: 0, consent: 0 });
            }
            Operation::AuthoriseClient { authorisation, .. } => {
                self.clients.insert(authorisation.handle, (authorisation.clone(), false));
            }
            Operation::RevokeClient { handle, .. } => self.clients.get_mut(handle).unwrap().1 = true,
            Operation::SetStandingConsent { account, up_to, .. } => {
                self.accounts[account.0 as usize].consent = i128::from(up_to.0);
            }
            Operation::Attest { payments, .. } => {
                self.answers(participant, payments, EntryKind::Attest, PaymentStatus::Settled, Code::Ok);
            }
            Operation::Reject { payments, reason, .. } => {
                self.answers(participant, payments, EntryKind::Reject, PaymentStatus::Rejected, *reason);
            }
            Operation::Cancel { payment, .. } => {
                self.end(payment, PaymentStatus::Cancelled);
                let code = Code::CancelledByDebtorAgent;
                self.say(EntryKind::Cancel, *payment, code, Some(PaymentStatus::Cancelled));
            }
            _ => (),
        }
    }

    fn answers(&mut self, by: ParticipantId, payments: &[Uetr], kind: EntryKind, status: PaymentStatus, done: Code) {
        for uetr in payments {
            let creditor = self.waiting.get(uetr).and_then(|payment| self.account(payment.creditor_account));
            let stranger = creditor.is_some_and(|creditor| creditor.owner != by);
            let code = if stranger { Code::NotCreditorAgent } else { self.answer_code(uetr) };
            let code = if code == Code::Ok {
                self.end(uetr, status);
                done
            } else {
                code
            };
            self.say(kind, *uetr, code, self.status(uetr));
        }
    }

    fn compare(&self, ledger: &Ledger) {
        for (slot, account) in (0u32..).zip(&self.accounts) {
            let (id, real) = (AccountId(slot), ledger.account(AccountId(slot)).unwrap());
            let expected = (account.owner, account.asset, account.available, self.reserved(id), account.consent);
            let (available, reserved) = (i128::from(real.available.0), i128::from(real.reserved.0));
            let found = (real.owner, real.asset, available, reserved, i128::from(real.standing_consent.0));
            assert_eq!(found, expected, "account {slot}");
        }
        assert_eq!(ledger.account(AccountId(self.accounts.len() as u32)), None);
        assert_eq!(ledger.open_payments() as usize, self.waiting.len());
        for asset in [EUR, BRL] {
            let held = (0u32..).zip(&self.accounts).filter(|(_, a)| a.asset == asset);
            let held: i128 = held.map(|(slot, a)| a.available + self.reserved(AccountId(slot))).sum();
            assert_eq!(held, self.circulating[usize::from(asset.0)], "the model itself conserves money");
            assert_eq!(ledger.totals(asset).unwrap().held.cast_signed(), held);
        }
    }
}

/// Bytes that are encoded already.
struct OperationBytes(Vec<u8>);

impl corridor_types::Encode for OperationBytes {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

fn kind(operation: &Operation) -> EntryKind {
    let text = format!("{operation:?}");
    let name = text.split(' ').next().unwrap().replace("PayBulk", "Pay");
    *EntryKind::ALL.iter().find(|kind| format!("{kind:?}") == name).unwrap()
}

fn reference(item: &IdentifiedTransaction) -> Uetr {
    let made_up = || Uetr::from_random(item.id.0[..16].try_into().unwrap());
    item.transaction.operation.reference().unwrap_or_else(made_up)
}

/// For a block of one operation with one entry: the check ahead of time said what came.
fn compare_advice(ledger: &Ledger, model: &Model, item: &IdentifiedTransaction, time: Timestamp, entries: &[Entry]) {
    let operation = &item.transaction.operation;
    let answers = matches!(operation, Operation::Attest { .. } | Operation::Reject { .. });
    let repeated = operation.reference().is_some_and(|reference| model.used.contains_key(&reference));
    if answers || repeated || entries.len() != 1 {
        return;
    }
    let advice = ledger.check(&item.transaction, time).map_or_else(|refusal| refusal.code, |()| Code::Ok);
    assert_eq!(advice, entries[0].code, "{operation:?}");
}

/// Runs one seed and tells which codes it reached, and how many operations it took.
fn run(seed: u64, blocks: usize) -> (BTreeSet<Code>, usize) {
    let (mut traffic, mut world, mut model) = (Traffic::new(seed), World::bare(), Model::new());
    traffic.limit(&mut world.ledger);
    let (mut codes, mut operations) = (BTreeSet::new(), 0);
    for block in 0..blocks {
        let items = traffic.block(&mut world);
        let before = (items.len() == 1).then(|| world.ledger.clone());
        let executed = world.ledger.execute(&world.context(), &items).unwrap();
        if let Some(before) = before {
            compare_advice(&before, &model, &items[0], world.time, &executed.entries);
        }
        let said: Vec<_> = executed.entries.iter().map(|e| (e.kind, e.reference, e.code, e.status)).collect();
        assert_eq!(said, model.block(world.time, &items), "seed {seed}, block {block}");
        model.compare(&world.ledger);
        codes.extend(executed.entries.iter().map(|entry| entry.code));
        operations += items.len();
    }
    world.ledger.audit().unwrap();
    (codes, operations)
}

/// `CORRIDOR_MODEL_OPERATIONS` makes the run longer.
#[test]
fn random_traffic_gives_what_the_model_says_and_reaches_every_code() {
    let wanted = std::env::var("CORRIDOR_MODEL_OPERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let (mut codes, mut operations, mut seed) = (BTreeSet::new(), 0, 1);
    while operations < wanted {
        let (reached, count) = run(seed, 150);
        codes.extend(reached);
        operations += count;
        seed += 1;
    }
    // The codes of validators and nodes have a model of their own, in `governance.rs`.
    let is_ours = |code: &&Code| !(40..=49).contains(&code.number());
    let missing: Vec<_> = Code::ALL.iter().filter(is_ours).filter(|code| !codes.contains(code)).collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}
