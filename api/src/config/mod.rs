//! The configuration file. Every setting has a default, and an unknown setting is an error.

mod attempts;
mod concurrency;
mod couchdb;
mod flow;
mod language_packs;
mod listening;
mod rate;
#[cfg(test)]
mod reference;
mod wasm;

use std::{
    collections::HashMap,
    net::SocketAddr,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, de::Error as _};
use switchhook_runtime::{EngineConfig, Limits};
use switchhook_store::Location;

use self::{
    attempts::Attempts,
    concurrency::Concurrency,
    flow::Flow,
    listening::{Console, Http, Monitoring},
    rate::Rate,
    wasm::Wasm,
};
pub(crate) use self::{couchdb::CouchDb, language_packs::LanguagePacks};
use crate::{
    functions::{
        AccountSettings, FailureSettings, LimitSettings, Modules, QuotaSettings, Settings,
        SettingsError,
    },
    vault::Vault,
};

/// Half of a call's default memory. Tables of 20,000 entries take a fraction of it, and so does the largest source. A
/// snapshot is read and decompressed when its function is loaded.
const SNAPSHOT_BYTES: usize = 16 * 1024 * 1024;

/// Settings of the server as a whole.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The address of the API listener.
    pub(crate) listen: SocketAddr,
    /// The SQLite file, or the address of a PostgreSQL database: `postgres://USER@HOST/DATABASE`.
    pub(crate) database: Location,
    /// A file for a copy of what calls need, for times when the PostgreSQL server is away. Each server has its own file. Unless
    /// set, there is none.
    pub(crate) local_copy: Option<PathBuf>,
    /// Threads that answer HTTP requests and run calls. Unless set, there is one per core.
    pub(crate) workers: Option<NonZeroUsize>,
    /// The name of this server, which every reply contains as a hash.
    pub(crate) node: String,
    pub(crate) sandbox: Sandbox,
    pub(crate) concurrency: Concurrency,
    pub(crate) http: Http,
    pub(crate) console: Console,
    pub(crate) metrics: Monitoring,
    pub(crate) rate: Rate,
    /// The limits of each call.
    pub(crate) limits: LimitSettings,
    /// The limits of each compilation.
    pub(crate) compile_limits: LimitSettings,
    /// Settings of the account with the id `ID`.
    pub(crate) accounts: HashMap<String, AccountSettings>,
    pub(crate) secrets: Secrets,
    pub(crate) jwt: Jwt,
    pub(crate) failures: FailureSettings,
    /// What each account may keep.
    pub(crate) functions: QuotaSettings,
    pub(crate) attempts: Attempts,
    pub(crate) flow: Flow,
    pub(crate) language_packs: LanguagePacks,
    pub(crate) wasm: Wasm,
    pub(crate) couchdb: CouchDb,
}

/// The keys that encrypt secrets.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Secrets {
    /// A file with 32 bytes as Base64. Without this key no function can have secrets.
    pub(crate) key_file: Option<PathBuf>,
    /// Files with earlier keys. The server still decrypts with them, and encrypts with `key_file` at the next write.
    pub(crate) previous_key_files: Vec<PathBuf>,
}

/// Signed tokens that the server accepts besides its own.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Jwt {
    /// The RSA public key of a KAZOO cluster, as PEM. Without this key no signed token is accepted.
    pub(crate) public_key_file: Option<PathBuf>,
    /// The value that `iss` of these tokens must have. Unless set, any value is accepted.
    pub(crate) issuer: Option<String>,
}

/// The resources that functions share.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sandbox {
    /// Memory for compiled functions that are ready to run. Other functions are loaded when they are called.
    pub(crate) ready_bytes: u64,
    /// The size of one function's snapshot before compression. A larger snapshot is refused.
    pub(crate) snapshot_bytes: usize,
    /// The folder for machine code of guests and customers' modules. `""` keeps no machine code. Unless set, it is
    /// `switchhook` in `$XDG_CACHE_HOME` or `~/.cache`.
    cache_dir: Option<PathBuf>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} is not a configuration", path.display())]
    Parse {
        path: PathBuf,
        #[source]
        source: toml::de::Error,
    },
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8000)),
            database: Location::File("switchhook.db".into()),
            local_copy: None,
            workers: None,
            node: "switchhook@localhost".into(),
            sandbox: Sandbox::default(),
            concurrency: Concurrency::default(),
            http: Http::default(),
            console: Console::default(),
            metrics: Monitoring::default(),
            rate: Rate::default(),
            limits: LimitSettings::default(),
            compile_limits: LimitSettings::default(),
            accounts: HashMap::new(),
            secrets: Secrets::default(),
            jwt: Jwt::default(),
            failures: FailureSettings::default(),
            functions: QuotaSettings::default(),
            attempts: Attempts::default(),
            flow: Flow::default(),
            language_packs: LanguagePacks::default(),
            wasm: Wasm::default(),
            couchdb: CouchDb::default(),
        }
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            // Some 60,000 small functions.
            ready_bytes: 256 * 1024 * 1024,
            snapshot_bytes: SNAPSHOT_BYTES,
            cache_dir: None,
        }
    }
}

impl Config {
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.into(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| ConfigError::Parse {
            path: path.into(),
            source,
        })
    }

    pub(crate) fn call_limits(&self) -> Limits {
        self.limits.over(&Limits::CALL)
    }

    pub(crate) fn compile_limits(&self) -> Limits {
        self.compile_limits.over(&Limits::COMPILE)
    }

    /// The settings of functions, with the files that they name.
    ///
    /// # Errors
    /// If a key or a schema cannot be read or is invalid.
    pub(crate) fn of_functions(&self) -> Result<Settings, SettingsError> {
        let key_file = self.secrets.key_file.iter();
        let key_files = key_file.chain(&self.secrets.previous_key_files);
        Ok(Settings {
            call_limits: self.call_limits(),
            compile_limits: self.compile_limits(),
            failures: self.failures.clone(),
            accounts: self.accounts.clone(),
            ready_bytes: self.sandbox.ready_bytes,
            snapshot_bytes: self.sandbox.snapshot_bytes,
            quota: self.functions.clone(),
            vault: Arc::new(Vault::open(key_files.cloned())?),
            module_bytes: self.wasm.max_bytes,
            modules: match &self.flow.schemas {
                Some(folder) => Modules::read(folder)?,
                None => Modules::of(self.flow.kazoo)?,
            },
        })
    }

    /// The folder for machine code of customers' modules. `None` if no machine code is kept.
    pub(crate) fn modules_folder(&self) -> Option<PathBuf> {
        Some(self.engine().cache_dir?.join("modules"))
    }

    /// The settings of the engine, with room for everything that the limits allow.
    pub(crate) fn engine(&self) -> EngineConfig {
        let defaults = EngineConfig::default();
        let cache_dir = match &self.sandbox.cache_dir {
            Some(path) if path.as_os_str().is_empty() => None,
            Some(path) => Some(path.clone()),
            None => user_folder("XDG_CACHE_HOME", ".cache").filter(|path| can_be_used(path)),
        };
        EngineConfig {
            max_instances: self.concurrency.sandboxes(),
            max_memory_bytes: defaults
                .max_memory_bytes
                .max(self.call_limits().memory_bytes)
                .max(self.compile_limits().memory_bytes),
            cache_dir,
            making: defaults.making,
        }
    }
}

/// Refuses 0, with which nothing could run.
fn at_least_one<'de, D, N>(deserializer: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: Deserialize<'de> + PartialEq + From<u8>,
{
    let number = N::deserialize(deserializer)?;
    if number == N::from(0) {
        return Err(D::Error::custom("must be at least 1"));
    }
    Ok(number)
}

/// Whether the cache folder can be used. Without it, the server starts, but more slowly.
fn can_be_used(cache_dir: &Path) -> bool {
    let created = std::fs::create_dir_all(cache_dir);
    if let Err(error) = &created {
        tracing::warn!(
            "compiled guests are not kept: {}: {error}",
            cache_dir.display()
        );
    }
    created.is_ok()
}

/// Switchhook's folder among the user's folders (XDG Base Directory Specification). `None` for a user without a home.
fn user_folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    let folder = |name| {
        std::env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    folder(variable)
        .or_else(|| Some(folder("HOME")?.join(below_home)))
        .filter(|path| path.is_absolute())
        .map(|path| path.join("switchhook"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_empty_file_gives_the_defaults() {
        let config: Config = toml::from_str("").unwrap();
        assert_eq!(config.call_limits(), Limits::CALL);
        assert_eq!(config.compile_limits(), Limits::COMPILE);
    }

    #[test]
    fn limits_can_be_changed_one_by_one() {
        let config: Config = toml::from_str("[limits]\nwall_clock_ms = 250").unwrap();
        assert_eq!(
            config.call_limits(),
            Limits {
                wall_clock: Duration::from_millis(250),
                ..Limits::CALL
            }
        );
    }

    #[test]
    fn what_lets_nothing_through_is_an_error() {
        for config in [
            "[concurrency]\ncalls = 0",
            "[concurrency]\ncompilations_per_account = 0",
            "[concurrency]\nqueue_wait_ms = 0",
            "[http]\nconnections = 0",
            "[attempts]\nkeep_days = 0",
            "[http]\nbody_bytes = 7_999_999",
        ] {
            let error = toml::from_str::<Config>(config).unwrap_err();
            assert!(error.to_string().contains("at least"), "{error}");
        }
    }

    #[test]
    fn whoever_is_let_in_finds_a_sandbox() {
        let config: Config =
            toml::from_str("[concurrency]\ncalls = 7\ncompilations = 3\nqueued = 0").unwrap();
        assert_eq!(config.engine().max_instances, 10);
    }

    #[test]
    fn an_accounts_caps_lower_limits_and_never_raise_them() {
        let config: Config =
            toml::from_str("[accounts.a.limits]\nfuel = 5\nmemory_bytes = 1_000_000_000").unwrap();
        assert_eq!(
            config.accounts["a"].limits.lower(&Limits::CALL),
            Limits {
                fuel: 5,
                ..Limits::CALL
            }
        );
    }

    #[test]
    fn a_misspelt_setting_is_an_error() {
        assert!(toml::from_str::<Config>("[limits]\nfule = 1").is_err());
    }
}
