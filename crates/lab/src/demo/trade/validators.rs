//! A bank's node joins, is declared ready, and becomes the next validator by a joint decision.

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_types::operations::{NodeStep, ValidatorsStep};
use corridor_types::view::NodeRole;
use corridor_types::{
    EntryKind, Epoch, KeyRole, Operation, ParticipantId, Receipt, Transaction, Validator, ValidatorChange, VotingPower,
};

use super::payments::{ATTESTED, RESERVED};
use super::{AURORA, AURORA_CENTRAL, MERIDIAN_CENTRAL};
use crate::demo::deal::{Deal, attestation, submission, units};
use crate::demo::play::Play;
use crate::demo::stage::{settled_at, wait_for};
use crate::demo::step::{Ask, Expected, Line};

/// From registration to the first payment of the next epoch.
pub async fn admit_the_fifth(play: &mut Play) -> Result<(), Failure> {
    let bank = play.stage.joining.bank.clone();
    register(play, &bank).await?;
    let validator = declare(play, &bank).await?;
    decide(play, validator).await?;
    let node = play.stage.joining.client()?;
    let votes =
        async || node.consensus().await.is_ok_and(|view| view.role == NodeRole::Validator && view.epoch == Epoch(1));
    wait_for("vote in the next epoch", votes).await?;
    pay_in_the_next_epoch(play, &bank).await
}

async fn register(play: &mut Play, bank: &str) -> Result<(), Failure> {
    let [_, network] = play.stage.joining.keys().await?;
    let reference = clock::new_uetr()?;
    let operation = Operation::Node { reference, step: NodeStep::Register { network_key: network.public_key() } };
    let player = play.stage.player(bank)?;
    let did = format!("{} registers a node of its own.", player.name);
    let transactions = vec![player.act(KeyRole::Operator, 1, operation)?];
    let line = Line {
        name: "node-registered",
        did,
        why: "Every participant may run nodes that follow the ledger; from now on the others let it connect.",
        expected: Expected::done(EntryKind::RegisterNode),
    };
    let receipt = play.step(line, Ask { through: bank, transactions, subject: reference }).await?;
    settled_at(&play.stage.joining.client()?, receipt.entry.height).await
}

async fn declare(play: &mut Play, bank: &str) -> Result<Validator, Failure> {
    let [key, network] = play.stage.joining.keys().await?;
    let (height, state) = play.stage.joining.newest_state().await?;
    let player = play.stage.player(bank)?;
    let validator = Validator {
        participant: player.id,
        key: key.public_key(),
        network_key: network.public_key(),
        power: VotingPower(1),
    };
    let reference = clock::new_uetr()?;
    let operation = Operation::Validators {
        reference,
        step: ValidatorsStep::Declare { validator: validator.clone(), height, state },
    };
    let signers = [player.keys(KeyRole::Operator, 1)?, vec![&key, &network]].concat();
    let transactions = vec![player.sign(operation, &signers)];
    let line = Line {
        name: "validator-declared",
        did: format!("Its node has caught up, and {} declares it ready to vote.", player.name),
        why: "Both of the node's keys signed, and it knows the state after a recent block.",
        expected: Expected::done(EntryKind::DeclareCandidate),
    };
    play.step(line, Ask { through: bank, transactions, subject: reference }).await?;
    Ok(validator)
}

async fn decide(play: &mut Play, validator: Validator) -> Result<(), Failure> {
    let reference = clock::new_uetr()?;
    let changes = vec![ValidatorChange::Put { validator }];
    let operation = Operation::Validators { reference, step: ValidatorsStep::Change { epoch: Epoch(0), changes } };
    let (transactions, others) = decision(play, operation)?;
    let line = Line {
        name: "validator-admitted",
        did: format!("Both central banks decide that it votes from the next epoch on; with them signs {others}."),
        why: "Every central bank that issues a currency signed, and together more than two thirds of the voting power.",
        expected: Expected::done(EntryKind::ChangeValidators),
    };
    play.step(line, Ask { through: AURORA_CENTRAL, transactions: vec![transactions], subject: reference }).await?;
    Ok(())
}

/// Signed by a supervisor of each central bank, and by as many other validators' governors as it takes.
fn decision(play: &Play, operation: Operation) -> Result<(Transaction, String), Failure> {
    let stage = &play.stage;
    let (first, second) = (stage.player(AURORA_CENTRAL)?, stage.player(MERIDIAN_CENTRAL)?);
    let central: [ParticipantId; 2] = [first.id, second.id];
    let missing = (stage.validators * 2 / 3 + 1).saturating_sub(central.len());
    let others: Vec<_> = stage.voters().iter().filter(|voter| !central.contains(&voter.id)).take(missing).collect();
    let mut keys = [first.keys(KeyRole::Supervisor, 1)?, second.keys(KeyRole::Supervisor, 1)?].concat();
    for other in &others {
        keys.extend(other.keys(KeyRole::Governance, 1)?);
    }
    let names: Vec<_> = others.iter().map(|other| other.name.as_str()).collect();
    Ok((first.sign(operation, &keys), names.join(" and ")))
}

/// A payment whose receipt leads from genesis over the change of validators.
async fn pay_in_the_next_epoch(play: &mut Play, bank: &str) -> Result<(), Failure> {
    let payment = Deal::ordinary(bank, AURORA, "BRL", units(5_000), "thank you").into_payment(&play.stage)?;
    let name = play.stage.player(bank)?.name.clone();
    let transactions = vec![submission(&play.stage, bank, &payment)?];
    let line = Line {
        name: "payment-in-the-next-epoch",
        did: format!("{name} pays 5,000.00 BRL to Banco Aurora."),
        why: "Its money is set aside; the new set of validators decides now.",
        expected: RESERVED,
    };
    play.step(line, Ask { through: bank, transactions, subject: payment.uetr }).await?;
    let transactions = vec![attestation(&play.stage, AURORA, &payment)?];
    let line = Line {
        name: "payment-certified-by-the-next-epoch",
        did: "Banco Aurora attests it.".to_owned(),
        why: "The receipt carries the change of validators, so the genesis alone still verifies it.",
        expected: ATTESTED,
    };
    let receipt = play.step(line, Ask { through: AURORA, transactions, subject: payment.uetr }).await?;
    check_epoch(&receipt)
}

fn check_epoch(receipt: &Receipt) -> Result<(), Failure> {
    let (epoch, handovers) = (receipt.certificate.outcome.epoch, receipt.handovers.len());
    if (epoch, handovers) == (Epoch(1), 1) {
        return Ok(());
    }
    let problem = format!("the last receipt is of epoch {epoch} with {handovers} changes of validators");
    Err(Failure::refused("unexpected_outcome", problem))
}
