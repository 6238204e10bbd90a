//! The tree of revisions: their names and predecessors. Revisions that did not win keep nothing else.

use super::{
    Revision, Store, StoreError,
    database::{DatabaseError, Lock, Rows, Session},
};

/// Most revisions of a line that are read, as in CouchDB's default (`revs_limit`).
pub const MAX_ANCESTRY: usize = 1000;

impl Store {
    /// A revision and its predecessors, newest first, at most [`MAX_ANCESTRY`]. Empty if the revision is unknown.
    pub async fn ancestry(
        &self,
        id: String,
        revision: Revision,
    ) -> Result<Vec<Revision>, StoreError> {
        self.read(move |session| {
            let line: Vec<String> = session.all(
                "WITH RECURSIVE line (revision, parent, depth) AS (
                     SELECT revision, parent, 1 FROM revision_tree WHERE document_id = ?1 AND revision = ?2
                     UNION ALL
                     SELECT tree.revision, tree.parent, depth + 1
                     FROM line JOIN revision_tree AS tree ON tree.document_id = ?1 AND tree.revision = line.parent
                     WHERE depth < ?3
                 ) SELECT revision FROM line ORDER BY depth",
                &[&id, &revision.as_str(), &(MAX_ANCESTRY as i64)],
            )?;
            Ok(line.into_iter().map(Revision::read).collect())
        })
        .await
    }

    /// The revisions among these that are unknown.
    pub async fn unknown_revisions(
        &self,
        id: String,
        revisions: Vec<Revision>,
    ) -> Result<Vec<Revision>, StoreError> {
        self.read(move |session| {
            let rows = session.rows(2);
            let sql = format!(
                "SELECT value ->> 0 FROM {rows} WHERE NOT EXISTS (
                     SELECT 1 FROM revision_tree WHERE document_id = ?1 AND revision = value ->> 0)
                 ORDER BY key"
            );
            let unknown: Vec<String> = session.all(&sql, &[&id, &rows_of(&revisions)?])?;
            Ok(unknown.into_iter().map(Revision::read).collect())
        })
        .await
    }

    /// Adds revisions to the tree, newest first. Each follows the next.
    pub async fn remember_revisions(
        &self,
        id: String,
        line: Vec<Revision>,
    ) -> Result<(), StoreError> {
        self.write(Lock::document(&id), move |session| {
            insert_line(session, &id, &line)
        })
        .await
    }
}

/// Adds a line of revisions, newest first. A known revision stays the same, but gets a predecessor if it had none.
pub(super) fn insert_line(
    session: &Session,
    id: &str,
    line: &[Revision],
) -> Result<(), StoreError> {
    let line = &line[..line.len().min(MAX_ANCESTRY)];
    let rows = session.rows(2);
    let sql = format!(
        "INSERT INTO revision_tree (document_id, revision, parent)
         SELECT ?1, value ->> 0, lead(value ->> 0) OVER (ORDER BY key) FROM {rows} WHERE true
         ON CONFLICT (document_id, revision) DO UPDATE SET parent = coalesce(revision_tree.parent, excluded.parent)"
    );
    session.execute(&sql, &[&id, &rows_of(line)?])?;
    Ok(())
}

fn rows_of(revisions: &[Revision]) -> Result<Rows, DatabaseError> {
    Rows::of(revisions.iter().map(Revision::as_str))
}
