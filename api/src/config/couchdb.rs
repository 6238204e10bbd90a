//! The `functions` database as a CouchDB server shows it.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use serde::Deserialize;

/// The CouchDB listener, which serves the database of functions.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CouchDb {
    /// The address of the listener. Unless set, there is none.
    pub(crate) listen: Option<SocketAddr>,
    /// Networks that clients may connect from; others get 403. If empty, clients may connect from anywhere.
    pub(crate) allow: Vec<IpNet>,
    /// The user `NAME`. A listener needs at least one user, and each user may do everything.
    pub(crate) users: BTreeMap<String, CouchDbUser>,
}

/// A user of the CouchDB listener.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(crate) struct CouchDbUser {
    /// A file whose first line is the password.
    pub(crate) password_file: PathBuf,
}
