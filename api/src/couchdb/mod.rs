//! The `functions` database as a CouchDB server shows it: functions, and whatever other documents KAZOO keeps beside
//! them. Knows no HTTP and no SQL.

mod document;
mod local;
mod reads;
mod writes;

use std::sync::Arc;

use tokio::sync::watch;

pub(crate) use document::{Document, Edit, EditError};
pub(crate) use reads::{Change, Counts, Piece, Range};
pub(crate) use writes::{Unknown, WriteError};

use crate::{functions::Functions, store::Store};

/// What reads and writes the documents. Those that are functions are the functions of the API.
#[derive(Clone)]
pub(crate) struct Database {
    store: Store,
    functions: Arc<Functions>,
}

impl Database {
    pub(crate) fn new(store: Store, functions: Arc<Functions>) -> Self {
        Self { store, functions }
    }

    /// Told of every write; whoever waits for one looks at [`Self::changes`] first.
    pub(crate) fn written(&self) -> watch::Receiver<()> {
        self.store.written()
    }
}
