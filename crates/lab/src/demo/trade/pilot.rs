//! A pilot programme opens, and three companies are authorised to pay under it.

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_types::operations::{AssetCap, ClientStep, Programme, ProgrammeStep};
use corridor_types::{ClientAuthorisation, EntryKind, KeyRole, Label, Operation, ParticipantId, ProgrammeId};

use super::{AURORA, AURORA_CENTRAL, MERIDIAN, MERIDIAN_CENTRAL};
use crate::demo::deal::units;
use crate::demo::play::Play;
use crate::demo::step::{Ask, Expected, Line};

/// How long the pilot lasts: a year.
const LASTS_MS: u64 = 365 * 86_400_000;

/// The first programme of a chain.
const PILOT: ProgrammeId = ProgrammeId(0);

/// The most that one payment moves, in units.
const PAYMENT_CAP: u64 = 25_000_000;

/// The most that all of them move, in units.
const TOTAL_CAP: u64 = 1_000_000_000;

/// Both central banks open it together.
pub async fn open(play: &mut Play) -> Result<(), Failure> {
    let step = ProgrammeStep::Open { programme: programme(play)? };
    let reference = clock::new_uetr()?;
    let (first, second) = (play.stage.player(AURORA_CENTRAL)?, play.stage.player(MERIDIAN_CENTRAL)?);
    let keys = [first.keys(KeyRole::Supervisor, 1)?, second.keys(KeyRole::Supervisor, 1)?].concat();
    let transactions = vec![first.sign(Operation::Programme { reference, step }, &keys)];
    let line = Line {
        name: "pilot-opened",
        did: "The central banks of Aurora and Meridian open a pilot programme for trade payments of three banks."
            .to_owned(),
        why: "The central banks of all its members signed, one supervisor each.",
        expected: Expected::done(EntryKind::OpenProgramme),
    };
    play.step(line, Ask { through: AURORA_CENTRAL, transactions, subject: reference }).await.map(|_| ())
}

fn programme(play: &Play) -> Result<Programme, Failure> {
    let stage = &play.stage;
    let banks = [AURORA, MERIDIAN, &stage.joining.bank];
    let mut members = banks.iter().map(|bank| Ok(stage.player(bank)?.id)).collect::<Result<Vec<_>, Failure>>()?;
    members.sort();
    let cap =
        |currency| Ok(AssetCap { asset: stage.asset(currency)?, payment: units(PAYMENT_CAP), total: units(TOTAL_CAP) });
    let mut caps = ["BRL", "ZAR"].into_iter().map(cap).collect::<Result<Vec<_>, Failure>>()?;
    caps.sort_by_key(|cap| cap.asset);
    let starts = stage.genesis.time;
    Ok(Programme {
        name: Label::new("Aurora and Meridian trade pilot").map_err(Failure::internal)?,
        starts,
        ends: clock::now().plus_ms(LASTS_MS),
        members,
        corridors: stage.countries().into_iter().flat_map(|from| stage.corridors_from(from)).collect(),
        caps,
    })
}

/// One company for each bank of the pilot.
pub async fn authorise_companies(play: &mut Play) -> Result<(), Failure> {
    let third = play.stage.joining.bank.clone();
    let banks = [
        (AURORA, "company-of-banco-aurora-authorised"),
        (MERIDIAN, "company-of-meridian-bank-authorised"),
        (third.as_str(), "company-of-the-third-bank-authorised"),
    ];
    for (bank, name) in banks {
        authorise(play, bank, name).await?;
    }
    Ok(())
}

async fn authorise(play: &mut Play, bank: &str, name: &'static str) -> Result<(), Failure> {
    let stage = &play.stage;
    let sponsor = stage.player(bank)?;
    let central = stage.player(central_bank_of(play, sponsor.id)?)?;
    let authorisation = ClientAuthorisation {
        handle: stage.company(bank)?,
        sponsor: sponsor.id,
        assets: vec![stage.asset("BRL")?, stage.asset("ZAR")?],
        corridors: stage.corridors_from(sponsor.country),
        payment_cap: units(PAYMENT_CAP),
        window: None,
        programme: Some(PILOT),
        valid_from: stage.genesis.time,
        valid_until: clock::now().plus_ms(LASTS_MS),
    };
    let reference = clock::new_uetr()?;
    let operation = Operation::Client { reference, step: ClientStep::Authorise { authorisation } };
    let transactions = vec![central.act(KeyRole::Supervisor, 1, operation)?];
    let line = Line {
        name,
        did: format!("The {} authorises a company of {} to pay under the pilot.", central.name, sponsor.name),
        why: "It supervises that bank. The ledger keeps an opaque handle, no name.",
        expected: Expected::done(EntryKind::AuthoriseClient),
    };
    let through = central.folder.clone();
    play.step(line, Ask { through: &through, transactions, subject: reference }).await.map(|_| ())
}

fn central_bank_of(play: &Play, bank: ParticipantId) -> Result<&'static str, Failure> {
    let entry = usize::try_from(bank.0).ok().and_then(|position| play.stage.genesis.participants.get(position));
    let supervisor = entry.map(|entry| entry.supervisor);
    let is_aurora = supervisor == Some(play.stage.player(AURORA_CENTRAL)?.id);
    Ok(if is_aurora { AURORA_CENTRAL } else { MERIDIAN_CENTRAL })
}
