//! How RocksDB is set up: bounded memory, checksums on, quiet when idle.

use corridor_types::Uetr;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, DBRecoveryMode, LogLevel, SliceTransform,
};

use crate::column::Column;

const MIB: usize = 1024 * 1024;

/// What an operator may size. Together they bound the memory of the database to about
/// `cache_bytes + 2 * write_buffer_bytes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Recently read blocks of all column families.
    pub cache_bytes: usize,
    /// Recent writes of all column families, before they go to table files.
    pub write_buffer_bytes: usize,
    /// The write-ahead log; when it is longer, buffers are flushed until it can be cut. Bounds the
    /// time to open after a crash (replay runs at some 100 MB/s).
    pub log_bytes: u64,
    /// Files held open.
    pub open_files: i32,
}

impl Default for Options {
    fn default() -> Self {
        Self { cache_bytes: 64 * MIB, write_buffer_bytes: 128 * MIB, log_bytes: 256 * MIB as u64, open_files: 512 }
    }
}

impl Options {
    pub(crate) fn database(&self) -> rocksdb::Options {
        let mut options = rocksdb::Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_paranoid_checks(true);
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        // Recycled log files would leave old records behind the end; a missing log is noticed.
        options.set_recycle_log_file_num(0);
        options.set_track_and_verify_wals_in_manifest(true);
        options.set_max_total_wal_size(self.log_bytes);
        options.set_db_write_buffer_size(self.write_buffer_bytes);
        options.set_max_open_files(self.open_files);
        options.set_max_background_jobs(2);
        // There is one writer. Without concurrent inserts a sorted run of keys goes into a buffer
        // next to each other instead of each by a search of its own.
        options.set_allow_concurrent_memtable_write(false);
        // RocksDB's own text log: warnings, two small files, no periodic statistics.
        options.set_log_level(LogLevel::Warn);
        options.set_keep_log_file_num(2);
        options.set_max_log_file_size(4 * MIB);
        options.set_stats_dump_period_sec(0);
        options.set_stats_persist_period_sec(0);
        options
    }

    pub(crate) fn columns(&self) -> Vec<ColumnFamilyDescriptor> {
        let cache = Cache::new_lru_cache(self.cache_bytes);
        Column::ALL.map(|column| ColumnFamilyDescriptor::new(column.name(), column_options(column, &cache))).into()
    }
}

fn column_options(column: Column, cache: &Cache) -> rocksdb::Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    // Index and filter blocks count as cache, so that they cannot grow past it unseen.
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    table.set_format_version(5);
    let mut options = rocksdb::Options::default();
    options.set_compression_type(DBCompressionType::None);
    options.set_write_buffer_size(4 * MIB);
    match column {
        // Signatures and digests do not compress; large values stay out of the tree, so that
        // interleaved lanes are not rewritten by every compaction.
        Column::Batches => {
            options.set_write_buffer_size(32 * MIB);
            options.set_enable_blob_files(true);
            options.set_min_blob_size(4 * 1024);
        }
        // Ascending keys: compaction moves files without rewriting them. Entries of one bulk share
        // transaction and participant, which LZ4 finds.
        Column::Entries | Column::Payments => {
            options.set_write_buffer_size(16 * MIB);
            options.set_compression_type(DBCompressionType::Lz4);
        }
        // Lost in a crash until it is flushed: small, so that it is soon made again.
        Column::References => {
            options.set_write_buffer_size(16 * MIB);
            options.set_prefix_extractor(SliceTransform::create_fixed_prefix(size_of::<Uetr>()));
            table.set_bloom_filter(10.0, false);
        }
        // Ascending keys of each account, close to each other: headers and digits repeat.
        Column::Movements => {
            options.set_write_buffer_size(16 * MIB);
            options.set_compression_type(DBCompressionType::Lz4);
        }
        Column::Records => {
            options.set_write_buffer_size(32 * MIB);
            table.set_bloom_filter(10.0, false);
        }
        Column::Names => table.set_bloom_filter(10.0, false),
        _ => {}
    }
    options.set_block_based_table_factory(&table);
    options
}
