//! Languages beside those that travel inside the program.

use std::path::PathBuf;

use serde::Deserialize;

use crate::functions::Upgrade;

/// Where they are, and what becomes of functions when there is a newer version of theirs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LanguagePacks {
    /// A folder of packs, instead of the user's own. Empty: none.
    pub(crate) dir: Option<PathBuf>,
    pub(crate) upgrade: Upgrade,
}

impl LanguagePacks {
    /// Those of a folder, or of the user's own.
    pub(crate) fn of(dir: Option<PathBuf>) -> Self {
        Self {
            dir,
            upgrade: Upgrade::default(),
        }
    }

    /// Where packs are to be added.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        match &self.dir {
            Some(dir) => Some(dir.clone()).filter(|dir| !dir.as_os_str().is_empty()),
            None => super::user_folder("XDG_DATA_HOME", ".local/share")
                .map(|folder| folder.join("language-packs")),
        }
    }

    /// Where packs are to be found. The user's own folder need not be there; one that was named must.
    pub(crate) fn folder_to_read(&self) -> Option<PathBuf> {
        self.folder()
            .filter(|folder| self.dir.is_some() || folder.exists())
    }
}
