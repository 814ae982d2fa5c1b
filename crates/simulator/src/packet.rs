//! A message on its way: encoded once however many peers it goes to, and verified once however
//! many peers it reaches. Verification is a pure function of the bytes and the known validator sets,
//! so that nodes of one run that stand in the same epoch may share its result: all honest nodes have
//! the same sets, which the checkers watch over.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use corridor_crypto::{Digest, Domain, SigningContext};
use corridor_replica::{InboundError, VerifiedMessage, verify};
use corridor_types::{Decode as _, Encode as _, Epoch, Message, Response, ValidatorSets};

/// Results kept: a few seconds of traffic of ten validators.
const MAX_KNOWN: usize = 8_192;

/// Bytes between two nodes.
#[derive(Debug)]
pub struct Packet {
    /// As they travel.
    pub bytes: Vec<u8>,
    /// Digest of the bytes, by which traces name them.
    pub digest: Digest,
    /// What they were encoded from; `None` for bytes that an attacker made up.
    pub message: Option<Message>,
}

impl Packet {
    /// Encodes a message.
    pub fn of(message: Message) -> Rc<Self> {
        let bytes = message.to_bytes();
        Rc::new(Self { digest: Digest::of(Domain::State, &bytes), bytes, message: Some(message) })
    }

    /// Carries bytes that may mean nothing.
    pub fn raw(bytes: Vec<u8>) -> Rc<Self> {
        Rc::new(Self { digest: Digest::of(Domain::State, &bytes), bytes, message: None })
    }

    /// One line about it.
    pub fn describe(&self) -> String {
        let size = self.bytes.len();
        match &self.message {
            None => format!("made-up bytes ({size} bytes)"),
            Some(Message::Vote(signed)) => {
                format!("vote of {} in view {}: {:?}", signed.voter, signed.vote.view, signed.vote.kind)
            }
            Some(Message::Proposal { proposal, proofs }) => {
                let (block, proofs) = (&proposal.block, proofs.len());
                let name = block.digest();
                format!("proposal of view {} height {} {} {proofs} proofs", block.view, block.height, name.short())
            }
            Some(Message::Certificate(certificate)) => {
                format!("certificate of view {}: {:?}", certificate.vote.view, certificate.vote.kind)
            }
            Some(Message::Outcome(signed)) => format!("outcome of height {}", signed.outcome.height),
            Some(Message::Batch(batch)) => format!("batch {} of lane {}", batch.header.sequence, batch.header.lane),
            Some(Message::Acknowledgement(signed)) => {
                let body = &signed.acknowledgement;
                format!("acknowledgement of batch {} of lane {}", body.sequence, body.lane)
            }
            Some(Message::Status(status)) => format!("{status:?}"),
            Some(Message::Seen(seen)) => format!("{seen:?}"),
            Some(Message::Request(request)) => format!("{request:?}"),
            Some(Message::Details(details)) => format!("{details:?}"),
            Some(Message::Response(response)) => format!("response: {} ({size} bytes)", response_kind(response)),
        }
    }
}

const fn response_kind(response: &Response) -> &'static str {
    match response {
        Response::Block { .. } => "block",
        Response::Blocks { .. } => "blocks",
        Response::Batches { .. } => "batches",
        Response::Certificates { .. } => "certificates",
        Response::Settlements { .. } => "settlements",
        Response::Handovers { .. } => "handovers",
        Response::Snapshot { .. } => "snapshot",
        Response::SnapshotChunk { .. } => "snapshot chunk",
    }
}

/// Why a node does not take a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Of an epoch that the node has not reached: nobody's fault.
    TooEarly,
    /// No honest node sends it.
    Bad(String),
}

/// A packet and the highest epoch that its receiver knows.
type Question = (Digest, Epoch);

/// Decodes and verifies, each distinct packet once per epoch.
#[derive(Debug)]
pub struct Verifying {
    context: SigningContext,
    known: BTreeMap<Question, Result<VerifiedMessage, Refused>>,
    order: VecDeque<Question>,
}

impl Verifying {
    /// Verifies for a chain.
    pub const fn new(context: SigningContext) -> Self {
        Self { context, known: BTreeMap::new(), order: VecDeque::new() }
    }

    /// What a node that knows these sets makes of a packet.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn check(&mut self, packet: &Packet, sets: &ValidatorSets) -> Result<VerifiedMessage, Refused> {
        let question = (packet.digest, sets.current().epoch());
        if let Some(known) = self.known.get(&question) {
            return known.clone();
        }
        let verified = self.verify(packet, sets);
        if self.order.len() >= MAX_KNOWN
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.order.push_back(question);
        self.known.insert(question, verified.clone());
        verified
    }

    fn verify(&self, packet: &Packet, sets: &ValidatorSets) -> Result<VerifiedMessage, Refused> {
        let message = Message::from_bytes(&packet.bytes).map_err(|error| Refused::Bad(error.to_string()))?;
        verify(message, &self.context, sets).map_err(|error| match error {
            InboundError::UnknownEpoch { .. } => Refused::TooEarly,
            error => Refused::Bad(error.to_string()),
        })
    }
}
