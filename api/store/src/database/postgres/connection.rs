//! One connection, as threads that may block use it.

use std::{
    cell::{Cell as Slot, RefCell},
    collections::HashMap,
    error::Error,
    fmt,
    future::Future,
    ops::ControlFlow,
    pin::pin,
    time::Duration,
};

use bytes::BytesMut;
use futures_util::{TryFutureExt as _, TryStreamExt as _, future::try_join_all};
use tokio::{runtime::Handle, select, time::timeout};
use tokio_postgres::{
    Client, Statement,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

use super::{
    super::{Cell, DatabaseError, Row, Value},
    ServerError,
    epoch::Epoch,
    reach::Reach,
};

/// The longest wait for an answer. PostgreSQL ends statements earlier ([`super::connector`]), so a longer silence is
/// the network's fault.
const MAX_ANSWER: Duration = Duration::from_secs(7);

/// The longest wait within work on a whole database, such as sorting its largest table.
const MAX_LONG_ANSWER: Duration = Duration::from_secs(3600);

/// A connection, and its prepared statements.
pub(crate) struct Connection {
    client: Client,
    driver: Handle,
    epoch: Epoch,
    reach: Reach,
    /// Prepared statements by their text. There are some hundred.
    statements: RefCell<HashMap<String, Statement>>,
    /// The longest wait for an answer.
    patience: Slot<Duration>,
    /// Whether the connection must not be used any more.
    broken: Slot<bool>,
}

impl Connection {
    pub(super) fn new(client: Client, driver: Handle, epoch: Epoch, reach: Reach) -> Self {
        Self {
            client,
            driver,
            epoch,
            reach,
            statements: RefCell::default(),
            patience: Slot::new(MAX_ANSWER),
            broken: Slot::new(false),
        }
    }

    /// Whether the connection can be used again.
    pub(super) fn is_sound(&self) -> bool {
        !self.broken.get() && !self.client.is_closed()
    }

    /// The history of the database that the connection sees.
    pub(in crate::database) fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// Sets the longest wait: with `may`, for work on a whole database, and otherwise for a single statement.
    pub(super) fn may_take_long(&self, may: bool) {
        self.patience
            .set(if may { MAX_LONG_ANSWER } else { MAX_ANSWER });
    }

    /// Runs statements without parameters in one round trip.
    pub(in crate::database) fn batch(&self, sql: &str) -> Result<(), DatabaseError> {
        self.wait(self.client.batch_execute(sql))
    }

    pub(in crate::database) fn execute(
        &self,
        sql: &str,
        values: &[&dyn Value],
    ) -> Result<u64, DatabaseError> {
        let statement = self.statement(sql)?;
        let values = values.iter().copied().map(Bound);
        self.wait(self.client.execute_raw(&statement, values))
    }

    /// Sends a statement for each row before it waits for the first answer. Fails with the index of the first row that
    /// failed.
    pub(in crate::database) fn execute_each(
        &self,
        sql: &str,
        rows: &[Vec<&dyn Value>],
    ) -> Result<(), (usize, DatabaseError)> {
        let statement = self.statement(sql).map_err(|error| (0, error))?;
        let failed = Slot::new(usize::MAX);
        let first_failed = &failed;
        let runs = rows.iter().enumerate().map(|(at, values)| {
            let values = values.iter().copied().map(Bound);
            let run = self.client.execute_raw(&statement, values);
            // After a failed statement, all later ones fail too.
            run.inspect_err(move |_| first_failed.set(first_failed.get().min(at)))
        });
        self.wait(try_join_all(runs))
            .map(drop)
            .map_err(|error| (failed.get(), error))
    }

    pub(in crate::database) fn each<E: From<DatabaseError>>(
        &self,
        sql: &str,
        values: &[&dyn Value],
        take: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let statement = self.statement(sql)?;
        let values = values.iter().copied().map(Bound);
        let rows = self.wait(self.client.query_raw(&statement, values))?;
        let mut rows = pin!(rows);
        while let Some(row) = self.wait(rows.try_next())? {
            if take(&Row::Postgres(&row))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn statement(&self, sql: &str) -> Result<Statement, DatabaseError> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        // Parameters are the only question marks in the program's statements.
        let statement = self.wait(self.client.prepare(&sql.replace('?', "$")))?;
        let mut statements = self.statements.borrow_mut();
        statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, DatabaseError> {
        let answered = async {
            select! {
                biased;
                answered = timeout(self.patience.get(), answer) => answered.ok(),
                () = self.reach.lost() => None,
            }
        };
        let result = match self.driver.block_on(answered) {
            Some(result) => result.map_err(ServerError::from),
            None => Err(ServerError::NoAnswer),
        };
        result.map_err(|error| {
            // A connection to a server that stops, or is no longer the primary, fails every statement from now on.
            if error.is_unavailable() {
                self.broken.set(true);
            }
            error.into()
        })
    }
}

/// A column of a row.
pub(in crate::database) fn cell(
    row: &tokio_postgres::Row,
    column: usize,
) -> Result<Cell<'_>, DatabaseError> {
    let cell: Cell<'_> = row.try_get(column).map_err(ServerError::from)?;
    Ok(cell)
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *of {
            Type::BOOL => Self::Integer(bool::from_sql(of, raw)?.into()),
            Type::INT2 => Self::Integer(i16::from_sql(of, raw)?.into()),
            Type::INT4 => Self::Integer(i32::from_sql(of, raw)?.into()),
            Type::INT8 => Self::Integer(i64::from_sql(of, raw)?),
            Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(<&str>::from_sql(of, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(of: &Type) -> bool {
        matches!(
            *of,
            Type::BOOL | Type::INT2 | Type::INT4 | Type::INT8 | Type::BYTEA
        ) || is_text(of)
    }
}

fn is_text(of: &Type) -> bool {
    <&str as FromSql>::accepts(of)
}

struct Bound<'a>(&'a dyn Value);

impl fmt::Debug for Bound<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The driver shows parameters in errors, and parameters can be secret.
        formatter.write_str("a parameter")
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        of: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0.cell() {
            Cell::Null => Ok(IsNull::Yes),
            Cell::Integer(number) => match *of {
                Type::BOOL => (number != 0).to_sql(of, out),
                Type::INT2 => i16::try_from(number)?.to_sql(of, out),
                Type::INT4 => i32::try_from(number)?.to_sql(of, out),
                Type::INT8 => number.to_sql(of, out),
                _ => Err(format!("an integer for a {of}").into()),
            },
            // JSON is sent as its text.
            Cell::Text(text) if *of == Type::JSON || is_text(of) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            Cell::Text(_) => Err(format!("a text for a {of}").into()),
            Cell::Bytes(bytes) if *of == Type::BYTEA => bytes.to_sql(of, out),
            Cell::Bytes(_) => Err(format!("bytes for a {of}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
