//! The few things that a signer does to its file, so that a simulated disk can stand in.

use std::io;

/// A file that only grows until it is replaced as a whole. Opened by one signer at a time.
pub trait RecordFile {
    /// The whole content; `None` if the file was not written yet.
    ///
    /// # Errors
    /// The disk's.
    fn read(&mut self) -> io::Result<Option<Vec<u8>>>;

    /// Adds bytes at the end. They may be lost, in part or as zeros, until [`RecordFile::sync`]
    /// returns.
    ///
    /// # Errors
    /// The disk's.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes everything appended durable.
    ///
    /// # Errors
    /// The disk's.
    fn sync(&mut self) -> io::Result<()>;

    /// Puts `bytes` in place of the whole content. Durable when it returns; a crash before leaves
    /// the old content or the new one, never a mixture.
    ///
    /// # Errors
    /// The disk's.
    fn replace(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// What messages call the file.
    fn name(&self) -> String;
}
