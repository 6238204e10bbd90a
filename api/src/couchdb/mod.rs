//! The `functions` database as a CouchDB server shows it: functions, and other documents that KAZOO stores beside them.
//! This folder knows no HTTP and no SQL.

mod collation;
mod document;
mod local;
mod reads;
mod view_rows;
mod views;
mod writes;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use switchhook_store::Store;
use tokio::sync::watch;

pub(crate) use collation::compare;
pub(crate) use document::{Document, Edit, EditError};
pub(crate) use reads::Change;
pub(crate) use switchhook_store::{IdRange, Piece, Sequence};
pub(crate) use view_rows::ViewRows;
pub(crate) use views::{Bound, Row, Span, View};
pub(crate) use writes::WriteError;

use crate::{accounts::Accounts, functions::Functions};

/// Reads and writes documents. Documents that are functions are the API's functions. Clones share the database.
#[derive(Clone)]
pub(crate) struct Database {
    store: Store,
    functions: Arc<Functions>,
    accounts: Arc<Accounts>,
}

impl Database {
    pub(crate) fn new(store: Store, functions: Arc<Functions>, accounts: Arc<Accounts>) -> Self {
        Self {
            store,
            functions,
            accounts,
        }
    }

    /// A channel that reports every write. Look at [`Self::changes`] before waiting for one.
    pub(crate) fn written(&self) -> watch::Receiver<()> {
        self.store.written()
    }
}
