//! `pacs.002.001.10`, a payment status report: what the ledger did with payments, for a bank's
//! back office.
//!
//! Statuses and reasons are the ledger's; this module words them in ISO 20022 and decides nothing.

use corridor_types::{Bic, Code, Date, PaymentStatus, Timestamp, Uetr};

use crate::envelope;
use crate::error::ReadError;
use crate::generated::pacs_002_001_10::SCHEMA;
use crate::limits::Limits;
use crate::stamp;
use crate::text::Text;
use crate::xml::write::Writer;

/// The message definition identifier.
pub const MESSAGE: &str = "pacs.002.001.10";

/// Characters of one `AddtlInf` (`Max105Text`).
const ADDITIONAL_CHARACTERS: usize = 105;

/// A report on any number of payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// `GrpHdr/MsgId`, unique per sender.
    pub message_id: Text<35>,
    /// `GrpHdr/CreDtTm`.
    pub created: Timestamp,
    /// One entry per payment.
    pub transactions: Vec<TransactionStatus>,
}

/// The status of one payment (`TxInfAndSts`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionStatus {
    /// `OrgnlGrpInf/OrgnlMsgId`: the message that brought the payment.
    pub original_message_id: Text<35>,
    /// `OrgnlGrpInf/OrgnlMsgNmId`: its definition, usually [`crate::pacs008::MESSAGE`].
    pub original_message: Text<35>,
    /// `OrgnlInstrId`.
    pub original_instruction_id: Option<Text<35>>,
    /// `OrgnlEndToEndId`.
    pub original_end_to_end_id: Option<Text<35>>,
    /// `OrgnlTxId`.
    pub original_transaction_id: Option<Text<35>>,
    /// `OrgnlUETR`.
    pub uetr: Uetr,
    /// `TxSts`, as [`PaymentStatus::iso_code`].
    pub status: PaymentStatus,
    /// `StsRsnInf`: why. [`Code::Ok`] says nothing and is not written.
    pub reason: Code,
    /// `AccptncDtTm`: when the debtor agent's instruction was accepted.
    pub accepted: Option<Timestamp>,
    /// `FctvIntrBkSttlmDt/Dt`: the day of settlement.
    pub settled: Option<Date>,
    /// `InstgAgt`: who sends the report.
    pub instructing_agent: Option<Bic>,
    /// `InstdAgt`: who receives it.
    pub instructed_agent: Option<Bic>,
}

/// The report as XML: a bare `Document` that passes the schema whatever the values are.
#[must_use]
pub fn write(report: &StatusReport) -> String {
    let mut writer = Writer::new();
    writer.element_in(SCHEMA.root.name, SCHEMA.namespace, |w| {
        w.element("FIToFIPmtStsRpt", |w| {
            w.element("GrpHdr", |w| {
                w.text("MsgId", report.message_id.as_str());
                w.text("CreDtTm", &stamp::written(report.created));
            });
            for entry in &report.transactions {
                w.element("TxInfAndSts", |w| transaction(w, entry));
            }
        });
    });
    writer.finish()
}

/// Checks a status report against the schema.
///
/// # Errors
/// [`ReadError`] with every problem, up to [`Limits::max_problems`].
pub fn validate(bytes: &[u8], limits: &Limits) -> Result<(), ReadError> {
    envelope::check(bytes, limits, &SCHEMA)
}

fn transaction(w: &mut Writer, entry: &TransactionStatus) {
    w.element("OrgnlGrpInf", |w| {
        w.text("OrgnlMsgId", entry.original_message_id.as_str());
        w.text("OrgnlMsgNmId", entry.original_message.as_str());
    });
    w.optional("OrgnlInstrId", entry.original_instruction_id.as_ref().map(Text::as_str));
    w.optional("OrgnlEndToEndId", entry.original_end_to_end_id.as_ref().map(Text::as_str));
    w.optional("OrgnlTxId", entry.original_transaction_id.as_ref().map(Text::as_str));
    w.text("OrgnlUETR", &entry.uetr.to_string());
    w.text("TxSts", entry.status.iso_code());
    reason(w, entry);
    w.optional("AccptncDtTm", entry.accepted.map(stamp::written).as_deref());
    if let Some(day) = entry.settled {
        w.element("FctvIntrBkSttlmDt", |w| w.text("Dt", &day.to_string()));
    }
    agent(w, "InstgAgt", entry.instructing_agent);
    agent(w, "InstdAgt", entry.instructed_agent);
}

/// The ISO reason code, and in words what ISO's codes cannot tell apart.
fn reason(w: &mut Writer, entry: &TransactionStatus) {
    let refined = is_coarser_in_iso(entry.status);
    if entry.reason.is_ok() && !refined {
        return;
    }
    w.element("StsRsnInf", |w| {
        if !entry.reason.is_ok() {
            w.element("Rsn", |w| w.text("Cd", entry.reason.iso_reason()));
        }
        if refined {
            w.text("AddtlInf", &format!("status {}", entry.status));
        }
        if !entry.reason.is_ok() {
            w.text("AddtlInf", &format!("code {} {}", entry.reason.number(), entry.reason));
            additional(w, entry.reason.meaning());
        }
    });
}

/// Statuses of the ledger that share one ISO code with another status.
const fn is_coarser_in_iso(status: PaymentStatus) -> bool {
    matches!(status, PaymentStatus::Held | PaymentStatus::Queued | PaymentStatus::Expired)
}

/// A longer text in as many pieces as its length takes.
fn additional(w: &mut Writer, text: &str) {
    let characters: Vec<char> = text.chars().collect();
    for piece in characters.chunks(ADDITIONAL_CHARACTERS) {
        w.text("AddtlInf", &piece.iter().collect::<String>());
    }
}

fn agent(w: &mut Writer, name: &str, bic: Option<Bic>) {
    if let Some(bic) = bic {
        w.element(name, |w| w.element("FinInstnId", |w| w.text("BICFI", bic.as_str())));
    }
}

#[cfg(test)]
mod tests;
