//! Waiting for a payment.

use std::time::{Duration, Instant};

use corridor_types::Uetr;
use corridor_types::view::PaymentView;

use crate::client::Client;
use crate::error::ClientError;
use crate::limits::{POLL_PAUSES, longer};

/// What to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// A settlement certificate covers the newest decision, whatever it is: the funds are reserved,
    /// or the payment was refused, or it settled.
    Certified,
    /// A settlement certificate covers a state that never changes again: settled, or refused,
    /// withdrawn, expired. The view's status says which.
    Final,
}

impl Until {
    fn is_reached(self, view: &PaymentView) -> bool {
        match self {
            Self::Certified => view.certified,
            Self::Final => view.is_final(),
        }
    }
}

impl Client {
    /// Looks at a payment, at first every few milliseconds, then less often, until it is where it
    /// is waited for. A node that cannot be reached or does not know the payment yet does not end
    /// the waiting: several nodes learn of it at different times.
    ///
    /// # Errors
    /// [`ClientError::StillWaiting`] after `timeout`; the last failure if no node answered then;
    /// any other answer of a node that asking again does not change.
    pub async fn wait_for(&self, reference: Uetr, until: Until, timeout: Duration) -> Result<PaymentView, ClientError> {
        let (started, (mut pause, longest)) = (Instant::now(), POLL_PAUSES);
        loop {
            let look = match self.payment(reference).await {
                Ok(Some(view)) if until.is_reached(&view) => return Ok(view),
                Err(error) if !error.may_pass() => return Err(error),
                look => look,
            };
            if started.elapsed() + pause > timeout {
                let last = look?.map(Box::new);
                return Err(ClientError::StillWaiting { reference, waited_ms: started.elapsed().as_millis(), last });
            }
            tokio::time::sleep(pause).await;
            pause = longer(pause, longest);
        }
    }
}
