//! Every bound that the wire and the ledger put on sizes, each with where it comes from.

/// Validators in one set. Certificates carry one signature each (66 bytes), so a certificate stays
/// below 9 kB; the protocol is meant for some tens of institutions.
pub const MAX_VALIDATORS: usize = 128;

/// Participants in a genesis document; later ones are admitted by the ledger.
pub const MAX_PARTICIPANTS: usize = 10_000;

/// Keys of one participant: some officers per role, and room to rotate.
pub const MAX_KEYS_PER_PARTICIPANT: usize = 32;

/// Assets in a genesis document: more than there are currencies.
pub const MAX_ASSETS: usize = 512;

/// Accounts in a genesis document.
pub const MAX_GENESIS_ACCOUNTS: usize = 1_000_000;

/// Signatures on one transaction: a change of validators carries one of every central bank, and
/// there are at most some tens of those on one chain.
pub const MAX_APPROVALS: usize = 32;

/// Registered nodes that are no validators: some observers per institution of a large network.
pub const MAX_NODES: usize = 1_024;

/// Changes in one decision about the validator set: every member replaced.
pub const MAX_VALIDATOR_CHANGES: usize = 2 * MAX_VALIDATORS;

/// Changes of validator sets in one answer or receipt. An epoch lasts days or months; a thousand
/// are decades, and a light client that stands further behind asks again from where it got to.
pub const MAX_HANDOVERS: usize = 1_024;

/// Changes of validator sets in one answer to a peer (each below 20 kB).
pub const MAX_HANDOVERS_PER_RESPONSE: usize = 32;

/// The index of a snapshot's chunks: 65,536 digests. Most are of the log of references, one per
/// 16,384 events of which a payment has two; that reaches half a billion payments.
pub const MAX_SNAPSHOT_INDEX_BYTES: usize = 2 * 1024 * 1024;

/// One chunk of a snapshot: 4,096 records of up to 500 bytes, fewer longer ones, or 16,384 events
/// of the log of references. Fits the largest frame.
pub const MAX_SNAPSHOT_CHUNK_BYTES: usize = 2 * 1024 * 1024;

/// Payments under one signature, as one `pacs.008` of a bulk carries them.
pub const MAX_BULK_PAYMENTS: usize = 1_000;

/// Licences that one payment names.
pub const MAX_LICENCES_PER_PAYMENT: usize = 8;

/// Assets and corridors that one client authorisation lists.
pub const MAX_SCOPE: usize = 64;

/// One encoded transaction: a full bulk of payments that all name licences fits (1,000 x 300).
pub const MAX_TRANSACTION_BYTES: usize = 320 * 1024;

/// Transactions in one batch: a batch of the smallest ones at [`MAX_BATCH_BYTES`].
pub const MAX_BATCH_TRANSACTIONS: usize = 8_192;

/// The payload of one batch. An author closes a batch at about half of this; the rest is room for
/// one more transaction of the largest size.
pub const MAX_BATCH_BYTES: usize = 1024 * 1024;

/// Batches in one answer. Their payloads together are at most [`MAX_BATCH_BYTES`], so that an answer
/// costs neither side more than one full batch does.
pub const MAX_BATCHES_PER_RESPONSE: usize = 64;

/// Finalized blocks in one answer to a catching-up node (each below 6 kB).
pub const MAX_BLOCKS_PER_RESPONSE: usize = 64;

/// Certificates in one answer (each below 9 kB).
pub const MAX_CERTIFICATES_PER_RESPONSE: usize = 64;

/// Bytes of a name shown to people: display only, never an identity.
pub const MAX_NAME_BYTES: usize = 140;

/// Bytes of a label: the reference of a legal order, the name of a programme or a regime.
pub const MAX_LABEL_BYTES: usize = 64;

/// Members of one programme: the banks of some tens of countries.
pub const MAX_PROGRAMME_MEMBERS: usize = 1_024;

/// Holidays of one calendar: twenty years of thirteen.
pub const MAX_HOLIDAYS: usize = 260;

/// Sealed details of one payment, as they travel: the largest document that the sealing makes is
/// 67,101 bytes; the rest is room for a later version of its head.
pub const MAX_SEALED_DETAILS_BYTES: usize = 72 * 1024;
