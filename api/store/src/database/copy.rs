//! Copies a whole database into an empty one, of either kind.

use std::ops::ControlFlow;

use sha2::{Digest as _, Sha256};

use super::{
    Cell, DatabaseError, Session,
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
    /// A row of the source cannot be in the target.
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
    /// The target has something else than was written.
    #[error("{0} differs after copying")]
    Differs(&'static str),
}

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
        // Triggers have numbered the changes by now, in another order.
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
    let places: Vec<_> = (1..=table.columns.len())
        .map(|number| format!("?{number}"))
        .collect();
    let insert = format!(
        "INSERT INTO {} ({}) VALUES ({})",
        table.name,
        table.columns.join(", "),
        places.join(", ")
    );
    read(from, table, |row, cells| {
        let values: Vec<&dyn super::Value> = cells.iter().map(|cell| cell as _).collect();
        let inserted = to.execute(&insert, &values);
        inserted.map_err(|source| CopyError::Row {
            table: table.name,
            row,
            source,
        })?;
        Ok(())
    })
}

fn contents_of(session: &Session<'_>, table: &Table) -> Result<TableContents, DatabaseError> {
    read(session, table, |_, _| Ok(()))
}

/// Reads a table, and hands over the number of each row and its cells.
fn read<E: From<DatabaseError>>(
    session: &Session<'_>,
    table: &Table,
    mut each: impl FnMut(u64, &[Cell<'_>]) -> Result<(), E>,
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
        each(rows, &cells)?;
        Ok::<_, E>(ControlFlow::Continue(()))
    })?;
    Ok(TableContents {
        table: table.name,
        rows,
        digest: hex(&hasher.finalize()),
    })
}

/// Adds a cell so that no other cells give the same bytes.
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
