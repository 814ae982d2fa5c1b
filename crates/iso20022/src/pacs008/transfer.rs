//! Maps one transaction, with what the group header says for all transactions.
//!
//! A field that the schema allows in both places must be in one only (the message's own rules);
//! then there is no question which of the two holds.

use corridor_types::{Amount, Bic, ChargeBearer, CurrencyCode, Date, Priority};

use super::model::{Account, Address, CreditTransfer, Invoice, Party, Purpose, Remittance};
use super::scope::{Scope, needed};
use super::{convert, details};
use crate::error::{Code, Fault, Problems};
use crate::xml::Element;

/// Fields that belong either to the group or to each transaction.
const EITHER: [&str; 4] = ["PmtTpInf", "IntrBkSttlmDt", "InstgAgt", "InstdAgt"];
/// The ledger settles directly between the two agents; a payment that asks for more is refused.
const INTERMEDIARIES: [&str; 3] = ["IntrmyAgt1", "IntrmyAgt2", "IntrmyAgt3"];

/// The transfer, or `None` with the reasons in `problems`.
pub(super) fn map(
    group: Scope<'_>,
    tx: Scope<'_>,
    max_details: usize,
    problems: &mut Problems,
) -> Option<CreditTransfer> {
    check_support(group, tx, problems);
    let uetr = tx.required(problems, "PmtId/UETR", convert::uetr);
    let message_id = group.required(problems, "MsgId", convert::text);
    let instruction_id = tx.optional(problems, "PmtId/InstrId", convert::text);
    let end_to_end_id = tx.required(problems, "PmtId/EndToEndId", convert::text);
    let transaction_id = tx.optional(problems, "PmtId/TxId", convert::text);
    let money = money(tx, problems);
    let settlement_date = settlement_date(group, tx, problems);
    let debtor_agent = agent(group, tx, "DbtrAgt", "InstgAgt", problems);
    let creditor_agent = agent(group, tx, "CdtrAgt", "InstdAgt", problems);
    let charge_bearer = tx.text("ChrgBr").and_then(|code| code.parse::<ChargeBearer>().ok());
    let debtor = required_party(tx, "Dbtr", Some("DbtrAcct"), problems);
    let creditor = required_party(tx, "Cdtr", Some("CdtrAcct"), problems);
    let ultimate_debtor = party(tx, "UltmtDbtr", None, problems);
    let ultimate_creditor = party(tx, "UltmtCdtr", None, problems);
    let purpose = purpose(tx, problems);
    let remittance = remittance(tx, problems);
    let details = confidential(group, tx, max_details, problems);
    let (amount, currency) = money?;
    Some(CreditTransfer {
        uetr: uetr?,
        message_id: message_id?,
        instruction_id,
        end_to_end_id: end_to_end_id?,
        transaction_id,
        amount,
        currency,
        settlement_date: settlement_date?,
        debtor_agent: debtor_agent?,
        creditor_agent: creditor_agent?,
        charge_bearer: charge_bearer?,
        priority: priority(group, tx),
        debtor: debtor?,
        creditor: creditor?,
        ultimate_debtor,
        ultimate_creditor,
        purpose,
        remittance,
        details: details?,
    })
}

fn check_support(group: Scope<'_>, tx: Scope<'_>, problems: &mut Problems) {
    for name in EITHER {
        if group.text(name).is_some() && tx.text(name).is_some() {
            let problem = "the field is given for the group and for the transaction";
            tx.blame(problems, name, Fault::new(Code::Conflict, problem, "keep one of the two"));
        }
    }
    for name in INTERMEDIARIES {
        if tx.text(name).is_some() {
            let problem = "the ledger settles directly between debtor agent and creditor agent";
            let remedy = "send the payment to the creditor agent without intermediaries";
            tx.blame(problems, name, Fault::new(Code::Unsupported, problem, remedy));
        }
    }
}

fn money(tx: Scope<'_>, problems: &mut Problems) -> Option<(Amount, CurrencyCode)> {
    const FIELD: &str = "IntrBkSttlmAmt";
    let code = tx.element.find(FIELD)?.attribute("Ccy")?;
    let currency = convert::currency(code).map_err(|fault| {
        problems.add(&tx.path.child("IntrBkSttlmAmt/@Ccy"), code, fault);
    });
    let currency = currency.ok()?;
    let amount = tx.required(problems, FIELD, |value| convert::amount(value, currency))?;
    Some((amount, currency))
}

fn settlement_date(group: Scope<'_>, tx: Scope<'_>, problems: &mut Problems) -> Option<Date> {
    const FIELD: &str = "IntrBkSttlmDt";
    let holder = if group.text(FIELD).is_some() { group } else { tx };
    holder.required(problems, FIELD, convert::date)
}

fn priority(group: Scope<'_>, tx: Scope<'_>) -> Priority {
    const INSTRUCTION: &str = "PmtTpInf/InstrPrty";
    tx.text("SttlmPrty")
        .or_else(|| tx.text(INSTRUCTION))
        .or_else(|| group.text(INSTRUCTION))
        .and_then(|code| code.parse().ok())
        .unwrap_or(Priority::Normal)
}

/// The customer's agent, or else the bank that sends (receives) this message.
fn agent(group: Scope<'_>, tx: Scope<'_>, agent: &str, instead: &str, problems: &mut Problems) -> Option<Bic> {
    let own = format!("{agent}/FinInstnId/BICFI");
    let other = format!("{instead}/FinInstnId/BICFI");
    let (holder, field) = match (tx.text(&own), tx.text(&other), group.text(&other)) {
        (Some(_), _, _) | (None, None, None) => (tx, own),
        (None, Some(_), _) => (tx, other),
        (None, None, Some(_)) => (group, other),
    };
    holder.required(problems, &field, convert::bic)
}

fn required_party(tx: Scope<'_>, name: &str, account: Option<&str>, problems: &mut Problems) -> Option<Party> {
    if tx.text(name).is_none() {
        tx.blame(problems, name, needed());
    }
    party(tx, name, account, problems)
}

fn party(tx: Scope<'_>, name: &str, account: Option<&str>, problems: &mut Problems) -> Option<Party> {
    let path = tx.path.child(name);
    let scope = Scope { element: tx.element.find(name)?, path: &path };
    let legal_name = scope.required(problems, "Nm", convert::name);
    let address = address(scope, problems);
    let country = scope.optional(problems, "PstlAdr/Ctry", convert::country);
    let residence = scope.optional(problems, "CtryOfRes", convert::country);
    let lei = scope.optional(problems, "Id/OrgId/LEI", convert::lei);
    let account = account.and_then(|field| self::account(tx, field, problems));
    Some(Party { name: legal_name?, lei, country: country.or(residence), address, account })
}

fn address(party: Scope<'_>, problems: &mut Problems) -> Address {
    let path = party.path.child("PstlAdr");
    let Some(element) = party.element.find("PstlAdr") else { return Address::default() };
    let scope = Scope { element, path: &path };
    Address {
        street: scope.optional(problems, "StrtNm", convert::text),
        building_number: scope.optional(problems, "BldgNb", convert::text),
        post_code: scope.optional(problems, "PstCd", convert::text),
        town: scope.optional(problems, "TwnNm", convert::text),
        subdivision: scope.optional(problems, "CtrySubDvsn", convert::text),
        lines: scope.repeated(problems, "AdrLine", convert::text),
    }
}

fn account(tx: Scope<'_>, field: &str, problems: &mut Problems) -> Option<Account> {
    let iban = tx.optional(problems, &format!("{field}/Id/IBAN"), convert::iban);
    let other = tx.optional(problems, &format!("{field}/Id/Othr/Id"), convert::text);
    iban.or(other.map(Account::Other))
}

fn purpose(tx: Scope<'_>, problems: &mut Problems) -> Option<Purpose> {
    let code = tx.optional(problems, "Purp/Cd", convert::text).map(Purpose::Code);
    code.or_else(|| tx.optional(problems, "Purp/Prtry", convert::text).map(Purpose::Proprietary))
}

fn remittance(tx: Scope<'_>, problems: &mut Problems) -> Remittance {
    let path = tx.path.child("RmtInf");
    let Some(element) = tx.element.find("RmtInf") else { return Remittance::default() };
    let scope = Scope { element, path: &path };
    let unstructured = scope.repeated(problems, "Ustrd", convert::text);
    let documents = element.all("Strd").flat_map(|structured| structured.all("RfrdDocInf"));
    Remittance { unstructured, invoices: documents.filter_map(invoice).collect() }
}

/// A commercial invoice with a number. Its fields have passed the schema, or the message fails.
fn invoice(document: &Element) -> Option<Invoice> {
    document.find_text("Tp/CdOrPrtry/Cd").filter(|code| *code == "CINV")?;
    let number = document.find_text("Nb").and_then(|number| convert::text(number).ok())?;
    let date = document.find_text("RltdDt").and_then(|date| convert::date(date).ok());
    Some(Invoice { number, date })
}

fn confidential(group: Scope<'_>, tx: Scope<'_>, max_bytes: usize, problems: &mut Problems) -> Option<Vec<u8>> {
    let made = details::canonical(group.element, tx.element, max_bytes);
    if made.is_none() {
        let problem = format!("the details take more than the {max_bytes} bytes that are left for them");
        let remedy = "shorten the remittance or supplementary data, or split the batch";
        problems.add(tx.path, "", Fault::new(Code::TooLarge, problem, remedy));
    }
    made
}
