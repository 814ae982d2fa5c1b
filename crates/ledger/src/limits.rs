//! The bounds that the ledger puts on its own tables. Part of the protocol: two nodes with
//! different numbers would decide differently.

/// Participants, revoked ones included. Taken in by central banks only. At most 2 kB each: 128 MB
/// when full.
pub const MAX_PARTICIPANTS: u32 = 1 << 16;

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

/// Registered nodes that are no validators.
#[allow(clippy::cast_possible_truncation, reason = "1,024")]
pub const MAX_NODES: u32 = corridor_types::limits::MAX_NODES as u32;

/// Slots of a table that is numbered by asset: an asset's number has 16 bits.
pub const NUMBERED_BY_ASSET: u32 = 1 << 16;

/// Nodes of one participant that are no validators: two at each of four sites.
pub const MAX_NODES_PER_PARTICIPANT: usize = 8;

/// Licences, revoked ones included. Below 1 kB each: 250 MB when full.
pub const MAX_LICENCES: u32 = 1 << 18;

/// Programmes, closed ones included.
pub const MAX_PROGRAMMES: u32 = 1 << 12;

/// Rulebooks: every country for all its payments, and a thousand corridors.
pub const MAX_RULEBOOKS: u32 = 1 << 12;

/// Limits in force. About 300 bytes each.
pub const MAX_LIMITS: u32 = 1 << 18;

/// Settled payments of which money was returned or asked back, for good. About 60 bytes each.
pub const MAX_REFUNDS: u32 = 1 << 24;

/// Quotes that were not used yet.
pub const MAX_QUOTES: u32 = 1 << 16;

/// Such quotes of one maker, so that one bank alone cannot use up the table.
pub const MAX_QUOTES_PER_MAKER: u32 = 1 << 12;

/// How long a quote may be open, in milliseconds of block time: a day.
pub const QUOTE_LIFETIME_MAX_MS: u64 = 86_400_000;

/// Open proposals. At most 20 kB each (a change of all validators): 5 MB when full.
pub const MAX_PROPOSALS: u32 = 1 << 8;

/// Open proposals of one participant, so that it takes a colluding sixteen to use up the table.
pub const MAX_PROPOSALS_PER_PARTICIPANT: usize = 1 << 4;

/// How long a vote may be open, in milliseconds of block time: ninety days.
pub const PROPOSAL_LIFETIME_MAX_MS: u64 = 90 * 86_400_000;

/// How many blocks after the one that decides on it a protocol version may begin at the earliest:
/// at ten blocks per second ten seconds, far more than ordering runs ahead of execution, so that
/// every node has executed the decision before it meets the height. The days that operators need
/// to install a release are for the vote to grant.
pub const MIN_UPGRADE_NOTICE_BLOCKS: u64 = 100;

/// The shortest and the longest time for a payment to wait that may be decided on, in
/// milliseconds: below a minute no officer answers, above a year nobody does.
pub const PAYMENT_LIFETIME_BOUNDS_MS: (u64, u64) = (60_000, 366 * 86_400_000);

/// The smallest and the largest clock error that may be decided on, in milliseconds: below 10 ms
/// honest clocks differ, above a minute block time means nothing.
pub const CLOCK_DRIFT_BOUNDS_MS: (u64, u64) = (10, 60_000);

/// Queued payments whose time has come that one block decides on. The rest follow in the next
/// blocks, which begin at other accounts. At a few microseconds each a block spends below 20 ms.
pub const MAX_QUEUE_SCAN: usize = 4_096;

/// Queued payments that one block passes or decides on: payments of a later day stand in the queue
/// and are passed at about a tenth of a microsecond each, so a block spends below 10 ms on them.
pub const MAX_QUEUE_LOOKS: usize = 16 * MAX_QUEUE_SCAN;

/// How long after its declaration a candidate may be put into the validator set, in milliseconds
/// of block time: the central banks decide on a node that was synced a day ago at most.
pub const CANDIDATE_LIFETIME_MS: u64 = 86_400_000;

/// How long a hold lasts at least, in milliseconds of block time: an hour. One officer holds, two
/// reject; a hold that lapsed at once would reject with one. An hour is enough for another officer
/// to look and release. What the rulebook or the payment's own end leaves is enough, if less.
pub const HOLD_MIN_MS: u64 = 3_600_000;

/// How many of the last commitments are kept, for candidates to show that they follow the chain:
/// seven minutes at ten blocks per second, more than it takes to collect two signatures and get
/// ordered. At 40 bytes each the table never grows beyond 160 kB.
pub const RECENT_BLOCKS: u32 = 1 << 12;

/// The limits in force, as one value, so that tests can reach them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub participants: u32,
    pub programmes: u32,
    pub accounts: u32,
    pub clients: u32,
    pub open_payments: u32,
    pub open_payments_per_agent: u32,
    pub expiries_per_block: usize,
    pub epochs: u32,
    pub licences: u32,
    pub quotes: u32,
    pub quotes_per_maker: u32,
    pub queue_scan: usize,
    pub queue_looks: usize,
    pub limits: u32,
    pub refunds: u32,
}

impl Limits {
    /// What every node uses.
    pub const PROTOCOL: Self = Self {
        participants: MAX_PARTICIPANTS,
        programmes: MAX_PROGRAMMES,
        accounts: MAX_ACCOUNTS,
        clients: MAX_CLIENTS,
        open_payments: MAX_OPEN_PAYMENTS,
        open_payments_per_agent: MAX_OPEN_PAYMENTS_PER_AGENT,
        expiries_per_block: MAX_EXPIRIES_PER_BLOCK,
        epochs: MAX_EPOCHS,
        licences: MAX_LICENCES,
        quotes: MAX_QUOTES,
        quotes_per_maker: MAX_QUOTES_PER_MAKER,
        queue_scan: MAX_QUEUE_SCAN,
        queue_looks: MAX_QUEUE_LOOKS,
        limits: MAX_LIMITS,
        refunds: MAX_REFUNDS,
    };
}
