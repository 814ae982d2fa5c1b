//! Waits until every node of a test network says that it is ready, and no longer than it may.

use std::time::Duration;

use corridor_cli::failure::Failure;
use corridor_cli::session::failed;
use corridor_client::Client;
use tokio::time::{Instant, sleep};

use super::directory::State;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(25);

/// Waits for all nodes.
///
/// # Errors
/// A connection failure that names the node that is not ready, and what it says.
pub async fn all_ready(state: &State, within: Duration) -> Result<(), Failure> {
    let deadline = Instant::now() + within;
    for port in &state.ports.api {
        let url = format!("http://127.0.0.1:{port}");
        let client = Client::new(&url).map_err(failed)?;
        while let Err(reason) = client.ready().await {
            if Instant::now() >= deadline {
                let seconds = within.as_secs();
                return Err(Failure::connection(format!("{url} is not ready after {seconds} s: {reason}")));
            }
            sleep(PAUSE).await;
        }
    }
    Ok(())
}
