//! The meaning of PostgreSQL's errors.

use std::error::Error as _;

use tokio_postgres::error::{DbError, SqlState};

use super::super::Violation;

/// Why PostgreSQL failed. The texts are for the log.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The driver or the server reported an error.
    #[error("{}", said(.0))]
    Driver(#[from] tokio_postgres::Error),
    /// The server did not answer in time.
    #[error("the server does not answer")]
    NoAnswer,
    /// Connecting failed a moment ago.
    #[error("the server could not be reached a moment ago")]
    Away,
    /// The server is a standby, which only repeats the primary's writes.
    #[error("the server is a standby")]
    Standby,
    /// The program does not support the server.
    #[error("{0} is not supported, but PostgreSQL 14 and later are")]
    Unsupported(String),
    /// A proxy in front of the server shares connections between its clients.
    #[error(
        "the connection does not keep its settings: a proxy such as PgBouncer is in between, which must be passed by"
    )]
    Shared,
    /// The database does not store texts as UTF-8.
    #[error("the database has the encoding {0}, and must have UTF8")]
    Encoding(String),
    /// A later version of the program has removed tables or columns that this version uses.
    #[error("the schema is of a later version of this program: step {0}")]
    Later(i64),
    /// The certificates to trust cannot be read.
    #[error("cannot read the certificates to trust")]
    Certificates(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ServerError {
    /// Whether the same statement may succeed later, on another connection.
    pub(in crate::database) fn is_unavailable(&self) -> bool {
        match self {
            Self::NoAnswer | Self::Away | Self::Standby => true,
            Self::Driver(error) => match error.code() {
                Some(code) => is_passing(code),
                // An error without a code comes from the connection, or from a value of a wrong type.
                None => error.is_closed() || is_io(error),
            },
            _ => false,
        }
    }

    /// Whether the server cannot be reached or is no primary. A server without a free connection, for example, can be
    /// reached.
    pub(in crate::database) fn is_away(&self) -> bool {
        match self {
            Self::NoAnswer | Self::Away | Self::Standby => true,
            Self::Driver(error) => match error.code() {
                Some(code) => code.code().starts_with("57"),
                None => true,
            },
            _ => false,
        }
    }

    /// The rule that a write would break, if that is the error.
    pub(in crate::database) fn violation(&self) -> Option<Violation> {
        let Self::Driver(error) = self else {
            return None;
        };
        let error = error.as_db_error()?;
        match *error.code() {
            SqlState::UNIQUE_VIOLATION => {
                let index = error.constraint().unwrap_or_default();
                Some(Violation::Unique(index.to_owned()))
            }
            SqlState::FOREIGN_KEY_VIOLATION => Some(Violation::Reference),
            _ => None,
        }
    }
}

/// Whether an error with this code passes. These classes and codes of
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html> do: the connection failed (08), the server lacks
/// resources (53) or stops (57P), another transaction holds a lock (40, 55P03), a statement took too long (57014), or
/// the server is a standby (25006).
fn is_passing(code: &SqlState) -> bool {
    let class = code.code().get(..2).unwrap_or_default();
    matches!(class, "08" | "40" | "53" | "57" | "58")
        || [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        ]
        .contains(code)
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    let source = error.source();
    source.is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// The server's text, where the driver's own text is "db error".
fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => server_said(error),
        None => match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

fn server_said(error: &DbError) -> String {
    format!("{} ({})", error.message(), error.code().code())
}
