//! Languages beside those that travel inside the program.

use std::path::PathBuf;

use serde::Deserialize;

use crate::functions::Upgrade;

/// Languages besides the built-in ones.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LanguagePacks {
    /// A folder of language packs. `""` reads no folder. Unless set, it is `switchhook/language-packs` in
    /// `$XDG_DATA_HOME` or `~/.local/share`, if that exists.
    pub(crate) dir: Option<PathBuf>,
    /// What the server does with functions when it finds a newer version of their pack: `"equal"` switches a function
    /// whose recorded calls give equal results, `"always"` each function that compiles, `"never"` none.
    pub(crate) upgrade: Upgrade,
}

impl LanguagePacks {
    /// The packs of a folder, or of the user's own folder.
    pub(crate) fn of(dir: Option<PathBuf>) -> Self {
        Self {
            dir,
            upgrade: Upgrade::default(),
        }
    }

    /// The folder that packs are added to.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        match &self.dir {
            Some(dir) => Some(dir.clone()).filter(|dir| !dir.as_os_str().is_empty()),
            None => super::user_folder("XDG_DATA_HOME", ".local/share")
                .map(|folder| folder.join("language-packs")),
        }
    }

    /// The folder that packs are read from. A folder that was named must exist; the user's own need not.
    pub(crate) fn folder_to_read(&self) -> Option<PathBuf> {
        self.folder()
            .filter(|folder| self.dir.is_some() || folder.exists())
    }
}
