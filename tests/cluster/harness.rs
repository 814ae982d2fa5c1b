//! Starts, kills and inspects the validators of one test network. Every wait is bounded and looks
//! at a condition.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use corridor_client::Client;
use corridor_crypto::SecretKey;
use corridor_types::{Bic, Epoch, Genesis, Height, ParticipantId};
use tempfile::TempDir;

/// The longest that anything may take on a slow machine that runs other tests too.
pub const PATIENCE: Duration = Duration::from_secs(60);

const BINARY: &str = env!("CARGO_BIN_EXE_corridor");

/// Runs the binary to its end.
pub fn corridor(arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// A test network whose processes this test starts and kills one by one.
pub struct Cluster {
    dir: TempDir,
    nodes: Vec<PathBuf>,
    running: Vec<Option<Child>>,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        (0..self.running.len()).for_each(|n| self.kill(n));
        if std::thread::panicking() {
            self.nodes.iter().for_each(|node| print_end(&node.join("node.log")));
        }
    }
}

/// A port on which nothing listens now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn print_end(file: &Path) {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    println!("--- {}", file.display());
    lines.iter().skip(lines.len().saturating_sub(30)).for_each(|line| println!("{line}"));
}

impl Cluster {
    /// A funded network with one settled payment; its processes are stopped.
    pub fn prepare() -> Self {
        Self::prepare_with(&[])
    }

    /// The same, made with more options.
    pub fn prepare_with(options: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let network = dir.path().join("network");
        let arguments = [&["testnet", "--dir", network.to_str().unwrap(), "--once"], options].concat();
        let output = corridor(&arguments);
        let log = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "the test network could not be prepared: {log}");
        let mut nodes: Vec<PathBuf> =
            fs::read_dir(network.join("nodes")).unwrap().map(|entry| entry.unwrap().path()).collect();
        nodes.sort();
        let running = nodes.iter().map(|_| None).collect();
        Self { dir, nodes, running }
    }

    /// The same, with all validators running and ready.
    pub async fn start_all() -> Self {
        let mut cluster = Self::prepare();
        cluster.restart_all().await;
        cluster
    }

    /// Starts every validator that is down and waits until all are ready.
    pub async fn restart_all(&mut self) {
        (0..self.len()).for_each(|n| self.start(n));
        for n in 0..self.len() {
            self.wait_ready(n).await;
        }
    }

    /// How many validators there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The folder of the network.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("network")
    }

    /// The folder of one node.
    pub fn node(&self, n: usize) -> &Path {
        &self.nodes[n]
    }

    /// Starts a validator that is down.
    pub fn start(&mut self, n: usize) {
        if self.running[n].is_some() {
            return;
        }
        let config = self.nodes[n].join("node.toml");
        self.spawn(n, &["node", "--config", config.to_str().unwrap()]);
    }

    /// Starts a process for a node, with its log in the node's folder.
    fn spawn(&mut self, n: usize, arguments: &[&str]) {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.nodes[n].join("node.log")).unwrap();
        let child = Command::new(BINARY)
            .args(arguments)
            // A network this small would always be fetched block by block.
            .env("CORRIDOR_NODE_SNAPSHOT_GAP", "1")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.running[n] = Some(child);
    }

    /// Makes every node write a snapshot after so many blocks, from its next start on.
    pub fn snapshot_every(&self, blocks: u64) {
        for node in &self.nodes {
            self.edit_config(node, "snapshot_blocks = 200", &format!("snapshot_blocks = {blocks}"));
        }
    }

    /// Replaces a text in a node's configuration, which must be there.
    pub fn edit_config(&self, node: &Path, old: &str, new: &str) {
        let file = node.join("node.toml");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(old), "{} does not say {old:?}:\n{text}", file.display());
        fs::write(&file, text.replacen(old, new, 1)).unwrap();
    }

    /// Runs the binary against this network, which must succeed, and returns what it prints.
    pub fn command(&self, arguments: &[&str]) -> String {
        let output =
            Command::new(BINARY).current_dir(self.path()).args(arguments).stdin(Stdio::null()).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The bank without a node makes one and runs it, and registers it while the others refuse it.
    pub fn join(&mut self, options: &[&str]) -> usize {
        let (folder, n) = (self.path().join("nodes/4-bank-e"), self.nodes.len());
        fs::create_dir(&folder).unwrap();
        self.nodes.push(folder.clone());
        self.running.push(None);
        let peers = format!("AUCBBRSPXXX={},MECBZAJJXXX={}", self.network_address(0), self.network_address(1));
        let (listen, api) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{}", free_port()));
        let genesis = self.path().join("genesis.json");
        let (folder, genesis) = (folder.to_str().unwrap(), genesis.to_str().unwrap());
        let mut arguments = vec!["node", "--join", "--dir", folder, "--genesis", genesis, "--peer", &peers];
        arguments.extend(["--participant", "TBKEBRSPXXX", "--listen", &listen, "--api", &api]);
        arguments.extend(options);
        self.spawn(n, &arguments);
        self.wait_for_log(n, "register it");
        self.command(&[
            "node",
            "register",
            "--network-key",
            "nodes/4-bank-e/network.key",
            "--profile",
            "clients/bank-e",
        ]);
        n
    }

    /// Puts a copy of a stopped node's folder beside it, with ports of its own.
    pub fn copy(&mut self, n: usize) -> usize {
        let (from, to) = (self.nodes[n].clone(), self.path().join("nodes/copy"));
        let (network, api) = (self.network_address(n), self.api_address(n));
        let copied = Command::new("cp").args(["-r", from.to_str().unwrap(), to.to_str().unwrap()]).status().unwrap();
        assert!(copied.success());
        for old in [network, api] {
            self.edit_config(&to, &format!("\"{old}\""), &format!("\"127.0.0.1:{}\"", free_port()));
        }
        fs::write(to.join("node.log"), "").unwrap();
        self.nodes.push(to);
        self.running.push(None);
        self.nodes.len() - 1
    }

    /// A node's log.
    pub fn log(&self, n: usize) -> String {
        fs::read_to_string(self.nodes[n].join("node.log")).unwrap_or_default()
    }

    /// Waits until a node's log says something.
    pub fn wait_for_log(&mut self, n: usize, word: &str) {
        let started = Instant::now();
        while !self.log(n).contains(word) {
            assert!(self.is_alive(n), "node {n} ended");
            assert!(started.elapsed() < PATIENCE, "node {n} does not log {word:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a node has reached an epoch.
    pub async fn wait_epoch(&mut self, n: usize, epoch: Epoch) {
        let started = Instant::now();
        while self.client(n).chain().await.map_or(Epoch(0), |chain| chain.epoch) < epoch {
            assert!(self.is_alive(n), "node {n} ended");
            assert!(started.elapsed() < PATIENCE, "node {n} did not reach epoch {epoch}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends a validator with SIGKILL.
    pub fn kill(&mut self, n: usize) {
        if let Some(mut child) = self.running[n].take() {
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// The process of a running validator.
    pub fn pid(&self, n: usize) -> u32 {
        self.running[n].as_ref().unwrap().id()
    }

    /// True if the process of a validator that was started has not ended.
    pub fn is_alive(&mut self, n: usize) -> bool {
        self.running[n].as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    fn configured(&self, n: usize, section: &str) -> String {
        let text = fs::read_to_string(self.nodes[n].join("node.toml")).unwrap();
        let config: toml::Table = text.parse().unwrap();
        config[section]["listen"].as_str().unwrap().to_owned()
    }

    /// Where a validator's HTTP interface listens.
    pub fn api_address(&self, n: usize) -> String {
        self.configured(n, "api")
    }

    /// Where a validator listens for its peers.
    pub fn network_address(&self, n: usize) -> String {
        self.configured(n, "network")
    }

    /// A client of one validator.
    pub fn client(&self, n: usize) -> Client {
        Client::new(&format!("http://{}", self.api_address(n))).unwrap()
    }

    /// Waits until a validator is connected to a quorum and not catching up.
    pub async fn wait_ready(&mut self, n: usize) {
        let client = self.client(n);
        let started = Instant::now();
        while let Err(reason) = client.ready().await {
            assert!(self.is_alive(n), "validator {n} ended");
            assert!(started.elapsed() < PATIENCE, "validator {n} is not ready: {reason}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How far a validator has settled.
    pub async fn settled(&self, n: usize) -> Height {
        self.client(n).chain().await.unwrap().settled
    }

    /// Waits until a validator has settled up to a height.
    pub async fn wait_settled(&mut self, n: usize, height: Height) {
        let started = Instant::now();
        loop {
            if let Ok(chain) = self.client(n).chain().await
                && chain.settled >= height
            {
                return;
            }
            assert!(self.is_alive(n), "validator {n} ended");
            assert!(started.elapsed() < PATIENCE, "validator {n} did not settle height {height}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The genesis document.
    pub fn genesis(&self) -> Genesis {
        serde_json::from_str(&fs::read_to_string(self.path().join("genesis.json")).unwrap()).unwrap()
    }

    /// An institution of the network with the key of its operator and its client's handle.
    pub fn institution(&self, folder: &str) -> Institution {
        let folder = self.path().join("clients").join(folder);
        let profile: toml::Table = fs::read_to_string(folder.join("profile.toml")).unwrap().parse().unwrap();
        let bic: Bic = profile["participant"].as_str().unwrap().parse().unwrap();
        let participants = self.genesis().participants;
        let position = participants.iter().position(|participant| participant.bic == bic).unwrap();
        Institution {
            id: ParticipantId(u32::try_from(position).unwrap()),
            operator: corridor_signer::keyfile::read(&folder.join("operator.key"), "operator").unwrap(),
            client: profile.get("client").map(|handle| handle.as_str().unwrap().parse().unwrap()),
        }
    }

    /// Waits until all validators have settled equally far, and checks that they computed the same.
    pub async fn check_agreement(&mut self) {
        let mut top = Height(0);
        for n in 0..self.len() {
            top = top.max(self.settled(n).await);
        }
        for n in 0..self.len() {
            self.wait_settled(n, top).await;
        }
        let first = self.client(0).block(top).await.unwrap().unwrap().outcome.unwrap();
        for n in 1..self.len() {
            let other = self.client(n).block(top).await.unwrap().unwrap().outcome.unwrap();
            assert_eq!(other, first, "validator {n} at height {top}");
        }
    }
}

/// Who pays or is paid.
pub struct Institution {
    pub id: ParticipantId,
    pub operator: SecretKey,
    pub client: Option<corridor_types::ClientHandle>,
}
