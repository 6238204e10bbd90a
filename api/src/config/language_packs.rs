//! Languages beside those that travel inside the program.

use std::path::PathBuf;

use serde::Deserialize;

/// Where they are, and what becomes of functions when there is a newer version of theirs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LanguagePacks {
    /// A folder of packs, instead of the user's own. Empty: none.
    pub(crate) dir: Option<PathBuf>,
    pub(crate) upgrade: Upgrade,
}

/// What becomes of functions that were compiled with an older version of their pack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Upgrade {
    /// They stay with it until their authors change them.
    Never,
    /// Each is compiled with the newest one in the background, and takes it if recorded calls have the same results.
    #[default]
    Equal,
    /// The same, but it takes it whatever the results are; differences are reported before.
    Always,
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
