//! Remembers what others signed and sends it again later: certificates, votes, proposals and
//! outcomes of long ago must change nothing.

use std::collections::VecDeque;

use corridor_types::{Certificate, Message};

use super::{Attacker, Hands, Outgoing};
use crate::roster::Address;

/// Messages remembered; the oldest stay, since they are the stalest.
const MAX_REMEMBERED: usize = 256;
/// Certificates of one epoch's end kept.
const MAX_NEWEST: usize = 16;
/// Sent again at each wake.
const SENT_AT_ONCE: usize = 6;

/// What it heard.
#[derive(Debug, Default)]
pub struct StaleCertificateSender {
    remembered: Vec<Message>,
    /// The newest certificates of the newest epoch that it knows.
    newest: VecDeque<Certificate>,
    /// What those were when an epoch ended.
    outdated: VecDeque<Certificate>,
}

impl StaleCertificateSender {
    /// Keeps an epoch's last certificates for the next one.
    fn keep(&mut self, hands: &mut Hands<'_>, message: &Message) {
        let epoch = match message {
            Message::Certificate(certificate) => certificate.vote.epoch,
            Message::Vote(signed) => signed.vote.epoch,
            Message::Proposal { proposal, .. } => proposal.block.epoch,
            _ => return,
        };
        if self.newest.back().is_some_and(|kept| kept.vote.epoch < epoch) {
            self.outdated = std::mem::take(&mut self.newest);
            self.send_outdated(hands);
        }
        if let Message::Certificate(certificate) = message {
            if self.newest.back().is_some_and(|kept| kept.vote.epoch > epoch) {
                return;
            }
            self.newest.push_back(certificate.clone());
            let spare = self.newest.len().saturating_sub(MAX_NEWEST);
            self.newest.drain(..spare);
        }
    }

    fn send_outdated(&self, hands: &mut Hands<'_>) {
        for certificate in &self.outdated {
            hands.count("stale_certificate_sender: sent a certificate of an epoch that ended");
            hands.send_all(&Message::Certificate(certificate.clone()));
        }
    }
}

impl Attacker for StaleCertificateSender {
    fn outgoing(&mut self, hands: &mut Hands<'_>, _: Address, message: &Message) -> Outgoing {
        self.keep(hands, message);
        Outgoing::AsIs
    }

    fn incoming(&mut self, hands: &mut Hands<'_>, _: Address, message: &Message) -> bool {
        self.keep(hands, message);
        let worth = !matches!(message, Message::Request(_) | Message::Status(_));
        if worth && self.remembered.len() < MAX_REMEMBERED {
            self.remembered.push(message.clone());
        }
        true
    }

    fn wake(&mut self, hands: &mut Hands<'_>) -> bool {
        self.send_outdated(hands);
        for _ in 0..SENT_AT_ONCE {
            let Some(message) = hands.chance.pick(&self.remembered).cloned() else { break };
            hands.count("stale_certificate_sender: sent an old message");
            if matches!(message, Message::Certificate(_)) {
                hands.send_all(&message);
            } else {
                let to = hands.somebody();
                hands.send(to, message);
            }
        }
        false
    }
}
