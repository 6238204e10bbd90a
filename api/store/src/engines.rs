//! Which versions of which language packs functions were compiled with, and what became of them when there was a newer one.

use rusqlite::params;

use super::{Revision, Store, StoreError, now};

/// A function and the engine it runs on.
pub struct FunctionEngine {
    /// The function's account.
    pub account_id: String,
    /// Its id.
    pub id: String,
    /// Its current revision.
    pub revision: Revision,
    /// What it asks for; nothing if it says nothing.
    pub language_pack: Option<String>,
    /// The version of the pack it was compiled with: `javascript@1`.
    pub engine: String,
}

/// Functions that run by the same language.
pub struct LanguageInUse {
    /// What they ask for; nothing if they say nothing.
    pub language_pack: Option<String>,
    /// The version of the pack that they were compiled with, if they were.
    pub engine: Option<String>,
    /// How many they are.
    pub functions: i64,
}

/// What became of a function for which there was a newer version of its pack.
pub struct EngineChange {
    /// The function that moves.
    pub function_id: String,
    /// The revision that was compiled anew.
    pub revision: Revision,
    /// The version that it ran on: `javascript@1`.
    pub from_engine: String,
    /// The version that it was compiled with.
    pub to_engine: String,
    /// Whether it runs on the new version now.
    pub switched: bool,
    /// Recorded calls on which both were run.
    pub compared: usize,
    /// A sentence each.
    pub differences: Vec<String>,
}

impl Store {
    /// How many functions ask for which language and were compiled with which version of it.
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

    /// At most `limit` functions that have been compiled, with ids behind `after`, by id.
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

    /// Whether a revision was compared with that engine before, and stays with its own.
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

    /// Notes what became of a function, in the place of what was noted of the same version before.
    pub async fn add_engine_change(&self, change: EngineChange) -> Result<(), StoreError> {
        let differences = serde_json::to_string(&change.differences).map_err(broken)?;
        self.write(move |transaction| {
            // The function may be gone meanwhile.
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

    /// What became of functions, the newest first.
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
