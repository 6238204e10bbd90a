//! Copies a whole database into an empty one, of either kind.

use std::ops::ControlFlow;

use sha2::{Digest as _, Sha256};

use super::{
    Cell, DatabaseError, KeptCell, Session,
    tables::{TABLES, Table},
};
use crate::ids::hex;

/// The contents of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableContents {
    /// The table's name.
    pub table: &'static str,
    /// The number of its rows.
    pub rows: u64,
    /// SHA-256 of its rows, in 64 hexadecimal digits. The same rows have the same digest in both kinds of database.
    pub digest: String,
}

/// Why a database was not copied. Nothing of the copy is left.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// A database failed.
    #[error("a database failed")]
    Database(#[from] DatabaseError),
    /// A server runs on the source or on the target.
    #[error("a server runs on the database {0}")]
    InUse(&'static str),
    /// The target has rows already.
    #[error("the database to copy to is not empty: it has rows in {0}")]
    NotEmpty(&'static str),
    /// The target refuses a row of the source.
    #[error("row {row} of {table}, counted from 1, cannot be copied")]
    Row {
        /// The table.
        table: &'static str,
        /// The row's number, in the order of the primary key.
        row: u64,
        /// The target's reason.
        #[source]
        source: DatabaseError,
    },
    /// The target's contents differ from the written rows.
    #[error("{0} differs after copying")]
    Differs(&'static str),
}

/// Most rows in one batch. With some hundred rows, the time of a round trip no longer matters.
const BATCH_ROWS: usize = 512;

/// Most bytes of a batch, without its last row.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Counts what accounts keep. Where triggers were not disabled, they have counted already.
const COUNT: &str = "UPDATE accounts SET
    functions = (SELECT count(*) FROM functions WHERE account_id = accounts.id AND deleted = 0),
    function_bytes = (SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM revisions JOIN functions ON functions.id = function_id
                      WHERE account_id = accounts.id)";

/// Copies all tables within the target's transaction, compares the digests, and reports each table to `progress`.
pub(super) fn copy(
    from: &Session<'_>,
    to: &Session<'_>,
    mut progress: impl FnMut(&TableContents),
) -> Result<(), CopyError> {
    for (session, which) in [(from, "that is to be copied"), (to, "to copy to")] {
        if session.has_servers()? {
            return Err(CopyError::InUse(which));
        }
    }
    for table in &TABLES {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", table.name);
        if to.only(&sql, &[])? {
            return Err(CopyError::NotEmpty(table.name));
        }
    }
    to.prepare_copy()?;
    for table in &TABLES {
        // Triggers may have filled this table already, with changes in another order.
        to.execute(&format!("DELETE FROM {}", table.name), &[])?;
        let copied = copy_table(from, to, table)?;
        if let Some(column) = table.numbered {
            to.count_on(table.name, column)?;
        }
        if contents_of(to, table)? != copied {
            return Err(CopyError::Differs(table.name));
        }
        progress(&copied);
    }
    to.execute(COUNT, &[])?;
    to.finish_copy()?;
    Ok(())
}

/// The contents of all tables.
pub(super) fn contents(session: &Session<'_>) -> Result<Vec<TableContents>, DatabaseError> {
    TABLES
        .iter()
        .map(|table| contents_of(session, table))
        .collect()
}

fn copy_table(
    from: &Session<'_>,
    to: &Session<'_>,
    table: &Table,
) -> Result<TableContents, CopyError> {
    let insert = table.insert();
    let mut batch = Batch::default();
    let mut sent = 0;
    let mut send = |batch: &mut Batch| {
        let inserted = to.execute_each(&insert, &batch.rows);
        inserted.map_err(|(at, source)| CopyError::Row {
            table: table.name,
            row: sent + at as u64 + 1,
            source,
        })?;
        sent += batch.rows.len() as u64;
        *batch = Batch::default();
        Ok::<_, CopyError>(())
    };
    let copied = read(from, table, |cells| {
        batch.add(cells);
        match batch.is_full() {
            true => send(&mut batch),
            false => Ok(()),
        }
    })?;
    send(&mut batch)?;
    Ok(copied)
}

/// Rows to be written in one round trip.
#[derive(Default)]
struct Batch {
    rows: Vec<Vec<KeptCell>>,
    bytes: usize,
}

impl Batch {
    fn add(&mut self, cells: &[Cell<'_>]) {
        self.bytes += cells.iter().map(Cell::bytes).sum::<usize>();
        let kept = cells.iter().map(|cell| KeptCell::from(*cell));
        self.rows.push(kept.collect());
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }
}

fn contents_of(session: &Session<'_>, table: &Table) -> Result<TableContents, DatabaseError> {
    read(session, table, |_| Ok(()))
}

/// Reads a table, and passes the cells of each row to `each`.
fn read<E: From<DatabaseError>>(
    session: &Session<'_>,
    table: &Table,
    mut each: impl FnMut(&[Cell<'_>]) -> Result<(), E>,
) -> Result<TableContents, E> {
    let sql = format!(
        "SELECT {} FROM {} ORDER BY {}",
        table.columns.join(", "),
        table.name,
        table.order
    );
    let mut hasher = Sha256::new();
    let mut rows = 0;
    session.each(&sql, &[], |row| {
        let cells = (0..table.columns.len()).map(|column| row.cell(column));
        let cells = cells.collect::<Result<Vec<_>, _>>()?;
        for cell in &cells {
            add(&mut hasher, cell);
        }
        rows += 1;
        each(&cells)?;
        Ok::<_, E>(ControlFlow::Continue(()))
    })?;
    Ok(TableContents {
        table: table.name,
        rows,
        digest: hex(&hasher.finalize()),
    })
}

/// Hashes a cell with its kind and length, so that different cells never give the same bytes.
fn add(hasher: &mut Sha256, cell: &Cell<'_>) {
    let (kind, bytes): (u8, &[u8]) = match cell {
        Cell::Null => (0, &[]),
        Cell::Integer(number) => (1, &number.to_be_bytes()),
        Cell::Text(text) => (2, text.as_bytes()),
        Cell::Bytes(bytes) => (3, bytes),
    };
    hasher.update([kind]);
    hasher.update((bytes.len() as u64).to_be_bytes());
    hasher.update(bytes);
}
