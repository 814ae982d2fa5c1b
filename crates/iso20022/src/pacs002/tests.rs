//! Reports are valid by the schema for every status and reason, and say what they should.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use super::*;

fn entry(status: PaymentStatus, reason: Code) -> TransactionStatus {
    TransactionStatus {
        original_message_id: Text::new("AURA-20261123-000042").unwrap(),
        original_message: Text::new(crate::pacs008::MESSAGE).unwrap(),
        original_instruction_id: None,
        original_end_to_end_id: Some(Text::new("EXEMPLO-PO-7731 <&>").unwrap()),
        original_transaction_id: None,
        uetr: "6f1c2a52-0b7e-4d5a-9c31-2f84d7be1a90".parse().unwrap(),
        status,
        reason,
        accepted: Some(Timestamp(1_795_430_400_007)),
        settled: "2026-11-23".parse().ok(),
        instructing_agent: Bic::parse("MERDZAJJ").ok(),
        instructed_agent: Bic::parse("AURABRSP").ok(),
    }
}

fn report(transactions: Vec<TransactionStatus>) -> String {
    let message_id = Text::new("CORRIDOR-1").unwrap();
    write(&StatusReport { message_id, created: Timestamp(1_795_430_400_007), transactions })
}

fn check_valid(text: &str) {
    assert_eq!(validate(text.as_bytes(), &Limits::default()), Ok(()), "{text}");
}

#[test]
fn a_report_of_each_kind() {
    let bare = TransactionStatus {
        accepted: None,
        settled: None,
        instructing_agent: None,
        instructed_agent: None,
        ..entry(PaymentStatus::Queued, Code::Ok)
    };
    let rejected = entry(PaymentStatus::Rejected, Code::InsufficientFunds);
    let text = report(vec![entry(PaymentStatus::Settled, Code::Ok), rejected, bare]);
    check_valid(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn every_status_with_every_reason_is_valid() {
    for status in PaymentStatus::ALL {
        check_valid(&report(Code::ALL.iter().map(|reason| entry(*status, *reason)).collect()));
    }
    check_valid(&report(vec![]));
}

#[test]
fn long_explanations_are_cut_into_pieces() {
    let mut writer = Writer::new();
    additional(&mut writer, &"é".repeat(211));
    let text = writer.finish();
    let lengths: Vec<_> = text.lines().skip(1).map(|line| line.chars().filter(|c| *c == 'é').count()).collect();
    assert_eq!(lengths, [105, 105, 1]);
}

#[test]
fn a_wrong_report_is_refused() {
    let text = report(vec![entry(PaymentStatus::Settled, Code::Ok)]);
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from));
        validate(text.replacen(from, to, 1).as_bytes(), &Limits::default()).unwrap_err().errors[0].code
    };
    assert_eq!(refused("<TxSts>ACSC", "<TxSts>ACSCX"), crate::Code::Length);
    assert_eq!(refused("<MsgId>", "<MsgId>012345678901234567890123456789"), crate::Code::Length);
    assert_eq!(refused("pacs.002.001.10", "pacs.002.001.11"), crate::Code::Namespace);
    assert_eq!(refused("<CreDtTm>2026", "<CreDtTm>20"), crate::Code::Time);
}

#[test]
fn published_samples_pass_the_schema() {
    for name in ["pacs.002.min.xml", "pacs.002.max.xml"] {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/iso20022/samples");
        let bytes = std::fs::read(samples.join(name)).expect("the published sample is there");
        assert_eq!(validate(&bytes, &Limits::default()), Ok(()), "{name}");
    }
}
