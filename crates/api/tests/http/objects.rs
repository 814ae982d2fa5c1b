//! One view of each kind of object.

use corridor_crypto::Digest;
use corridor_types::operations::*;
use corridor_types::view::*;
use corridor_types::*;

use super::{Fake, TIME, uetr};

fn brl() -> CurrencyCode {
    "BRL".parse().unwrap()
}

fn corridor() -> Corridor {
    Corridor { from: "BR".parse().unwrap(), to: "CN".parse().unwrap() }
}

pub fn programme() -> ObjectView {
    let cap = AssetCap { asset: AssetId(0), payment: Amount(1), total: Amount(2) };
    ObjectView::Programme(ProgrammeView {
        number: ProgrammeId(0),
        programme: Programme {
            name: Label::new("Pilot 1").unwrap(),
            starts: TIME,
            ends: TIME.plus_ms(1),
            members: vec![ParticipantId(1), ParticipantId(2)],
            corridors: vec![corridor()],
            caps: vec![cap],
        },
        closed: false,
        paid: vec![PaidView { asset: AssetId(0), paid: Sum(1) }],
    })
}

pub fn licence() -> ObjectView {
    ObjectView::Licence(LicenceView {
        licence: Licence {
            handle: LicenceHandle([4; 16]),
            regime: Label::new("EU 2021/821").unwrap(),
            asset: AssetId(0),
            value: Amount(100),
            banks: vec![ParticipantId(1)],
            parties: Digest([3; 32]),
            valid_from: TIME,
            valid_until: TIME.plus_ms(1),
        },
        authority: ParticipantId(0),
        revoked: false,
        reserved: Money::new(Amount(30), brl()),
        drawn: Money::new(Amount(50), brl()),
        left: Sum(20),
    })
}

pub fn required_list() -> ObjectView {
    let (list, version) = (ListId(7), Digest([2; 32]));
    ObjectView::RequiredList(RequiredListView { central_bank: ParticipantId(0), list, version, max_age_ms: 86_400_000 })
}

pub fn limit() -> ObjectView {
    let scope = LimitScope::Corridor { corridor: corridor(), asset: AssetId(0) };
    let window = Some(Window { length_ms: 86_400_000, cap: Amount(500) });
    let limit = Limit { scope, balance_max: None, payment_max: Some(Amount(100)), window };
    ObjectView::Limit(LimitView { limit, since: TIME, counted: Some(Sum(u128::from(u64::MAX) + 1)) })
}

pub fn refund() -> ObjectView {
    ObjectView::Refund(RefundView {
        payment: uetr(1),
        creditor_agent: ParticipantId(2),
        returned: Amount(40),
        recall: Some(Code::OfficerFraud),
    })
}

pub fn quote() -> ObjectView {
    let quote = Quote {
        taker: None,
        pays_from: AccountId(0),
        pays: Amount(100),
        paid_to: AccountId(1),
        paid: Amount(200),
        valid_until: TIME,
    };
    ObjectView::Quote(QuoteView {
        reference: uetr(3),
        maker: ParticipantId(1),
        pays: Money::new(quote.pays, brl()),
        paid: Money::new(quote.paid, "ZAR".parse().unwrap()),
        quote,
    })
}

pub fn calendar() -> ObjectView {
    let calendar = Calendar { weekend: 0b110_0000, holidays: vec![TIME.date()], opens: 480, closes: 1_080 };
    ObjectView::Calendar(CalendarView { asset: AssetId(0), currency: brl(), calendar: Some(calendar), open: false })
}

pub fn rulebook() -> ObjectView {
    let pack = |version| RulebookPack {
        country: "BR".parse().unwrap(),
        corridor: Some(corridor()),
        version,
        effective_from: TIME,
        rules: Rules::default(),
    };
    let (country, corridor) = (pack(1).country, pack(1).corridor);
    ObjectView::Rulebook(RulebookView { country, corridor, in_force: Some(pack(1)), next: Some(pack(2)) })
}

pub fn proposal() -> ObjectView {
    ObjectView::Proposal(ProposalView {
        reference: uetr(3),
        proposer: ParticipantId(1),
        proposal: Proposal::Upgrade { version: 2, height: Height(900) },
        closes: TIME,
        ballots: vec![BallotView { participant: ParticipantId(1), approve: true, power: 1 }],
        power_for: 1,
        power_against: 0,
        power_needed: 3,
        central_banks: vec![ParticipantId(0)],
    })
}

pub fn savings() -> ObjectView {
    let (gross, liquidity, saved) = (Sum(900), Sum(100), Sum(800));
    ObjectView::Savings(SavingsView { asset: AssetId(0), currency: brl(), payments: 3, gross, liquidity, saved })
}

pub fn open_payment(fake: &Fake) -> ObjectView {
    let screening = Screening { list: ListId(7), version: Digest([2; 32]), time: TIME, verdict: Verdict::Clear };
    ObjectView::OpenPayment(OpenPaymentView {
        payment: fake.terms(&fake.payment_record(1, 500)),
        status: PaymentStatus::Held,
        waiting_for: Some(WaitingFor::Release),
        stopped_by: None,
        accepted: TIME,
        funded: true,
        attested: false,
        starts: TIME,
        priority: Priority::High,
        hold: Some(HoldView { reason: HoldReason::Documents, holder: ParticipantId(1), deadline: TIME.plus_ms(5) }),
        debtor_screening: Some(screening),
        creditor_screening: None,
    })
}
