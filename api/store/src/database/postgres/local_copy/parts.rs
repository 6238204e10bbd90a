//! What a copy consists of: functions, accounts and tokens, each with its rows.

use std::ops::ControlFlow;

use switchhook_runtime::Digest;

use super::super::super::{
    Cell, DatabaseError, KeptCell, Rows, Session, Subject, Value,
    tables::{TABLES, Table},
};
use crate::{Written, ids::hex};

/// What calls need of a kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its current revision, its key for call routers, and its snapshots.
    Function,
    Account,
    Token,
}

/// A function, an account or a token by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: Kind,
    /// Of a token, the hexadecimal digits of its hash.
    pub(super) id: String,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Function, Self::Account, Self::Token];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Account => "account",
            Self::Token => "token",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The query for the ids of all that calls may need.
    pub(super) fn list(self) -> &'static str {
        match self {
            Self::Function => "SELECT id FROM functions WHERE deleted = 0",
            Self::Account => "SELECT id FROM accounts",
            Self::Token => "SELECT encode(hash, 'hex') FROM tokens",
        }
    }

    /// The tables, and which rows of them belong to the ids of parameter 1.
    fn tables(self, from: &Session<'_>) -> Vec<(&'static str, String)> {
        match self {
            Self::Function => vec![
                ("functions", from.is_among("id", 1)),
                (
                    "revisions",
                    format!(
                        "{} AND generation = (SELECT generation FROM functions WHERE id = function_id)",
                        from.is_among("function_id", 1)
                    ),
                ),
                ("function_keys", from.is_among("function_id", 1)),
                (
                    SNAPSHOTS,
                    format!(
                        "(account_id, source) IN (SELECT account_id, source FROM current_functions WHERE {})",
                        from.is_among("id", 1)
                    ),
                ),
            ],
            Self::Account => vec![("accounts", from.is_among("id", 1))],
            Self::Token => vec![(
                "tokens",
                format!(
                    "hash = ANY (ARRAY(SELECT decode(value ->> 0, 'hex') FROM {}))",
                    from.rows(1)
                ),
            )],
        }
    }
}

/// Snapshots are named by what they were made of. Those of one name are alike.
const SNAPSHOTS: &str = "snapshots";

impl Part {
    /// What a write was about. `None` if a copy has nothing of it.
    pub(super) fn of(written: &Written) -> Option<Self> {
        let (kind, id) = match written {
            Written::Function { id, .. } => (Kind::Function, id.clone()),
            Written::Account { id } => (Kind::Account, id.clone()),
            Written::Token(hash) => (Kind::Token, hash.to_string()),
            Written::Document | Written::User { .. } | Written::Everything => return None,
        };
        Some(Self { kind, id })
    }

    /// What a write of this server may have changed.
    pub(super) fn of_subject(
        copy: &Session<'_>,
        subject: &Subject,
    ) -> Result<Vec<Self>, DatabaseError> {
        let part = |kind, id| Self { kind, id };
        Ok(match subject {
            Subject::Function(id) => vec![part(Kind::Function, id.clone())],
            Subject::Account(id) => vec![part(Kind::Account, id.clone())],
            Subject::Token(hash) => vec![part(Kind::Token, hash.to_string())],
            Subject::TokensOf {
                account_id,
                user_id,
            } => {
                let tokens: Vec<[u8; 32]> = copy.all(
                    "SELECT hash FROM tokens WHERE account_id = ?1 AND user_id = ?2",
                    &[account_id, user_id],
                )?;
                let tokens = tokens.iter().map(|hash| part(Kind::Token, hex(hash)));
                tokens.collect()
            }
        })
    }

    /// Deletes its rows from a copy.
    pub(super) fn delete(&self, copy: &Session<'_>) -> Result<(), DatabaseError> {
        match self.kind {
            Kind::Function => {
                for sql in [
                    // Functions of one account with the same source share them.
                    "DELETE FROM snapshots
                     WHERE (account_id, source) IN (SELECT account_id, source FROM current_functions WHERE id = ?1)
                       AND NOT EXISTS (
                         SELECT 1 FROM current_functions AS other
                         WHERE other.account_id = snapshots.account_id AND other.source = snapshots.source
                           AND other.id <> ?1)",
                    "DELETE FROM revisions WHERE function_id = ?1",
                    "DELETE FROM function_keys WHERE function_id = ?1",
                    "DELETE FROM functions WHERE id = ?1",
                ] {
                    copy.execute(sql, &[&self.id])?;
                }
            }
            Kind::Account => {
                copy.execute("DELETE FROM accounts WHERE id = ?1", &[&self.id])?;
            }
            Kind::Token => {
                if let Ok(hash) = self.id.parse::<Digest>() {
                    copy.execute("DELETE FROM tokens WHERE hash = ?1", &[&hash])?;
                }
            }
        }
        Ok(())
    }
}

/// Deletes everything from a copy.
pub(super) fn delete_all(copy: &Session<'_>) -> Result<(), DatabaseError> {
    for table in [
        "functions",
        "revisions",
        "function_keys",
        SNAPSHOTS,
        "accounts",
        "tokens",
    ] {
        copy.execute(&format!("DELETE FROM {table}"), &[])?;
    }
    Ok(())
}

/// Tables that are copied whole: what a server reads when it is started.
const WHOLE: [&str; 2] = ["cookie_key", "passed_tests"];

/// Rows of a table.
pub(super) struct CopiedRows {
    table: &'static Table,
    /// With the id of what a row belongs to. `None` if it may be written in any case.
    rows: Vec<(Option<String>, Vec<KeptCell>)>,
}

/// Reads what belongs to some ids of one kind. The statements should see one state of the database.
pub(super) fn read(
    from: &Session<'_>,
    kind: Kind,
    ids: &Rows,
) -> Result<Vec<CopiedRows>, DatabaseError> {
    let tables = kind.tables(from).into_iter();
    let read = tables.map(|(name, condition)| CopiedRows::read(from, name, &condition, &[ids]));
    read.collect()
}

/// Reads the tables that are copied whole.
pub(super) fn read_whole(from: &Session<'_>) -> Result<Vec<CopiedRows>, DatabaseError> {
    let read = WHOLE
        .iter()
        .map(|name| CopiedRows::read(from, name, "1 = 1", &[]));
    read.collect()
}

impl CopiedRows {
    fn read(
        from: &Session<'_>,
        name: &str,
        condition: &str,
        values: &[&dyn Value],
    ) -> Result<Self, DatabaseError> {
        let table = TABLES.iter().find(|table| table.name == name);
        let table = table.expect("these names are those of tables");
        let columns = table.columns.join(", ");
        let sql = format!("SELECT {columns} FROM {name} WHERE {condition}");
        let mut rows = Vec::new();
        from.each(&sql, values, |row| {
            let cells = (0..table.columns.len()).map(|column| row.cell(column));
            let cells = cells.collect::<Result<Vec<_>, _>>()?;
            let id = match (name, cells.first()) {
                (SNAPSHOTS, _) => None,
                (_, Some(Cell::Bytes(hash))) => Some(hex(hash)),
                (_, Some(Cell::Text(id))) => Some((*id).to_owned()),
                _ => None,
            };
            rows.push((id, cells.into_iter().map(KeptCell::from).collect()));
            Ok::<_, DatabaseError>(ControlFlow::Continue(()))
        })?;
        Ok(Self { table, rows })
    }

    /// Writes the rows of those ids that are `wanted`.
    pub(super) fn write(
        self,
        copy: &Session<'_>,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(), DatabaseError> {
        let is_wanted = |id: &Option<String>| id.as_deref().is_none_or(&wanted);
        let rows = self.rows.into_iter().filter(|(id, _)| is_wanted(id));
        let rows: Vec<_> = rows.map(|(_, cells)| cells).collect();
        let insert = format!("{} ON CONFLICT DO NOTHING", self.table.insert());
        copy.execute_each(&insert, &rows)
            .map_err(|(_, error)| error)
    }

    /// Replaces the table by all rows.
    pub(super) fn replace(self, copy: &Session<'_>) -> Result<(), DatabaseError> {
        copy.execute(&format!("DELETE FROM {}", self.table.name), &[])?;
        self.write(copy, |_| true)
    }
}
