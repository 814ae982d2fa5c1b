//! Writes a `pacs.008` for tests and tools. Banks' own systems write the real ones.
//!
//! The result is a bare `Document` that passes the schema whatever the values are, because their
//! types bound them. [`CreditTransfer::details`] and [`CreditTransfer::message_id`] are not
//! written: the former is made on reading, the latter comes from [`Message`].

use corridor_types::{Bic, Timestamp};

use super::model::{Account, CreditTransfer, Invoice, Party, Purpose, Remittance};
use crate::generated::pacs_008_001_08::SCHEMA;
use crate::stamp;
use crate::text::Text;
use crate::xml::write::Writer;

/// The most address lines that the schema allows.
const MAX_ADDRESS_LINES: usize = 7;

/// The settlement system as messages name it.
const CLEARING_SYSTEM: &str = "CORRIDOR";

/// A message around transfers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `GrpHdr/MsgId`, unique per sender.
    pub message_id: Text<35>,
    /// `GrpHdr/CreDtTm`.
    pub created: Timestamp,
    /// The first transfer.
    pub first: CreditTransfer,
    /// Any further ones.
    pub rest: Vec<CreditTransfer>,
}

/// The message as XML.
#[must_use]
pub fn write(message: &Message) -> String {
    let mut writer = Writer::new();
    writer.element_in(SCHEMA.root.name, SCHEMA.namespace, |w| {
        w.element("FIToFICstmrCdtTrf", |w| {
            header(w, message);
            transfer(w, &message.first);
            for further in &message.rest {
                transfer(w, further);
            }
        });
    });
    writer.finish()
}

fn header(w: &mut Writer, message: &Message) {
    w.element("GrpHdr", |w| {
        w.text("MsgId", message.message_id.as_str());
        w.text("CreDtTm", &stamp::written(message.created));
        w.text("NbOfTxs", &message.rest.len().saturating_add(1).to_string());
        w.element("SttlmInf", |w| {
            w.text("SttlmMtd", "CLRG");
            w.element("ClrSys", |w| w.text("Prtry", CLEARING_SYSTEM));
        });
    });
}

fn transfer(w: &mut Writer, transfer: &CreditTransfer) {
    w.element("CdtTrfTxInf", |w| {
        identification(w, transfer);
        let amount = transfer.amount.to_decimal(transfer.currency.minor_units());
        w.amount("IntrBkSttlmAmt", transfer.currency.as_str(), &amount);
        w.text("IntrBkSttlmDt", &transfer.settlement_date.to_string());
        w.text("SttlmPrty", transfer.priority.as_str());
        w.text("ChrgBr", transfer.charge_bearer.as_str());
        optional_party(w, "UltmtDbtr", transfer.ultimate_debtor.as_ref());
        party(w, "Dbtr", &transfer.debtor);
        account(w, "DbtrAcct", transfer.debtor.account.as_ref());
        agent(w, "DbtrAgt", transfer.debtor_agent);
        agent(w, "CdtrAgt", transfer.creditor_agent);
        party(w, "Cdtr", &transfer.creditor);
        account(w, "CdtrAcct", transfer.creditor.account.as_ref());
        optional_party(w, "UltmtCdtr", transfer.ultimate_creditor.as_ref());
        purpose(w, transfer.purpose.as_ref());
        remittance(w, &transfer.remittance);
    });
}

fn identification(w: &mut Writer, transfer: &CreditTransfer) {
    w.element("PmtId", |w| {
        w.optional("InstrId", transfer.instruction_id.as_ref().map(Text::as_str));
        w.text("EndToEndId", transfer.end_to_end_id.as_str());
        w.optional("TxId", transfer.transaction_id.as_ref().map(Text::as_str));
        w.text("UETR", &transfer.uetr.to_string());
    });
}

fn agent(w: &mut Writer, name: &str, bic: Bic) {
    w.element(name, |w| w.element("FinInstnId", |w| w.text("BICFI", bic.as_str())));
}

fn optional_party(w: &mut Writer, name: &str, found: Option<&Party>) {
    if let Some(found) = found {
        party(w, name, found);
    }
}

fn party(w: &mut Writer, name: &str, party: &Party) {
    w.element(name, |w| {
        w.text("Nm", party.name.as_str());
        address(w, party);
        if let Some(lei) = &party.lei {
            w.element("Id", |w| w.element("OrgId", |w| w.text("LEI", lei.as_str())));
        }
    });
}

fn address(w: &mut Writer, party: &Party) {
    let address = &party.address;
    if party.country.is_none() && *address == super::Address::default() {
        return;
    }
    w.element("PstlAdr", |w| {
        w.optional("StrtNm", address.street.as_ref().map(Text::as_str));
        w.optional("BldgNb", address.building_number.as_ref().map(Text::as_str));
        w.optional("PstCd", address.post_code.as_ref().map(Text::as_str));
        w.optional("TwnNm", address.town.as_ref().map(Text::as_str));
        w.optional("CtrySubDvsn", address.subdivision.as_ref().map(Text::as_str));
        w.optional("Ctry", party.country.as_ref().map(|country| country.as_str()));
        for line in address.lines.iter().take(MAX_ADDRESS_LINES) {
            w.text("AdrLine", line.as_str());
        }
    });
}

fn account(w: &mut Writer, name: &str, account: Option<&Account>) {
    let Some(account) = account else { return };
    w.element(name, |w| {
        w.element("Id", |w| match account {
            Account::Iban(iban) => w.text("IBAN", iban.as_str()),
            Account::Other(id) => w.element("Othr", |w| w.text("Id", id.as_str())),
        });
    });
}

fn purpose(w: &mut Writer, purpose: Option<&Purpose>) {
    let Some(purpose) = purpose else { return };
    w.element("Purp", |w| match purpose {
        Purpose::Code(code) => w.text("Cd", code.as_str()),
        Purpose::Proprietary(text) => w.text("Prtry", text.as_str()),
    });
}

fn remittance(w: &mut Writer, remittance: &Remittance) {
    if *remittance == Remittance::default() {
        return;
    }
    w.element("RmtInf", |w| {
        for line in &remittance.unstructured {
            w.text("Ustrd", line.as_str());
        }
        for found in &remittance.invoices {
            w.element("Strd", |w| invoice(w, found));
        }
    });
}

fn invoice(w: &mut Writer, invoice: &Invoice) {
    w.element("RfrdDocInf", |w| {
        w.element("Tp", |w| w.element("CdOrPrtry", |w| w.text("Cd", "CINV")));
        w.text("Nb", invoice.number.as_str());
        w.optional("RltdDt", invoice.date.map(|date| date.to_string()).as_deref());
    });
}
