//! Waits for the signals that ask a process to stop.

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;

/// Completes at SIGINT or SIGTERM. The signals are watched from the call on, not from the first
/// poll, so that none is lost in between.
///
/// # Errors
/// The system's refusal to watch signals.
pub fn requested() -> Result<impl Future<Output = ()> + Send, Failure> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::internal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::internal)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
