//! Limits the number of connections, in all and for each address.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use actix_web::rt::net::TcpStream;
use quick_cache::sync::Cache;

use super::{Closed, exchange::Exchange, stream::Watched};
use crate::http::rate::network;

/// The reserve for addresses from which a credential has come is all places divided by this number. Strangers who take
/// all others cannot keep these addresses out.
const RESERVE_DIVISOR: usize = 4;

/// One address without a credential may have all places divided by this number, so it takes several to use up the
/// places of strangers.
const ADDRESS_DIVISOR: usize = 4;

/// How long an address counts as known after a credential came from it.
const KNOWN_FOR: Duration = Duration::from_mins(10);

/// Most known addresses: more than there are connections at one time.
const MAX_KNOWN: usize = 16_384;

/// The places for connections to a listener.
pub(super) struct ConnectionLimit {
    max: usize,
    taken: Mutex<Taken>,
    /// When a credential last came from an address.
    known: Cache<IpAddr, Instant>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    /// Connections by address.
    by_address: HashMap<IpAddr, usize>,
}

/// A place for a connection, until dropped.
pub(super) struct Permit {
    places: Arc<ConnectionLimit>,
    address: Option<IpAddr>,
}

impl ConnectionLimit {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            taken: Mutex::default(),
            known: Cache::new(MAX_KNOWN),
        }
    }

    /// Admits a connection.
    ///
    /// # Errors
    /// [`Closed`] if there is no place for it.
    pub(super) fn admit(
        self: &Arc<Self>,
        stream: TcpStream,
    ) -> Result<(Watched, Option<SocketAddr>), Closed> {
        let peer = stream.peer_addr().ok();
        let address = peer.map(|peer| network(peer.ip()));
        let permit = self.take(address).ok_or(Closed)?;
        let exchange = Rc::new(Exchange::new(Arc::clone(self), address));
        Ok((Watched::new(stream, permit, exchange), peer))
    }

    /// Notes that a credential came from an address.
    pub(super) fn know(&self, address: IpAddr) {
        self.known.insert(address, Instant::now());
    }

    fn take(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Permit> {
        let last = address.and_then(|address| self.known.get(&address));
        let is_known = last.is_some_and(|last| last.elapsed() < KNOWN_FOR);
        let (max, max_of_address) = if is_known {
            (self.max, self.max)
        } else {
            (
                self.max - self.max / RESERVE_DIVISOR,
                self.max.div_ceil(ADDRESS_DIVISOR),
            )
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = address.map_or(0, |it| taken.by_address.get(&it).copied().unwrap_or(0));
        if taken.all >= max || of_address >= max_of_address {
            return None;
        }
        taken.all += 1;
        if let Some(address) = address {
            taken.by_address.insert(address, of_address + 1);
        }
        Some(Permit {
            places: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let taken = self.places.taken.lock();
        let mut taken = taken.unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(address) = self.address
            && let Some(count) = taken.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some([192, 0, 2, last].into())
    }

    #[test]
    fn strangers_leave_places_to_whoever_is_known() {
        let places = Arc::new(ConnectionLimit::new(8));
        let of = |last, count| -> Vec<_> {
            (0..count)
                .map_while(|_| places.take(address(last)))
                .collect()
        };
        let first = of(1, 8);
        assert_eq!(first.len(), 2, "one address has a quarter");
        let others: Vec<_> = (2..9).flat_map(|last| of(last, 1)).collect();
        assert_eq!(first.len() + others.len(), 6, "all have three quarters");
        places.know(address(9).unwrap());
        let known = of(9, 8);
        assert_eq!(known.len(), 2);
        drop(others);
        assert_eq!(of(9, 8).len(), 4);
        drop((first, known));
        assert!(places.taken.lock().unwrap().by_address.is_empty());
        assert_eq!(places.taken.lock().unwrap().all, 0);
    }
}
