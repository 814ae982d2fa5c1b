//! The message from bytes to payments: samples, every kind of refusal, round trips, attackers.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use corridor_types::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::{Code, Text};

const SAMPLE: &str = include_str!("../../../../configs/samples/pacs.008-trade-invoice.xml");
const TX: &str = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]";
const GROUP: &str = "/Document/FIToFICstmrCdtTrf/GrpHdr";

fn read_text(text: &str) -> Result<Vec<CreditTransfer>, ReadError> {
    read(text.as_bytes(), &Limits::default())
}

fn sample() -> CreditTransfer {
    read_text(SAMPLE).unwrap().remove(0)
}

/// The sample with each `from` replaced by `to`; `from` must occur.
fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(SAMPLE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the sample has no {from}");
        text.replacen(from, to, 1)
    })
}

/// Reading the changed sample reports exactly these problems.
fn check(changes: &[(&str, &str)], expected: &[(&str, Code)]) {
    let text = changed(changes);
    let error = read_text(&text).expect_err(&format!("accepted after {changes:?}"));
    let found: Vec<_> = error.errors.iter().map(|e| (e.path.as_str(), e.code)).collect();
    assert_eq!(found, expected, "{error:#?}");
    assert!(error.errors.iter().all(|e| !e.problem.is_empty() && !e.remedy.is_empty()));
}

fn at(path: &str) -> String {
    format!("{TX}/{path}")
}

/// A file of the published samples.
fn published(name: &str) -> Vec<u8> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/iso20022/samples");
    std::fs::read(samples.join(name)).expect("the published sample is there")
}

#[test]
fn our_sample_maps_to_this_payment() {
    let t = sample();
    insta::assert_debug_snapshot!(
        "sample_transfer",
        (
            (t.uetr, t.message_id, t.instruction_id, t.end_to_end_id, t.transaction_id),
            (t.amount, t.currency, t.settlement_date, t.debtor_agent, t.creditor_agent, t.charge_bearer, t.priority),
            (t.debtor, t.creditor, t.ultimate_debtor, t.ultimate_creditor, t.purpose, t.remittance),
        )
    );
    insta::assert_snapshot!("sample_details", String::from_utf8(t.details).unwrap());
}

#[test]
fn debug_output_of_a_transfer_names_no_customer() {
    let shown = format!("{:?}", sample());
    assert!(shown.contains("6f1c2a52") && !shown.contains("Exemplo") && !shown.contains("BR06"), "{shown}");
}

#[test]
fn published_samples_pass_the_schema() {
    for name in ["pacs.008.min.xml", "pacs.008.max.xml"] {
        let bytes = published(name);
        assert_eq!(validate(&bytes, &Limits::default()), Ok(()), "{name}");
    }
}

#[test]
fn the_smallest_published_sample_falls_back_to_instructing_and_instructed_agent() {
    let bytes = published("pacs.008.min.xml");
    let transfers = read(&bytes, &Limits::default()).unwrap();
    assert_eq!(transfers[0].debtor_agent.as_str(), "ZABCGB9AXXX");
    assert_eq!(transfers[0].creditor_agent.as_str(), "OPQRUSUVXXX");
    assert_eq!((transfers[0].amount.0, transfers[0].currency.as_str()), (100_000, "EUR"));
}

/// It holds placeholders for check digits, and intermediaries: valid by the schema, not for us.
#[test]
fn the_largest_published_sample_fails_only_the_checks_beyond_the_schema() {
    let bytes = published("pacs.008.max.xml");
    let error = read(&bytes, &Limits::default()).unwrap_err();
    let codes: std::collections::BTreeSet<_> = error.errors.iter().map(|e| e.code).collect();
    assert!(codes.iter().all(|code| matches!(code, Code::Lei | Code::Unsupported | Code::Bic)), "{error:#?}");
    assert!(codes.contains(&Code::Unsupported));
}

#[test]
fn a_bare_document_means_the_same_as_a_wrapped_one() {
    let (start, end) = (SAMPLE.find("<Document").unwrap(), SAMPLE.find("</Envelope>").unwrap());
    assert_eq!(read_text(&SAMPLE[start..end]), read_text(SAMPLE));
    assert_eq!(read_text(&format!("\u{feff}{}", &SAMPLE[start..end])), read_text(SAMPLE));
}

#[test]
fn spelling_of_the_xml_leaves_no_trace_in_the_details() {
    let prefixed = SAMPLE[SAMPLE.find("<Document").unwrap()..SAMPLE.find("</Envelope>").unwrap()]
        .replace("</", "</p:")
        .replace("<Document xmlns=", "<Document xmlns:p=")
        .replace("<", "<p:")
        .replace("<p:/p:", "</p:")
        .replace("<p:Nm>Exemplo", "<p:Nm><!-- x -->E<![CDATA[xemp]]>&#108;o")
        .replace("      ", " ");
    assert_eq!(read_text(&prefixed).unwrap()[0].details, sample().details);
    assert_eq!(read_text(&prefixed).unwrap(), read_text(SAMPLE).unwrap());
}

#[test]
fn details_hold_the_confidential_part_and_nothing_of_the_message_around_it() {
    let details = sample().details;
    let resent = changed(&[("<MsgId>AURA-20261123-000042", "<MsgId>AURA-20261124-000001")]);
    assert_eq!(read_text(&resent).unwrap()[0].details, details);
    let other_amount = changed(&[("BRL\">125000.00", "BRL\">125000.01"), ("<CtrlSum>125000.00", "<CtrlSum>125000.01")]);
    assert_eq!(read_text(&other_amount).unwrap()[0].details, details);
    for (from, to) in [
        ("Exemplo Importadora", "Exemplo Exportadora"),
        ("SME-INV-2026-0042", "SME-INV-2026-0043"),
        ("RmtdAmt Ccy=\"BRL\"", "RmtdAmt Ccy=\"ZAR\""),
        ("<Prtry>CORRIDOR", "<Prtry>ANOTHER"),
    ] {
        assert_ne!(read_text(&changed(&[(from, to)])).unwrap()[0].details, details, "{from}");
    }
}

#[test]
fn details_read_back_line_by_line() {
    let text = changed(&[("Drill heads, contract", "Drill\\heads\t&#10;contract")]);
    let lines = details::parse(&read_text(&text).unwrap()[0].details).unwrap();
    let value = |path: &str| lines.iter().find(|line| line.path == path).map(|line| line.value.as_str());
    assert_eq!(value("RmtInf/Ustrd"), Some("Drill\\heads\t\ncontract SME-2026-118"));
    assert_eq!(value("RmtInf/Strd/RfrdDocAmt/RmtdAmt/@Ccy"), Some("BRL"));
    assert_eq!(value("GrpHdr/SttlmInf/ClrSys/Prtry"), Some("CORRIDOR"));
    assert_eq!(value("PmtId/UETR"), None);
    assert_eq!(details::parse(b"corridor-details/2\n"), Err(details::DetailsError::Version));
    for bad in ["corridor-details/1\nno tab\n", "corridor-details/1\na\tb", "corridor-details/1\na\t\\x\n"] {
        assert_eq!(details::parse(bad.as_bytes()), Err(details::DetailsError::Line { line: 2 }), "{bad:?}");
    }
}

#[test]
fn amounts_that_are_refused() {
    let amount = at("IntrBkSttlmAmt");
    for (bad, code) in [
        ("125000.001", Code::Amount),
        ("125000.000001", Code::Digits),
        ("1.25e5", Code::Decimal),
        ("1250,00", Code::Decimal),
        ("", Code::Decimal),
        ("-125000.00", Code::Negative),
        ("0.00", Code::Amount),
        ("1234567890123456789", Code::Digits),
        ("+125000.00", Code::Amount),
    ] {
        let text = changed(&[("BRL\">125000.00", &format!("BRL\">{bad}")), ("<CtrlSum>125000.00</CtrlSum>", "")]);
        let error = read_text(&text).expect_err(bad);
        let found: Vec<_> = error.errors.iter().map(|e| (e.path.as_str(), e.value.as_str(), e.code)).collect();
        assert_eq!(found, [(amount.as_str(), bad, code)]);
    }
}

#[test]
fn fields_that_are_refused() {
    let one = |from: &str, to: &str, path: &str, code: Code| check(&[(from, to)], &[(path, code)]);
    let uetr = at("PmtId/UETR");
    one("6f1c2a52-0b7e-4d5a", "6f1c2a52-0b7e-1d5a", &uetr, Code::Pattern);
    one("6f1c2a52-0b7e-4d5a", "6F1C2A52-0b7e-4d5a", &uetr, Code::Pattern);
    one("<UETR>6f1c2a52-0b7e-4d5a-9c31-2f84d7be1a90</UETR>", "", &uetr, Code::Required);
    one("<ChrgBr>SHAR", "<ChrgBr>SHARE", &at("ChrgBr"), Code::Enumeration);
    one("<ChrgBr>SHAR</ChrgBr>", "", &at("ChrgBr"), Code::Missing);
    one("IntrBkSttlmAmt Ccy=\"BRL\"", "IntrBkSttlmAmt Ccy=\"brl\"", &at("IntrBkSttlmAmt/@Ccy"), Code::Pattern);
    one("IntrBkSttlmAmt Ccy=\"BRL\"", "IntrBkSttlmAmt Ccy=\"ZZZ\"", &at("IntrBkSttlmAmt/@Ccy"), Code::Currency);
    one("IntrBkSttlmAmt Ccy=\"BRL\"", "IntrBkSttlmAmt", &at("IntrBkSttlmAmt/@Ccy"), Code::Missing);
    one("IntrBkSttlmAmt Ccy", "IntrBkSttlmAmt x=\"1\" Ccy", &at("IntrBkSttlmAmt/@x"), Code::UnknownAttribute);
    one("SttlmDt>2026-11-23", "SttlmDt>2026-11-31", &at("IntrBkSttlmDt"), Code::Date);
    one("<IntrBkSttlmDt>2026-11-23</IntrBkSttlmDt>", "", &at("IntrBkSttlmDt"), Code::Required);
    one("<Nm>Exemplo Importadora Ltda</Nm>", "", &at("Dbtr/Nm"), Code::Required);
    one("<Nm>Exemplo Importadora Ltda</Nm>", "<Nm>  </Nm>", &at("Dbtr/Nm"), Code::Required);
    one("<Nm>Exemplo", &format!("<Nm>{}", "x".repeat(130)), &at("Dbtr/Nm"), Code::Length);
    one("TEST00EXEMPLOIMP01", "TEST00EXEMPLOIMP02", &at("Dbtr/Id/OrgId/LEI"), Code::Lei);
    one("<IBAN>BR", "<IBAN>ZA", &at("DbtrAcct/Id/IBAN"), Code::Iban);
    one(
        "<Ctry>ZA</Ctry>\n          </PstlAdr>\n          <Id>",
        "<Ctry>QQ</Ctry></PstlAdr><Id>",
        &at("Cdtr/PstlAdr/Ctry"),
        Code::Country,
    );
    one("<SttlmPrty>NORM", "<SttlmPrty>SLOW", &at("SttlmPrty"), Code::Enumeration);
    one("<NbOfTxs>1", "<NbOfTxs>2", &format!("{GROUP}/NbOfTxs"), Code::Count);
    one("<CtrlSum>125000.00", "<CtrlSum>125000.01", &format!("{GROUP}/CtrlSum"), Code::ControlSum);
    one("<CreDtTm>2026-11-23T09", "<CreDtTm>2026-11-23T25", &format!("{GROUP}/CreDtTm"), Code::Time);
    one("<MsgDefIdr>pacs.008", "<MsgDefIdr>pacs.009", "/AppHdr/MsgDefIdr", Code::Header);
    one("<BizMsgIdr>AURA-20261123-000042</BizMsgIdr>", "", "/AppHdr/BizMsgIdr", Code::Missing);
    one("tech:xsd:head.001.001.02", "tech:xsd:head.001.001.01", "/AppHdr", Code::Namespace);
    one("tech:xsd:pacs.008.001.08", "tech:xsd:pacs.008.001.09", "/Document", Code::Namespace);
    check(&[("<Document", "<Message"), ("</Document", "</Message")], &[("/Envelope", Code::Message)]);
    one("<MsgId>AURA", "<MsgId>&x;AURA", "/Envelope/Document/FIToFICstmrCdtTrf/GrpHdr/MsgId", Code::Entity);
    one("<Purp>\n          <Cd>GDDS</Cd>", "<Purp>", &at("Purp"), Code::Missing);
    one("<Cd>GDDS</Cd>", "<Cd>GDDS</Cd><Prtry>x</Prtry>", &at("Purp/Prtry"), Code::Choice);
    one("<Cd>GDDS</Cd>", "<Cd>GDDS<x/></Cd>", &at("Purp/Cd/x"), Code::UnknownElement);
}

#[test]
fn structure_that_is_refused() {
    check(
        &[
            ("<SttlmPrty>NORM</SttlmPrty>", ""),
            ("<ChrgBr>SHAR</ChrgBr>", "<ChrgBr>SHAR</ChrgBr><SttlmPrty>NORM</SttlmPrty>"),
        ],
        &[(&at("SttlmPrty"), Code::Order)],
    );
    check(&[("<ChrgBr>SHAR</ChrgBr>", "<ChrgBr>SHAR</ChrgBr><Extra/>")], &[(&at("Extra"), Code::UnknownElement)]);
    check(
        &[("<ChrgBr>SHAR</ChrgBr>", "<ChrgBr>SHAR</ChrgBr><ChrgBr>SHAR</ChrgBr>")],
        &[(&at("ChrgBr[2]"), Code::TooMany)],
    );
    check(&[("<ChrgBr>SHAR</ChrgBr>", "stray<ChrgBr>SHAR</ChrgBr>")], &[(TX, Code::Text)]);
    check(&[("<PmtId>", "<PmtId xmlns=\"urn:other\">")], &[(&at("PmtId"), Code::Namespace)]);
    check(
        &[("<InstdAgt>", "<InstdAgt xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\">")],
        &[(&at("InstdAgt/@nil"), Code::UnknownAttribute)],
    );
}

#[test]
fn a_schema_location_is_no_problem() {
    let location = "<Document xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a b\"";
    assert_eq!(read_text(&changed(&[("<Document", location)])), read_text(SAMPLE));
}

#[test]
fn what_the_ledger_does_not_offer_is_refused_and_not_ignored() {
    let agent = "<FinInstnId><BICFI>EXAMGB2LXXX</BICFI></FinInstnId>";
    check(
        &[("</InstdAgt>", &format!("</InstdAgt><IntrmyAgt1>{agent}</IntrmyAgt1>"))],
        &[(&at("IntrmyAgt1"), Code::Unsupported)],
    );
    check(&[("</GrpHdr>", &format!("<InstgAgt>{agent}</InstgAgt></GrpHdr>"))], &[(&at("InstgAgt"), Code::Conflict)]);
}

#[test]
fn all_problems_are_reported_together() {
    check(
        &[
            ("<NbOfTxs>1", "<NbOfTxs>7"),
            ("6f1c2a52-0b7e-4d5a", "6f1c2a52-0b7e-1d5a"),
            ("BRL\">125000.00", "BRL\">125000.001"),
            ("<Nm>Exemplo Importadora Ltda</Nm>", ""),
            ("<ChrgBr>SHAR</ChrgBr>", ""),
        ],
        &[
            (&at("PmtId/UETR"), Code::Pattern),
            (&at("ChrgBr"), Code::Missing),
            (&format!("{GROUP}/NbOfTxs"), Code::Count),
            (&format!("{GROUP}/CtrlSum"), Code::ControlSum),
            (&at("IntrBkSttlmAmt"), Code::Amount),
            (&at("Dbtr/Nm"), Code::Required),
        ],
    );
}

#[test]
fn the_list_of_problems_is_bounded() {
    let many = "<Extra/>".repeat(200);
    let text = changed(&[("<ChrgBr>SHAR</ChrgBr>", &format!("{}<ChrgBr>SHAR</ChrgBr>", many.replace("Extra", "a")))]);
    let error = read_text(&text).unwrap_err();
    assert_eq!(error.errors.len(), 1, "one place, one problem");
    let distinct: String = (0..200).map(|i| format!("<x{i}/>")).collect();
    let text = changed(&[("<ChrgBr>SHAR</ChrgBr>", &format!("{distinct}<ChrgBr>SHAR</ChrgBr>"))]);
    let error = read_text(&text).unwrap_err();
    assert_eq!((error.errors.len(), error.omitted), (50, 150));
    assert!(error.to_string().starts_with("200 problems"), "{error}");
}

#[test]
fn long_values_are_quoted_in_part() {
    let error = read_text(&changed(&[("<ChrgBr>SHAR", &format!("<ChrgBr>{}", "é".repeat(5000)))])).unwrap_err();
    assert_eq!(error.errors[0].value.chars().count(), 81);
}

#[test]
fn repeated_uetrs_in_one_message_are_refused() {
    let start = SAMPLE.find("<CdtTrfTxInf>").unwrap();
    let end = SAMPLE.find("</FIToFICstmrCdtTrf>").unwrap();
    let twice = SAMPLE[start..end].repeat(2);
    let counted = [("<NbOfTxs>1", "<NbOfTxs>2"), ("<CtrlSum>125000.00", "<CtrlSum>250000")];
    let text = changed(&counted).replace(&SAMPLE[start..end], &twice);
    let error = read_text(&text).unwrap_err();
    assert_eq!(error.errors.len(), 1);
    assert_eq!(error.errors[0].code, Code::Duplicate);
    assert!(error.errors[0].path.ends_with("CdtTrfTxInf[2]/PmtId/UETR"));
    let other = twice.replacen("6f1c2a52", "7f1c2a52", 1);
    assert_eq!(read_text(&text.replace(&twice, &other)).unwrap().len(), 2);
}

#[test]
fn a_total_must_be_the_sum_in_one_currency() {
    let total = |value: &str| {
        changed(&[("<CtrlSum>125000.00</CtrlSum>", &format!("<TtlIntrBkSttlmAmt {value}</TtlIntrBkSttlmAmt>"))])
    };
    assert!(read_text(&total("Ccy=\"BRL\">125000")).is_ok());
    for bad in ["Ccy=\"BRL\">125000.01", "Ccy=\"ZAR\">125000.00"] {
        let error = read_text(&total(bad)).unwrap_err();
        assert_eq!(error.errors.len(), 1);
        assert_eq!(
            (error.errors[0].code, &*error.errors[0].path),
            (Code::ControlSum, &*format!("{GROUP}/TtlIntrBkSttlmAmt"))
        );
    }
}

/// What one message repeats for all its transfers cannot be used to fill the memory.
#[test]
fn details_are_bounded() {
    let levels = "<SvcLvl><Cd>ABCD</Cd></SvcLvl>".repeat(3000);
    let error = read_text(&changed(&[("<IntrBkSttlmAmt", &format!("<PmtTpInf>{levels}</PmtTpInf><IntrBkSttlmAmt"))]));
    assert_eq!(error.unwrap_err().errors[0].code, Code::TooLarge);
    let limits = Limits { max_all_details_bytes: sample().details.len() - 1, ..Limits::default() };
    assert_eq!(read(SAMPLE.as_bytes(), &limits).unwrap_err().errors[0].code, Code::TooLarge);
}

#[test]
fn supplementary_data_of_any_namespace_is_taken_and_kept_in_the_details() {
    let data = "<SplmtryData><Envlp><a:Goods xmlns:a=\"urn:goods\" z=\"1\" b=\"2\"><a:Hs>843143</a:Hs><a:Hs>8431</a:Hs></a:Goods></Envlp></SplmtryData>";
    let text = changed(&[("</RmtInf>", &format!("</RmtInf>{data}"))]);
    let details = String::from_utf8(read_text(&text).unwrap().remove(0).details).unwrap();
    let expected = "SplmtryData/Envlp/{urn:goods}Goods/@b\t2\nSplmtryData/Envlp/{urn:goods}Goods/@z\t1\n\
                    SplmtryData/Envlp/{urn:goods}Goods/Hs\t843143\nSplmtryData/Envlp/{urn:goods}Goods/Hs[2]\t8431\n";
    assert!(details.contains(expected), "{details}");
    check(
        &[("</RmtInf>", "</RmtInf><SplmtryData><Envlp/></SplmtryData>")],
        &[(&at("SplmtryData[1]/Envlp"), Code::Missing)],
    );
}

#[test]
fn what_is_written_reads_back_the_same() {
    let mut first = sample();
    first.ultimate_debtor =
        Some(Party { name: Text::new("A & B <\"'>\r\n]]>").unwrap(), account: None, ..first.debtor.clone() });
    let mut second = first.clone();
    second.uetr = corridor_types::Uetr::from_random([7; 16]);
    second.purpose = Some(Purpose::Proprietary(Text::new("spare parts").unwrap()));
    second.creditor.address.lines = vec![Text::new("Gate 3").unwrap()];
    second.remittance.invoices.push(Invoice { number: Text::new("X").unwrap(), date: None });
    let message = Message {
        message_id: first.message_id.clone(),
        created: Timestamp(1_795_000_000_123),
        first: first.clone(),
        rest: vec![second.clone()],
    };
    let text = write(&message);
    let read = read_text(&text).unwrap();
    let bare = |transfer: &CreditTransfer| CreditTransfer { details: Vec::new(), ..transfer.clone() };
    assert_eq!(read.iter().map(bare).collect::<Vec<_>>(), [bare(&first), bare(&second)]);
    let again = Message { first: read[0].clone(), rest: read[1..].to_vec(), ..message };
    assert_eq!(write(&again), text);
}

/// A full batch; prints how long it took.
#[test]
fn ten_thousand_transfers_fit() {
    let transfer = sample();
    let rest: Vec<_> = (1..10_000_u32)
        .map(|i| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&i.to_be_bytes());
            CreditTransfer { uetr: corridor_types::Uetr::from_random(bytes), ..transfer.clone() }
        })
        .collect();
    let message =
        Message { message_id: transfer.message_id.clone(), created: Timestamp(0), first: transfer.clone(), rest };
    let limits = Limits { max_document_bytes: 64 << 20, max_elements: 1_000_000, ..Limits::default() };
    let text = write(&message);
    let start = std::time::Instant::now();
    assert_eq!(read(text.as_bytes(), &limits).unwrap().len(), 10_000);
    eprintln!("{} bytes in {:?}", text.len(), start.elapsed());
    let limits = Limits { max_transactions: 9_999, ..limits };
    assert_eq!(read(text.as_bytes(), &limits).unwrap_err().errors[0].code, Code::Count);
    assert_eq!(read(text.as_bytes(), &Limits::default()).unwrap_err().errors[0].code, Code::TooLarge);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read(&bytes, &Limits::default());
    }

    /// Bytes of the sample replaced, cut out or repeated.
    #[test]
    fn mutated_samples_never_panic(edits in proptest::collection::vec((any::<prop::sample::Index>(), 0..40_usize, any::<u8>(), 0..4_u8), 1..8)) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        for (index, length, byte, kind) in edits {
            let start = index.index(bytes.len());
            let end = (start + length).min(bytes.len());
            match kind {
                0 => bytes[start] = byte,
                1 => drop(bytes.drain(start..end)),
                2 => { let copy = bytes[start..end].to_vec(); bytes.splice(start..start, copy); }
                _ => bytes[start] = b"<>&\"/=![]-?; "[usize::from(byte) % 13],
            }
        }
        if let Err(error) = read(&bytes, &Limits::default()) {
            prop_assert!(!error.errors.is_empty());
            prop_assert!(error.errors.len() <= Limits::default().max_problems);
        }
    }

    /// Any texts within the bounds of their types give a message that the schema accepts.
    #[test]
    fn written_messages_are_valid(name in "[ -~à-ü\t\n\r]{1,140}", id in "[ -~]{1,35}", amount in 1..u64::MAX / 100) {
        prop_assume!(!name.trim().is_empty());
        let mut transfer = sample();
        transfer.debtor.name = Text::new(&name).unwrap();
        transfer.message_id = Text::new(&id).unwrap();
        transfer.amount = corridor_types::Amount(amount % 100_000_000_000_000_000);
        prop_assume!(transfer.amount.0 > 0);
        let message = Message { message_id: transfer.message_id.clone(), created: Timestamp(0), first: transfer.clone(), rest: vec![] };
        let read = read_text(&write(&message)).unwrap().remove(0);
        prop_assert_eq!(CreditTransfer { details: Vec::new(), ..read }, CreditTransfer { details: Vec::new(), ..transfer });
    }
}
