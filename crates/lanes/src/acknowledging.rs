//! What we tell an author about how far we hold its lane. At most one acknowledgement per lane is
//! with the signer; whatever arrives meanwhile is covered by the next one.

use corridor_crypto::Verified;
use corridor_types::{Acknowledgement, Message, ParticipantId, SignRequest, SignedAcknowledgement};

use crate::chain::Place;
use crate::lanes::Lanes;
use crate::{Ready, Recipient};

/// One lane's acknowledgements.
#[derive(Debug, Default)]
pub(crate) struct Acknowledging {
    with_signer: bool,
    last: Option<Verified<SignedAcknowledgement>>,
}

impl Acknowledging {
    fn last_place(&self) -> Option<Place> {
        self.last.map(|last| Place { sequence: last.acknowledgement.sequence, digest: last.acknowledgement.digest })
    }
}

impl Lanes {
    /// Asks for an acknowledgement of a lane's tip, unless that was acknowledged or one is on its
    /// way. The batches up to the tip are durable before the signer sees it.
    pub(crate) fn acknowledge(&mut self, lane: ParticipantId, ready: &mut Ready) {
        if self.author.as_ref().is_none_or(|author| author.lane == lane) {
            return;
        }
        let Some((state, chain)) = self.acknowledging.get_mut(&lane).zip(self.chains.get(&lane)) else { return };
        let tip = chain.tip();
        if state.with_signer || tip == Place::START || state.last_place() == Some(tip) {
            return;
        }
        state.with_signer = true;
        let epoch = self.config.validators.epoch();
        let body = Acknowledgement { epoch, lane, sequence: tip.sequence, digest: tip.digest };
        ready.sign.push(SignRequest::Acknowledgement(body));
    }

    pub(crate) fn on_acknowledgement_signed(&mut self, signed: Verified<SignedAcknowledgement>, ready: &mut Ready) {
        let lane = signed.acknowledgement.lane;
        let Some(state) = self.acknowledging.get_mut(&lane) else { return };
        state.with_signer = false;
        state.last = Some(signed);
        self.send_last(lane, ready);
        self.acknowledge(lane, ready);
    }

    /// Tells a lane's author again what it seems not to know: it sent something that we hold.
    pub(crate) fn repeat_acknowledgement(&mut self, lane: ParticipantId, ready: &mut Ready) {
        self.send_last(lane, ready);
        self.acknowledge(lane, ready);
    }

    fn send_last(&self, lane: ParticipantId, ready: &mut Ready) {
        let author = self.config.validators.index_of(lane);
        let last = self.acknowledging.get(&lane).and_then(|state| state.last);
        if let Some((author, last)) = author.zip(last) {
            ready.send(Recipient::One(author), Message::Acknowledgement(last.into_inner()));
        }
    }
}
