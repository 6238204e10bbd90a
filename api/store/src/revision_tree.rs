//! The names of revisions, and which follows which: all that is kept of a revision that did not win.

use rusqlite::{Transaction, params};

use super::{Revision, Store, StoreError};

/// How many revisions back a document is known: what CouchDB keeps by default (`revs_limit`).
pub const MAX_ANCESTRY: usize = 1000;

impl Store {
    /// A revision and those before it, newest first, at most [`MAX_ANCESTRY`]; empty if it is not known.
    pub async fn ancestry(
        &self,
        id: String,
        revision: Revision,
    ) -> Result<Vec<Revision>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "WITH RECURSIVE line (revision, parent, depth) AS (
                     SELECT revision, parent, 1 FROM revision_tree WHERE document_id = ?1 AND revision = ?2
                     UNION ALL
                     SELECT tree.revision, tree.parent, depth + 1
                     FROM line JOIN revision_tree AS tree ON tree.document_id = ?1 AND tree.revision = line.parent
                     WHERE depth < ?3
                 ) SELECT revision FROM line ORDER BY depth",
            )?;
            let line = statement.query_map(params![id, revision.as_str(), MAX_ANCESTRY as i64], |row| {
                row.get(0).map(Revision::read)
            })?;
            Ok(line.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Those of the revisions that were never seen.
    pub async fn unknown_revisions(
        &self,
        id: String,
        revisions: Vec<Revision>,
    ) -> Result<Vec<Revision>, StoreError> {
        self.read(move |connection| {
            let mut known = connection.prepare_cached(
                "SELECT 1 FROM revision_tree WHERE document_id = ?1 AND revision = ?2",
            )?;
            let mut unknown = Vec::new();
            for revision in revisions {
                if !known.exists([id.as_str(), revision.as_str()])? {
                    unknown.push(revision);
                }
            }
            Ok(unknown)
        })
        .await
    }

    /// Notes that these revisions are known, newest first, each following the next one.
    pub async fn remember_revisions(
        &self,
        id: String,
        line: Vec<Revision>,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| insert_line(transaction, &id, &line))
            .await
    }
}

/// What is known already stays as it is, but for a parent that was not known.
pub(super) fn insert(
    transaction: &Transaction,
    id: &str,
    revision: &Revision,
    parent: Option<&Revision>,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO revision_tree (document_id, revision, parent) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET parent = coalesce(parent, excluded.parent)",
        )?
        .execute(params![id, revision.as_str(), parent.map(Revision::as_str)])?;
    Ok(())
}

/// Newest first, each following the next one.
pub(super) fn insert_line(
    transaction: &Transaction,
    id: &str,
    line: &[Revision],
) -> Result<(), StoreError> {
    let line = &line[..line.len().min(MAX_ANCESTRY)];
    for (at, revision) in line.iter().enumerate() {
        insert(transaction, id, revision, line.get(at + 1))?;
    }
    Ok(())
}
