//! Which node to talk to: the last one that answered, or the next in turn.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};
use corridor_types::view::Problem;
use futures::StreamExt;
use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Response, Url};

use crate::error::ClientError;
use crate::limits::{CONNECT_TIMEOUT, IDLE_TIMEOUT, MAX_ANSWER_BYTES, READ_TIMEOUT};

/// The nodes of one chain.
#[derive(Debug)]
pub struct Endpoints {
    http: reqwest::Client,
    /// Without trailing slash; at least one.
    bases: Vec<String>,
    /// The one that answered last.
    current: AtomicUsize,
}

/// An answer of success, or "not found".
#[derive(Debug)]
pub struct Answer {
    pub url: String,
    pub status: u16,
    pub body: Bytes,
}

impl Endpoints {
    pub fn new(bases: &[&str]) -> Result<Self, ClientError> {
        let bases = bases.iter().map(|base| checked(base)).collect::<Result<Vec<_>, _>>()?;
        if bases.is_empty() {
            return Err(ClientError::BadUrl { url: String::new(), problem: "no address was given".to_owned() });
        }
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .build()
            .map_err(|error| ClientError::BadUrl { url: bases.join(" "), problem: chain(&error) })?;
        Ok(Self { http, bases, current: AtomicUsize::new(0) })
    }

    /// Sends a request to the current node, and to each other one in turn if that cannot be
    /// reached. `build` makes it from the client and a node's base address.
    pub async fn send(
        &self,
        build: impl Fn(&reqwest::Client, &str) -> RequestBuilder,
    ) -> Result<Response, ClientError> {
        let first = self.current.load(Ordering::Relaxed);
        let mut failure = None;
        for position in (first..first + self.bases.len()).map(|position| position % self.bases.len()) {
            let Some(base) = self.bases.get(position) else { continue };
            match build(&self.http, base).send().await {
                Ok(response) => {
                    self.current.store(position, Ordering::Relaxed);
                    return Ok(response);
                }
                Err(error) => failure = Some((base, chain(&error))),
            }
        }
        let (url, reason) = failure.map(|(base, reason)| (base.clone(), reason)).unwrap_or_default();
        Err(ClientError::Unreachable { url, reason })
    }

    /// Sends a request and reads the answer; everything but success is an error.
    pub async fn ask(&self, build: impl Fn(&reqwest::Client, &str) -> RequestBuilder) -> Result<Answer, ClientError> {
        read(self.send(build).await?).await
    }
}

fn checked(base: &str) -> Result<String, ClientError> {
    let bad = |problem: String| ClientError::BadUrl { url: base.to_owned(), problem };
    let url = Url::parse(base).map_err(|error| bad(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it needs a scheme http or https and neither query nor fragment".to_owned()));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Reads an answer of a bounded size.
pub async fn read(response: Response) -> Result<Answer, ClientError> {
    let (url, status) = (response.url().to_string(), response.status());
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|value| value == "application/problem+json");
    let (mut pieces, mut body) = (response.bytes_stream(), BytesMut::new());
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| ClientError::Unreachable { url: url.clone(), reason: chain(&error) })?;
        if body.len() + piece.len() > MAX_ANSWER_BYTES {
            let reason = format!("it is larger than {MAX_ANSWER_BYTES} bytes");
            return Err(ClientError::Unexpected { url, status: status.as_u16(), reason });
        }
        body.extend_from_slice(&piece);
    }
    let answer = Answer { url, status: status.as_u16(), body: body.freeze() };
    if status.is_success() {
        return Ok(answer);
    }
    if is_problem {
        return Err(ClientError::Problem(Box::new(answer.json::<Problem>()?)));
    }
    Err(answer.unexpected("it is neither a success nor a problem"))
}

impl Answer {
    /// The body as JSON of a known shape.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body).map_err(|error| self.unexpected(error))
    }

    /// The body as text.
    pub fn text(self) -> Result<String, ClientError> {
        std::str::from_utf8(&self.body).map(str::to_owned).map_err(|error| self.unexpected(error))
    }

    /// This answer is not understood.
    pub fn unexpected(&self, reason: impl std::fmt::Display) -> ClientError {
        ClientError::Unexpected { url: self.url.clone(), status: self.status, reason: reason.to_string() }
    }
}

/// An error with all its causes: the outermost alone rarely says what happened.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
