//! The SDK against the real server over a fake node.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "../../api/tests/http/fake.rs"]
mod fake;
#[path = "../../api/tests/http/support.rs"]
#[allow(dead_code, reason = "shared with the server's own tests")]
mod support;

use std::time::Duration;

use corridor_api::Limits;
use corridor_client::{AccountQuery, Client, ClientError, EventFilter, ReceiptAnswer, Until};
use corridor_types::view::{
    EventId, LicenceView, LimitView, ObjectView, ParticipantView, ProgrammeView, QuoteView, SubmissionView, Sum,
    WaitingFor,
};
use corridor_types::{AccountId, ClientHandle, Height, LicenceHandle, ParticipantId, PaymentStatus, ProgrammeId};
use futures::StreamExt;

use crate::fake::uetr;
use crate::support::Server;

const LONG: Duration = Duration::from_secs(30);

async fn start() -> (Server, Client) {
    let server = Server::start().await;
    let client = Client::new(&server.base).unwrap();
    (server, client)
}

#[tokio::test]
async fn a_payment_from_submission_to_verified_receipt() {
    let (server, client) = start().await;
    let transaction = server.fake.pay(1, 500);
    let accepted = client.submit(std::slice::from_ref(&transaction)).await.unwrap();
    assert_eq!(accepted, [SubmissionView::Accepted { transaction: transaction.id(), reference: uetr(1) }]);
    assert_eq!(client.receipt(uetr(1)).await.unwrap(), ReceiptAnswer::Pending);
    let fake = server.fake.clone();
    let settling = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(30)).await;
        fake.settle(uetr(1));
    });
    let view = client.wait_for(uetr(1), Until::Final, LONG).await.unwrap();
    assert_eq!((view.status, view.certified), (Some(PaymentStatus::Settled), true));
    settling.await.unwrap();
    let ReceiptAnswer::Ready(receipt) = client.receipt(uetr(1)).await.unwrap() else { panic!("no receipt") };
    receipt.verify(&client.genesis().await.unwrap()).unwrap();
    let known = client.submit(&[transaction]).await.unwrap();
    assert!(matches!(&known[..], [SubmissionView::Known { payment, .. }] if payment.is_final()));
}

#[tokio::test]
async fn refusals_are_results_and_the_rest_are_typed_errors() {
    let (server, client) = start().await;
    let refused = client.submit(&[server.fake.pay(2, 0)]).await.unwrap();
    assert!(matches!(&refused[..], [SubmissionView::Refused { errors, .. }] if errors[0].code == "amount_zero"));
    let mixed = client.submit(&[server.fake.pay(2, 0), server.fake.pay(3, 1)]).await.unwrap();
    assert!(matches!(&mixed[..], [SubmissionView::Refused { .. }, SubmissionView::Accepted { .. }]));
    let mut unsigned = server.fake.pay(4, 1);
    unsigned.valid_until = unsigned.valid_until.plus_ms(1);
    assert_eq!(client.submit(&[unsigned]).await.unwrap_err().code(), Some("malformed"));
    assert_eq!(client.submit(&[]).await.unwrap_err().code(), Some("malformed"));
    server.fake.memory().busy = true;
    let busy = client.submit(&[server.fake.pay(5, 1)]).await.unwrap_err();
    assert_eq!(
        (busy.code(), busy.problem().unwrap().retry_after_ms, busy.may_pass()),
        (Some("busy"), Some(1_500), true)
    );
    server.fake.memory().broken = true;
    assert_eq!(client.ready().await.unwrap_err().code(), Some("not_ready"));
}

#[tokio::test]
async fn objects_come_as_their_own_types() {
    let (_server, client) = start().await;
    let programmes = client.objects::<ProgrammeView>(0).await.unwrap();
    assert_eq!((programmes.items.len(), programmes.next), (2, None));
    assert_eq!(programmes.items[0].paid[0].paid, Sum(1));
    assert_eq!(client.objects::<ProgrammeView>(2).await.unwrap().items, []);
    let limits = client.objects::<LimitView>(0).await.unwrap();
    assert_eq!(limits.items[0].counted, Some(Sum(u128::from(u64::MAX) + 1)));
    let licence: LicenceView = client.object(&LicenceHandle([4; 16])).await.unwrap().unwrap();
    assert_eq!(licence.left, Sum(20));
    assert_eq!(client.object::<LicenceView>(&LicenceHandle([5; 16])).await.unwrap(), None);
    assert_eq!(client.object::<ProgrammeView>(&ProgrammeId(7)).await.unwrap(), None);
    assert_eq!(client.object::<QuoteView>(&uetr(3)).await.unwrap().unwrap().maker, ParticipantId(1));
    let open = client.open_payment(uetr(1)).await.unwrap().unwrap();
    assert_eq!(open.waiting_for, Some(WaitingFor::Release));
    assert_eq!(client.open_payments(ParticipantId(1), 1).await.unwrap().items, std::slice::from_ref(&open));
    assert_eq!(client.queue(AccountId(0), 1).await.unwrap().unwrap().items, [open]);
    assert_eq!(client.queue(AccountId(9), 0).await.unwrap(), None);
    assert_eq!(client.object::<ParticipantView>(&ParticipantId(9)).await.unwrap(), None);
    let participant: ParticipantView = client.object(&ParticipantId(1)).await.unwrap().unwrap();
    assert_eq!(client.participants().await.unwrap()[1], participant);
    assert!(matches!(fake::objects::programme(), ObjectView::Programme(view) if view == programmes.items[0]));
}

#[tokio::test]
async fn every_question_has_an_answer() {
    let (server, client) = start().await;
    server.fake.run(1, 1);
    client.ready().await.unwrap();
    assert_eq!(client.payment(uetr(9)).await.unwrap(), None);
    assert_eq!(client.receipt(uetr(9)).await.unwrap(), ReceiptAnswer::Unknown);
    let entry = client.payment(uetr(1)).await.unwrap().unwrap().entries[0].id;
    assert!(matches!(client.receipt_of(uetr(1), entry).await.unwrap(), ReceiptAnswer::Ready(_)));
    assert_eq!(client.receipt_of(uetr(9), entry).await.unwrap(), ReceiptAnswer::Unknown);
    assert_eq!(client.account(AccountId(0)).await.unwrap(), Some(server.fake.account_view(0)));
    assert_eq!(client.account(AccountId(9)).await.unwrap(), None);
    let query = AccountQuery { bic: Some("BANKCNSHXXX".parse().unwrap()), ..AccountQuery::default() };
    assert_eq!(client.accounts(query).await.unwrap().accounts, [server.fake.account_view(1)]);
    let query = AccountQuery { owner: Some(ParticipantId(1)), ..AccountQuery::default() };
    assert_eq!(client.accounts(query).await.unwrap().accounts, [server.fake.account_view(0)]);
    assert_eq!(client.participants().await.unwrap().len(), 3);
    assert_eq!(client.assets().await.unwrap()[0].issued.decimal, "250000.10");
    assert!(client.client(ClientHandle([9; 16])).await.unwrap().is_some());
    assert!(client.client(ClientHandle([8; 16])).await.unwrap().is_none());
    assert!(client.block(Height(1)).await.unwrap().is_some_and(|block| block.certified));
    assert!(client.block(Height(2)).await.unwrap().is_none());
    assert_eq!(client.chain().await.unwrap().settled, Height(1));
    assert_eq!(client.consensus().await.unwrap().missing, ["Bank B"]);
    assert_eq!(client.evidence().await.unwrap()[0].kind, "conflicting_votes");
    assert_eq!(client.genesis().await.unwrap(), server.fake.genesis);
    assert!(client.metrics().await.unwrap().contains("corridor_height 3"));
}

#[tokio::test]
async fn waiting_ends_with_what_was_seen_last() {
    let (server, client) = start().await;
    client.submit(&[server.fake.pay(1, 5)]).await.unwrap();
    let short = Duration::from_millis(20);
    let error = client.wait_for(uetr(1), Until::Certified, short).await.unwrap_err();
    assert!(matches!(error, ClientError::StillWaiting { last: Some(view), .. } if view.pending));
    let error = client.wait_for(uetr(2), Until::Final, short).await.unwrap_err();
    assert!(matches!(error, ClientError::StillWaiting { last: None, .. }));
}

#[tokio::test]
async fn the_next_node_answers_when_the_first_is_gone() {
    let (server, _) = start().await;
    let (gone, _) = start().await;
    let dead = gone.base.clone();
    gone.stop().await;
    let client = Client::with_endpoints(&[&dead, &server.base]).unwrap();
    client.chain().await.unwrap();
    client.submit(&[server.fake.pay(1, 5)]).await.unwrap();
    let lonely = Client::new(&dead).unwrap();
    let error = lonely.chain().await.unwrap_err();
    assert!(matches!(&error, ClientError::Unreachable { url, .. } if *url == dead), "{error}");
}

#[test]
fn addresses_are_checked() {
    for bad in ["", "127.0.0.1:80", "ftp://x", "http://x?y", "http://x#y"] {
        assert!(matches!(Client::new(bad), Err(ClientError::BadUrl { .. })), "{bad:?} was taken");
    }
    assert!(Client::with_endpoints(&[]).is_err());
    assert!(Client::new("http://127.0.0.1:8080/").is_ok());
}

#[tokio::test]
async fn events_resume_at_another_node_without_a_gap_or_a_repeat() {
    let first = Server::start().await;
    let (second, _) = start().await;
    first.fake.run(1, 3);
    second.fake.run(1, 100);
    let client = Client::with_endpoints(&[&first.base, &second.base]).unwrap();
    let filter = EventFilter { after: Some(EventId::START), ..EventFilter::default() };
    let mut events = Box::pin(client.events(filter));
    let mut heights = Vec::new();
    for _ in 0..3 {
        heights.push(events.next().await.unwrap().unwrap().entry.height.0);
    }
    first.stop().await;
    for _ in 3..100 {
        heights.push(events.next().await.unwrap().unwrap().entry.height.0);
    }
    assert_eq!(heights, (1..=100).collect::<Vec<_>>());
}

#[tokio::test]
async fn events_are_filtered_and_begin_with_now_by_default() {
    let (server, client) = start().await;
    server.fake.run(1, 80);
    let filter = EventFilter { after: Some(EventId::START), reference: Some(uetr(70)), ..EventFilter::default() };
    let one = Box::pin(client.events(filter)).next().await.unwrap().unwrap();
    while server.fake.followers() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!((one.entry.reference, one.payment.unwrap().amount.decimal.as_str()), (uetr(70), "125000.00"));
    let mut live = Box::pin(client.events(EventFilter::default()));
    let fake = server.fake.clone();
    let (next, ()) = tokio::join!(live.next(), async move {
        // Only what happens after the stream began is "next".
        while fake.followers() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        fake.run(81, 1);
    });
    assert_eq!(next.unwrap().unwrap().entry.reference, uetr(81));
}

#[tokio::test]
async fn a_stream_that_can_never_work_ends_with_the_reason() {
    let server = Server::with_limits(Limits { streams: 0, ..Limits::default() }).await;
    let missing = Client::new(&format!("{}/elsewhere", server.base)).unwrap();
    let mut events = Box::pin(missing.events(EventFilter::default()));
    assert_eq!(events.next().await.unwrap().unwrap_err().code(), Some("not_found"));
    assert!(events.next().await.is_none());
}
