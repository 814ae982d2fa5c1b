//! The files of the repository as they stand in the clone; never what was built or run there.

use std::path::{Path, PathBuf};

/// Folders in which nothing was written by hand.
const NOT_OURS: &[&str] = &[".git", "target", "testnet", "testnet-trade"];

/// The root of the clone.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests' crate is in a folder of the repository").to_owned()
}

/// Every file whose name ends so, by its path below the root, in order.
pub fn files(extension: &str) -> Vec<PathBuf> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).expect("the folder is readable");
        for path in entries.map(|entry| entry.expect("the entry is readable").path()) {
            let name = path.file_name().expect("an entry has a name");
            if path.is_dir() && !NOT_OURS.iter().any(|skipped| name == *skipped) {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path.strip_prefix(&root).expect("it is below the root").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The text of a file, by its path below the root.
pub fn text(path: &Path) -> String {
    std::fs::read_to_string(root().join(path)).expect("a file that git tracks")
}
