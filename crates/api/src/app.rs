//! What all handlers share. No request's state is kept here.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use crate::limits::Limits;
use crate::metrics::HttpMetrics;

/// The node, the limits in force and their counters. Cloning shares them.
#[derive(Debug)]
pub struct App<N> {
    pub node: Arc<N>,
    pub limits: Limits,
    pub metrics: Arc<HttpMetrics>,
    /// One permit per request in work.
    pub requests: Arc<Semaphore>,
    /// One permit per open event stream.
    pub streams: Arc<Semaphore>,
    /// True once the server was told to stop.
    pub stopping: watch::Receiver<bool>,
}

impl<N> App<N> {
    pub fn new(node: Arc<N>, limits: Limits, stopping: watch::Receiver<bool>) -> Self {
        Self {
            node,
            limits,
            metrics: Arc::new(HttpMetrics::new()),
            requests: Arc::new(Semaphore::new(limits.requests)),
            streams: Arc::new(Semaphore::new(limits.streams)),
            stopping,
        }
    }
}

impl<N> Clone for App<N> {
    fn clone(&self) -> Self {
        Self {
            node: Arc::clone(&self.node),
            limits: self.limits,
            metrics: Arc::clone(&self.metrics),
            requests: Arc::clone(&self.requests),
            streams: Arc::clone(&self.streams),
            stopping: self.stopping.clone(),
        }
    }
}
