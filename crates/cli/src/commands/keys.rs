//! `corridor keys`: makes key files and shows their public halves. A secret key is never printed.

use std::fmt;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use corridor_sealing::SealingSecret;
use corridor_signer::keyfile;
use serde::Serialize;

use crate::failure::Failure;
use crate::keyring::{self, Purpose};
use crate::output::Output;

/// Make and show key files.
#[derive(Debug, Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a key file, readable by its owner only
    Generate {
        /// What the key is for
        #[arg(long)]
        role: Purpose,
        /// The file to make; an existing one is never overwritten
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show the public key of a key file
    Show {
        /// The key file
        file: PathBuf,
    },
}

/// A key as it may be shown.
#[derive(Debug, Serialize)]
struct PublicHalf {
    file: PathBuf,
    role: Purpose,
    public_key: String,
}

impl fmt::Display for PublicHalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "file        {}\nrole        {}", self.file.display(), self.role.as_str())?;
        let (place, ending) =
            (place(self.role), if self.role == Purpose::Sealing { "" } else { " of a genesis specification" });
        write!(f, "public key  {}\ngoes into   {place}{ending}", self.public_key)
    }
}

/// Where the public key of a role is written down.
const fn place(role: Purpose) -> &'static str {
    match role {
        Purpose::Validator => "participants[].validator.key",
        Purpose::Network => "participants[].validator.network_key",
        Purpose::Sealing => "corridor details register",
        _ => "participants[].keys",
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub fn run(args: KeysArgs, output: Output) -> Result<(), Failure> {
    let (file, role, key) = match args.action {
        Action::Generate { role, out } => {
            let key = keyfile::generate().map_err(Failure::internal)?;
            keyring::write(&out, role, &key)?;
            (out, role, key)
        }
        Action::Show { file } => {
            let (role, key) = keyring::read_any(&file)?;
            (file, role, key)
        }
    };
    let public_key = match role {
        Purpose::Sealing => SealingSecret::from_seed(&key.to_seed()).public_key().to_string(),
        _ => key.public_key().to_string(),
    };
    output.show(&PublicHalf { file, role, public_key })
}
