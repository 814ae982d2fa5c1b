//! The processes of a run: started, killed, paused, and looked after for ends that nobody asked for.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use corridor_client::Client;
use corridor_types::Genesis;
use toml::{Table, Value};

use crate::namespaces::Network;
use crate::tools::{run, run_words, tool_inside};

const BINARY: &str = env!("CARGO_BIN_EXE_corridor");
const API_PORT: u16 = 8000;
const NETWORK_PORT: u16 = 7000;

/// What is shown of a log, in bytes.
const TAIL: u64 = 3_000;

/// All validators of a run.
pub struct Validators {
    network: Network,
    root: PathBuf,
    folders: Vec<PathBuf>,
    running: Vec<Option<Child>>,
}

impl Drop for Validators {
    fn drop(&mut self) {
        (0..self.len()).for_each(|n| self.kill(n));
    }
}

impl Validators {
    /// A funded network with one settled payment, made on the loopback interface of the bridge's
    /// namespace and then moved to the validators' addresses. Nothing runs yet.
    pub fn prepare(network: Network, folder: &Path) -> Self {
        let root = folder.join("network");
        let count = network.validators.to_string();
        let testnet = [BINARY, "testnet", "--dir", root.to_str().unwrap(), "--once", "--validators", &count];
        run_words(&testnet).unwrap();
        let entries = fs::read_dir(root.join("nodes")).unwrap();
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        let validators = Self { network, root, running: folders.iter().map(|_| None).collect(), folders };
        (0..validators.len()).for_each(|n| validators.configure(n));
        validators
    }

    fn configure(&self, n: usize) {
        let file = self.folders[n].join("node.toml");
        let mut config: Table = fs::read_to_string(&file).unwrap().parse().unwrap();
        config["api"]["listen"] = self.api_address(n).into();
        config["api"]["allow_remote"] = true.into();
        config["network"]["listen"] = self.network_address(n).into();
        let others = (0..self.len()).filter(|other| *other != n);
        let Value::Array(peers) = &mut config["network"]["peers"] else { panic!("peers are a list") };
        peers.iter_mut().zip(others).for_each(|(peer, other)| peer["address"] = self.network_address(other).into());
        fs::write(&file, toml::to_string(&config).unwrap()).unwrap();
    }

    fn api_address(&self, n: usize) -> String {
        format!("{}:{API_PORT}", self.network.address(n))
    }

    fn network_address(&self, n: usize) -> String {
        format!("{}:{NETWORK_PORT}", self.network.address(n))
    }

    pub fn len(&self) -> usize {
        self.folders.len()
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn data(&self, n: usize) -> PathBuf {
        self.folders[n].join("data")
    }

    pub fn genesis(&self) -> Genesis {
        serde_json::from_str(&fs::read_to_string(self.root.join("genesis.json")).unwrap()).unwrap()
    }

    /// A client of one validator.
    pub fn client(&self, n: usize) -> Client {
        Client::new(&format!("http://{}", self.api_address(n))).unwrap()
    }

    fn log(&self, n: usize) -> PathBuf {
        self.folders[n].join("node.log")
    }

    /// The whole log of a validator.
    pub fn log_text(&self, n: usize) -> String {
        String::from_utf8_lossy(&fs::read(self.log(n)).unwrap_or_default()).into_owned()
    }

    /// The end of its log.
    pub fn log_tail(&self, n: usize) -> String {
        let mut file = File::open(self.log(n)).unwrap();
        let length = file.metadata().unwrap().len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Starts a validator that is down.
    pub fn start(&mut self, n: usize) {
        assert!(self.running[n].is_none(), "validator {n} runs already");
        let log = File::options().create(true).append(true).open(self.log(n)).unwrap();
        let config = self.folders[n].join("node.toml");
        let mut command = tool_inside(&self.network.namespace(n), BINARY);
        command.args(["node", "--exit-with-parent", "--config", config.to_str().unwrap()]);
        command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
        self.running[n] = Some(command.spawn().unwrap());
    }

    /// Ends a validator with SIGKILL, also one that is paused.
    pub fn kill(&mut self, n: usize) {
        if let Some(mut child) = self.running[n].take() {
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// Stops a validator in the middle of whatever it does.
    pub fn pause(&self, n: usize) {
        self.signal(n, "STOP");
    }

    /// Lets it go on.
    pub fn resume(&self, n: usize) {
        self.signal(n, "CONT");
    }

    fn signal(&self, n: usize, name: &str) {
        let child = self.running[n].as_ref().unwrap();
        run(&format!("kill -{name} {}", child.id())).unwrap();
    }

    /// Waits a bounded time until a validator ends by itself.
    pub async fn wait_for_end(&mut self, n: usize, patience: Duration) -> Option<ExitStatus> {
        let started = Instant::now();
        while started.elapsed() < patience {
            if let Some(status) = self.running[n].as_mut().unwrap().try_wait().unwrap() {
                self.running[n] = None;
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    }

    /// Those that ended though nobody killed them, each with the end of its log.
    pub fn unexpected_ends(&mut self) -> Vec<String> {
        let ended = |child: &mut Option<Child>| child.as_mut().and_then(|child| child.try_wait().unwrap());
        let ends: Vec<Option<ExitStatus>> = self.running.iter_mut().map(ended).collect();
        let ends = ends.into_iter().enumerate().filter_map(|(n, end)| Some((n, end?)));
        ends.map(|(n, status)| {
            let (code, signal) = (status.code(), status.signal());
            format!("validator {n} ended by itself (code {code:?}, signal {signal:?}):\n{}", self.log_tail(n))
        })
        .collect()
    }
}
