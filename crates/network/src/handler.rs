//! One connection as libp2p drives it: opens one stream per class, takes the peer's, and hands all
//! of them to the service. Never reads or writes a stream itself.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::swarm::handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p::swarm::{ConnectionHandler, ConnectionHandlerEvent, Stream, StreamProtocol, SubstreamProtocol};

use crate::class::Class;
use crate::failure::Failure;
use crate::limits::MAX_INBOUND_STREAMS;

/// The only stream protocol. Its version is in the hello, where a mismatch can be named.
const PROTOCOL: StreamProtocol = StreamProtocol::new("/corridor");

/// What happened on a connection.
#[derive(Debug)]
pub(crate) enum HandlerEvent {
    /// Our stream for this class is open.
    Outbound(Class, Stream),
    /// The peer opened a stream; its hello will say for which class.
    Inbound(Stream),
    /// The connection is of no use.
    Failed(Failure),
}

/// Opens and takes the streams of one connection.
pub(crate) struct Handler {
    timeout: Duration,
    to_open: VecDeque<Class>,
    inbound: usize,
    events: VecDeque<HandlerEvent>,
}

impl Handler {
    /// Opens a stream for each of `to_open`, within `timeout` each.
    pub(crate) fn new(timeout: Duration, to_open: &[Class]) -> Self {
        Self { timeout, to_open: to_open.iter().copied().collect(), inbound: 0, events: VecDeque::new() }
    }

    /// Keeps at most one stream per class; one more ends the connection.
    fn on_inbound(&mut self, stream: Stream) {
        self.inbound += 1;
        if self.inbound <= MAX_INBOUND_STREAMS {
            self.events.push_back(HandlerEvent::Inbound(stream));
        } else if self.inbound == MAX_INBOUND_STREAMS + 1 {
            self.events.push_back(HandlerEvent::Failed(Failure::TooManyStreams { limit: MAX_INBOUND_STREAMS }));
        }
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Infallible;
    type ToBehaviour = HandlerEvent;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Class;

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), ()).with_timeout(self.timeout)
    }

    fn connection_keep_alive(&self) -> bool {
        true
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, Class, HandlerEvent>> {
        if let Some(event) = self.events.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(event));
        }
        let Some(class) = self.to_open.pop_front() else {
            return Poll::Pending;
        };
        let protocol = SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), class).with_timeout(self.timeout);
        Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol })
    }

    fn on_behaviour_event(&mut self, event: Infallible) {
        match event {}
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol, (), Class>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol, .. }) => {
                self.on_inbound(protocol);
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol, info }) => {
                self.events.push_back(HandlerEvent::Outbound(info, protocol));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { error, .. }) => {
                let failure = Failure::StreamRefused { reason: error.to_string() };
                self.events.push_back(HandlerEvent::Failed(failure));
            }
            _ => {}
        }
    }
}
