//! A server over the fake node on a free port, and a plain HTTP client.

use std::sync::Arc;

use corridor_api::{Limits, serve};
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::fake::Fake;

pub struct Server {
    pub fake: Arc<Fake>,
    pub base: String,
    pub http: Client,
    stop: oneshot::Sender<()>,
    running: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub async fn start() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub async fn with_limits(limits: Limits) -> Self {
        let (fake, listener) = (Fake::new(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(serve(listener, fake.clone(), limits, async {
            let _ = stopped.await;
        }));
        Self { fake, base, http: Client::new(), stop, running }
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    pub async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    pub async fn post(&self, content_type: &str, body: impl Into<reqwest::Body>) -> Response {
        let request = self.http.post(format!("{}/v1/transactions", self.base)).header("content-type", content_type);
        request.body(body).send().await.unwrap()
    }

    /// Stops the server and waits for its end.
    pub async fn stop(self) {
        drop(self.http);
        self.stop.send(()).unwrap();
        self.running.await.unwrap().unwrap();
    }
}

/// Status, content type and body, in one text for a snapshot.
pub async fn shown(response: Response) -> String {
    let header = |name: &str| {
        let value = response.headers().get(name)?.to_str().unwrap();
        Some(format!("{name}: {value}\n"))
    };
    let head: String = ["content-type", "retry-after", "allow"].iter().filter_map(|name| header(name)).collect();
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    let pretty = serde_json::from_str::<Value>(&body).map(|value| serde_json::to_string_pretty(&value).unwrap());
    format!("{status}\n{head}\n{}", pretty.unwrap_or(body))
}
