//! Each country adopts a rulebook: its central bank proposes, validators with more than two thirds
//! of the voting power agree.

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_types::operations::{GovernanceStep, LicenceGap, Proposal, RulebookPack, Rules, TravelRule};
use corridor_types::{EntryKind, KeyRole, Operation, Timestamp, Transaction, Uetr};

use super::{AURORA_CENTRAL, MERIDIAN_CENTRAL};
use crate::demo::play::Play;
use crate::demo::player::Player;
use crate::demo::step::{Ask, Expected, Line};

/// How far ahead the rulebooks' date lies: enough for the votes on a slow machine.
const NOTICE_MS: u64 = 6_000;

/// How long the votes are counted.
const VOTE_MS: u64 = 600_000;

const DAY_MS: u64 = 86_400_000;

/// Only the pilot's companies pay, and what lacks a licence is looked at by officers.
const RULES: Rules = Rules {
    travel_rule: TravelRule::Always,
    programme_required: true,
    screening_required: false,
    licence_gap: LicenceGap::Hold,
    hold_max_ms: DAY_MS,
    value_date_days_max: 5,
};

/// Both countries; returns from when on both rulebooks are in force.
pub async fn adopt(play: &mut Play) -> Result<Timestamp, Failure> {
    let from = clock::now().plus_ms(NOTICE_MS);
    for (proposer, names) in [
        (AURORA_CENTRAL, ["rulebook-of-aurora-proposed", "rulebook-of-aurora-decided"]),
        (MERIDIAN_CENTRAL, ["rulebook-of-meridian-proposed", "rulebook-of-meridian-decided"]),
    ] {
        adopt_one(play, proposer, names, from).await?;
    }
    Ok(from)
}

async fn adopt_one(
    play: &mut Play,
    proposer: &str,
    [proposed, decided]: [&'static str; 2],
    effective_from: Timestamp,
) -> Result<(), Failure> {
    let bank = play.stage.player(proposer)?;
    let (name, country) = (bank.name.clone(), bank.country);
    let pack = RulebookPack { country, corridor: None, version: 1, effective_from, rules: RULES };
    let closes = clock::now().plus_ms(VOTE_MS);
    let step = GovernanceStep::Propose { proposal: Proposal::Rulebook { pack }, closes };
    let reference = clock::new_uetr()?;
    let proposal = bank.act(KeyRole::Governance, 1, Operation::Governance { reference, step })?;
    let line = Line {
        name: proposed,
        did: format!(
            "The {name} proposes its country's rulebook: only companies of the pilot pay, and payments for \
             controlled goods without a licence are held."
        ),
        why: "It is the central bank of that country and runs a validator: it has a voice.",
        expected: Expected::done(EntryKind::Propose),
    };
    play.step(line, Ask { through: proposer, transactions: vec![proposal], subject: reference }).await?;
    let (transactions, voters) = votes(play, proposer, reference)?;
    let line = Line {
        name: decided,
        did: format!("{voters} vote for it; the receipt is that of its enactment."),
        why: "With the proposer they have more than two thirds of the voting power: it is decided, with its date.",
        expected: Expected::done(EntryKind::Enact),
    };
    play.step(line, Ask { through: proposer, transactions, subject: reference }).await?;
    Ok(())
}

/// As many votes as make two thirds together with the proposer's, and who casts them. Whoever comes
/// after the deciding one would find no proposal.
fn votes(play: &Play, proposer: &str, proposal: Uetr) -> Result<(Vec<Transaction>, String), Failure> {
    let needed = play.stage.validators * 2 / 3;
    let others = play.stage.voters().iter().filter(|voter| voter.folder != proposer).take(needed);
    let vote = |voter: &Player| {
        let step = GovernanceStep::Vote { proposal, approve: true };
        voter.act(KeyRole::Governance, 1, Operation::Governance { reference: clock::new_uetr()?, step })
    };
    let voters: Vec<_> = others.collect();
    let names: Vec<_> = voters.iter().map(|voter| voter.name.as_str()).collect();
    Ok((voters.iter().map(|voter| vote(voter)).collect::<Result<_, _>>()?, names.join(" and ")))
}
