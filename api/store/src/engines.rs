//! The versions of language packs that compiled functions, and what happened to functions when a newer version came.

use rusqlite::params;

use super::{Revision, Store, StoreError, now};

/// A function and its engine.
pub struct FunctionEngine {
    /// The function's account.
    pub account_id: String,
    /// The function's id.
    pub id: String,
    /// The function's current revision.
    pub revision: Revision,
    /// The language that it asks for. `None` if it names none.
    pub language_pack: Option<String>,
    /// The version of the pack that compiled it: `javascript@1`.
    pub engine: String,
}

/// Functions with the same language and engine.
pub struct LanguageInUse {
    /// The language that they ask for. `None` if they name none.
    pub language_pack: Option<String>,
    /// The version of the pack that compiled them, if they were compiled.
    pub engine: Option<String>,
    /// How many there are.
    pub functions: i64,
}

/// What happened to a function when a newer version of its pack came.
pub struct EngineChange {
    /// The function's id.
    pub function_id: String,
    /// The revision that was compiled with the newer version.
    pub revision: Revision,
    /// The version before: `javascript@1`.
    pub from_engine: String,
    /// The newer version.
    pub to_engine: String,
    /// Whether the function now runs on the newer version.
    pub switched: bool,
    /// Recorded calls that both versions ran.
    pub compared: usize,
    /// Sentences about the differences.
    pub differences: Vec<String>,
}

impl Store {
    /// The number of functions for each language and engine.
    pub async fn languages_in_use(&self) -> Result<Vec<LanguageInUse>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT language_pack, engine, COUNT(*) FROM functions
                 WHERE deleted = 0 GROUP BY language_pack, engine",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(LanguageInUse {
                    language_pack: row.get(0)?,
                    engine: row.get(1)?,
                    functions: row.get(2)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// At most `limit` compiled functions, by id, with ids after `after`.
    pub async fn function_engines(
        &self,
        after: String,
        limit: usize,
    ) -> Result<Vec<FunctionEngine>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT current.account_id, current.id, revision, language_pack, engine
                 FROM current_functions AS current JOIN functions USING (id)
                 WHERE current.deleted = 0 AND engine IS NOT NULL AND id > ?1 ORDER BY id LIMIT ?2",
            )?;
            let rows = statement.query_map(params![after, limit as i64], |row| {
                Ok(FunctionEngine {
                    account_id: row.get(0)?,
                    id: row.get(1)?,
                    revision: Revision::read(row.get(2)?),
                    language_pack: row.get(3)?,
                    engine: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Whether a revision was compared with this engine before and stays with its own.
    pub async fn is_engine_refused(
        &self,
        function_id: String,
        revision: Revision,
        to_engine: String,
    ) -> Result<bool, StoreError> {
        self.read(move |connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM engine_changes
                     WHERE function_id = ?1 AND revision = ?2 AND to_engine = ?3 AND switched = 0)",
                )?
                .query_row([&function_id, revision.as_str(), &to_engine], |row| {
                    row.get(0)
                })?)
        })
        .await
    }

    /// Records a change. It replaces an earlier record for the same version.
    pub async fn add_engine_change(&self, change: EngineChange) -> Result<(), StoreError> {
        let differences = serde_json::to_string(&change.differences).map_err(broken)?;
        self.write(move |transaction| {
            // The function may have been removed meanwhile.
            transaction.execute(
                "INSERT INTO engine_changes
                   (function_id, revision, from_engine, to_engine, switched, compared, differences, time)
                 SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM functions WHERE id = ?1
                 ON CONFLICT (function_id, to_engine) DO UPDATE SET
                   revision = excluded.revision, from_engine = excluded.from_engine, switched = excluded.switched,
                   compared = excluded.compared, differences = excluded.differences, time = excluded.time",
                params![
                    change.function_id,
                    change.revision.as_str(),
                    change.from_engine,
                    change.to_engine,
                    change.switched,
                    change.compared as i64,
                    differences,
                    now(),
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// The recorded changes, newest first.
    pub async fn engine_changes(&self) -> Result<Vec<EngineChange>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT function_id, revision, from_engine, to_engine, switched, compared, differences
                 FROM engine_changes ORDER BY time DESC, function_id",
            )?;
            let mut rows = statement.query([])?;
            let mut changes = Vec::new();
            while let Some(row) = rows.next()? {
                let compared: i64 = row.get(5)?;
                let differences: String = row.get(6)?;
                changes.push(EngineChange {
                    function_id: row.get(0)?,
                    revision: Revision::read(row.get(1)?),
                    from_engine: row.get(2)?,
                    to_engine: row.get(3)?,
                    switched: row.get(4)?,
                    compared: usize::try_from(compared).unwrap_or(0),
                    differences: serde_json::from_str(&differences).map_err(broken)?,
                });
            }
            Ok(changes)
        })
        .await
    }
}

fn broken(source: serde_json::Error) -> StoreError {
    StoreError::Broken {
        what: "engine change",
        source,
    }
}
