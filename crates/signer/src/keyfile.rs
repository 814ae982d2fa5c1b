//! Secret keys on disk: one key per file, readable by its owner only, never overwritten.
//!
//! ```text
//! corridor-secret-key 1
//! role consensus
//! public 3b6a27bc...
//! seed 00000000...
//! ```
//!
//! The text is read in place, so that the seed is in one buffer, which is wiped.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use corridor_crypto::{PublicKey, SecretKey};
use zeroize::Zeroizing;

use crate::disk::sync_directory_of;

const FIRST_LINE: &str = "corridor-secret-key 1";

/// The four lines take below 200 bytes with the longest role.
const MAX_FILE_BYTES: u64 = 512;

/// A role is one short word.
const MAX_ROLE_BYTES: usize = 32;

/// Why a key file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The operating system refused.
    #[error("cannot {action} the key file {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Path of the key file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Others than the owner may read or write it.
    #[error("the key file {path} has mode {mode:03o}, so others can use the key; run: chmod 600 {path}")]
    OpenToOthers {
        /// Path of the key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not the text of a key file.
    #[error("{path} is no secret key file: {problem}; restore it from a backup or generate a new key")]
    Malformed {
        /// Path of the key file.
        path: PathBuf,
        /// What is wrong; never shows the seed.
        problem: &'static str,
    },
    /// A key for something else.
    #[error("the key file {path} has role {got:?}, a key of role {expected:?} is needed; check the configuration")]
    OtherRole {
        /// Path of the key file.
        path: PathBuf,
        /// The role in the file.
        got: String,
        /// The role asked for.
        expected: String,
    },
    /// The seed does not make the public key written beside it.
    #[error("the seed in {path} is not the one of key {public}; restore the file from a backup")]
    KeyMismatch {
        /// Path of the key file.
        path: PathBuf,
        /// The public key in the file.
        public: PublicKey,
    },
}

/// A new key from the operating system's random source.
///
/// # Errors
/// The random source's, which no machine in order gives.
pub fn generate() -> io::Result<SecretKey> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(SecretKey::from_seed(&seed))
}

/// Writes a key to a new file that only its owner can read. `role` is a short lower-case word,
/// such as `consensus` or `network`.
///
/// # Errors
/// [`KeyFileError::Io`] also when the file exists, [`KeyFileError::Malformed`] for a bad role.
pub fn write(path: &Path, role: &str, key: &SecretKey) -> Result<(), KeyFileError> {
    if !is_role(role) {
        return Err(KeyFileError::Malformed { path: path.to_owned(), problem: "a role is one word of a-z and -" });
    }
    let io = |action| move |source| KeyFileError::Io { action, path: path.to_owned(), source };
    let mut seed = Zeroizing::new([0; 64]);
    hex::encode_to_slice(key.to_seed().as_slice(), seed.as_mut_slice())
        .map_err(|_| KeyFileError::Malformed { path: path.to_owned(), problem: "the seed has another length" })?;
    let mut file = create_private(path).map_err(io("create"))?;
    let public = key.public_key();
    write!(file, "{FIRST_LINE}\nrole {role}\npublic {public}\nseed ").map_err(io("write"))?;
    file.write_all(seed.as_slice()).and_then(|()| file.write_all(b"\n")).map_err(io("write"))?;
    file.sync_all().and_then(|()| sync_directory_of(path)).map_err(io("sync"))
}

/// Reads the key of a role.
///
/// # Errors
/// [`KeyFileError`].
pub fn read(path: &Path, role: &str) -> Result<SecretKey, KeyFileError> {
    let io = |action| move |source| KeyFileError::Io { action, path: path.to_owned(), source };
    let file = File::open(path).map_err(io("open"))?;
    check_private(&file, path)?;
    // Reserved in full at once: growing would leave unwiped copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_FILE_BYTES).unwrap_or(512) + 1));
    file.take(MAX_FILE_BYTES).read_to_end(&mut text).map_err(io("read"))?;
    parse(&text, path, role)
}

fn parse(text: &[u8], path: &Path, role: &str) -> Result<SecretKey, KeyFileError> {
    let malformed = |problem| KeyFileError::Malformed { path: path.to_owned(), problem };
    let text = std::str::from_utf8(text).map_err(|_| malformed("it is not text"))?;
    let body = text.strip_suffix('\n').ok_or(malformed("it does not end with a line feed"))?;
    let mut lines = body.split('\n');
    if lines.next() != Some(FIRST_LINE) {
        return Err(malformed("the first line is another one"));
    }
    let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
    let got = field("role").filter(|word| is_role(word)).ok_or(malformed("the second line names no role"))?;
    let public = field("public").and_then(|hex| hex.parse::<PublicKey>().ok());
    let public = public.ok_or(malformed("the third line holds no public key"))?;
    let mut seed = Zeroizing::new([0; 32]);
    let digits = field("seed").ok_or(malformed("the fourth line holds no seed"))?;
    hex::decode_to_slice(digits, seed.as_mut_slice())
        .map_err(|_| malformed("the seed is not 64 hexadecimal digits"))?;
    if lines.next().is_some() {
        return Err(malformed("something follows the fourth line"));
    }
    if got != role {
        let (path, got, expected) = (path.to_owned(), got.to_owned(), role.to_owned());
        return Err(KeyFileError::OtherRole { path, got, expected });
    }
    let key = SecretKey::from_seed(&seed);
    if key.public_key() == public { Ok(key) } else { Err(KeyFileError::KeyMismatch { path: path.to_owned(), public }) }
}

fn is_role(word: &str) -> bool {
    (1..=MAX_ROLE_BYTES).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn check_private(file: &File, path: &Path) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata =
        file.metadata().map_err(|source| KeyFileError::Io { action: "look at", path: path.to_owned(), source })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyFileError::OpenToOthers { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn check_private(_: &File, _: &Path) -> Result<(), KeyFileError> {
    Ok(())
}
