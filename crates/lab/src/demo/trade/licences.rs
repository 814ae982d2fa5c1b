//! Controlled goods: a payment without a licence, one under a licence, and one whose licence is
//! revoked before it settles.

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_crypto::{Digest, Domain};
use corridor_types::operations::{HoldStep, Licence, LicenceStep};
use corridor_types::{Amount, Code, EntryKind, KeyRole, LicenceHandle, Operation, Payment, PaymentStatus};

use super::payments::{ATTESTED, RESERVED, attest, submit};
use super::{AURORA, LICENSING, MERIDIAN};
use crate::demo::deal::{Deal, units};
use crate::demo::play::Play;
use crate::demo::step::{Ask, Expected, Line};

/// What the licence permits.
const VALUE: Amount = units(400_000);

/// What is paid under it.
const PAID: Amount = units(240_000);

/// What is paid under it later, in place of the payment whose licence is revoked.
const PAID_INSTEAD: Amount = units(100_000);

const YEAR_MS: u64 = 365 * 86_400_000;

/// Held by the ledger, ended by two officers.
pub async fn without_one(play: &mut Play) -> Result<(), Failure> {
    let deal = Deal::ordinary(AURORA, MERIDIAN, "BRL", units(90_000), "order 77, centrifuge parts").controlled(None);
    let line = Line {
        name: "controlled-without-licence-held",
        did: "Banco Aurora pays 90,000.00 BRL for controlled goods and names no licence.".to_owned(),
        why: "Both rulebooks say: such a payment is held for the officers of the debtor's bank.",
        expected: Expected::payment(EntryKind::Pay, PaymentStatus::Held),
    };
    let payment = submit(play, deal, line).await?;
    let step = HoldStep::Reject { payment: payment.uetr, reason: Code::OfficerLicenceMissing };
    let operation = Operation::Hold { reference: clock::new_uetr()?, step };
    let transactions = vec![play.stage.player(AURORA)?.act(KeyRole::Compliance, 2, operation)?];
    let line = Line {
        name: "controlled-without-licence-rejected",
        did: "Two compliance officers of Banco Aurora reject it: no licence covers the goods.".to_owned(),
        why: "Two different officers signed; the payment ends and the money goes back.",
        expected: Expected::rejected(EntryKind::RejectHeld, Code::OfficerLicenceMissing),
    };
    play.step(line, Ask { through: AURORA, transactions, subject: payment.uetr }).await.map(|_| ())
}

/// A licence is granted and used; returns it and the payment that drew on it.
pub async fn under_one(play: &mut Play) -> Result<(LicenceHandle, Payment), Failure> {
    let line = Line {
        name: "licence-granted",
        did: "The Export Control Office of Aurora grants a licence of 400,000.00 BRL, to be used through Banco Aurora."
            .to_owned(),
        why: "It is an authorised licensing authority. Whom the licence permits is sealed.",
        expected: Expected::done(EntryKind::IssueLicence),
    };
    let handle = grant(play, LICENSING, "AU-EXPORT 12", line).await?;
    let deal = Deal::ordinary(AURORA, MERIDIAN, "BRL", PAID, "order 78, vacuum pumps").controlled(Some(handle));
    let line = Line {
        name: "controlled-under-licence-submitted",
        did: "Banco Aurora pays 240,000.00 BRL for controlled goods under this licence.".to_owned(),
        why: "The licence covers bank, currency, corridor and amount: 240,000.00 of it are set aside.",
        expected: RESERVED,
    };
    let payment = submit(play, deal, line).await?;
    let line = Line {
        name: "controlled-under-licence-settled",
        did: "Meridian Bank attests it.".to_owned(),
        why: "The licence still stands: the money moves and the licence is drawn down, in one step.",
        expected: ATTESTED,
    };
    attest(play, MERIDIAN, &payment, line).await?;
    Ok((handle, payment))
}

/// A payment waits while the licence on which it would draw is revoked.
pub async fn under_one_that_is_revoked(
    play: &mut Play,
    authority: &str,
    other: LicenceHandle,
) -> Result<LicenceHandle, Failure> {
    let line = Line {
        name: "second-licence-granted",
        did: "The Export Control Office of Meridian grants a licence of its own, of 400,000.00 BRL.".to_owned(),
        why: "It was admitted a moment ago, and one end of the corridor lies in its country.",
        expected: Expected::done(EntryKind::IssueLicence),
    };
    let handle = grant(play, authority, "ME-DUAL-USE 3", line).await?;
    let deal = Deal::ordinary(AURORA, MERIDIAN, "BRL", PAID, "order 79, machine tools").controlled(Some(handle));
    let line = Line {
        name: "payment-under-second-licence-submitted",
        did: "Banco Aurora pays 240,000.00 BRL under it; Meridian Bank has not attested yet.".to_owned(),
        why: "The licence is valid now: money and licence are set aside.",
        expected: RESERVED,
    };
    let payment = submit(play, deal, line).await?;
    revoke(play, authority, handle).await?;
    let instead = under_the_other(play, other).await?;
    stopped(play, &payment).await?;
    let line = Line {
        name: "payment-under-the-other-licence-settled",
        did: "Meridian Bank attests the smaller payment.".to_owned(),
        why: "Its licence stands: it is drawn down further.",
        expected: ATTESTED,
    };
    attest(play, MERIDIAN, &instead, line).await?;
    Ok(handle)
}

/// The company buys less, under the licence that is left; with this the next block comes.
async fn under_the_other(play: &mut Play, licence: LicenceHandle) -> Result<Payment, Failure> {
    let details = "order 80, machine tools";
    let deal = Deal::ordinary(AURORA, MERIDIAN, "BRL", PAID_INSTEAD, details).controlled(Some(licence));
    let line = Line {
        name: "payment-under-the-other-licence-submitted",
        did: "Banco Aurora pays 100,000.00 BRL for fewer machine tools, under the licence from Aurora.".to_owned(),
        why: "Of that licence 160,000.00 are left: 100,000.00 of it are set aside.",
        expected: RESERVED,
    };
    submit(play, deal, line).await
}

async fn grant(play: &mut Play, by: &str, regime: &str, line: Line) -> Result<LicenceHandle, Failure> {
    let stage = &play.stage;
    let handle = LicenceHandle(clock::random()?);
    let licence = Licence {
        handle,
        regime: regime.parse().map_err(Failure::internal)?,
        asset: stage.asset("BRL")?,
        value: VALUE,
        banks: vec![stage.player(AURORA)?.id],
        parties: Digest::of(Domain::Details, &clock::random::<32>()?),
        valid_from: stage.genesis.time,
        valid_until: clock::now().plus_ms(YEAR_MS),
    };
    let reference = clock::new_uetr()?;
    let operation = Operation::Licence { reference, step: LicenceStep::Issue { licence } };
    let transactions = vec![stage.player(by)?.act(KeyRole::Supervisor, 1, operation)?];
    play.step(line, Ask { through: by, transactions, subject: reference }).await?;
    Ok(handle)
}

async fn revoke(play: &mut Play, authority: &str, handle: LicenceHandle) -> Result<(), Failure> {
    let reference = clock::new_uetr()?;
    let operation = Operation::Licence { reference, step: LicenceStep::Revoke { handle } };
    let transactions = vec![play.stage.player(authority)?.act(KeyRole::Supervisor, 1, operation)?];
    let line = Line {
        name: "second-licence-revoked",
        did: "The Export Control Office of Meridian revokes its licence.".to_owned(),
        why: "Nobody but the authority that granted it may, and revocations go first in their block.",
        expected: Expected::done(EntryKind::RevokeLicence),
    };
    play.step(line, Ask { through: authority, transactions, subject: reference }).await.map(|_| ())
}

async fn stopped(play: &mut Play, payment: &Payment) -> Result<(), Failure> {
    let line = Line {
        name: "payment-under-second-licence-stopped",
        did: "The payment that would have drawn on the revoked licence is stopped by the ledger itself.".to_owned(),
        why: "Its licence is gone: the block after the revocation ends it, and what was set aside goes back.",
        expected: Expected::rejected(EntryKind::Stop, Code::LicenceRevoked),
    };
    let ask = Ask { through: AURORA, transactions: Vec::new(), subject: payment.uetr };
    play.step(line, ask).await.map(|_| ())
}
