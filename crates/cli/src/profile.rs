//! A profile: who acts, through which node, with which key files. Saves typing; holds no secret.

use std::path::{Path, PathBuf};

use corridor_types::{Bic, ClientHandle, KeyRole};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The file's name when a folder is given.
pub const FILE_NAME: &str = "profile.toml";

/// The contents of a profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The node's address, such as `http://127.0.0.1:8080`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The genesis document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genesis: Option<PathBuf>,
    /// The institution that acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<Bic>,
    /// The client authorisation under which payments are made unless another is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientHandle>,
    /// The key file that opens sealed details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealing_key: Option<PathBuf>,
    /// Key files by role.
    #[serde(default)]
    pub keys: ProfileKeys,
}

/// `[keys]` of a profile: all that are listed for a role sign together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileKeys {
    /// Payments, attestations, cancellations, consents.
    pub operator: Vec<PathBuf>,
    /// Issuing and redeeming; two.
    pub issuer: Vec<PathBuf>,
    /// Authorising and revoking.
    pub supervisor: Vec<PathBuf>,
    /// Initiating payments as an officer.
    pub maker: Vec<PathBuf>,
    /// Approving what others initiate.
    pub checker: Vec<PathBuf>,
    /// Holds, releases, legal orders; two.
    pub compliance: Vec<PathBuf>,
    /// The institution's own keys and rules, two where two are registered; and its votes, one.
    pub governance: Vec<PathBuf>,
}

impl ProfileKeys {
    /// The files for a role.
    pub const fn of(&self, role: KeyRole) -> &Vec<PathBuf> {
        match role {
            KeyRole::Operator => &self.operator,
            KeyRole::Issuer => &self.issuer,
            KeyRole::Supervisor => &self.supervisor,
            KeyRole::Maker => &self.maker,
            KeyRole::Checker => &self.checker,
            KeyRole::Compliance => &self.compliance,
            KeyRole::Governance => &self.governance,
        }
    }

    /// The files for a role, to change them.
    pub const fn of_mut(&mut self, role: KeyRole) -> &mut Vec<PathBuf> {
        match role {
            KeyRole::Operator => &mut self.operator,
            KeyRole::Issuer => &mut self.issuer,
            KeyRole::Supervisor => &mut self.supervisor,
            KeyRole::Maker => &mut self.maker,
            KeyRole::Checker => &mut self.checker,
            KeyRole::Compliance => &mut self.compliance,
            KeyRole::Governance => &mut self.governance,
        }
    }
}

impl Profile {
    /// Reads a profile file, or `profile.toml` of a folder. Relative paths count from its folder.
    ///
    /// # Errors
    /// A usage failure that names file and field.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let file = if path.is_dir() { path.join(FILE_NAME) } else { path.to_owned() };
        let text = std::fs::read_to_string(&file).map_err(|error| Failure::unreadable(&file, error))?;
        let mut profile: Self =
            toml::from_str(&text).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
        profile.anchor(file.parent().unwrap_or(Path::new(".")));
        Ok(profile)
    }

    fn anchor(&mut self, folder: &Path) {
        for role in KeyRole::ALL {
            self.keys.of_mut(*role).iter_mut().for_each(|path| *path = folder.join(&*path));
        }
        for file in [&mut self.genesis, &mut self.sealing_key].into_iter().flatten() {
            *file = folder.join(&*file);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_profile_is_found_in_a_folder_and_its_paths_count_from_there() {
        let folder = tempfile::tempdir().unwrap();
        let profile = Profile { genesis: Some("../genesis.json".into()), ..Profile::default() };
        std::fs::write(folder.path().join(FILE_NAME), toml::to_string(&profile).unwrap()).unwrap();
        let read = Profile::load(folder.path()).unwrap();
        assert_eq!(read.genesis, Some(folder.path().join("../genesis.json")));
    }

    #[test]
    fn errors_name_file_and_field() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bank.toml");
        std::fs::write(&file, "uri = 'http://127.0.0.1:1'\n").unwrap();
        let failure = Profile::load(&file).unwrap_err();
        assert!(failure.message.contains("bank.toml") && failure.message.contains("`uri`"), "{failure}");
        assert!(Profile::load(&folder.path().join("absent")).unwrap_err().message.contains("absent"));
    }
}
