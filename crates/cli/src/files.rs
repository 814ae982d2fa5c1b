//! Reads files within a limit, and writes them whole: a reader, or a restart after a crash, sees the
//! old text or the new one.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::failure::Failure;

/// The largest file that a command reads: the bound on one message, which is the largest input.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The bytes of a file of at most 16 MiB.
///
/// # Errors
/// A usage failure that names the file.
pub fn read_bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(file)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes: Vec<u8> = read().map_err(|error: std::io::Error| Failure::unreadable(file, error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::unreadable(file, format!("it is larger than {MAX_BYTES} bytes")));
    }
    Ok(bytes)
}

/// The text of a file of at most 16 MiB.
///
/// # Errors
/// A usage failure that names the file.
pub fn read_text(file: &Path) -> Result<String, Failure> {
    String::from_utf8(read_bytes(file)?).map_err(|error| Failure::unreadable(file, error))
}

/// Writes `text` to `file`, making its folder if it is missing.
///
/// # Errors
/// A failure that names the file.
pub fn write_whole(file: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error| Failure::unwritable(file, error);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut draft = file.as_os_str().to_owned();
    draft.push(".new");
    let draft = Path::new(&draft);
    let mut out = File::create(draft).map_err(failed)?;
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(failed)?;
    fs::rename(draft, file).map_err(failed)
}
