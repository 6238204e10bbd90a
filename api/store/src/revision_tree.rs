//! The tree of revisions: their names and predecessors. Of revisions that did not win, nothing else is kept.

use rusqlite::{Transaction, params};

use super::{Revision, Store, StoreError};

/// Most predecessors that are known of a document: CouchDB's default (`revs_limit`).
pub const MAX_ANCESTRY: usize = 1000;

impl Store {
    /// A revision and its predecessors, newest first, at most [`MAX_ANCESTRY`]. Empty if the revision is unknown.
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

    /// The unknown ones of these revisions.
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

    /// Adds revisions to the tree, newest first. Each follows the next.
    pub async fn remember_revisions(
        &self,
        id: String,
        line: Vec<Revision>,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| insert_line(transaction, &id, &line))
            .await
    }
}

/// Adds revisions. A known revision stays the same, but gets a predecessor if it had none.
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

/// Adds a line of revisions, newest first.
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
