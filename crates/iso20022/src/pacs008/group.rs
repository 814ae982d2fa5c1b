//! The message as a whole: its transactions, and whether counts and sums agree with them.

use std::collections::BTreeSet;

use super::model::CreditTransfer;
use super::scope::Scope;
use super::transfer;
use crate::decimal::{Decimal, Sum};
use crate::error::{Code, Fault, Path, Problems};
use crate::limits::Limits;
use crate::xml::Element;

const MESSAGE: &str = "FIToFICstmrCdtTrf";
const TRANSACTION: &str = "CdtTrfTxInf";

/// Maps every transaction. What does not map is left in `problems` and missing from the result.
pub(super) fn map(document: &Element, limits: &Limits, problems: &mut Problems) -> Vec<CreditTransfer> {
    let empty = Element::default();
    let message = document.find(MESSAGE).unwrap_or(&empty);
    let header = message.find("GrpHdr").unwrap_or(&empty);
    let (root, transactions) = (Path::root("Document"), message.all(TRANSACTION).count());
    let message_path = root.child(MESSAGE);
    let header_path = message_path.child("GrpHdr");
    let group = Scope { element: header, path: &header_path };
    check_count(group, transactions, limits, problems);
    if transactions > limits.max_transactions {
        return Vec::new();
    }
    check_sums(group, message, problems);
    let transfers = map_all(group, message, &message_path, limits, problems);
    check_unique(&transfers, &message_path, problems);
    transfers.into_iter().map(|(_, transfer)| transfer).collect()
}

/// The transfers with their positions, counted from 1.
fn map_all(
    group: Scope<'_>,
    message: &Element,
    path: &Path<'_>,
    limits: &Limits,
    problems: &mut Problems,
) -> Vec<(usize, CreditTransfer)> {
    let mut room = limits.max_all_details_bytes;
    let mut transfers = Vec::new();
    for (index, element) in message.all(TRANSACTION).enumerate() {
        if problems.is_full() {
            break;
        }
        let path = path.nth(TRANSACTION, index + 1);
        let transaction = Scope { element, path: &path };
        let max_details = limits.max_details_bytes.min(room);
        if let Some(transfer) = transfer::map(group, transaction, max_details, problems) {
            room = room.saturating_sub(transfer.details.len());
            transfers.push((index + 1, transfer));
        }
    }
    transfers
}

fn check_count(group: Scope<'_>, transactions: usize, limits: &Limits, problems: &mut Problems) {
    if transactions > limits.max_transactions {
        let problem = format!("the message has {transactions} transactions");
        let remedy = format!("send at most {} per message", limits.max_transactions);
        group.blame(problems, "NbOfTxs", Fault::new(Code::Count, problem, remedy));
    }
    let announced = group.text("NbOfTxs").map(str::parse::<u64>);
    if announced.is_some_and(|announced| announced != Ok(transactions as u64)) {
        let problem = format!("the message has {transactions} transactions");
        let remedy = "announce the number that the message has";
        group.blame(problems, "NbOfTxs", Fault::new(Code::Count, problem, remedy));
    }
}

/// The control sum adds amounts whatever their currency; the total is one amount of one currency.
fn check_sums(group: Scope<'_>, message: &Element, problems: &mut Problems) {
    let amounts = || message.all(TRANSACTION).filter_map(|tx| tx.find("IntrBkSttlmAmt"));
    let sum = amounts().try_fold(Sum::default(), |sum, amount| sum.plus(parsed(&amount.text)?));
    let Some(sum) = sum else {
        // An amount that is no number, which the schema check has already reported.
        return;
    };
    for field in ["CtrlSum", "TtlIntrBkSttlmAmt"] {
        if group.text(field).is_some_and(|announced| parsed(announced) != Some(sum)) {
            let problem = format!("the amounts of the transactions add up to {}", sum.text());
            let remedy = "correct the sum or the transactions";
            group.blame(problems, field, Fault::new(Code::ControlSum, problem, remedy));
        }
    }
    let total = group.element.find("TtlIntrBkSttlmAmt").and_then(|total| total.attribute("Ccy"));
    if total.is_some() && amounts().any(|amount| amount.attribute("Ccy") != total) {
        let problem = "a transaction is in another currency than the total";
        let fault = Fault::new(Code::ControlSum, problem, "leave the total out or send one currency");
        group.blame(problems, "TtlIntrBkSttlmAmt", fault);
    }
}

fn parsed(text: &str) -> Option<Sum> {
    Sum::of(&Decimal::parse(crate::schema::simple::trimmed(text))?)
}

fn check_unique(transfers: &[(usize, CreditTransfer)], path: &Path<'_>, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for (position, transfer) in transfers {
        if !seen.insert(transfer.uetr) {
            let problem = "an earlier transaction of this message has the same UETR";
            let fault = Fault::new(Code::Duplicate, problem, "give every payment its own UETR");
            let transaction = path.nth(TRANSACTION, *position);
            problems.add(&transaction.child("PmtId/UETR"), &transfer.uetr.to_string(), fault);
        }
    }
}
