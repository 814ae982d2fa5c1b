//! The bounds that the ledger puts on its own tables. Part of the protocol: two nodes with
//! different numbers would decide differently.

/// Accounts. Opened by central banks only. At about 150 bytes each in memory (record, tree,
/// index) a full table takes 600 MB.
pub const MAX_ACCOUNTS: u32 = 1 << 22;

/// Client authorisations, revoked ones included. Granted by central banks only. About 300 bytes
/// each with a short scope: 1.2 GB when full.
pub const MAX_CLIENTS: u32 = 1 << 22;

/// Payments that wait for their creditor agent. About 350 bytes each: 1.4 GB when full.
pub const MAX_OPEN_PAYMENTS: u32 = 1 << 22;

/// Payments of one debtor agent that wait, so that one bank alone cannot use up the table: eight
/// banks at their limit fill it.
pub const MAX_OPEN_PAYMENTS_PER_AGENT: u32 = 1 << 19;

/// Payments that one block lets lapse; the rest follow in the next blocks. At a few microseconds
/// each a block spends below 50 ms on them.
pub const MAX_EXPIRIES_PER_BLOCK: usize = 10_000;

/// Validator sets, the one of genesis included: one change a day for 44 years. All are kept, for
/// receipts and light clients; below 10 kB each, so 160 MB at worst.
pub const MAX_EPOCHS: u32 = 1 << 14;

/// Nodes of one participant that are no validators: two at each of four sites.
pub const MAX_NODES_PER_PARTICIPANT: usize = 8;

/// How long after its declaration a candidate may be put into the validator set, in milliseconds
/// of block time: the central banks decide on a node that was synced a day ago at most.
pub const CANDIDATE_LIFETIME_MS: u64 = 86_400_000;

/// How many of the last commitments are kept, for candidates to show that they follow the chain:
/// seven minutes at ten blocks per second, more than it takes to collect two signatures and get
/// ordered. At 40 bytes each the table never grows beyond 160 kB.
pub const RECENT_BLOCKS: u32 = 1 << 12;

/// The limits in force, as one value, so that tests can reach them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub accounts: u32,
    pub clients: u32,
    pub open_payments: u32,
    pub open_payments_per_agent: u32,
    pub expiries_per_block: usize,
    pub epochs: u32,
}

impl Limits {
    /// What every node uses.
    pub const PROTOCOL: Self = Self {
        accounts: MAX_ACCOUNTS,
        clients: MAX_CLIENTS,
        open_payments: MAX_OPEN_PAYMENTS,
        open_payments_per_agent: MAX_OPEN_PAYMENTS_PER_AGENT,
        expiries_per_block: MAX_EXPIRIES_PER_BLOCK,
        epochs: MAX_EPOCHS,
    };
}
