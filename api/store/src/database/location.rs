//! Where a database is.

use std::{
    env, fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio_postgres::config::{Host, TargetSessionAttrs};

/// How long the kernel waits for a silent network before it gives a connection up. Statements have a limit of their
/// own, but work on a whole database may wait long for an answer.
const MAX_SILENCE: Duration = Duration::from_secs(10);

/// Where a database is: a file of SQLite, or a PostgreSQL server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Location {
    /// A file of SQLite, which need not exist yet.
    File(PathBuf),
    /// A database of a PostgreSQL server, which must exist.
    Server(Box<ServerLocation>),
}

/// A database of a PostgreSQL server.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerLocation {
    config: tokio_postgres::Config,
    verification: Option<Verification>,
}

/// How a server is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verification {
    /// The file with the certificates to trust. `None` means the machine's certificates.
    pub(super) roots: Option<PathBuf>,
}

/// Why a text is no location.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// The driver does not understand the address.
    #[error("this is not the address of a PostgreSQL server")]
    Address(#[source] tokio_postgres::Error),
    /// `sslmode` has another value.
    #[error("sslmode is {0:?}, and may be \"disable\" or \"verify-full\"")]
    SslMode(String),
    /// The address names no host or no database.
    #[error("the address of a PostgreSQL server names a {0}: postgres://USER@HOST/DATABASE")]
    Missing(&'static str),
}

impl Location {
    /// Reads a setting or an argument. A text that begins with `postgres://` or `postgresql://` is an address, and any
    /// other text is a path.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(Self::Server(Box::new(ServerLocation::parse(text)?)))
        } else {
            Ok(Self::File(Path::new(text).into()))
        }
    }

    /// Whether the location may hold a database: it is a server, or a file that exists.
    pub fn exists(&self) -> bool {
        match self {
            Self::File(path) => path.exists(),
            Self::Server(_) => true,
        }
    }
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Location {
    type Error = LocationError;

    fn try_from(text: String) -> Result<Self, LocationError> {
        Self::parse(&text)
    }
}

/// As [`Location`] is displayed.
impl From<Location> for String {
    fn from(location: Location) -> Self {
        location.to_string()
    }
}

impl ServerLocation {
    /// Reads an address. `sslmode` and `sslrootcert` mean the same as in libpq, with one exception: a server on another
    /// machine is verified unless `sslmode` is `disable`. The password may be in the environment variable `PGPASSWORD`
    /// instead.
    fn parse(address: &str) -> Result<Self, LocationError> {
        let (base, query) = address.split_once('?').unwrap_or((address, ""));
        let (mut mode, mut roots) = (None, None);
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => roots = Some(PathBuf::from(value)),
                _ => rest.push(pair),
            }
        }
        let base = match rest.as_slice() {
            [] => base.to_owned(),
            rest => format!("{base}?{}", rest.join("&")),
        };
        let mut config: tokio_postgres::Config = base.parse().map_err(LocationError::Address)?;
        if config.get_hosts().is_empty() {
            return Err(LocationError::Missing("host"));
        }
        if config.get_dbname().is_none() {
            return Err(LocationError::Missing("database"));
        }
        if config.get_password().is_none()
            && let Ok(password) = env::var("PGPASSWORD")
        {
            config.password(password);
        }
        let is_local = config.get_hosts().iter().all(is_local);
        let verification = match mode {
            Some("disable") => None,
            // In libpq, `require` would accept every certificate.
            Some("verify-full" | "require") => Some(Verification { roots }),
            Some(other) => return Err(LocationError::SslMode(other.to_owned())),
            None if is_local && roots.is_none() => None,
            None => Some(Verification { roots }),
        };
        config.ssl_mode(match verification {
            Some(_) => tokio_postgres::config::SslMode::Require,
            None => tokio_postgres::config::SslMode::Disable,
        });
        // Chooses the primary of several hosts, because a standby refuses every write.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.application_name("switchhook");
        config.tcp_user_timeout(MAX_SILENCE);
        config.keepalives_idle(MAX_SILENCE / 2);
        config.keepalives_interval(MAX_SILENCE / 4);
        config.keepalives_retries(2);
        Ok(Self {
            config,
            verification,
        })
    }

    pub(super) fn config(&self) -> &tokio_postgres::Config {
        &self.config
    }

    pub(super) fn verification(&self) -> Option<&Verification> {
        self.verification.as_ref()
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse()
                    .is_ok_and(|address: IpAddr| address.is_loopback())
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(formatter),
            Self::Server(server) => server.fmt(formatter),
        }
    }
}

/// Leaves out the password.
impl fmt::Display for ServerLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        });
        let ports = self.config.get_ports();
        let hosts: Vec<_> = hosts
            .enumerate()
            .map(|(at, host)| match ports.get(at).or(ports.last()) {
                Some(port) => format!("{host}:{port}"),
                None => host,
            })
            .collect();
        let database = self.config.get_dbname().unwrap_or_default();
        write!(formatter, "postgres://{}/{database}", hosts.join(","))
    }
}

impl fmt::Debug for ServerLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(address: &str) -> ServerLocation {
        match Location::parse(address).unwrap() {
            Location::Server(server) => *server,
            Location::File(path) => panic!("{}", path.display()),
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let location = Location::parse("postgres://me:secret@db.example:5433/calls").unwrap();
        assert_eq!(location.to_string(), "postgres://db.example:5433/calls");
        assert!(!format!("{location:?}").contains("secret"));
    }

    #[test]
    fn a_server_elsewhere_is_verified_unless_that_is_switched_off() {
        let verified = |address: &str| server(address).verification.is_some();
        assert!(verified("postgres://me@db.example/calls"));
        assert!(verified("postgres://me@db.example/calls?sslmode=require"));
        assert!(verified(
            "postgres://me@127.0.0.1/calls?sslmode=verify-full"
        ));
        assert!(!verified("postgres://me@127.0.0.1/calls"));
        assert!(!verified("postgres://me@db.example/calls?sslmode=disable"));
        let roots = server("postgres://a,b/calls?sslrootcert=/etc/ca.pem&connect_timeout=2");
        let roots = roots.verification.unwrap().roots.unwrap();
        assert_eq!(roots, Path::new("/etc/ca.pem"));
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for (address, why) in [
            ("postgres://db.example", "names a database"),
            ("postgres:///calls", "names a host"),
            ("postgres://db.example/calls?sslmode=prefer", "sslmode is"),
            ("postgres://db.example/calls?colour=red", "not the address"),
        ] {
            let error = Location::parse(address).unwrap_err();
            assert!(error.to_string().contains(why), "{address}: {error}");
        }
        let file = Location::parse("calls.db").unwrap();
        assert_eq!(file, Location::File("calls.db".into()));
    }
}
