//! The signer: check, record, sync, and only then sign.

use std::collections::BTreeMap;

use corridor_crypto::planted::{self, Bug};
use corridor_crypto::{PublicKey, SecretKey, SigningContext};
use corridor_types::{
    BatchHeader, Decode, Encode, Epoch, Height, Outcome, ParticipantId, SignRequest, Signed, ValidatorIndex,
    ValidatorSet, View,
};

use crate::frame::{self, FrameError};
use crate::history::{Admission, Floor, History, Record};
use crate::{OpenError, RecordError, RecordFile, Refusal};

/// A record file larger than this is rewritten without what lies below the floor. About 40,000
/// votes: at ten views a second once in half an hour, and still read in some milliseconds.
pub const COMPACT_ABOVE_BYTES: usize = 4 * 1024 * 1024;

/// Epochs in which a signer may still sign: the current one, and the one before for the outcomes of
/// its last blocks.
const KEPT_EPOCHS: usize = 2;

/// Who the signer is in one epoch.
#[derive(Debug, Clone, Copy)]
struct Identity {
    voter: ValidatorIndex,
    lane: ParticipantId,
}

impl Identity {
    fn find(validators: &ValidatorSet, key: &SecretKey) -> Option<Self> {
        let voter = validators.index_of_key(&key.public_key())?;
        Some(Self { voter, lane: validators.get(voter)?.participant })
    }
}

/// Holds a validator's key and everything signed with it.
#[derive(Debug)]
pub struct Signer<F> {
    file: F,
    context: SigningContext,
    /// The current epoch; its set may not name this key.
    epoch: Epoch,
    identities: BTreeMap<Epoch, Identity>,
    key: SecretKey,
    history: History,
    writer: frame::Writer,
    file_bytes: usize,
    compact_above: usize,
    dropped_bytes: usize,
    poisoned: bool,
}

/// What may be signed.
enum Granted {
    /// A request, as the validator at this position in its epoch's set.
    As(ValidatorIndex, SignRequest),
    /// A header of the own lane that is on record. Nobody's position is part of it, whatever the set of its epoch was.
    Again(BatchHeader),
}

impl<F: RecordFile> Signer<F> {
    /// Reads the record and takes up the key. Nothing is signed before [`Signer::enter`]. The file is
    /// rewritten at once: bytes that a failed sync left only in the kernel's cache, and a tail that
    /// a crash tore, are then gone for good.
    ///
    /// # Errors
    /// [`OpenError`]; a damaged file is left as it is.
    pub fn open(mut file: F, context: SigningContext, key: SecretKey) -> Result<Self, OpenError> {
        let mut history = History::default();
        let mut dropped_bytes = 0;
        let read = file.read().map_err(|source| OpenError::Io { action: "read", path: file.name(), source })?;
        if let Some(bytes) = read.filter(|_| !planted::is(Bug::RecordNotRead)) {
            dropped_bytes =
                load(&bytes, &context, &key, &mut history).map_err(|error| describe(error, &file, &context, &key))?;
        }
        let (bytes, writer) = encode(&history, &context, &key);
        file.replace(&bytes).map_err(|source| OpenError::Io { action: "rewrite", path: file.name(), source })?;
        let (file_bytes, compact_above) = (bytes.len(), COMPACT_ABOVE_BYTES);
        Ok(Self {
            file,
            context,
            epoch: Epoch(0),
            identities: BTreeMap::new(),
            key,
            history,
            writer,
            file_bytes,
            compact_above,
            dropped_bytes,
            poisoned: false,
        })
    }

    /// Signs what does not conflict with the record. All new records are made durable by one sync
    /// before the first signature is made. Answers are in the order of the requests.
    ///
    /// # Errors
    /// [`RecordError`]: nothing was signed, and nothing ever will be by this signer.
    pub fn sign_all(&mut self, requests: Vec<SignRequest>) -> Result<Vec<Result<Signed, Refusal>>, RecordError> {
        self.check_poison()?;
        let mut new = Vec::new();
        let granted: Vec<_> = requests.into_iter().map(|request| self.grant(request, &mut new)).collect();
        if !new.is_empty() {
            self.append(&new)?;
        }
        let (context, key) = (&self.context, &self.key);
        let sign = |granted| match granted {
            Granted::As(voter, request) => request.sign_unchecked(context, voter, key),
            Granted::Again(header) => Signed::Batch(header, key.sign(&header.signed_message(context))),
        };
        Ok(granted.into_iter().map(|grant| grant.map(sign)).collect())
    }

    /// Checks one request and puts the bytes of its record, if it needs a new one, behind `new`.
    /// The history takes it up at once: if the append fails, the signer is dead anyway.
    fn grant(&mut self, request: SignRequest, new: &mut Vec<u8>) -> Result<Granted, Refusal> {
        if let SignRequest::Batch(header) = &request
            && self.history.has_batch(header)
        {
            return Ok(Granted::Again(*header));
        }
        let voter = self.check_identity(&request)?;
        let record = match &request {
            SignRequest::Proposal(block) => Record::Proposal(block.clone()),
            SignRequest::Vote(vote) => Record::Vote(*vote),
            SignRequest::Batch(header) => Record::Batch(*header),
            SignRequest::Outcome(outcome) => Record::Outcome(*outcome),
            SignRequest::Acknowledgement(_) => return Ok(Granted::As(voter, request)),
        };
        let payload = record.to_bytes();
        if self.history.admit(record)? == Admission::New {
            self.writer.push(&payload, new);
        }
        Ok(Granted::As(voter, request))
    }

    /// True for a header of the own lane that this key has signed. It is signed again in any later epoch:
    /// if the batch was lost between the record and the database, the lane goes on only from there, and a
    /// repeated signature gives nothing away.
    pub(crate) fn has_on_record(&self, request: &SignRequest) -> bool {
        matches!(request, SignRequest::Batch(header) if self.history.has_batch(header))
    }

    fn check_identity(&self, request: &SignRequest) -> Result<ValidatorIndex, Refusal> {
        let (got, key) = (epoch_of(request), self.key.public_key());
        let identity = self.identities.get(&got).ok_or(Refusal::NotInEpoch { epoch: got, current: self.epoch, key })?;
        let Identity { voter, lane } = *identity;
        match request {
            SignRequest::Proposal(block) if block.proposer != voter => {
                Err(Refusal::NotOurTurn { got: block.proposer, expected: voter })
            }
            SignRequest::Batch(header) if header.lane != lane => {
                Err(Refusal::NotOurLane { got: header.lane, expected: lane })
            }
            _ => Ok(voter),
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), RecordError> {
        let appended = self.file.append(bytes);
        self.finish("append to", appended)?;
        let synced = if planted::is(Bug::RecordNotSynced) { Ok(()) } else { self.file.sync() };
        self.finish("sync", synced)?;
        self.file_bytes += bytes.len();
        Ok(())
    }

    fn finish(&mut self, action: &'static str, result: std::io::Result<()>) -> Result<(), RecordError> {
        let result = if planted::is(Bug::RecordFailureIgnored) { Ok(()) } else { result };
        result.map_err(|source| {
            self.poisoned = true;
            RecordError::Io { action, path: self.file.name(), source }
        })
    }

    fn check_poison(&self) -> Result<(), RecordError> {
        if self.poisoned { Err(RecordError::Poisoned { path: self.file.name() }) } else { Ok(()) }
    }

    /// Refuses from now on what is below `view` or `height`, and rewrites the file if it has grown
    /// large and would become much smaller. Call it after a finalization with the finalized block's
    /// view and with the lowest height whose outcome may still have to be signed.
    ///
    /// # Errors
    /// [`RecordError`]: the signer is dead.
    pub fn prune(&mut self, view: View, height: Height) -> Result<(), RecordError> {
        self.check_poison()?;
        self.history.raise_floor(Floor { epoch: self.epoch, view, height });
        // Framing adds 24 bytes to each record of 50 and more; twice the live bytes is worth it.
        if self.file_bytes <= self.compact_above || self.file_bytes <= 2 * self.history.live_bytes() {
            return Ok(());
        }
        let (bytes, writer) = encode(&self.history, &self.context, &self.key);
        let replaced = self.file.replace(&bytes);
        self.finish("rewrite", replaced)?;
        (self.file_bytes, self.writer) = (bytes.len(), writer);
        Ok(())
    }

    /// Takes up the validators of an epoch. The record continues. True if this key is one of them.
    pub fn enter(&mut self, validators: &ValidatorSet) -> bool {
        let identity = Identity::find(validators, &self.key);
        if let Some(identity) = identity {
            self.identities.insert(validators.epoch(), identity);
        }
        self.epoch = self.epoch.max(validators.epoch());
        while self.identities.len() > KEPT_EPOCHS {
            self.identities.pop_first();
        }
        identity.is_some()
    }

    /// The latest epoch that was entered.
    pub(crate) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// True if this key is a validator's in an epoch that was entered.
    pub fn signs_in(&self, epoch: Epoch) -> bool {
        self.identities.contains_key(&epoch)
    }

    /// The public half of the key.
    pub fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Own proposals and votes of the current epoch in views above `view`, signed again, ascending by
    /// view with the proposal first: where the engine goes on after a restart.
    pub fn votes_above(&self, view: View) -> Vec<Signed> {
        let epoch = self.epoch;
        let Some(voter) = self.identities.get(&epoch).map(|identity| identity.voter) else { return Vec::new() };
        let proposals =
            self.history.proposals_above(epoch, view).map(|block| (block.view, SignRequest::Proposal(block.clone())));
        let votes = self.history.votes_above(epoch, view).map(|vote| (vote.view, SignRequest::Vote(*vote)));
        let mut requests: Vec<_> = proposals.chain(votes).collect();
        requests.sort_by_key(|(view, _)| *view);
        let sign = |(_, request): (View, SignRequest)| request.sign_unchecked(&self.context, voter, &self.key);
        requests.into_iter().map(sign).collect()
    }

    /// The newest header signed on the own lane, which the next one must extend.
    pub fn last_batch(&self) -> Option<BatchHeader> {
        self.history.last_batch().copied()
    }

    /// The newest outcome signed. A database whose highest executed block is lower has lost
    /// synced data; peers refill it, and executing again gives the same outcome or a refusal.
    pub fn last_outcome(&self) -> Option<Outcome> {
        self.history.last_outcome().copied()
    }

    /// Bytes of a torn tail that were dropped on opening, for the log.
    pub const fn dropped_bytes(&self) -> usize {
        self.dropped_bytes
    }

    #[cfg(test)]
    pub(crate) fn compact_above(&mut self, bytes: usize) {
        self.compact_above = bytes;
    }
}

/// The epoch in whose set a request is signed.
pub(crate) const fn epoch_of(request: &SignRequest) -> Epoch {
    match request {
        SignRequest::Proposal(block) => block.epoch,
        SignRequest::Vote(vote) => vote.epoch,
        SignRequest::Batch(header) => header.epoch,
        SignRequest::Acknowledgement(body) => body.epoch,
        SignRequest::Outcome(outcome) => outcome.epoch,
    }
}

/// A whole file with these records.
fn encode(history: &History, context: &SigningContext, key: &SecretKey) -> (Vec<u8>, frame::Writer) {
    let mut bytes = Vec::new();
    let mut writer = frame::Writer::start(&context.genesis(), &key.public_key(), &mut bytes);
    for record in history.records() {
        writer.push(&record.to_bytes(), &mut bytes);
    }
    (bytes, writer)
}

/// Takes up a whole file and returns how many bytes were dropped from its end.
fn load(bytes: &[u8], context: &SigningContext, key: &SecretKey, history: &mut History) -> Result<usize, LoadError> {
    let content = frame::read(bytes, &context.genesis(), &key.public_key())?;
    for (offset, payload) in content.payloads {
        let bad = |problem: String| LoadError::BadRecord { offset, problem };
        let record = Record::from_bytes(payload).map_err(|error| bad(error.to_string()))?;
        history.admit(record).map_err(|refusal| bad(refusal.to_string()))?;
    }
    Ok(content.dropped)
}

enum LoadError {
    Frame(FrameError),
    BadRecord { offset: usize, problem: String },
}

impl From<FrameError> for LoadError {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}

fn describe<F: RecordFile>(error: LoadError, file: &F, context: &SigningContext, key: &SecretKey) -> OpenError {
    let path = file.name();
    let damaged = |path, offset: usize, problem| OpenError::Damaged { path, offset: offset as u64, problem };
    match error {
        LoadError::BadRecord { offset, problem } => damaged(path, offset, problem),
        LoadError::Frame(FrameError::NotARecord) => OpenError::NotARecord { path, version: frame::VERSION },
        LoadError::Frame(FrameError::OtherChain(got)) => {
            OpenError::OtherChain { path, got, expected: context.genesis() }
        }
        LoadError::Frame(FrameError::OtherKey(got)) => OpenError::OtherKey { path, got, expected: key.public_key() },
        LoadError::Frame(FrameError::Damaged { offset, problem }) => damaged(path, offset, problem.to_owned()),
    }
}
