//! Where a story happens: the network's folder, its nodes, and its institutions.

use std::time::Duration;

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_cli::profile::Profile;
use corridor_cli::session::failed;
use corridor_client::Client;
use corridor_types::{AccountId, AssetId, ClientHandle, Corridor, CountryCode, Genesis, Height, ParticipantId};
use tokio::time::{Instant, sleep};

use super::joining::Joining;
use super::player::Player;
use crate::testnet::cast::Member;
use crate::testnet::directory::{Directory, State};

/// The longest that one thing may take, on a machine that is busy with others.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// The stage of a story.
pub struct Stage {
    /// The network's folder.
    pub directory: Directory,
    /// The genesis of the chain.
    pub genesis: Genesis,
    /// How many validators there were at the beginning.
    pub validators: usize,
    /// The bank that has no validator yet, and its node.
    pub joining: Joining,
    players: Vec<Player>,
    nodes: Vec<Client>,
}

impl Stage {
    /// The stage of a network that runs.
    ///
    /// # Errors
    /// A usage failure if its files were changed.
    pub fn open(directory: &Directory, members: &[Member], state: &State, joining: Joining) -> Result<Self, Failure> {
        let genesis = directory.genesis()?;
        let player =
            |member: &Member| Player::of_profile(&member.folder, Profile::load(&directory.client(member))?, &genesis);
        let players = members.iter().map(player).collect::<Result<Vec<_>, _>>()?;
        let node = |port: &u16| Client::new(&format!("http://127.0.0.1:{port}")).map_err(failed);
        let nodes = state.ports.api.iter().map(node).collect::<Result<Vec<_>, _>>()?;
        let directory = directory.clone();
        Ok(Self { directory, genesis, validators: state.validators, joining, players, nodes })
    }

    /// An institution by its folder's name.
    ///
    /// # Errors
    /// An internal failure if there is none.
    pub fn player(&self, folder: &str) -> Result<&Player, Failure> {
        let found = self.players.iter().find(|player| player.folder == folder);
        found.ok_or_else(|| Failure::internal(format!("nobody in this story is called {folder}")))
    }

    /// The institutions that run a validator from the beginning, in the order of the registry.
    pub fn voters(&self) -> &[Player] {
        self.players.get(..self.validators).unwrap_or_default()
    }

    /// Takes up an institution that was admitted.
    pub fn admit(&mut self, player: Player) {
        self.players.push(player);
    }

    /// An asset by its currency.
    ///
    /// # Errors
    /// An internal failure if there is none.
    pub fn asset(&self, currency: &str) -> Result<AssetId, Failure> {
        let found = (0u16..).zip(&self.genesis.assets).find(|(_, asset)| asset.currency.as_str() == currency);
        found.map(|(number, _)| AssetId(number)).ok_or_else(|| Failure::internal(format!("no asset is in {currency}")))
    }

    /// An institution's account in an asset.
    ///
    /// # Errors
    /// An internal failure if it has none.
    pub fn account(&self, owner: ParticipantId, asset: AssetId) -> Result<AccountId, Failure> {
        let found =
            (0u32..).zip(&self.genesis.accounts).find(|(_, entry)| entry.owner == owner && entry.asset == asset);
        let missing = || Failure::internal(format!("participant {owner} has no account in asset {asset}"));
        found.map(|(number, _)| AccountId(number)).ok_or_else(missing)
    }

    /// The company for which a bank pays in this story.
    ///
    /// # Errors
    /// An internal failure if the bank's profile names none.
    pub fn company(&self, folder: &str) -> Result<ClientHandle, Failure> {
        // Under the pilot, so not the handle of the network's preparation, but as easily told apart.
        let planned = self.player(folder)?.session.profile.client;
        let ClientHandle(mut bytes) =
            planned.ok_or_else(|| Failure::internal(format!("the profile of {folder} names no client")))?;
        bytes.reverse();
        Ok(ClientHandle(bytes))
    }

    /// The countries of the banks, ascending.
    pub fn countries(&self) -> Vec<CountryCode> {
        let all: std::collections::BTreeSet<_> = self.players.iter().map(|player| player.country).collect();
        all.into_iter().collect()
    }

    /// From a country to every country, ascending.
    pub fn corridors_from(&self, from: CountryCode) -> Vec<Corridor> {
        self.countries().into_iter().map(|to| Corridor { from, to }).collect()
    }

    /// Waits until every node of the beginning has settled a block, so that whoever acts next acts on it.
    ///
    /// # Errors
    /// A connection failure if one does not.
    pub async fn settled_everywhere(&self, height: Height) -> Result<(), Failure> {
        for node in &self.nodes {
            settled_at(node, height).await?;
        }
        Ok(())
    }

    /// Waits until a moment is past on this machine's calendar.
    pub async fn until(&self, moment: corridor_types::Timestamp) {
        sleep(Duration::from_millis(moment.since_ms(clock::now()))).await;
    }
}

/// Waits until a node has settled a block.
///
/// # Errors
/// A connection failure if it does not within [`PATIENCE`].
pub async fn settled_at(node: &Client, height: Height) -> Result<(), Failure> {
    let what = format!("settle block {height}");
    wait_for(&what, async || node.chain().await.is_ok_and(|chain| chain.settled >= height)).await
}

/// Looks until something is so.
///
/// # Errors
/// A connection failure if it is not within [`PATIENCE`].
pub async fn wait_for(what: &str, is_so: impl AsyncFn() -> bool) -> Result<(), Failure> {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        if Instant::now() >= deadline {
            let seconds = PATIENCE.as_secs();
            return Err(Failure::connection(format!("a node did not {what} within {seconds} s")));
        }
        sleep(PAUSE).await;
    }
    Ok(())
}
