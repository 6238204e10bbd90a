//! Earlier revisions of functions, and the way back to one of them.

use switchhook_store::{History, Past, Stored, document};

use super::{Author, Functions, FunctionsError, expected::Expected};

impl Functions {
    /// At most `limit` revisions of a function, also of a deleted one, from the generation `start` downwards.
    pub(crate) async fn history(
        &self,
        account_id: &str,
        id: &str,
        start: i64,
        limit: usize,
    ) -> Result<History, FunctionsError> {
        self.last_revision(account_id, id).await?;
        Ok(self.store.history(id.to_owned(), start, limit).await?)
    }

    /// A function as it was at one of its revisions.
    pub(crate) async fn past(
        &self,
        account_id: &str,
        id: &str,
        revision: &str,
    ) -> Result<Past, FunctionsError> {
        self.last_revision(account_id, id).await?;
        let past = self.store.function_at(id.to_owned(), revision.to_owned());
        past.await?.ok_or_else(|| FunctionsError::NotFound {
            id: revision.to_owned(),
        })
    }

    /// Makes the document of a revision, with the secrets it had, the next revision. A deleted function comes back.
    pub(crate) async fn roll_back(
        &self,
        account_id: &str,
        id: &str,
        revision: &str,
        author: Author<'_>,
        expected: &Expected,
    ) -> Result<Stored, FunctionsError> {
        let last = self.last_revision(account_id, id).await?;
        let Past {
            stored: target,
            deleted: false,
        } = self.past(account_id, id, revision).await?
        else {
            return Err(FunctionsError::NotFound {
                id: revision.to_owned(),
            });
        };
        let secrets = self.unseal(id, target.secrets.as_deref())?;
        let checked = self.check(account_id, id, target.document, secrets)?;
        expected.check(&last.stored.revision)?;
        let reason = target
            .disable_reason
            .filter(|_| !document::is_enabled(&checked.document));
        let mut draft = self
            .draft(account_id, id.to_owned(), checked, author)
            .await?;
        draft.disable_reason = reason;
        let store = self.store.clone();
        let key = (account_id.to_owned(), id.to_owned());
        self.writes
            .write(key, async move {
                if last.deleted {
                    store.create_function(draft).await
                } else {
                    store.update_function(draft, last.stored.revision).await
                }
            })
            .await
    }

    async fn last_revision(&self, account_id: &str, id: &str) -> Result<Past, FunctionsError> {
        let last = self.store.last_revision(account_id.into(), id.into());
        last.await?
            .ok_or_else(|| FunctionsError::NotFound { id: id.into() })
    }
}
