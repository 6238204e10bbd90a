//! Replicates between two databases over HTTP, as CouchDB's replicator does (replication protocol, version 3). Either
//! database can be a CouchDB's or a Switchhook's. This folder knows no server, no store and no command line.
//!
//! Whatever fails, a replication begins anew at the last checkpoint: the target is asked again what it misses, and so
//! nothing is written twice.

mod address;
mod changes;
mod checkpoints;
mod counts;
mod error;
mod missing;
mod patience;
mod peer;
mod reading;
mod refusal;
mod sequence;
mod stop;
mod writing;

use std::{
    slice,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

pub(crate) use address::Address;
pub(crate) use counts::Counts;
pub(crate) use error::ReplicationError;
pub(crate) use stop::Stop;

use changes::{Changes, Feed};
use checkpoints::Checkpoints;
use patience::Patience;
use peer::Peer;
use reading::Document;
use refusal::give_up;

/// Documents whose changes are read at a time, as many as CouchDB's own replicator takes (`worker_batch_size`).
const BATCH: usize = 500;

/// Between two questions of which the first had no answer. A peer that answers at once is not asked without a pause.
const IDLE: Duration = Duration::from_millis(250);

/// How to replicate.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    /// Goes on for ever, also while a database is away.
    pub(crate) is_continuous: bool,
    /// Ignores checkpoints, so that the target is asked about every document.
    pub(crate) is_from_start: bool,
}

/// One direction: from a source to a target.
pub(crate) struct Replication {
    source: Peer,
    target: Peer,
    mode: Mode,
    counts: Mutex<Counts>,
    stop: Arc<Stop>,
}

impl Replication {
    pub(crate) fn new(source: &Address, target: &Address, mode: Mode, stop: Arc<Stop>) -> Self {
        Self {
            source: Peer::new(source),
            target: Peer::new(target),
            mode,
            counts: Mutex::default(),
            stop,
        }
    }

    /// Replicates until there is no more, or until it is told to stop. `report` hears of every batch.
    ///
    /// # Errors
    /// If a peer stays away longer than a one-off replication waits, or answers with what no CouchDB does.
    pub(crate) fn run(&self, report: impl Fn(Counts)) -> Result<(), ReplicationError> {
        let mut patience = Patience::new(self.mode.is_continuous);
        let mut is_from_start = self.mode.is_from_start;
        loop {
            let error = match self.go_on(&mut patience, &mut is_from_start, &report) {
                Ok(()) | Err(ReplicationError::Stopped) => return Ok(()),
                Err(error) => error,
            };
            if self.stop.pause(patience.after(error)?).is_err() {
                return Ok(());
            }
        }
    }

    /// How much has been done so far.
    pub(crate) fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replicates from the last checkpoint on.
    fn go_on(
        &self,
        patience: &mut Patience,
        is_from_start: &mut bool,
        report: &impl Fn(Counts),
    ) -> Result<(), ReplicationError> {
        let mut checkpoints = Checkpoints::read(&self.source, &self.target, *is_from_start)?;
        let mut since = checkpoints.since();
        let mut feed = Feed::Normal;
        loop {
            let changes = Changes::read(&self.source, &since, feed)?;
            if changes.is_empty() {
                if !self.mode.is_continuous {
                    return Ok(());
                }
                patience.renew();
                if feed == Feed::LongPoll {
                    self.stop.pause(IDLE)?;
                }
                since = changes.last;
                feed = Feed::LongPoll;
                continue;
            }
            let _batch = self.stop.batch()?;
            let done = self.transfer(&changes, patience.suspects_documents())?;
            checkpoints.write(&self.source, &self.target, &changes.last, &done)?;
            patience.renew();
            *is_from_start = false;
            *self.counts.lock().unwrap_or_else(PoisonError::into_inner) += done;
            since = changes.last;
            report(self.counts());
        }
    }

    /// Brings over what the target misses. Where documents are suspected, they go one at a time, and one that fails keeps no
    /// other out.
    fn transfer(&self, changes: &Changes, is_singly: bool) -> Result<Counts, ReplicationError> {
        let missing = missing::of(&self.target, changes)?;
        let mut done = Counts {
            checked: changes.revisions(),
            missing: missing.len() as u64,
            ..Counts::default()
        };
        let write = |documents: &[Document<'_>], done: &mut Counts| {
            writing::write(&self.target, documents, done)
        };
        if !is_singly {
            reading::read(&self.source, &missing, &mut done, &write)?;
            return Ok(done);
        }
        let mut failed = Vec::new();
        for revision in &missing {
            match reading::read(&self.source, slice::from_ref(revision), &mut done, &write) {
                Err(error) if error.may_be_of_a_document() => failed.push((&revision.id, error)),
                end => end?,
            }
        }
        // Where each of several documents fails, the peer is at fault, and nothing may be left out.
        if done.checked > 1
            && done.checked == failed.len() as u64
            && let Some((_, error)) = failed.pop()
        {
            return Err(error);
        }
        for (id, error) in &failed {
            give_up(id, error, &mut done);
        }
        Ok(done)
    }
}
