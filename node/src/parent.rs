//! Ends a node when the process that started it ends: its standard input, a pipe held by that
//! process alone, is then closed by the system. Needs no signal and no unsafe call.

use std::io::{ErrorKind, Read as _};

use tokio::sync::oneshot;

/// Completes when standard input closes. Uses a thread of its own: a read that waits for ever must
/// not keep the async runtime from ending.
pub async fn closed() {
    let (sender, receiver) = oneshot::channel::<()>();
    let watch = move || {
        let mut ignored = [0; 64];
        let mut input = std::io::stdin().lock();
        loop {
            match input.read(&mut ignored) {
                Ok(1..) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
            }
        }
        drop(sender);
    };
    match std::thread::Builder::new().name("parent-watch".to_owned()).spawn(watch) {
        Ok(_) => drop(receiver.await),
        Err(error) => tracing::error!("cannot watch the parent process: {error}"),
    }
}
