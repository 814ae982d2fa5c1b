//! The node processes of a test network: starts them, notices when one dies, stops them.
//!
//! Each child watches its standard input and ends when that closes. So closing it asks a child to
//! stop, and the system closes it for us if this process is killed: no node outlives its network.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use corridor_cli::failure::Failure;
use futures::future::{FutureExt as _, join_all, select_all};
use tokio::process::{Child, ChildStdin, Command};

use super::cast::Member;
use super::directory::{Directory, State};
use corridor_runtime::config::is_override;

/// How long a node may take to stop before it is killed. Stopping is a last write to the database.
const STOP_WITHIN: Duration = Duration::from_secs(8);

/// How much of a dead node's log is shown.
const TAIL_LINES: usize = 12;

/// How much of the log's end is read to find them.
const TAIL_BYTES: u64 = 16 * 1024;

/// The running nodes.
pub struct Children {
    running: Vec<Running>,
}

struct Running {
    name: String,
    log: PathBuf,
    child: Child,
    /// Held apart from the child, because waiting for a child closes its standard input.
    lifeline: Option<ChildStdin>,
}

impl Children {
    /// Starts one process per validator.
    ///
    /// # Errors
    /// A failure to start one; those already started end with the value.
    pub fn start(directory: &Directory, members: &[Member], state: &State) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(Failure::internal)?;
        let mut running = Vec::new();
        for (position, member) in members.iter().enumerate().take(state.validators) {
            let log = directory.node_log(position, member);
            let config = directory.node_config(position, member);
            let config = config.as_os_str();
            let arguments = ["node", "--exit-with-parent", "--config"].map(OsStr::new).into_iter().chain([config]);
            running.push(Running::start(&program, arguments, log, position, member)?);
        }
        Ok(Self { running })
    }

    /// Starts one more: the node of a bank that is no validator yet, with these arguments of
    /// `corridor`, among which is `--exit-with-parent`.
    ///
    /// # Errors
    /// A failure to start it.
    pub fn join(
        &mut self,
        directory: &Directory,
        position: usize,
        member: &Member,
        arguments: &[String],
    ) -> Result<(), Failure> {
        let program = std::env::current_exe().map_err(Failure::internal)?;
        let folder = directory.node(position, member);
        std::fs::create_dir_all(&folder).map_err(|error| Failure::unwritable(&folder, error))?;
        let log = directory.node_log(position, member);
        let arguments = arguments.iter().map(OsStr::new);
        self.running.push(Running::start(&program, arguments, log, position, member)?);
        Ok(())
    }

    /// Waits for `work`, and gives up as soon as a node dies.
    ///
    /// # Errors
    /// The work's failure, or the death of a node with the end of its log.
    pub async fn guard<T>(&mut self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            result = work => result,
            failure = self.first_death() => Err(failure),
        }
    }

    /// Waits until a node dies, which none should.
    pub async fn first_death(&mut self) -> Failure {
        let waits = self.running.iter_mut().map(|running| running.child.wait().boxed());
        let (status, position, others) = select_all(waits).await;
        drop(others);
        match self.running.get(position) {
            Some(running) => death(running, status),
            None => Failure::internal("a node ended"),
        }
    }

    /// Asks all to stop, waits a bounded time, and kills those that have not stopped.
    pub async fn stop(mut self) {
        join_all(self.running.iter_mut().map(stop)).await;
    }
}

impl Running {
    fn start<'a>(
        program: &Path,
        arguments: impl Iterator<Item = &'a OsStr>,
        log: PathBuf,
        position: usize,
        member: &Member,
    ) -> Result<Self, Failure> {
        let mut child = start(program, arguments, &log)?;
        let lifeline = child.stdin.take();
        Ok(Self { name: format!("node {position} ({})", member.name), log, child, lifeline })
    }
}

fn start<'a>(program: &Path, arguments: impl Iterator<Item = &'a OsStr>, log: &Path) -> Result<Child, Failure> {
    let unwritable = |error| Failure::unwritable(log, error);
    let out = OpenOptions::new().create(true).append(true).open(log).map_err(unwritable)?;
    let errors = out.try_clone().map_err(unwritable)?;
    let mut command = Command::new(program);
    command.args(arguments);
    command.stdin(Stdio::piped()).stdout(out).stderr(errors).kill_on_drop(true);
    // A terminal's Ctrl-C reaches this process alone, which then stops the nodes in order.
    command.process_group(0);
    // What sets a field for one node must not set it for all of them.
    for (name, _) in std::env::vars().filter(|(name, _)| is_override(name)) {
        command.env_remove(name);
    }
    command.spawn().map_err(|error| Failure::internal(format!("cannot start {}: {error}", program.display())))
}

fn death(running: &Running, status: std::io::Result<ExitStatus>) -> Failure {
    let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
    let tail = last_lines(&running.log);
    let log = running.log.display();
    Failure::internal(format!("{} ended ({status}). The end of {log}:\n{tail}", running.name))
}

/// The last lines of a log, however large it is.
pub fn last_lines(log: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL_LINES);
    lines.get(from..).unwrap_or_default().iter().map(|line| format!("  {line}\n")).collect()
}

async fn stop(running: &mut Running) {
    drop(running.lifeline.take());
    if tokio::time::timeout(STOP_WITHIN, running.child.wait()).await.is_err() {
        tracing::warn!("{} did not stop within {STOP_WITHIN:?} and is killed", running.name);
        let _ = running.child.kill().await;
    }
}
