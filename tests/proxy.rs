//! A proxy before a server, for networks that fail.

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
    /// They pass until there were so many bytes, and are swallowed from then on.
    PassesBytes(usize),
    /// Bytes do not arrive, and nobody says so. They arrive when the network passes again, as packets do that are sent once
    /// more.
    Swallows,
}

/// What a proxy stands before.
enum Behind {
    Socket(PathBuf),
    Port(SocketAddr),
}

/// An end of a connection.
trait End: Read + Write + Send {
    fn another(&self) -> io::Result<Box<dyn End>>;
    fn close(&self);
}

impl End for TcpStream {
    fn another(&self) -> io::Result<Box<dyn End>> {
        Ok(Box::new(self.try_clone()?))
    }

    fn close(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl End for UnixStream {
    fn another(&self) -> io::Result<Box<dyn End>> {
        Ok(Box::new(self.try_clone()?))
    }

    fn close(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

/// Connections from a port of this machine to a Unix socket or another port.
pub(super) struct Proxy {
    address: SocketAddr,
    link: Arc<Link>,
}

struct Link {
    network: Mutex<Network>,
    changed: Condvar,
    behind: Mutex<Behind>,
    /// Both ends of every connection.
    ends: Mutex<Vec<Box<dyn End>>>,
}

impl Proxy {
    /// A proxy that passes everything on to a Unix socket. Its threads end with the process.
    pub(super) fn before(socket: &Path) -> Self {
        Self::start(Behind::Socket(socket.to_owned()))
    }

    /// The same to a port.
    pub(super) fn before_port(address: &str) -> Self {
        Self::start(Behind::Port(address.parse().unwrap()))
    }

    fn start(behind: Behind) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let link = Arc::new(Link {
            network: Mutex::new(Network::Passes),
            changed: Condvar::new(),
            behind: Mutex::new(behind),
            ends: Mutex::default(),
        });
        let accepting = Arc::clone(&link);
        thread::spawn(move || {
            for client in listener.incoming() {
                // A client that is gone, or a server that is away, is no connection.
                let _ = accepting.connect(client);
            }
        });
        Self { address, link }
    }

    /// The port.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads further connections to another port.
    pub(super) fn lead_to(&self, address: &str) {
        *self.link.behind.lock().unwrap() = Behind::Port(address.parse().unwrap());
    }

    /// What becomes of bytes now.
    pub(super) fn network(&self) -> Network {
        *self.link.network.lock().unwrap()
    }

    /// Changes the network, for connections that exist too.
    pub(super) fn set(&self, network: Network) {
        *self.link.network.lock().unwrap() = network;
        self.link.changed.notify_all();
        if network == Network::Refuses {
            for end in self.link.ends.lock().unwrap().drain(..) {
                end.close();
            }
        }
    }
}

impl Link {
    fn connect(self: &Arc<Self>, client: io::Result<TcpStream>) -> io::Result<()> {
        let client = client?;
        let network = self.network.lock().unwrap();
        if *network == Network::Refuses {
            return Ok(());
        }
        client.set_nodelay(true)?;
        let server: Box<dyn End> = match &*self.behind.lock().unwrap() {
            Behind::Socket(path) => Box::new(UnixStream::connect(path)?),
            Behind::Port(address) => Box::new(TcpStream::connect(address)?),
        };
        // Under the lock, so that a network that refuses knows of every connection.
        let ends = [client.another()?, server.another()?];
        self.ends.lock().unwrap().extend(ends);
        drop(network);
        self.pass_on(client.another()?, server.another()?)?;
        self.pass_on(server, Box::new(client))
    }

    /// Passes bytes on, on a thread of its own. The connection ends with one of its ends.
    fn pass_on(self: &Arc<Self>, from: Box<dyn End>, to: Box<dyn End>) -> io::Result<()> {
        let (link, end) = (Arc::clone(self), to.another()?);
        thread::spawn(move || {
            link.pass(from, to);
            end.close();
        });
        Ok(())
    }

    /// Passes bytes on until an end closes, unless the network swallows them.
    fn pass(&self, mut from: impl Read, mut to: impl Write) {
        let mut bytes = [0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            let swallows = |network: &mut Network| *network == Network::Swallows;
            let network = self.network.lock().unwrap();
            let mut network = self.changed.wait_while(network, swallows).unwrap();
            if let Network::PassesBytes(left) = *network {
                *network = match left.checked_sub(length) {
                    Some(left) => Network::PassesBytes(left),
                    None => Network::Swallows,
                };
            }
            drop(network);
            if to.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
    }
}
