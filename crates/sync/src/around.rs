//! What the transfer of a snapshot may look at besides itself. Holds nothing of its own.

use crate::Limits;
use crate::chain::Chain;
use crate::peers::Peers;

/// The rest of the machine, for one step.
pub(crate) struct Around<'a> {
    pub now_ms: u64,
    pub chain: &'a mut Chain,
    pub peers: &'a mut Peers,
    pub limits: &'a Limits,
}
