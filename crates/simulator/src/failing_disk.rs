//! The store with the manners of RocksDB under synced atomic writes: a write that returned is
//! durable; one during which the machine stops is kept whole or lost whole; and a disk may refuse.

use corridor_types::persist::{Change, Recovered, Store, Write};
use corridor_types::{Request, Response};

use crate::disk::MemoryStore;
use crate::faults::fired;

/// What becomes of the next write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteFault {
    /// The machine stops and nothing of it is there afterwards.
    StopBefore,
    /// The machine stops and all of it is there afterwards.
    StopAfter,
    /// The disk reports an error and keeps nothing.
    Refuse,
}

/// The process ends here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("simulated: {fault}")]
pub struct DiskError {
    /// Which of [`fired`] it counts as.
    pub fault: &'static str,
}

/// A store whose next write may go wrong.
#[derive(Debug, Default)]
pub struct FailingDisk {
    /// What is durable.
    pub store: MemoryStore,
    next: Option<WriteFault>,
    /// The next write that ends an epoch goes wrong in this way.
    at_boundary: Option<WriteFault>,
}

impl FailingDisk {
    /// A disk that works, with something on it.
    pub const fn holding(store: MemoryStore) -> Self {
        Self { store, next: None, at_boundary: None }
    }

    /// Decides about the next write; `None`: all goes well.
    pub const fn arm(&mut self, fault: Option<WriteFault>) {
        self.next = fault;
        self.at_boundary = None;
    }

    /// Decides about the next write that ends an epoch.
    pub const fn arm_boundary(&mut self, fault: WriteFault) {
        self.at_boundary = Some(fault);
    }

    fn take_fault(&mut self, writes: &[Write]) -> Option<WriteFault> {
        let ends_epoch = |write: &Write| matches!(write, Write::Finalized { block, .. } if block.is_boundary());
        let boundary = self.at_boundary.take_if(|_| writes.iter().any(ends_epoch));
        self.next.take().or(boundary)
    }
}

impl Store for FailingDisk {
    type Error = DiskError;

    fn write(&mut self, writes: &[Write]) -> Result<(), DiskError> {
        let fault = match self.take_fault(writes) {
            None => {
                self.store.keep(writes);
                return Ok(());
            }
            Some(WriteFault::StopBefore) => fired::CRASH_BEFORE_WRITE,
            Some(WriteFault::StopAfter) => {
                self.store.keep(writes);
                fired::CRASH_AFTER_WRITE
            }
            Some(WriteFault::Refuse) => fired::FAILING_DISK,
        };
        Err(DiskError { fault })
    }

    fn answer(&self, request: &Request) -> Result<Option<Response>, DiskError> {
        Ok(self.store.response(request))
    }

    fn recover(&self) -> Result<Recovered, DiskError> {
        Ok(self.store.recovered())
    }

    fn records(&self) -> Result<Vec<Change>, DiskError> {
        Ok(self.store.ledger_records())
    }
}
