//! A proxy in front of a server, which imitates failing networks.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// What the network does with bytes and connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    /// Bytes pass.
    Passes,
    /// Connections end, and new ones end at once.
    Refuses,
    /// This many bytes pass, and all later ones are swallowed.
    PassesBytes(usize),
    /// Bytes do not arrive, without an error. They arrive when the network passes bytes again, like retransmitted
    /// packets.
    Swallows,
}

/// The server behind a proxy.
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
    /// A proxy in front of a Unix socket, which passes everything at first. Its threads end with the process.
    pub(super) fn before(socket: &Path) -> Self {
        Self::start(Behind::Socket(socket.to_owned()))
    }

    /// Like [`Self::before`], in front of a port.
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
                // Fails if the client is gone or the server is away, and then there is no connection.
                let _ = accepting.connect(client);
            }
        });
        Self { address, link }
    }

    /// The address of the proxy.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connects later clients to another port.
    pub(super) fn lead_to(&self, address: &str) {
        *self.link.behind.lock().unwrap() = Behind::Port(address.parse().unwrap());
    }

    /// The current network.
    pub(super) fn network(&self) -> Network {
        *self.link.network.lock().unwrap()
    }

    /// Changes the network, also for existing connections.
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
        // Added under the lock, so that `Network::Refuses` ends every connection.
        let ends = [client.another()?, server.another()?];
        self.ends.lock().unwrap().extend(ends);
        drop(network);
        self.pass_on(client.another()?, server.another()?)?;
        self.pass_on(server, Box::new(client))
    }

    /// Passes bytes on a thread of its own. When one end closes, so does the other.
    fn pass_on(self: &Arc<Self>, from: Box<dyn End>, to: Box<dyn End>) -> io::Result<()> {
        let (link, end) = (Arc::clone(self), to.another()?);
        thread::spawn(move || {
            link.pass(from, to);
            end.close();
        });
        Ok(())
    }

    /// Passes bytes until an end closes, unless the network swallows them.
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
