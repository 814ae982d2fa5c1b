//! A licensing authority is admitted after genesis: it applies to its central bank, which authorises
//! it.

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_cli::keyring;
use corridor_cli::session::failed;
use corridor_crypto::SecretKey;
use corridor_types::operations::ParticipantStep;
use corridor_types::{EntryKind, KeyEntry, KeyRole, Operation, ParticipantEntry, ParticipantKind};

use super::MERIDIAN_CENTRAL;
use crate::demo::play::Play;
use crate::demo::player::{Keys, Player};
use crate::demo::step::{Ask, Expected, Line};
use crate::testnet::cast::with_check_digits;

const FOLDER: &str = "meridian-licensing";
const NAME: &str = "Export Control Office of Meridian";
const BIC: &str = "MEXCZAJJXXX";
const LEI_BASE: &str = "TEST00LICENSEMERID";

/// Admits it and returns by which name the story calls it.
pub async fn admit_authority(play: &mut Play) -> Result<String, Failure> {
    let keys = make_keys(play)?;
    let entry = entry(play, &keys)?;
    let bic = entry.bic;
    let central = play.stage.player(MERIDIAN_CENTRAL)?;
    let applicant: Vec<_> = keys.get(&KeyRole::Operator).into_iter().flatten().collect();
    let signers = [central.keys(KeyRole::Supervisor, 1)?, applicant].concat();
    let reference = clock::new_uetr()?;
    let operation = Operation::Participant { reference, step: ParticipantStep::Apply { entry } };
    let transactions = vec![central.sign(operation, &signers)];
    let line = Line {
        name: "authority-applied",
        did: format!("The {NAME} applies to the Central Bank of Meridian."),
        why: "The central bank takes the application in, and the applicant's own key signed it too.",
        expected: Expected::done(EntryKind::ApplyParticipant),
    };
    play.step(line, Ask { through: MERIDIAN_CENTRAL, transactions, subject: reference }).await?;
    // The genesis does not know the newcomer: the ledger gave it a number.
    let registry = play.stage.player(MERIDIAN_CENTRAL)?.session.client.participants().await.map_err(failed)?;
    let found = registry.iter().find(|entry| entry.bic == bic);
    let id = found.ok_or_else(|| Failure::internal(format!("{bic} is not in the registry")))?.id;
    let newcomer = Player::newcomer(FOLDER, NAME, id, play.stage.player(MERIDIAN_CENTRAL)?, keys)?;
    play.stage.admit(newcomer);
    let reference = clock::new_uetr()?;
    let operation = Operation::Participant { reference, step: ParticipantStep::Authorise { participant: id } };
    let transactions = vec![play.stage.player(MERIDIAN_CENTRAL)?.act(KeyRole::Supervisor, 1, operation)?];
    let line = Line {
        name: "authority-authorised",
        did: format!("The Central Bank of Meridian authorises it, as participant {id}."),
        why: "It is its supervisor; from now on the authority may grant licences.",
        expected: Expected::done(EntryKind::AuthoriseParticipant),
    };
    play.step(line, Ask { through: MERIDIAN_CENTRAL, transactions, subject: reference }).await?;
    Ok(FOLDER.to_owned())
}

/// New keys, in files like those of the others.
fn make_keys(play: &Play) -> Result<Keys, Failure> {
    let folder = play.stage.directory.root().join("clients").join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| Failure::unwritable(&folder, error))?;
    let make = |role: KeyRole| {
        let key = SecretKey::from_seed(&clock::random()?);
        keyring::write(&folder.join(format!("{role}.key")), role.into(), &key)?;
        Ok((role, vec![key]))
    };
    [KeyRole::Operator, KeyRole::Supervisor].into_iter().map(make).collect()
}

fn entry(play: &Play, keys: &Keys) -> Result<ParticipantEntry, Failure> {
    let central = play.stage.player(MERIDIAN_CENTRAL)?;
    let listed =
        keys.iter().flat_map(|(role, keys)| keys.iter().map(|key| KeyEntry { key: key.public_key(), role: *role }));
    Ok(ParticipantEntry {
        name: format!("{NAME} (test)"),
        lei: with_check_digits(LEI_BASE).parse().map_err(Failure::internal)?,
        bic: BIC.parse().map_err(Failure::internal)?,
        country: central.country,
        kind: ParticipantKind::LicensingAuthority,
        supervisor: central.id,
        keys: listed.collect(),
    })
}
