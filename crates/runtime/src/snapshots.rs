//! Writes snapshots for joining nodes, from time to time, beside the core.
//!
//! The state is frozen after a block, put into the ledger's chunks on a thread of its own, and
//! offered once the block's outcome is certified. What goes wrong is logged and tried again at the
//! next occasion: a node needs no snapshot of its own.

mod due;

use std::sync::Arc;
use std::time::{Duration, Instant};

use corridor_ledger::snapshot::SnapshotWriter;
use corridor_replica::Input;
use corridor_storage::{Reader, RecordsAt, SnapshotFolder};
use corridor_types::{Genesis, Height, SettlementCertificate, SnapshotManifest};
use tokio::sync::mpsc;

use super::shared::Shared;

pub use due::Rule;

use due::Last;

/// How long the certificate of a frozen block is waited for: settlement follows execution within a
/// round trip, or not before an outage ends; then the next snapshot is as good.
const CERTIFICATE_TIMEOUT: Duration = Duration::from_secs(30);

/// What making snapshots takes.
pub struct Maker {
    /// Reads what is durable.
    pub reader: Reader,
    /// Where they go.
    pub folder: SnapshotFolder,
    /// Who offers them to peers.
    pub core: mpsc::Sender<Input>,
}

type Problem = Box<dyn std::error::Error + Send + Sync>;

impl Maker {
    /// Makes one whenever the rule says so, until the node stops.
    pub async fn run(self, genesis: Genesis, rule: Rule, shared: Arc<Shared>) {
        let mut settled = shared.watch_settled();
        let newest = self.folder.newest().unwrap_or_default();
        if newest > Height(0) && self.core.send(Input::SnapshotReady(newest)).await.is_err() {
            return;
        }
        let references = || shared.progress().map_or(0, |progress| progress.references);
        let mut last = Last { height: newest, references: 0, at: Instant::now() };
        loop {
            let due = |height: &Height| rule.is_due(&last, *height, references(), Instant::now());
            if settled.wait_for(due).await.is_err() {
                return;
            }
            last = Last { height: *settled.borrow(), references: references(), at: Instant::now() };
            match self.make(&genesis).await {
                Ok(height) => {
                    tracing::info!(height = height.0, "a snapshot for joining nodes is ready");
                    last.height = height;
                    if self.core.send(Input::SnapshotReady(height)).await.is_err() {
                        return;
                    }
                }
                Err(error) => tracing::warn!(%error, "no snapshot was made; it is tried again later"),
            }
        }
    }

    async fn make(&self, genesis: &Genesis) -> Result<Height, Problem> {
        let (genesis, maker) = (genesis.clone(), self.clone_for_work());
        let work = move || -> Result<Height, Problem> {
            let handle = maker.reader.freeze({
                let (reader, folder) = (maker.reader.clone(), maker.folder.clone());
                move |records| write(&genesis, records, &reader, &folder)
            })?;
            let handle = handle.ok_or("nothing was executed yet")?;
            let written = handle.join().map_err(|_| "writing it ended badly")?;
            written.ok_or("nothing was executed yet")?
        };
        tokio::task::spawn_blocking(work).await?
    }

    fn clone_for_work(&self) -> Self {
        Self { reader: self.reader.clone(), folder: self.folder.clone(), core: self.core.clone() }
    }
}

fn write(
    genesis: &Genesis,
    records: &RecordsAt<'_>,
    reader: &Reader,
    folder: &SnapshotFolder,
) -> Result<Height, Problem> {
    let height = records.height();
    let mut writing = folder.begin(height)?;
    let mut failed = None;
    let index = {
        let keep = |_: u32, chunk: Vec<u8>| {
            if failed.is_none() {
                failed = writing.add_chunk(&chunk).err();
            }
        };
        let mut writer = SnapshotWriter::new(genesis, keep)?;
        for record in records.records()? {
            writer.push(record?)?;
        }
        writer.finish()?
    };
    if let Some(error) = failed {
        return Err(error.into());
    }
    let certificate = wait_for_certificate(reader, height)?;
    let manifest = SnapshotManifest { block: records.block().clone(), certificate, index: index.into() };
    writing.finish(&manifest)?;
    Ok(height)
}

fn wait_for_certificate(reader: &Reader, height: Height) -> Result<SettlementCertificate, Problem> {
    let started = Instant::now();
    while started.elapsed() < CERTIFICATE_TIMEOUT {
        if let Some(certificate) = reader.settlement(height)? {
            return Ok(certificate);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(format!("the outcome of height {height} was not certified in time").into())
}
