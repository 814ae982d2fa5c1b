//! The replica's and the ledger's values in the forms that clients are shown.

use corridor_api::AccountFilter;
use corridor_ledger::Ledger;
use corridor_replica::Replica;
use corridor_types::view::{
    AccountPage, AccountView, AssetView, BlockView, ChainView, ClientView, ConsensusView, EvidenceView, Money,
    ParticipantView, PaymentTerms, PeerView, TipView, ValidatorVotesView,
};
use corridor_types::{
    AccountId, Amount, Block, ClientHandle, Encode as _, Evidence, ParticipantId, Payment, SettlementCertificate,
    ValidatorIndex, VoteKind,
};

fn name(ledger: &Ledger, id: ParticipantId) -> String {
    ledger.participant(id).map(|participant| participant.name.clone()).unwrap_or_default()
}

fn participant_of(replica: &Replica, index: ValidatorIndex) -> ParticipantId {
    replica.validators().get(index).map(|validator| validator.participant).unwrap_or_default()
}

/// A payment with its agents; `None` if an account is unknown, as for some refused payments.
pub fn terms(ledger: &Ledger, payment: &Payment) -> Option<PaymentTerms> {
    let debtor = ledger.account(payment.debtor_account)?.owner;
    let creditor = ledger.account(payment.creditor_account)?.owner;
    let currency = ledger.asset(payment.asset)?.currency;
    Some(PaymentTerms::new(payment, currency, debtor, creditor))
}

/// One account.
pub fn account(ledger: &Ledger, id: AccountId) -> Option<AccountView> {
    let account = ledger.account(id)?;
    let currency = ledger.asset(account.asset)?.currency;
    let money = |amount| Money::new(amount, currency);
    Some(AccountView {
        id,
        owner: account.owner,
        owner_bic: ledger.participant(account.owner)?.bic,
        asset: account.asset,
        currency,
        available: money(account.available),
        reserved: money(account.reserved),
        standing_consent: money(account.standing_consent),
    })
}

/// A page of accounts, ascending. One participant's are found by the ledger's index; all are walked
/// only as far as the page goes.
pub fn accounts(ledger: &Ledger, filter: &AccountFilter) -> AccountPage {
    let by_bic = filter.bic.map(|bic| ledger.participant_by_bic(&bic).map(|(id, _)| id));
    let owner = match (filter.owner, by_bic) {
        (Some(owner), Some(found)) => Some(found.filter(|id| *id == owner)),
        (Some(owner), None) => Some(Some(owner)),
        (None, found) => found,
    };
    let mut found: Vec<AccountView> = match owner {
        None => (filter.from.0..).map_while(|id| account(ledger, AccountId(id))).take(filter.limit + 1).collect(),
        Some(owner) => {
            let mut ids: Vec<AccountId> =
                owner.into_iter().flat_map(|owner| ledger.accounts_of(owner)).map(|(id, _)| id).collect();
            ids.sort_unstable();
            let wanted = ids.into_iter().filter(|id| *id >= filter.from).take(filter.limit + 1);
            wanted.filter_map(|id| account(ledger, id)).collect()
        }
    };
    let next = found.get(filter.limit).map(|view| view.id);
    found.truncate(filter.limit);
    AccountPage { height: ledger.height(), accounts: found, next }
}

/// The registry.
pub fn participants(replica: &Replica) -> Vec<ParticipantView> {
    let view = |(id, entry): (ParticipantId, &corridor_types::ParticipantEntry)| ParticipantView {
        id,
        name: entry.name.clone(),
        lei: entry.lei,
        bic: entry.bic,
        country: entry.country,
        kind: entry.kind,
        supervisor: entry.supervisor,
        keys: entry.keys.clone(),
        validator: replica.validators().index_of(id).is_some(),
    };
    replica.ledger().participants().map(view).collect()
}

/// The assets.
pub fn assets(ledger: &Ledger) -> Vec<AssetView> {
    let view = |(id, asset): (corridor_types::AssetId, &corridor_ledger::Asset)| {
        let currency = asset.currency;
        // In circulation: bounded by what accounts can hold.
        let held = ledger.totals(id).map_or(0, |totals| totals.held);
        AssetView {
            id,
            currency,
            minor_units: currency.minor_units(),
            issuer: asset.issuer,
            payment_cap: Money::new(asset.payment_cap, currency),
            issued: Money::new(Amount(u64::try_from(held).unwrap_or(u64::MAX)), currency),
        }
    };
    ledger.assets().map(view).collect()
}

/// A client's authorisation.
pub fn client(ledger: &Ledger, handle: &ClientHandle) -> Option<ClientView> {
    let client = ledger.client(handle)?;
    let authorisation = &client.authorisation;
    Some(ClientView {
        handle: authorisation.handle,
        sponsor: authorisation.sponsor,
        assets: authorisation.assets.clone(),
        corridors: authorisation.corridors.clone(),
        payment_cap: authorisation.payment_cap,
        valid_from: authorisation.valid_from,
        valid_until: authorisation.valid_until,
        revoked: client.revoked,
    })
}

/// A finalized block.
pub fn block(replica: &Replica, block: &Block, settlement: Option<&SettlementCertificate>) -> BlockView {
    let proposer = participant_of(replica, block.proposer);
    let tip = |tip: &corridor_types::Tip| TipView { lane: tip.lane, sequence: tip.sequence, digest: tip.digest };
    BlockView {
        height: block.height,
        digest: block.digest(),
        epoch: block.epoch,
        view: block.view,
        parent: block.parent,
        proposer,
        proposer_name: name(replica.ledger(), proposer),
        time: block.time,
        cut: block.cut.iter().map(tip).collect(),
        outcome: settlement.map(|certificate| certificate.outcome),
        certified: settlement.is_some(),
    }
}

/// Which chain, and how far.
pub fn chain(replica: &Replica, chain: String, participant: ParticipantId) -> ChainView {
    let heights = replica.heights();
    let ledger = replica.ledger();
    ChainView {
        genesis: replica.context().genesis(),
        name: chain,
        height: heights.settled,
        finalized: heights.finalized,
        executed: heights.executed,
        settled: heights.settled,
        time: ledger.time(),
        epoch: replica.validators().epoch(),
        validators: u32::try_from(replica.validators().len()).unwrap_or(u32::MAX),
        participant,
        participant_name: name(ledger, participant),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// What ordering waits for.
pub fn consensus(replica: &Replica, steady_ms: u64, finalized_age_ms: Option<u64>) -> ConsensusView {
    let status = replica.engine().status();
    let (validators, ledger) = (replica.validators(), replica.ledger());
    let votes = validators.iter().map(|(index, validator)| {
        let kinds = || status.votes.iter().filter(|(voter, _)| *voter == index).map(|(_, kind)| kind);
        ValidatorVotesView {
            validator: index,
            participant: validator.participant,
            name: name(ledger, validator.participant),
            power: validator.power,
            notarize: kinds().find_map(|kind| match kind {
                VoteKind::Notarize { block } => Some(*block),
                _ => None,
            }),
            nullify: kinds().any(|kind| *kind == VoteKind::Nullify),
            finalize: kinds().find_map(|kind| match kind {
                VoteKind::Finalize { block } => Some(*block),
                _ => None,
            }),
        }
    });
    let votes: Vec<ValidatorVotesView> = votes.collect();
    let others = || validators.iter().filter(|(index, _)| Some(*index) != replica.me());
    let peer = |(index, validator): (ValidatorIndex, &corridor_types::Validator)| PeerView {
        participant: validator.participant,
        name: name(ledger, validator.participant),
        connected: replica.peers().contains_key(&index),
    };
    let silent = |vote: &&ValidatorVotesView| vote.notarize.is_none() && vote.finalize.is_none() && !vote.nullify;
    let leader = participant_of(replica, status.leader);
    let total = validators.total_power();
    ConsensusView {
        epoch: validators.epoch(),
        view: status.view,
        leader,
        leader_name: name(ledger, leader),
        missing: votes.iter().filter(silent).map(|vote| vote.name.clone()).collect(),
        votes,
        total_power: u64::try_from(total).unwrap_or(u64::MAX),
        quorum_power: u64::try_from(2 * total / 3 + 1).unwrap_or(u64::MAX),
        next_timeout_ms: status.view_deadline.map(|deadline| deadline.saturating_sub(steady_ms)),
        peers: others().map(peer).collect(),
        finalized: replica.heights().finalized,
        last_finalized_age_ms: finalized_age_ms,
        syncing: replica.is_catching_up(),
        halted: None,
    }
}

/// One piece of evidence; `None` if its messages name two authors, which storage never holds.
pub fn evidence(replica: &Replica, evidence: &Evidence) -> Option<EvidenceView> {
    let validator = evidence.culprit()?;
    let (kind, epoch, view) = match evidence {
        Evidence::ConflictingProposals { first, .. } => ("conflicting_proposals", first.block.epoch, first.block.view),
        Evidence::ConflictingVotes { first, .. } => ("conflicting_votes", first.vote.epoch, first.vote.view),
    };
    let participant = participant_of(replica, validator);
    Some(EvidenceView {
        kind: kind.to_owned(),
        epoch,
        view,
        validator,
        participant,
        name: name(replica.ledger(), participant),
        proof: hex::encode(evidence.to_bytes()),
    })
}
