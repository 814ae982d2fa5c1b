//! The node of the bank that joins during the story: it is started with the network by
//! `corridor node --join`, and stays out until its bank registers it.

use std::path::PathBuf;

use corridor_cli::failure::Failure;
use corridor_cli::keyring::{self, Purpose};
use corridor_cli::session::failed;
use corridor_client::Client;
use corridor_crypto::{Digest, SecretKey};
use corridor_types::{Bic, Height};

use super::stage::wait_for;
use crate::testnet::cast::Member;
use crate::testnet::directory::{Directory, State};

/// A node that is about to join.
#[derive(Debug, Clone)]
pub struct Joining {
    /// Its bank's folder among the clients, by which the story calls it.
    pub bank: String,
    bic: Bic,
    folder: PathBuf,
    api: u16,
    network: u16,
}

impl Joining {
    /// The last bank of a network, which has no validator, with the ports of its node.
    ///
    /// # Errors
    /// An internal failure if every bank has one.
    pub fn plan(
        directory: &Directory,
        members: &[Member],
        validators: usize,
        ports: [u16; 2],
    ) -> Result<Self, Failure> {
        let missing = || Failure::internal("every bank of the network has a validator");
        let member = members.get(validators).filter(|member| member.is_settling()).ok_or_else(missing)?;
        let [api, network] = ports;
        let folder = directory.node(validators, member);
        Ok(Self { bank: member.folder.clone(), bic: member.bic, folder, api, network })
    }

    /// How `corridor` is called to make the node and run it.
    pub fn arguments(&self, directory: &Directory, members: &[Member], state: &State) -> Vec<String> {
        let peer = |(member, port): (&Member, &u16)| format!("{}=127.0.0.1:{port}", member.bic);
        let peers: Vec<_> = members.iter().zip(&state.ports.network).map(peer).collect();
        let text = |path: PathBuf| path.display().to_string();
        let (listen, api) = (format!("127.0.0.1:{}", self.network), format!("127.0.0.1:{}", self.api));
        let (folder, genesis) = (text(self.folder.clone()), text(directory.genesis_file()));
        let arguments = ["node", "--exit-with-parent", "--join", "--dir", &folder, "--genesis", &genesis]
            .into_iter()
            .chain(["--participant", self.bic.as_str(), "--peer"])
            .map(str::to_owned);
        arguments.chain([peers.join(","), "--listen".to_owned(), listen, "--api".to_owned(), api]).collect()
    }

    /// Its HTTP interface.
    ///
    /// # Errors
    /// Never, for a port of this machine.
    pub fn client(&self) -> Result<Client, Failure> {
        Client::new(&self.url()).map_err(failed)
    }

    /// The address of its HTTP interface.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.api)
    }

    /// Its voting key and the key of its links, once it has made them.
    ///
    /// # Errors
    /// A connection failure if it makes none.
    pub async fn keys(&self) -> Result<[SecretKey; 2], Failure> {
        // The configuration is written last.
        let config = self.folder.join("node.toml");
        wait_for("make its folder", async || config.exists()).await?;
        let validator = keyring::read(&self.folder.join("validator.key"), Purpose::Validator)?;
        Ok([validator, keyring::read(&self.folder.join("network.key"), Purpose::Network)?])
    }

    /// The newest block that it has settled, and the commitment after it.
    ///
    /// # Errors
    /// The node's; a refusal if it has settled none.
    pub async fn newest_state(&self) -> Result<(Height, Digest), Failure> {
        let node = self.client()?;
        let height = node.chain().await.map_err(failed)?.settled;
        let outcome = node.block(height).await.map_err(failed)?.and_then(|block| block.outcome);
        let none = || Failure::refused("not_ready", "the joining node has settled no block yet");
        outcome.map(|outcome| (height, outcome.state)).ok_or_else(none)
    }
}
