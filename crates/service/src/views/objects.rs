//! The ledger's objects in the forms that clients are shown. Each page is of one moment: the core's
//! thread makes it whole.

use corridor_api::{ObjectQuery, Range, Select};
use corridor_ledger::{
    Ledger, LicenceRecord, LimitRecord, Missing, Next, OpenPayment, OpenProposal, OpenQuote, Participant,
    ParticipantStatus as Status, ProgrammeRecord, Refund, RequiredList, Rulebook,
};
use corridor_replica::Replica;
use corridor_types::view::{
    BallotView, CalendarView, HoldView, LicenceView, LimitView, Money, ObjectView, OpenPaymentView, Page, PaidView,
    ParticipantStatus, ParticipantView, ProgrammeView, ProposalView, QuoteView, RefundView, RequiredListView,
    RulebookView, SavingsView, Sum, WaitingFor,
};
use corridor_types::{AccountId, Amount, AssetId, ParticipantId, ProgrammeId};

use super::terms;

/// What a query gives: objects, and where the next page begins.
type Found = (Vec<ObjectView>, Option<u32>);

/// A page of objects.
pub fn objects(replica: &Replica, query: &ObjectQuery) -> Page<ObjectView> {
    let ledger = replica.ledger();
    let (items, next) = find(replica, ledger, query);
    Page { height: ledger.height(), time: ledger.time(), items, next }
}

fn find(replica: &Replica, ledger: &Ledger, query: &ObjectQuery) -> Found {
    match *query {
        ObjectQuery::Participants(Select::One(id)) => only(participant(replica, id).map(ObjectView::Participant)),
        ObjectQuery::Participants(Select::Page(range)) => {
            let from = ledger.participants().map(|(id, _)| (id.0, id)).skip_while(|(number, _)| *number < range.from);
            page(range, from, |_, id| participant(replica, id).map(ObjectView::Participant))
        }
        ObjectQuery::Programmes(Select::One(id)) => only(ledger.programme(id).map(|record| programme(id.0, record))),
        ObjectQuery::Programmes(Select::Page(range)) => {
            page(range, ledger.programmes(range.from), |number, record| Some(programme(number, record)))
        }
        ObjectQuery::Licences(Select::One(id)) => only(ledger.licence(&id).and_then(|record| licence(ledger, record))),
        ObjectQuery::Licences(Select::Page(range)) => {
            page(range, ledger.licences(range.from), |_, record| licence(ledger, record))
        }
        ObjectQuery::RequiredLists(Select::One(id)) => only(ledger.required_list(id).map(|list| required(id.0, list))),
        ObjectQuery::RequiredLists(Select::Page(range)) => {
            page(range, ledger.required_lists(range.from), |bank, list| Some(required(bank, list)))
        }
        ObjectQuery::Limits(range) => page(range, ledger.limits(range.from), |_, record| Some(limit(ledger, record))),
        ObjectQuery::Refunds(Select::One(id)) => only(ledger.refund(&id).map(refund)),
        ObjectQuery::Refunds(Select::Page(range)) => {
            page(range, ledger.refunds(range.from), |_, record| Some(refund(record)))
        }
        ObjectQuery::Quotes(Select::One(id)) => only(ledger.quote(&id).and_then(|open| quote(ledger, open))),
        ObjectQuery::Quotes(Select::Page(range)) => {
            page(range, ledger.quotes(range.from), |_, open| quote(ledger, open))
        }
        ObjectQuery::Calendars(Select::One(id)) => only(calendar(ledger, id)),
        ObjectQuery::Calendars(Select::Page(range)) => of_assets(ledger, range, |id| calendar(ledger, id)),
        ObjectQuery::Rulebooks(range) => {
            page(range, ledger.rulebooks(range.from), |_, book| Some(rulebook(ledger, book)))
        }
        ObjectQuery::Proposals(Select::One(id)) => only(ledger.proposal(&id).map(|open| proposal(ledger, open))),
        ObjectQuery::Proposals(Select::Page(range)) => {
            page(range, ledger.proposals(range.from), |_, open| Some(proposal(ledger, open)))
        }
        ObjectQuery::Savings(Select::One(id)) => only(savings(ledger, id)),
        ObjectQuery::Savings(Select::Page(range)) => of_assets(ledger, range, |id| savings(ledger, id)),
        ObjectQuery::OpenPayment(id) => only(ledger.open_payment(&id).and_then(|open| open_payment(ledger, open))),
        ObjectQuery::OpenPayments(id, range) => {
            page(range, ledger.open_payments_of(id, range.from), |_, open| open_payment(ledger, open))
        }
        ObjectQuery::Queue(id, range) => {
            let places = (range.from..).zip(ledger.queue(id).skip(range.from as usize));
            page(range, places, |_, open| open_payment(ledger, open))
        }
    }
}

fn only(object: Option<ObjectView>) -> Found {
    (object.into_iter().collect(), None)
}

/// As many records as a page takes; the next page begins with the one after.
fn page<R>(
    range: Range,
    mut records: impl Iterator<Item = (u32, R)>,
    view: impl Fn(u32, R) -> Option<ObjectView>,
) -> Found {
    let items = records.by_ref().take(range.limit).filter_map(|(slot, record)| view(slot, record)).collect();
    (items, records.next().map(|(slot, _)| slot))
}

fn of_assets(ledger: &Ledger, range: Range, view: impl Fn(AssetId) -> Option<ObjectView>) -> Found {
    let assets = ledger.assets().map(|(id, _)| (u32::from(id.0), id)).skip_while(|(number, _)| *number < range.from);
    page(range, assets, |_, id| view(id))
}

/// One institution by its number.
fn participant(replica: &Replica, id: ParticipantId) -> Option<ParticipantView> {
    let Participant { entry, status, approvals, sealing_key } = replica.ledger().participant_record(id)?;
    Some(ParticipantView {
        id,
        name: entry.name.clone(),
        lei: entry.lei,
        bic: entry.bic,
        country: entry.country,
        kind: entry.kind,
        supervisor: entry.supervisor,
        keys: entry.keys.clone(),
        validator: replica.validators().index_of(id).is_some(),
        status: match status {
            Status::Applied => ParticipantStatus::Applied,
            Status::Authorised => ParticipantStatus::Authorised,
            Status::Suspended => ParticipantStatus::Suspended,
            Status::Revoked => ParticipantStatus::Revoked,
        },
        approvals: approvals.clone(),
        sealing_key: *sealing_key,
    })
}

fn programme(number: u32, record: &ProgrammeRecord) -> ObjectView {
    let paid = record.programme.caps.iter().zip(&record.paid);
    ObjectView::Programme(ProgrammeView {
        number: ProgrammeId(number),
        programme: record.programme.clone(),
        closed: record.closed,
        paid: paid.map(|(cap, paid)| PaidView { asset: cap.asset, paid: Sum(*paid) }).collect(),
    })
}

fn licence(ledger: &Ledger, record: &LicenceRecord) -> Option<ObjectView> {
    let currency = ledger.asset(record.licence.asset)?.currency;
    Some(ObjectView::Licence(LicenceView {
        licence: record.licence.clone(),
        authority: record.authority,
        revoked: record.revoked,
        reserved: Money::new(record.reserved, currency),
        drawn: Money::new(record.drawn, currency),
        left: Sum(record.left()),
    }))
}

fn required(central_bank: u32, list: &RequiredList) -> ObjectView {
    let RequiredList { list, version, max_age_ms } = *list;
    ObjectView::RequiredList(RequiredListView { central_bank: ParticipantId(central_bank), list, version, max_age_ms })
}

fn limit(ledger: &Ledger, record: &LimitRecord) -> ObjectView {
    let (limit, since) = (record.limit, record.since);
    ObjectView::Limit(LimitView { limit, since, counted: ledger.counted(record).map(Sum) })
}

fn refund(refund: &Refund) -> ObjectView {
    let Refund { payment, creditor_agent, returned, recall } = *refund;
    ObjectView::Refund(RefundView { payment, creditor_agent, returned, recall })
}

fn quote(ledger: &Ledger, open: &OpenQuote) -> Option<ObjectView> {
    let money = |account: AccountId, amount: Amount| {
        Some(Money::new(amount, ledger.asset(ledger.account(account)?.asset)?.currency))
    };
    Some(ObjectView::Quote(QuoteView {
        reference: open.reference,
        maker: open.maker,
        quote: open.quote.clone(),
        pays: money(open.quote.pays_from, open.quote.pays)?,
        paid: money(open.quote.paid_to, open.quote.paid)?,
    }))
}

fn calendar(ledger: &Ledger, asset: AssetId) -> Option<ObjectView> {
    let currency = ledger.asset(asset)?.currency;
    let calendar = ledger.calendar(asset).cloned();
    Some(ObjectView::Calendar(CalendarView { asset, currency, calendar, open: ledger.is_open(asset) }))
}

fn rulebook(ledger: &Ledger, book: &Rulebook) -> ObjectView {
    let now = ledger.time();
    ObjectView::Rulebook(RulebookView {
        country: book.next.country,
        corridor: book.next.corridor,
        in_force: book.at(now).copied(),
        next: Some(book.next).filter(|pack| pack.effective_from > now),
    })
}

/// A power as clients see it; sums of 256 weights of 64 bits hardly ever exceed them.
fn shown(power: u128) -> u64 {
    u64::try_from(power).unwrap_or(u64::MAX)
}

fn proposal(ledger: &Ledger, open: &OpenProposal) -> ObjectView {
    let side = |approve| {
        let ballots = open.ballots.iter().filter(|ballot| ballot.approve == approve);
        shown(ballots.map(|ballot| ledger.power_of(ballot.participant)).sum())
    };
    let ballot = |ballot: &corridor_ledger::Ballot| BallotView {
        participant: ballot.participant,
        approve: ballot.approve,
        power: shown(ledger.power_of(ballot.participant)),
    };
    ObjectView::Proposal(ProposalView {
        reference: open.reference,
        proposer: open.proposer,
        proposal: open.proposal.clone(),
        closes: open.closes,
        ballots: open.ballots.iter().map(ballot).collect(),
        power_for: side(true),
        power_against: side(false),
        power_needed: shown(2 * ledger.validators().total_power() / 3 + 1),
        central_banks: ledger.central_banks_concerned(&open.proposal).into_iter().collect(),
    })
}

fn savings(ledger: &Ledger, asset: AssetId) -> Option<ObjectView> {
    let currency = ledger.asset(asset)?.currency;
    let corridor_ledger::Savings { payments, gross, liquidity } = ledger.savings(asset);
    let saved = Sum(gross.saturating_sub(liquidity));
    let (gross, liquidity) = (Sum(gross), Sum(liquidity));
    Some(ObjectView::Savings(SavingsView { asset, currency, payments, gross, liquidity, saved }))
}

fn open_payment(ledger: &Ledger, open: &OpenPayment) -> Option<ObjectView> {
    let (waiting_for, stopped_by) = match ledger.next_for(&open.payment.uetr)? {
        Next::Wait(missing) => (Some(waiting(missing)), None),
        Next::Settle => (None, None),
        Next::Stop(code) => (None, Some(code)),
    };
    let hold = open.hold.map(|hold| HoldView { reason: hold.reason, holder: hold.holder, deadline: hold.deadline });
    Some(ObjectView::OpenPayment(OpenPaymentView {
        payment: terms(ledger, &open.payment)?,
        status: open.status,
        waiting_for,
        stopped_by,
        accepted: open.accepted,
        funded: open.funded,
        attested: open.attested,
        starts: open.starts,
        priority: open.priority,
        hold,
        debtor_screening: open.debtor_screening,
        creditor_screening: open.creditor_screening,
    }))
}

const fn waiting(missing: Missing) -> WaitingFor {
    match missing {
        Missing::Release => WaitingFor::Release,
        Missing::Attestation => WaitingFor::Attestation,
        Missing::Hours => WaitingFor::Hours,
        Missing::Screening => WaitingFor::Screening,
        Missing::Agent => WaitingFor::Agent,
        Missing::Freeze => WaitingFor::Freeze,
        Missing::Room => WaitingFor::Room,
        Missing::Money => WaitingFor::Money,
    }
}
