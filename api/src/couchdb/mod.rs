//! The `functions` database as a CouchDB server shows it: functions, and whatever other documents KAZOO keeps beside
//! them. Knows no HTTP and no SQL.

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
pub(crate) use switchhook_store::{IdRange, Piece};
pub(crate) use view_rows::ViewRows;
pub(crate) use views::{Bound, Row, Span, View};
pub(crate) use writes::WriteError;

use crate::{accounts::Accounts, functions::Functions};

/// What reads and writes the documents. Those that are functions are the functions of the API. Clones share it.
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

    /// Told of every write; whoever waits for one looks at [`Self::changes`] first.
    pub(crate) fn written(&self) -> watch::Receiver<()> {
        self.store.written()
    }
}
