//! The `functions` database as a CouchDB server shows it.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use serde::Deserialize;

/// Who reaches the database of functions, and where.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CouchDb {
    /// Where it is served: nowhere unless set.
    pub(crate) listen: Option<SocketAddr>,
    /// Where clients may come from. Empty: from wherever the listener can be reached.
    pub(crate) allow: Vec<IpNet>,
    /// By name. Each may do everything.
    pub(crate) users: BTreeMap<String, CouchDbUser>,
}

/// One of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CouchDbUser {
    /// Its first line is the password.
    pub(crate) password_file: PathBuf,
}
