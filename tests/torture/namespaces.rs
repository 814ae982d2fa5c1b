//! The network of a run: one namespace per validator, joined by a bridge in a namespace of its own.
//! Names carry the number of the outer process, so that two runs never meet and a run that was
//! killed is recognized by the next one.

use std::net::Ipv4Addr;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::tools::run;

/// Begins the name of every namespace, and of the folder of a run.
pub const PREFIX: &str = "corridor-torture-";

/// Names and addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The outer process.
    pub run: u32,
    pub validators: usize,
}

impl Network {
    /// The bridge's namespace, where the clients are.
    pub fn hub(self) -> String {
        format!("{PREFIX}{}-hub", self.run)
    }

    /// A validator's namespace.
    pub fn namespace(self, n: usize) -> String {
        format!("{PREFIX}{}-v{n}", self.run)
    }

    /// The clients' address.
    pub const fn hub_address(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 77, 0, 254)
    }

    /// A validator's address.
    pub fn address(self, n: usize) -> Ipv4Addr {
        Ipv4Addr::new(10, 77, 0, u8::try_from(n + 1).unwrap())
    }
}

/// Removes the namespaces and what runs in them when it is dropped.
pub struct Guard(Network);

impl Drop for Guard {
    fn drop(&mut self) {
        (0..self.0.validators).for_each(|n| remove(&self.0.namespace(n)));
        remove(&self.0.hub());
    }
}

/// Makes the whole network.
///
/// # Errors
/// The command that failed and why; nothing is left then.
pub fn create(network: Network) -> Result<Guard, String> {
    let guard = Guard(network);
    create_hub(network)?;
    (0..network.validators).try_for_each(|n| create_validator(network, n))?;
    Ok(guard)
}

fn create_hub(network: Network) -> Result<(), String> {
    let (hub, address) = (network.hub(), network.hub_address());
    run(&format!("ip netns add {hub}"))?;
    run(&format!("ip -n {hub} link set lo up"))?;
    run(&format!("ip -n {hub} link add br0 type bridge"))?;
    run(&format!("ip -n {hub} addr add {address}/24 dev br0"))?;
    run(&format!("ip -n {hub} link set br0 up")).map(drop)
}

fn create_validator(network: Network, n: usize) -> Result<(), String> {
    let (hub, own, address) = (network.hub(), network.namespace(n), network.address(n));
    run(&format!("ip netns add {own}"))?;
    run(&format!("ip -n {own} link set lo up"))?;
    run(&format!("ip -n {hub} link add v{n} type veth peer name eth0 netns {own}"))?;
    run(&format!("ip -n {hub} link set v{n} master br0 up"))?;
    run(&format!("ip -n {own} addr add {address}/24 dev eth0"))?;
    run(&format!("ip -n {own} link set eth0 up")).map(drop)
}

/// Ends the processes inside and removes the name. A namespace that was never made is no failure.
fn remove(namespace: &str) {
    for pid in run(&format!("ip netns pids {namespace}")).unwrap_or_default().split_whitespace() {
        let _ = run(&format!("kill -KILL {pid}"));
    }
    let _ = run(&format!("ip netns del {namespace}"));
}

/// Removes what earlier runs left that were killed themselves.
pub fn remove_stale(folders: &Path) {
    let names = run("ip netns list").unwrap_or_default();
    let names = names.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| is_stale(name)).for_each(remove);
    let entries = std::fs::read_dir(folders).into_iter().flatten().filter_map(Result::ok);
    for entry in entries.filter(|entry| is_stale(&entry.file_name().to_string_lossy())) {
        let _ = std::fs::remove_dir_all(entry.path());
    }
}

/// True if a name is of a run whose outer process is gone.
fn is_stale(name: &str) -> bool {
    let number = name.strip_prefix(PREFIX).map(|rest| rest.split('-').next().unwrap_or(rest));
    let number = number.and_then(|number| number.parse::<u32>().ok());
    number.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists())
}
