//! A small disk of one validator, which fills up. It is in memory and mounted in the mount namespace
//! of the inner process, so it vanishes with it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::tools::run_words;

/// Room for a run of an hour; the rest is filled on purpose.
const SIZE: &str = "size=256m";

/// A validator's data folder on a disk of its own.
pub struct SmallDisk {
    data: PathBuf,
}

impl SmallDisk {
    /// Moves a data folder that is not in use to a small disk.
    pub fn under(data: &Path) -> Self {
        let old = data.with_extension("old");
        fs::rename(data, &old).unwrap();
        fs::create_dir(data).unwrap();
        let (from, to) = (format!("{}/.", old.display()), data.to_str().unwrap());
        run_words(&["mount", "-t", "tmpfs", "-o", SIZE, "tmpfs", to]).unwrap();
        run_words(&["cp", "-a", &from, to]).unwrap();
        Self { data: data.to_owned() }
    }

    fn ballast(&self) -> PathBuf {
        self.data.join("ballast")
    }

    /// Leaves no room.
    pub fn fill(&self) {
        let mut file = File::create(self.ballast()).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn free(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }
}
