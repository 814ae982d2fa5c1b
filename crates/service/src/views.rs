//! The replica's and the ledger's values in the forms that clients are shown.

mod objects;

use corridor_api::AccountFilter;
use corridor_crypto::PublicKey;
use corridor_ledger::Ledger;
use corridor_replica::{Clock, Replica};
use corridor_runtime::Progress;
use corridor_types::view::{
    AccountPage, AccountView, AssetView, BlockView, CandidateView, ChainView, ClientView, ConsensusView, EvidenceView,
    Money, NodeRole, NodeView, PaymentTerms, PeerView, Silence, SnapshotView, StatementLine, StatementPage, TipView,
    ValidatorView, ValidatorVotesView, ValidatorsView,
};
use corridor_types::{
    AccountId, Amount, Bic, Block, ClientHandle, Encode as _, Evidence, Height, Movement, ParticipantId, Payment,
    SettlementCertificate, Validator, ValidatorIndex, ValidatorSet, VoteKind,
};

pub use objects::objects;

/// What only the node around a replica knows of itself.
#[derive(Debug, Clone, Copy)]
pub struct Outside {
    /// Authenticates its links.
    pub network_key: PublicKey,
    /// Milliseconds since it last finalized a block.
    pub finalized_age_ms: Option<u64>,
    /// Bytes in its data folder.
    pub data_bytes: Option<u64>,
}

fn name(ledger: &Ledger, id: ParticipantId) -> String {
    ledger.participant(id).map(|participant| participant.name.clone()).unwrap_or_default()
}

/// A participant's code; the ledger has an entry for everybody whom it names elsewhere.
fn bic(ledger: &Ledger, id: ParticipantId) -> Option<Bic> {
    ledger.participant(id).map(|participant| participant.bic)
}

/// No participant: the ledger has room for 2^16.
const NOBODY: ParticipantId = ParticipantId(u32::MAX);

/// Who has a position in the current set; [`NOBODY`] for one that only an earlier set had.
fn participant_of(replica: &Replica, index: ValidatorIndex) -> ParticipantId {
    replica.validators().get(index).map_or(NOBODY, |validator| validator.participant)
}

/// A payment with its agents; `None` if an account is unknown, as for some refused payments.
pub fn terms(ledger: &Ledger, payment: &Payment) -> Option<PaymentTerms> {
    let debtor = ledger.account(payment.debtor_account)?.owner;
    let creditor = ledger.account(payment.creditor_account)?.owner;
    let currency = ledger.asset(payment.asset)?.currency;
    Some(PaymentTerms::new(payment, currency, debtor, creditor))
}

/// One account by its number.
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
        freeze: account.freeze(),
        movements: account.movements,
        statement: account.statement,
    })
}

/// A page of a statement. The lines were read after the account, so that some may be younger than
/// what the account says; those are left out. `first` is the lowest number held, if any is.
pub fn statement(height: Height, account: AccountView, first: Option<u64>, lines: &[Movement]) -> StatementPage {
    let known = lines.iter().filter(|line| line.number <= account.movements);
    let lines: Vec<_> = known.map(|line| StatementLine::new(line, account.currency)).collect();
    let end = account.movements.saturating_add(1);
    let next = lines.last().map(|line| line.number.saturating_add(1)).filter(|next| *next < end);
    StatementPage { height, first: first.map_or(end, |first| first.min(end)), account, lines, next }
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

/// The assets, by number.
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
        window: authorisation.window,
        programme: authorisation.programme,
        valid_from: authorisation.valid_from,
        valid_until: authorisation.valid_until,
        revoked: client.revoked,
        frozen: client.frozen,
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
pub fn consensus(replica: &Replica, clock: Clock, outside: Outside) -> ConsensusView {
    let status = replica.engine().status();
    let (validators, ledger) = (replica.validators(), replica.ledger());
    let votes: Vec<ValidatorVotesView> = validators.iter().map(|row| votes_of(replica, &status.votes, row)).collect();
    let silent = |vote: &&ValidatorVotesView| vote.notarize.is_none() && vote.finalize.is_none() && !vote.nullify;
    let leader = participant_of(replica, status.leader);
    let total = validators.total_power();
    let heights = replica.heights();
    let progress = Progress::of(replica, &clock);
    ConsensusView {
        epoch: validators.epoch(),
        view: status.view,
        leader,
        leader_name: name(ledger, leader),
        missing: votes.iter().filter(silent).map(|vote| vote.name.clone()).collect(),
        votes,
        total_power: u64::try_from(total).unwrap_or(u64::MAX),
        quorum_power: u64::try_from(2 * total / 3 + 1).unwrap_or(u64::MAX),
        next_timeout_ms: status.view_deadline.map(|deadline| deadline.saturating_sub(clock.steady_ms)),
        peers: peers(replica, outside.network_key),
        finalized: heights.finalized,
        last_finalized_age_ms: outside.finalized_age_ms,
        syncing: replica.is_catching_up(),
        halted: None,
        role: role(replica),
        silence: replica.silence().map(silence),
        connected_power: u64::try_from(progress.connected_power).unwrap_or(u64::MAX),
        executed: heights.executed,
        settled: heights.settled,
        peers_finalized: peers_finalized(replica),
        work: replica.is_working(),
        missing_batches: u64::try_from(replica.load().wanted_batches).unwrap_or(u64::MAX),
        missing_outcomes: missing_outcomes(replica),
        outcomes_differ: replica.differing_outcomes(),
        snapshot: replica.snapshot_progress().map(|progress| SnapshotView {
            height: progress.height,
            held: progress.held,
            chunks: progress.chunks,
        }),
        pending_epoch: ledger.pending_validators().map(ValidatorSet::epoch),
        clock_behind_ms: clock_behind(replica, clock),
        clock_drift_max_ms: ledger.roots().parameters.clock_drift_max_ms,
        data_bytes: outside.data_bytes,
    }
}

/// What one validator was seen to vote in the current view.
fn votes_of(
    replica: &Replica,
    votes: &[(ValidatorIndex, VoteKind)],
    (index, validator): (ValidatorIndex, &Validator),
) -> ValidatorVotesView {
    let kinds = || votes.iter().filter(|(voter, _)| *voter == index).map(|(_, kind)| kind);
    ValidatorVotesView {
        validator: index,
        participant: validator.participant,
        name: name(replica.ledger(), validator.participant),
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
}

/// The other validators and whether a link to each is up.
fn peers(replica: &Replica, own: PublicKey) -> Vec<PeerView> {
    let others = replica.validators().iter().filter(|(_, validator)| validator.network_key != own);
    let view = |(_, validator): (ValidatorIndex, &Validator)| PeerView {
        participant: validator.participant,
        name: name(replica.ledger(), validator.participant),
        connected: replica.peers().contains_key(&validator.network_key),
    };
    others.map(view).collect()
}

/// How this node takes part in the current epoch.
fn role(replica: &Replica) -> NodeRole {
    match (replica.silence(), replica.me()) {
        (Some(_), _) => NodeRole::Silent,
        (None, Some(_)) => NodeRole::Validator,
        (None, None) => NodeRole::Observer,
    }
}

/// Why a validator is silent, as clients are told.
pub const fn silence(silence: corridor_replica::Silence) -> Silence {
    match silence {
        corridor_replica::Silence::WaitingForQuorum => Silence::WaitingForQuorum,
        corridor_replica::Silence::Watching => Silence::Watching,
        corridor_replica::Silence::RecordIsOld(_) => Silence::RecordIsOld,
        corridor_replica::Silence::KeyMissing => Silence::KeyMissing,
    }
}

/// The highest finalized block that a linked node claims. One that lies is believed here only.
fn peers_finalized(replica: &Replica) -> Height {
    replica.peers().values().flatten().map(|status| status.finalized).max().unwrap_or_default()
}

/// Validators whose outcome of the lowest executed block without a certificate has not come. An observer is
/// told of certificates only.
fn missing_outcomes(replica: &Replica) -> Vec<String> {
    if !replica.is_settling() || replica.me().is_none() {
        return Vec::new();
    }
    let voters = replica.outcome_voters();
    let missing = replica.validators().iter().filter(|(index, _)| !voters.contains(index));
    missing.map(|(_, validator)| name(replica.ledger(), validator.participant)).collect()
}

/// By how much the newest proposal or block is ahead of this machine's calendar.
fn clock_behind(replica: &Replica, clock: Clock) -> Option<u64> {
    let newest = replica.latest_proposed_time().unwrap_or_default().max(replica.ledger().time());
    Some(newest.since_ms(clock.wall)).filter(|behind| *behind > 0)
}

/// Who votes, who may vote next, and who may connect.
pub fn validators(replica: &Replica, own: PublicKey) -> ValidatorsView {
    let ledger = replica.ledger();
    let link = |key: &PublicKey| (*key != own).then(|| replica.peers().contains_key(key));
    let view = |validator: &Validator| {
        Some(ValidatorView {
            participant: validator.participant,
            name: name(ledger, validator.participant),
            bic: bic(ledger, validator.participant)?,
            key: validator.key,
            network_key: validator.network_key,
            power: validator.power,
            connected: link(&validator.network_key),
        })
    };
    let set = |set: &ValidatorSet| set.iter().filter_map(|(_, validator)| view(validator)).collect();
    let candidate = |candidate: &corridor_ledger::Candidate| {
        Some(CandidateView {
            validator: view(&candidate.validator)?,
            height: candidate.height,
            time: candidate.time,
            valid_until: candidate.time.plus_ms(corridor_ledger::limits::CANDIDATE_LIFETIME_MS),
        })
    };
    let node = |(participant, network_key): (ParticipantId, PublicKey)| {
        Some(NodeView {
            participant,
            name: name(ledger, participant),
            bic: bic(ledger, participant)?,
            network_key,
            connected: link(&network_key),
        })
    };
    ValidatorsView {
        height: ledger.height(),
        time: ledger.time(),
        epoch: ledger.epoch(),
        current: set(ledger.validators()),
        next: ledger.pending_validators().map(set),
        candidates: ledger.candidates().filter_map(candidate).collect(),
        nodes: ledger.nodes().filter_map(node).collect(),
    }
}

/// One piece of evidence; `None` if its messages name two authors, which storage never holds.
pub fn evidence(replica: &Replica, evidence: &Evidence) -> Option<EvidenceView> {
    let epoch = evidence.epoch()?;
    let (validator, culprit) = evidence.culprit(replica.validator_sets().get(epoch)?)?;
    let (kind, view, sequence, height) = match evidence {
        Evidence::ConflictingProposals { first, .. } => ("conflicting_proposals", Some(first.block.view), None, None),
        Evidence::ConflictingVotes { first, .. } => ("conflicting_votes", Some(first.vote.view), None, None),
        Evidence::ConflictingBatches { first, .. } => ("conflicting_batches", None, Some(first.header.sequence), None),
        Evidence::ConflictingOutcomes { first, .. } => ("conflicting_outcomes", None, None, Some(first.outcome.height)),
    };
    let participant = culprit.participant;
    Some(EvidenceView {
        kind: kind.to_owned(),
        epoch,
        view,
        sequence,
        height,
        validator,
        participant,
        name: name(replica.ledger(), participant),
        proof: hex::encode(evidence.to_bytes()),
    })
}
