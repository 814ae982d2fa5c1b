//! The links between validators: who hears whom, how much is lost, how slow they are.

use std::collections::BTreeSet;

use crate::filter::Filter;
use crate::namespaces::Network;
use crate::tools::{run, run_words};

/// A link this slow carries the ordinary traffic late and a burst not at all.
const SLOW: &str = "tbf rate 400kbit burst 16kb latency 400ms";

/// The links and what is wrong with them at present.
pub struct Links {
    network: Network,
    loss_percent: u32,
    blocked: BTreeSet<(usize, usize)>,
}

impl Links {
    /// Puts a filter before every validator.
    ///
    /// # Errors
    /// The command that failed: this kernel lacks the `clsact` queue or the `bpf` classifier.
    pub fn new(network: Network, loss_percent: u32) -> Result<Self, String> {
        let links = Self { network, loss_percent, blocked: BTreeSet::new() };
        for n in 0..network.validators {
            run(&format!("tc -n {} qdisc add dev eth0 clsact", network.namespace(n)))?;
        }
        links.apply()?;
        Ok(links)
    }

    /// The links of a network that has its filters already.
    pub const fn of(network: Network, loss_percent: u32) -> Self {
        Self { network, loss_percent, blocked: BTreeSet::new() }
    }

    /// Delays everything that validators send.
    ///
    /// # Errors
    /// The command that failed: this kernel lacks netem.
    pub fn delay(&self, delay_ms: u32) -> Result<(), String> {
        (0..self.network.validators).try_for_each(|n| self.shape(n, &format!("netem delay {delay_ms}ms")))
    }

    /// Cuts the given directions `(from, to)` and no others.
    pub fn cut(&mut self, blocked: &[(usize, usize)]) {
        self.blocked = blocked.iter().copied().collect();
        self.apply().unwrap();
    }

    /// Slows down what one validator sends.
    pub fn slow(&self, n: usize) {
        self.unshape(n);
        self.shape(n, SLOW).unwrap();
    }

    /// Makes it as fast as before, with the delay of all links.
    pub fn fast(&self, n: usize, delay_ms: Option<u32>) {
        self.unshape(n);
        if let Some(delay_ms) = delay_ms {
            self.shape(n, &format!("netem delay {delay_ms}ms")).unwrap();
        }
    }

    fn shape(&self, n: usize, how: &str) -> Result<(), String> {
        run(&format!("tc -n {} qdisc add dev eth0 root {how}", self.network.namespace(n))).map(drop)
    }

    /// Complains if there is nothing to remove, which is no failure.
    fn unshape(&self, n: usize) {
        let _ = run(&format!("tc -n {} qdisc del dev eth0 root", self.network.namespace(n)));
    }

    fn apply(&self) -> Result<(), String> {
        (0..self.network.validators).try_for_each(|n| self.apply_to(n))
    }

    fn apply_to(&self, n: usize) -> Result<(), String> {
        let blocked = self.blocked.iter().filter(|(_, to)| *to == n);
        let filter = Filter {
            blocked: blocked.map(|(from, _)| self.network.address(*from)).collect(),
            trusted: self.network.hub_address(),
            loss_percent: self.loss_percent,
        };
        let namespace = self.network.namespace(n);
        let head =
            format!("tc -n {namespace} filter replace dev eth0 ingress protocol all pref 1 handle 1 bpf bytecode");
        let bytecode = filter.bytecode();
        let mut words: Vec<&str> = head.split(' ').collect();
        words.extend([bytecode.as_str(), "direct-action"]);
        run_words(&words).map(drop)
    }
}
