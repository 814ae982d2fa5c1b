//! `corridor validator handovers`: the proofs of every change of validators, in a file.

use std::fmt;
use std::path::{Path, PathBuf};

use corridor_types::{Epoch, Handover};
use serde::Serialize;

use crate::failure::Failure;
use crate::files;
use crate::output::Output;
use crate::session::{Connect, failed};

#[derive(Debug, Serialize)]
struct Saved {
    file: PathBuf,
    changes: usize,
}

impl fmt::Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Written to {}: {} changes of validators since genesis.", self.file.display(), self.changes)
    }
}

/// Fetches page by page and writes the file.
///
/// # Errors
/// [`Failure`].
pub async fn run(out: &Path, connect: &Connect, output: Output) -> Result<(), Failure> {
    let client = connect.open()?.client;
    let (mut all, mut from): (Vec<Handover>, _) = (Vec::new(), Epoch(0));
    loop {
        let page = client.handovers(from).await.map_err(failed)?;
        // A page that does not advance would never end.
        let Some(next) = page.last().map(|last| last.next.epoch()).filter(|next| *next > from) else { break };
        from = next;
        all.extend(page);
    }
    let text = serde_json::to_string_pretty(&all).map_err(Failure::internal)?;
    files::write_whole(out, &(text + "\n"))?;
    output.show(&Saved { file: out.to_owned(), changes: all.len() })
}
