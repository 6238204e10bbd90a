//! A proxy between a server and its database, for networks that fail.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// What becomes of bytes, and of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    /// They pass.
    Passes,
    /// Connections end, and new ones end at once.
    Refuses,
    /// Bytes do not arrive, and nobody says so. They arrive when the network passes again, as packets do that are sent once
    /// more.
    Swallows,
}

/// Connections from a port of this machine to a Unix socket.
pub(super) struct Proxy {
    address: SocketAddr,
    link: Arc<Link>,
}

struct Link {
    network: Mutex<Network>,
    changed: Condvar,
    /// Both ends of every connection.
    ends: Mutex<Vec<(TcpStream, UnixStream)>>,
}

impl Proxy {
    /// A proxy that passes everything on to a Unix socket. Its threads end with the process.
    pub(super) fn before(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let link = Arc::new(Link {
            network: Mutex::new(Network::Passes),
            changed: Condvar::new(),
            ends: Mutex::default(),
        });
        let (accepting, socket) = (Arc::clone(&link), PathBuf::from(socket));
        thread::spawn(move || {
            for client in listener.incoming() {
                // A client that is gone, or a database that is away, is no connection.
                let _ = accepting.connect(client, &socket);
            }
        });
        Self { address, link }
    }

    /// The port.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the network, for connections that exist too.
    pub(super) fn set(&self, network: Network) {
        *self.link.network.lock().unwrap() = network;
        self.link.changed.notify_all();
        if network == Network::Refuses {
            for (client, database) in self.link.ends.lock().unwrap().drain(..) {
                let _ = client.shutdown(Shutdown::Both);
                let _ = database.shutdown(Shutdown::Both);
            }
        }
    }
}

impl Link {
    fn connect(self: &Arc<Self>, client: io::Result<TcpStream>, socket: &Path) -> io::Result<()> {
        let client = client?;
        let network = self.network.lock().unwrap();
        if *network == Network::Refuses {
            return Ok(());
        }
        client.set_nodelay(true)?;
        let database = UnixStream::connect(socket)?;
        // Under the lock, so that a network that refuses knows of every connection.
        let ends = (client.try_clone()?, database.try_clone()?);
        self.ends.lock().unwrap().push(ends);
        drop(network);
        let there = (client.try_clone()?, database.try_clone()?);
        let (link, end) = (Arc::clone(self), database.try_clone()?);
        thread::spawn(move || {
            link.pass(there.0, there.1);
            let _ = end.shutdown(Shutdown::Both);
        });
        let (link, end) = (Arc::clone(self), client.try_clone()?);
        thread::spawn(move || {
            link.pass(database, client);
            let _ = end.shutdown(Shutdown::Both);
        });
        Ok(())
    }

    /// Passes bytes on until an end closes, unless the network swallows them.
    fn pass(&self, mut from: impl Read, mut to: impl Write) {
        let mut bytes = [0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            let swallows = |network: &mut Network| *network == Network::Swallows;
            let network = self.network.lock().unwrap();
            drop(self.changed.wait_while(network, swallows).unwrap());
            if to.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
    }
}
