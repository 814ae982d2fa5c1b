//! The inner process: one fault after the other under load, each followed by a measurement; then
//! the check of the history.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use corridor_client::Client;
use corridor_types::view::ConsensusView;

use crate::disk::SmallDisk;
use crate::faults::{Fault, Hands};
use crate::history::{self, Balances, History};
use crate::links::Links;
use crate::load::Load;
use crate::options::{Form, Options, Output};
use crate::outer::Task;
use crate::payer::{Paid, Payer};
use crate::plan::{self, Plan};
use crate::probe::{Taken, probe};
use crate::random::Random;
use crate::report::{Report, ms};
use crate::validators::Validators;

/// For all validators to be up at the beginning and at the end.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// The inner process.
pub fn inside(task: &str) -> ExitCode {
    end_with_parent();
    let task: Task = serde_json::from_str(task).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let report = runtime.block_on(run(&task));
    match task.options.output {
        Output::Text => println!("{report}"),
        Output::Json => println!("{}", serde_json::to_string_pretty(&report).unwrap()),
    }
    if report.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The outer process holds the other end of standard input.
fn end_with_parent() {
    std::thread::spawn(|| {
        drop(std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
        std::process::exit(1);
    });
}

async fn run(task: &Task) -> Report {
    let mut campaign = Campaign::prepare(task).await;
    let load = Load::start(&campaign.payer, &campaign.clients, task.options.rate, task.options.seed);
    match task.options.form {
        Form::Short => campaign.short().await,
        Form::Long { seconds } => campaign.long(&task.options, Duration::from_secs(seconds)).await,
    }
    campaign.report.seconds = campaign.started.elapsed().as_secs();
    campaign.finish(load).await
}

struct Campaign {
    hands: Hands,
    payer: Arc<Payer>,
    clients: Vec<Client>,
    before: Balances,
    probes: Vec<Paid>,
    plan: Plan,
    /// A sequence of its own, so that the moments of partitions change neither.
    partitions: Plan,
    random: Random,
    started: Instant,
    report: Report,
}

impl Campaign {
    async fn prepare(task: &Task) -> Self {
        let Task { options, network, .. } = task;
        eprintln!("seed {}: preparing {} validators", options.seed, options.validators);
        let mut validators = Validators::prepare(*network, &task.folder);
        let disk = SmallDisk::under(&validators.data(options.validators - 1));
        (0..validators.len()).for_each(|n| validators.start(n));
        let clients: Vec<Client> = (0..validators.len()).map(|n| validators.client(n)).collect();
        wait_ready(&clients).await.unwrap();
        let payer = Arc::new(Payer::new(validators.root(), &validators.genesis()));
        payer.consent(&clients[0]).await;
        let before = history::balances(&clients[0], &payer).await.unwrap();
        let holds = if options.form == Form::Short { plan::SHORT } else { plan::LONG };
        let links = Links::of(*network, options.loss_percent);
        Self {
            hands: Hands { validators, links, disk, delay_ms: task.delay_ms },
            payer,
            clients,
            before,
            probes: Vec::new(),
            plan: Plan::new(Random::new(options.seed), options.validators, holds),
            partitions: Plan::new(Random::new(options.seed.rotate_left(32)), options.validators, holds),
            random: Random::new(!options.seed),
            started: Instant::now(),
            report: first_report(task),
        }
    }

    async fn short(&mut self) {
        for fault in self.plan.short() {
            if !self.strike(&fault).await {
                return;
            }
        }
    }

    async fn long(&mut self, options: &Options, duration: Duration) {
        let partition_every = Duration::from_secs(options.partition_every_s);
        let pace = Duration::from_secs(options.fault_every_s);
        let mut next_partition = partition_every / 2;
        let mut disks = [duration / 3].into_iter().peekable();
        while self.started.elapsed() < duration {
            let began = Instant::now();
            let now = self.started.elapsed();
            let fault = if disks.next_if(|due| *due <= now).is_some() {
                Fault::FullDisk { victim: options.validators - 1 }
            } else if next_partition <= now {
                next_partition += partition_every;
                self.partitions.partition()
            } else {
                self.plan.any()
            };
            if !self.strike(&fault).await {
                return;
            }
            tokio::time::sleep(pace.saturating_sub(began.elapsed())).await;
        }
    }

    /// One fault from its beginning to the return of everybody. False if going on makes no sense.
    async fn strike(&mut self, fault: &Fault) -> bool {
        let at = self.started.elapsed();
        self.count(fault);
        self.hands.begin(fault);
        let done = self.endure(fault).await;
        let text = match &done {
            Ok((meanwhile, after)) => line(meanwhile.as_ref(), after),
            Err(_) => "FAILED".to_owned(),
        };
        eprintln!("[{:4}.{:03} s] {fault}: {text}", at.as_secs(), at.subsec_millis());
        match done {
            Ok((meanwhile, after)) => self.note(fault, meanwhile, after),
            Err(problem) => self.report.problem(format!("{fault}: {problem}\n{}", self.views().await)),
        }
        let ends = self.hands.validators.unexpected_ends();
        ends.into_iter().for_each(|end| self.report.problem(end));
        self.report.problems.is_empty()
    }

    async fn endure(&mut self, fault: &Fault) -> Result<(Option<Taken>, Taken), String> {
        let began = Instant::now();
        let hold = fault.hold();
        let mut meanwhile = None;
        if let Some(hold) = hold {
            tokio::time::sleep(hold / 2).await;
            self.hands.aggravate(fault);
            meanwhile = self.probe_others(fault).await?;
            tokio::time::sleep(hold.saturating_sub(began.elapsed())).await;
        }
        self.hands.end(fault).await?;
        let through = self.in_some_order();
        let after = probe(Instant::now(), &self.payer, &through, &self.clients).await?;
        Ok((meanwhile, after))
    }

    /// While a minority is faulty, the others go on.
    async fn probe_others(&mut self, fault: &Fault) -> Result<Option<Taken>, String> {
        let mut apart = fault.apart();
        if let Fault::Cut { kill: Some(kill), .. } = fault {
            apart.insert(*kill);
        }
        if apart.len() * 3 >= self.clients.len() {
            return Ok(None);
        }
        let others = self.clients.iter().enumerate().filter(|(n, _)| !apart.contains(n));
        let others: Vec<Client> = others.map(|(_, client)| client.clone()).collect();
        let taken = probe(Instant::now(), &self.payer, &others, &others).await;
        taken.map(Some).map_err(|problem| format!("while it lasted: {problem}"))
    }

    fn in_some_order(&mut self) -> Vec<Client> {
        let order = self.random.order(self.clients.len());
        order.into_iter().map(|n| self.clients[n].clone()).collect()
    }

    fn count(&mut self, fault: &Fault) {
        let count = |list: usize| u64::try_from(list).unwrap();
        match fault {
            Fault::Kill { victims, again_ms, .. } => {
                self.report.kills += count(victims.len()) * (1 + u64::from(again_ms.is_some()));
            }
            Fault::Pause { .. } => self.report.pauses += 1,
            Fault::Cut { kill, .. } => {
                self.report.partitions += 1;
                self.report.kills += u64::from(kill.is_some());
            }
            Fault::FullDisk { .. } => self.report.full_disks += 1,
            Fault::Slow { .. } => {}
        }
        self.report.faults.entry(fault.kind()).or_default().count += 1;
    }

    fn note(&mut self, fault: &Fault, meanwhile: Option<Taken>, after: Taken) {
        if let Some(taken) = &meanwhile {
            self.report.within_limit(&format!("{fault}: settling while it lasted"), taken.all);
        }
        self.report.within_limit(&format!("{fault}: return to settling"), after.first);
        self.report.within_limit(&format!("{fault}: return of all"), after.all);
        let measured = self.report.faults.entry(fault.kind()).or_default();
        measured.slowest_meanwhile_ms = measured.slowest_meanwhile_ms.max(meanwhile.as_ref().map(|t| ms(t.all)));
        measured.slowest_return_ms = measured.slowest_return_ms.max(ms(after.first));
        measured.slowest_return_of_all_ms = measured.slowest_return_of_all_ms.max(ms(after.all));
        self.probes.extend(meanwhile.map(|taken| taken.paid));
        self.probes.push(after.paid);
    }

    /// What each validator waits for, to find the cause of a problem.
    async fn views(&self) -> String {
        let mut text = String::new();
        for (n, client) in self.clients.iter().enumerate() {
            let view = tokio::time::timeout(Duration::from_secs(2), client.consensus()).await;
            let line = match view {
                Ok(Ok(view)) => in_short(&view),
                Ok(Err(error)) => error.to_string(),
                Err(elapsed) => elapsed.to_string(),
            };
            text.push_str(&format!("  validator {n}: {line}\n"));
        }
        text
    }

    async fn finish(mut self, load: Load) -> Report {
        let paid = match load.finish().await {
            Ok(paid) => paid,
            Err(problem) => {
                self.report.problem(problem);
                return self.report;
            }
        };
        if let Err(problem) = wait_ready(&self.clients).await {
            self.report.problem(problem);
            return self.report;
        }
        self.check_history(paid).await;
        self.check_logs();
        self.report
    }

    async fn check_history(&mut self, paid: Vec<Paid>) {
        let acknowledged = [paid, std::mem::take(&mut self.probes)].concat();
        let history = History {
            nodes: self.clients.clone(),
            payer: self.payer.clone(),
            genesis: self.hands.validators.genesis(),
            before: self.before,
            paid: acknowledged,
        };
        let findings = history.check().await;
        self.report.acknowledged = u64::try_from(history.paid.len()).unwrap();
        self.report.settled = findings.settled;
        self.report.repeated = findings.repeats;
        self.report.settled_per_minute = findings.settled * 60 / self.report.seconds.max(1);
        self.report.receipts_verified = findings.receipts;
        self.report.blocks_compared = findings.blocks;
        findings.problems.into_iter().for_each(|problem| self.report.problem(problem));
    }

    fn check_logs(&mut self) {
        let ends = self.hands.validators.unexpected_ends();
        ends.into_iter().for_each(|end| self.report.problem(end));
        for n in 0..self.clients.len() {
            let log = self.hands.validators.log_text(n);
            if let Some(line) = log.lines().find(|line| line.contains("panicked")) {
                self.report.problem(format!("validator {n} panicked: {line}"));
            }
        }
    }
}

fn first_report(task: &Task) -> Report {
    let Options { seed, validators, loss_percent, .. } = task.options;
    Report { seed, validators, loss_percent, delay_ms: task.delay_ms, ..Report::default() }
}

fn line(meanwhile: Option<&Taken>, after: &Taken) -> String {
    let meanwhile = meanwhile.map(|taken| format!("meanwhile settled in {} ms, ", ms(taken.all)));
    let (first, all) = (ms(after.first), ms(after.all));
    format!("{}settling again after {first} ms, on all after {all} ms", meanwhile.unwrap_or_default())
}

fn in_short(view: &ConsensusView) -> String {
    let ConsensusView { view: number, leader, missing, finalized, syncing, halted, .. } = view;
    let gone: Vec<_> = view.peers.iter().filter(|peer| !peer.connected).map(|peer| peer.participant).collect();
    format!(
        "finalized {finalized:?}, {number:?} led by {leader:?}, votes missing of {missing:?}, not connected {gone:?}, \
         syncing {syncing}, halted {halted:?}"
    )
}

async fn wait_ready(clients: &[Client]) -> Result<(), String> {
    let started = Instant::now();
    for (n, client) in clients.iter().enumerate() {
        while let Err(reason) = client.ready().await {
            if started.elapsed() > READY_WITHIN {
                return Err(format!("validator {n} is not ready: {reason}"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    Ok(())
}
