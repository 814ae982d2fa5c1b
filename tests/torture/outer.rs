//! The outer process: makes the namespaces and the folder, runs the inner process in the bridge's
//! namespace and removes everything, also after Ctrl-C or a failure.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus, Stdio};

use serde::{Deserialize, Serialize};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use crate::links::Links;
use crate::namespaces::{self, Network, PREFIX};
use crate::options::Options;
use crate::tools::tool_inside;

/// What the outer process tells the inner one.
#[derive(Debug, Serialize, Deserialize)]
pub struct Task {
    pub options: Options,
    pub network: Network,
    pub folder: PathBuf,
    /// The delay of all links, if the kernel can do that.
    pub delay_ms: Option<u32>,
}

/// The short form: passes where it cannot be run.
pub fn run_short(options: Options) -> ExitCode {
    run(options).unwrap_or_else(|reason| {
        println!("SKIPPED: the short torture was not run: {reason}");
        ExitCode::SUCCESS
    })
}

/// The long form.
pub fn run_long(options: Options) -> ExitCode {
    run(options).unwrap_or_else(|reason| {
        eprintln!("the torture cannot be run: {reason}");
        ExitCode::from(2)
    })
}

fn run(options: Options) -> Result<ExitCode, String> {
    if std::fs::metadata("/proc/self").map_err(|error| error.to_string())?.uid() != 0 {
        return Err("network namespaces need root".to_owned());
    }
    let temporary = std::env::temp_dir();
    namespaces::remove_stale(&temporary);
    let network = Network { run: std::process::id(), validators: options.validators };
    let guard = namespaces::create(network)?;
    let links = Links::new(network, options.loss_percent)?;
    let delay_ms = delay(&links, options.delay_ms);
    let folder = Folder(temporary.join(format!("{PREFIX}{}", network.run)));
    std::fs::create_dir(&folder.0).map_err(|error| error.to_string())?;
    let task = Task { options, network, folder: folder.0.clone(), delay_ms };
    let status = run_inside(&task);
    drop(guard);
    Ok(judge(status, folder))
}

fn delay(links: &Links, delay_ms: u32) -> Option<u32> {
    match links.delay(delay_ms) {
        Ok(()) => Some(delay_ms),
        Err(reason) => {
            eprintln!("no delay on the links, this kernel has no netem: {reason}");
            None
        }
    }
}

/// `None` after a signal.
#[tokio::main(flavor = "current_thread")]
async fn run_inside(task: &Task) -> Option<ExitStatus> {
    let own = std::env::current_exe().unwrap();
    let mut command = Command::from(tool_inside(&task.network.hub(), own.to_str().unwrap()));
    command.args(["inside", &serde_json::to_string(task).unwrap()]);
    // The inner process ends when this pipe closes, however this process ends.
    // A terminal's Ctrl-C reaches this process alone, which then removes everything in order.
    let mut child = command.stdin(Stdio::piped()).process_group(0).kill_on_drop(true).spawn().unwrap();
    let lifeline = child.stdin.take();
    let mut interrupt = signal(SignalKind::interrupt()).unwrap();
    let mut terminate = signal(SignalKind::terminate()).unwrap();
    let status = tokio::select! {
        status = child.wait() => Some(status.unwrap()),
        _ = interrupt.recv() => None,
        _ = terminate.recv() => None,
    };
    if status.is_none() {
        let _ = child.kill().await;
    }
    drop(lifeline);
    status
}

fn judge(status: Option<ExitStatus>, folder: Folder) -> ExitCode {
    match status {
        Some(status) if status.success() => ExitCode::SUCCESS,
        Some(status) => {
            eprintln!("the torture failed ({status}); folders and logs are kept in {}", folder.keep().display());
            ExitCode::FAILURE
        }
        None => {
            eprintln!("the torture was interrupted");
            ExitCode::FAILURE
        }
    }
}

/// The folder of a run; removed when it is dropped.
struct Folder(PathBuf);

impl Folder {
    /// Gives it another name, under which no later run removes it.
    fn keep(mut self) -> PathBuf {
        let name = self.0.file_name().unwrap().to_str().unwrap();
        let kept = self.0.with_file_name(name.replace(PREFIX, "corridor-torture-failed-"));
        std::fs::rename(&self.0, &kept).unwrap();
        std::mem::take(&mut self.0);
        kept
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
