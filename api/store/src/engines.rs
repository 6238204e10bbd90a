//! The versions of language packs that compiled functions, and what happened to functions when a newer version came.

use super::{
    Revision, Store, StoreError,
    database::{DatabaseError, FromRow, Lock, Row},
    now,
};

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

/// The outcome for a function when a newer version of its pack came.
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
        self.read(|session| {
            Ok(session.all(
                "SELECT language_pack, engine, count(*) FROM functions
                 WHERE deleted = 0 GROUP BY language_pack, engine",
                &[],
            )?)
        })
        .await
    }

    /// At most `limit` compiled functions, by id, with ids after `after`.
    pub async fn function_engines(
        &self,
        after: String,
        limit: usize,
    ) -> Result<Vec<FunctionEngine>, StoreError> {
        self.read(move |session| {
            Ok(session.all(
                "SELECT current.account_id, current.id, revision, language_pack, engine
                 FROM current_functions AS current JOIN functions ON functions.id = current.id
                 WHERE current.deleted = 0 AND engine IS NOT NULL AND current.id > ?1
                 ORDER BY current.id LIMIT ?2",
                &[&after, &i64::try_from(limit).unwrap_or(i64::MAX)],
            )?)
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
        self.read(move |session| {
            Ok(session.only(
                "SELECT EXISTS (SELECT 1 FROM engine_changes
                 WHERE function_id = ?1 AND revision = ?2 AND to_engine = ?3 AND switched = 0)",
                &[&function_id, &revision.as_str(), &to_engine],
            )?)
        })
        .await
    }

    /// Records a change. It replaces an earlier record for the same version.
    pub async fn add_engine_change(&self, change: EngineChange) -> Result<(), StoreError> {
        let differences = serde_json::to_string(&change.differences).map_err(broken)?;
        self.write(Lock::document(&change.function_id), move |session| {
            // The function may have been removed meanwhile.
            session.execute(
                "INSERT INTO engine_changes
                   (function_id, revision, from_engine, to_engine, switched, compared, differences, time)
                 SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM functions WHERE id = ?1
                 ON CONFLICT (function_id, to_engine) DO UPDATE SET
                   revision = excluded.revision, from_engine = excluded.from_engine, switched = excluded.switched,
                   compared = excluded.compared, differences = excluded.differences, time = excluded.time",
                &[
                    &change.function_id,
                    &change.revision.as_str(),
                    &change.from_engine,
                    &change.to_engine,
                    &change.switched,
                    &(change.compared as i64),
                    &differences,
                    &now(),
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// The recorded changes, newest first.
    pub async fn engine_changes(&self) -> Result<Vec<EngineChange>, StoreError> {
        self.read(|session| {
            let rows: Vec<ChangeRow> = session.all(
                "SELECT function_id, revision, from_engine, to_engine, switched, compared, differences
                 FROM engine_changes ORDER BY time DESC, function_id",
                &[],
            )?;
            rows.into_iter().map(change).collect()
        })
        .await
    }
}

type ChangeRow = (String, String, String, String, bool, i64, String);

fn change(
    (function_id, revision, from_engine, to_engine, switched, compared, differences): ChangeRow,
) -> Result<EngineChange, StoreError> {
    Ok(EngineChange {
        function_id,
        revision: Revision::read(revision),
        from_engine,
        to_engine,
        switched,
        compared: usize::try_from(compared).unwrap_or(0),
        differences: serde_json::from_str(&differences).map_err(broken)?,
    })
}

impl FromRow for LanguageInUse {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            language_pack: row.get(0)?,
            engine: row.get(1)?,
            functions: row.get(2)?,
        })
    }
}

impl FromRow for FunctionEngine {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            account_id: row.get(0)?,
            id: row.get(1)?,
            revision: Revision::read(row.get(2)?),
            language_pack: row.get(3)?,
            engine: row.get(4)?,
        })
    }
}

fn broken(source: serde_json::Error) -> StoreError {
    StoreError::Broken {
        what: "engine change",
        source,
    }
}
