//! Lists of functions.

use std::ops::ControlFlow;

use super::{
    FunctionKey, PAGE_BYTES, Store, StoreError, Stored,
    database::{FromRow, Session},
    functions::{COLUMNS, RowParts, stored},
};

/// Most functions in one read. Other reads can run between two pieces. A piece takes 2 MB if every function has the
/// size of the largest workload.
const PIECE: usize = 256;

/// Most bytes of documents in one read, as JSON. Larger documents are read in more pieces. One document at a time is
/// parsed.
const PIECE_BYTES: usize = 4 * 1024 * 1024;

/// Which of an account's functions to read.
pub struct Listing {
    /// The account of the functions.
    pub account_id: String,
    /// The first id.
    pub start: String,
    /// The largest number of rows.
    pub limit: usize,
    /// Whether ids ascend; otherwise they descend.
    pub ascending: bool,
}

/// A page of an account's functions, a row for each.
pub struct Page<T> {
    /// Rows of the page.
    pub rows: Vec<T>,
    /// The id that the next page starts with.
    pub next: Option<String>,
}

/// The accounts of the functions.
pub enum Scope {
    /// One account, by id.
    Account(String),
    /// All accounts below an account, without the account itself.
    Descendants(String),
}

impl Store {
    /// Rows of an account's functions, up to the listing's limit, or fewer if the functions are large. Functions for
    /// which `row_of` returns `None` are left out. `row_of` runs on the thread for lists, so that only the rows are
    /// kept in memory, and not the functions.
    pub async fn functions<T: Send + 'static>(
        &self,
        listing: Listing,
        mut row_of: impl Fn(&Stored) -> Option<T> + Send + 'static,
    ) -> Result<Page<T>, StoreError> {
        let Listing {
            account_id,
            start,
            limit,
            ascending,
        } = listing;
        let mut rows = Vec::new();
        let mut bytes = 0;
        let mut from = (start, true);
        loop {
            let account_id = account_id.clone();
            let wanted = limit.saturating_add(1) - rows.len();
            let piece;
            (piece, row_of) = self
                .read_list(move |session| {
                    let piece =
                        Piece::read(session, &account_id, from, ascending, wanted, &row_of)?;
                    Ok((piece, row_of))
                })
                .await?;
            for found in piece.found {
                bytes += found.bytes;
                if rows.len() == limit || (bytes > PAGE_BYTES && !rows.is_empty()) {
                    let next = Some(found.id);
                    return Ok(Page { rows, next });
                }
                rows.push(found.row);
            }
            match piece.last {
                Some(last) => from = (last, false),
                None => return Ok(Page { rows, next: None }),
            }
        }
    }

    /// At most `limit` functions that the server has switched off, by id, with ids after `after`.
    pub async fn disabled_functions(
        &self,
        scope: &Scope,
        after: String,
        limit: usize,
    ) -> Result<Vec<FunctionKey>, StoreError> {
        let (condition, account_id) = match scope {
            Scope::Account(id) => ("accounts.id = ?1", id.clone()),
            Scope::Descendants(id) => (
                "EXISTS (SELECT 1 FROM ancestors WHERE ancestor_id = ?1 AND ancestors.account_id = accounts.id)",
                id.clone(),
            ),
        };
        self.read_list(move |session| {
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let sql = format!(
                "SELECT functions.account_id, functions.id
                 FROM revisions JOIN functions ON functions.id = function_id AND functions.generation = revisions.generation
                 JOIN accounts ON accounts.id = functions.account_id
                 WHERE disable_reason IS NOT NULL AND functions.deleted = 0 AND functions.id > ?2 AND {condition}
                 ORDER BY functions.id LIMIT ?3"
            );
            Ok(session.all(&sql, &[&account_id, &after, &limit])?)
        })
        .await
    }
}

/// A function with its row.
struct Found<T> {
    id: String,
    /// Bytes of the function's document as JSON.
    bytes: usize,
    row: T,
}

/// The rows of one read.
struct Piece<T> {
    found: Vec<Found<T>>,
    /// The last id that was read, if more may follow.
    last: Option<String>,
}

impl<T> Piece<T> {
    /// Reads at most [`PIECE`] functions of some [`PIECE_BYTES`] in all, and stops after `wanted` rows. The first id is
    /// `from`, or, unless that is `inclusive`, the next one.
    fn read(
        session: &Session,
        account_id: &str,
        (from, inclusive): (String, bool),
        ascending: bool,
        wanted: usize,
        row_of: &impl Fn(&Stored) -> Option<T>,
    ) -> Result<Self, StoreError> {
        let (comparison, order) = match (ascending, inclusive) {
            (true, true) => (">=", "ASC"),
            (true, false) => (">", "ASC"),
            (false, true) => ("<=", "DESC"),
            (false, false) => ("<", "DESC"),
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM current_functions
             WHERE account_id = ?1 AND deleted = 0 AND id {comparison} ?2 ORDER BY id {order} LIMIT {PIECE}"
        );
        let mut found = Vec::new();
        let mut last = None;
        let (mut bytes, mut count) = (0, 0);
        let mut is_full = false;
        session.each(&sql, &[&account_id, &from], |row| {
            let parts = RowParts::from_row(row)?;
            let document_bytes = parts.2.len();
            let function = stored(parts)?;
            if let Some(row) = row_of(&function) {
                found.push(Found {
                    id: function.id.clone(),
                    bytes: document_bytes,
                    row,
                });
            }
            last = Some(function.id);
            bytes += document_bytes;
            count += 1;
            is_full = bytes > PIECE_BYTES || found.len() == wanted;
            Ok::<_, StoreError>(if is_full {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        Ok(Self {
            found,
            last: last.filter(|_| is_full || count == PIECE),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        LAST_ID,
        tests::{draft, with_account},
    };

    /// The ids that end in 0 on a page, and the start of the next page.
    async fn page(
        store: &Store,
        start: &str,
        limit: usize,
        ascending: bool,
    ) -> (Vec<String>, Option<String>) {
        let listing = Listing {
            account_id: "a".into(),
            start: start.into(),
            limit,
            ascending,
        };
        let row_of = |function: &Stored| {
            let id = function.id.clone();
            id.ends_with('0').then_some(id)
        };
        let page = store.functions(listing, row_of).await.unwrap();
        (page.rows, page.next)
    }

    #[tokio::test]
    async fn it_is_read_on_until_enough_functions_match() {
        let (store, _folder) = with_account().await;
        for number in 0..PIECE + 15 {
            let id = format!("{number:03}");
            store.create_function(draft(&id)).await.unwrap();
        }
        // The piece that starts at 014 is the second piece.
        assert_eq!(
            page(&store, LAST_ID, 27, false).await,
            (
                (1..=27).rev().map(|ten| format!("{ten:02}0")).collect(),
                Some("000".into())
            )
        );
        assert_eq!(
            page(&store, "000", 27, false).await,
            (vec!["000".into()], None)
        );
        assert_eq!(
            page(&store, "", 2, true).await,
            (vec!["000".into(), "010".into()], Some("020".into()))
        );
        assert_eq!(
            page(&store, "261", 9, true).await,
            (vec!["270".into()], None)
        );
        assert_eq!(page(&store, "271", 9, true).await, (Vec::new(), None));
    }

    #[tokio::test]
    async fn large_functions_are_read_in_more_pieces_and_pages() {
        let (store, _folder) = with_account().await;
        let large = |number: u32| {
            let mut large = draft(&format!("{number:02}0"));
            let source = "x".repeat(PIECE_BYTES / 4);
            large.document.insert("function_js".into(), source.into());
            large
        };
        for number in 0..12 {
            store.create_function(large(number)).await.unwrap();
        }
        let (ids, next) = page(&store, "", 11, true).await;
        assert_eq!((ids.len(), next), (11, Some("110".into())));
        let (ids, next) = page(&store, "", 12, true).await;
        assert_eq!((ids.len(), next), (12, None));
        for number in 12..40 {
            store.create_function(large(number)).await.unwrap();
        }
        let (ids, next) = page(&store, "", 40, true).await;
        assert_eq!((ids.len(), next), (31, Some("310".into())));
        let (ids, next) = page(&store, "310", 40, true).await;
        assert_eq!((ids.len(), next), (9, None));
    }

    #[tokio::test]
    async fn no_function_is_left_of_an_account_that_is_gone() {
        let (store, _folder) = with_account().await;
        let mut late = draft("f");
        late.account_id = "gone".into();
        let created = store.create_function(late).await;
        assert!(matches!(created, Err(StoreError::Conflict)));
    }

    #[tokio::test]
    async fn what_was_changed_meanwhile_is_not_written_over() {
        let (store, _folder) = with_account().await;
        let first = store.create_function(draft("f")).await.unwrap().revision;
        let second = store.update_function(draft("f"), first.clone()).await;
        assert!(second.is_ok());
        let late = store.update_function(draft("f"), first).await;
        assert!(matches!(late, Err(StoreError::Conflict)));
    }
}
