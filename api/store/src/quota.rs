//! Quotas of accounts: numbers of functions, and their bytes. The database counts both (`schema/9.sql`). A write checks
//! them in its own session, so that two writes cannot take the last place.

use super::{StoreError, database::Session};

/// Bytes that a revision takes beside its content: its row, its name in the revision tree, its place among the changes,
/// and their indexes. `schema/9.sql` has the same number.
pub(super) const REVISION_BYTES: usize = 512;

/// The quota of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Functions, without deleted ones.
    pub functions: u64,
    /// Bytes of all revisions of all functions, with their snapshots. The revisions of a deleted function count until
    /// the function is removed.
    pub bytes: u64,
}

/// The quota that a write would exceed. The text is for the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverQuota {
    /// The allowed number of functions.
    #[error("an account may have {0} functions, and this one has as many")]
    Functions(u64),
    /// The allowed bytes.
    #[error(
        "the functions of an account may take {0} bytes with all their revisions, and this one's would take more; \
         removing a function makes room"
    )]
    Bytes(u64),
}

/// What an account keeps at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) functions: u64,
    pub(super) bytes: u64,
}

/// What an account keeps. Zero for an unknown account.
pub(super) fn kept(session: &Session, account_id: &str) -> Result<Kept, StoreError> {
    let (functions, bytes) = session
        .one(
            "SELECT functions, function_bytes FROM accounts WHERE id = ?1",
            &[&account_id],
        )?
        .unwrap_or((0, 0));
    // Neither number is ever negative.
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(Kept {
        functions: count(functions),
        bytes: count(bytes),
    })
}

/// Whether an account has room for so many bytes of a snapshot. Snapshots need not be kept, because they can be made
/// again.
pub(super) fn has_room(
    session: &Session,
    function_id: &str,
    bytes: usize,
    quota: &Quota,
) -> Result<bool, StoreError> {
    let account_id: String = session.only(
        "SELECT account_id FROM functions WHERE id = ?1",
        &[&function_id],
    )?;
    let kept = kept(session, &account_id)?.bytes;
    Ok(kept.saturating_add(bytes as u64) <= quota.bytes)
}

/// Checks a quota after a write, given what was kept before. An account above a lowered quota keeps its functions, and
/// may shrink them.
///
/// # Errors
/// [`StoreError::OverQuota`]. The write must then be rolled back.
pub(super) fn check(
    session: &Session,
    account_id: &str,
    quota: &Quota,
    before: Kept,
) -> Result<(), StoreError> {
    let now = kept(session, account_id)?;
    if now.functions > quota.functions && now.functions > before.functions {
        return Err(OverQuota::Functions(quota.functions).into());
    }
    if now.bytes > quota.bytes && now.bytes > before.bytes {
        return Err(OverQuota::Bytes(quota.bytes).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Actor, Store,
        tests::{draft, with_account},
    };

    /// The database's counts, and the true numbers.
    async fn counted(store: &Store) -> (Kept, (i64, i64)) {
        let counted = store.read(|session| {
            let functions = "SELECT count(*) FROM functions WHERE account_id = 'a' AND deleted = 0";
            let bytes =
                "SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM revisions JOIN functions ON id = function_id
                         WHERE account_id = 'a'";
            let number = |query| session.only(query, &[]);
            Ok((
                kept(session, "a")?,
                (number(functions)?, number(bytes)?),
            ))
        });
        counted.await.unwrap()
    }

    async fn assert_counted(store: &Store, functions: i64) -> u64 {
        let (kept, (there, bytes)) = counted(store).await;
        assert_eq!(there, functions);
        assert_eq!((kept.functions as i64, kept.bytes as i64), (there, bytes));
        kept.bytes
    }

    fn actor() -> Actor {
        Actor {
            account_id: "a".into(),
            user_id: None,
        }
    }

    #[tokio::test]
    async fn what_is_kept_is_counted_whatever_becomes_of_it() {
        let (store, _folder) = with_account().await;
        assert_eq!(assert_counted(&store, 0).await, 0);
        let created = store.create_function(draft("f")).await.unwrap();
        let of_one = assert_counted(&store, 1).await;
        assert!(of_one >= REVISION_BYTES as u64);
        let updated = store.update_function(draft("f"), created.revision);
        let updated = updated.await.unwrap();
        assert!(assert_counted(&store, 1).await > of_one);
        let hidden = store.delete_function("a".into(), updated, true, actor(), None);
        hidden.await.unwrap();
        assert!(assert_counted(&store, 0).await > 2 * of_one);
        let again = store.create_function(draft("f")).await.unwrap();
        store.create_function(draft("g")).await.unwrap();
        assert_counted(&store, 2).await;
        let removed = store.delete_function("a".into(), again, false, actor(), None);
        removed.await.unwrap();
        assert_eq!(assert_counted(&store, 1).await, of_one);
    }

    #[tokio::test]
    async fn what_would_be_too_much_is_not_written() {
        let (store, _folder) = with_account().await;
        let limited = |id: &str, functions, bytes| {
            let mut draft = draft(id);
            draft.quota = Some(Quota { functions, bytes });
            draft
        };
        store.create_function(limited("f", 1, 600)).await.unwrap();
        for (quota, over) in [
            ((1, 6_000), OverQuota::Functions(1)),
            ((2, 600), OverQuota::Bytes(600)),
        ] {
            let refused = store.create_function(limited("g", quota.0, quota.1)).await;
            assert!(matches!(refused, Err(StoreError::OverQuota(it)) if it == over));
            assert_counted(&store, 1).await;
        }
        // The quota of functions was lowered meanwhile.
        let current = store.function("a".into(), "f".into()).await.unwrap();
        let next = store.update_function(limited("f", 0, 6_000), current.unwrap().revision);
        next.await.unwrap();
    }
}
