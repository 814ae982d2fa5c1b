//! Counters of the HTTP interface, written together with the node's own. Labels are routes of the
//! router, never paths that a client chose, so that their number is bounded.

use std::time::Duration;

use axum::http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

/// What the interface counts.
#[derive(Debug)]
pub struct HttpMetrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    duration: Family<RouteLabels, Histogram>,
    /// Event streams open now.
    pub streams: Gauge,
    /// Events written to streams.
    pub events: Counter,
}

/// From a lookup in memory to the request timeout.
const BUCKETS_SECONDS: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

impl HttpMetrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("corridor_http");
        let requests = Family::default();
        registry.register("requests", "Requests answered", requests.clone());
        let duration: Family<RouteLabels, Histogram> = Family::new_with_constructor(|| Histogram::new(BUCKETS_SECONDS));
        let help = "Time from a request's headers to the head of its response";
        registry.register_with_unit("request_duration", help, Unit::Seconds, duration.clone());
        let streams = Gauge::default();
        registry.register("event_streams", "Event streams open now", streams.clone());
        let events = Counter::default();
        registry.register("events", "Events written to streams", events.clone());
        Self { registry, requests, duration, streams, events }
    }

    /// Counts one answered request.
    pub fn answered(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let labels = RequestLabels { method: method_name(method), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.duration.get_or_create(&RouteLabels { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// Appends everything to the node's text and ends it.
    pub fn finish(&self, mut text: String) -> Result<String, std::fmt::Error> {
        if let Some(rest) = text.strip_suffix("# EOF\n") {
            text.truncate(rest.len());
        }
        encode_registry(&mut text, &self.registry)?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

/// A client may invent methods; they count as one.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}
