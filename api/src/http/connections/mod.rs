//! Listeners that bound their connections: their number for each client, the time for the head of a request, and the time that a client
//! may leave a reply unread. actix-web itself bounds the first head and idle connections.

mod exchange;
mod places;
mod stream;

use std::{fmt, io, net::SocketAddr, rc::Rc, sync::Arc, time::Duration};

use actix_http::{HttpService, Protocol, Request, Response, body::MessageBody};
use actix_server::{Server, ServerBuilder};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, apply_fn_factory, fn_service,
    map_config,
};
use actix_web::{Error, dev::AppConfig, rt::net::TcpStream};
use tokio::net::TcpSocket;

pub(super) use self::exchange::Exchange;
use self::{exchange::Answer, places::Places, stream::Watched};

/// Connections that wait to be accepted: as many as actix-web lets wait.
const BACKLOG: u32 = 1_024;

/// How long a connection that does nothing is kept, unless a listener says otherwise: as actix-web has it.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// For what is under way when the server is asked to stop, unless a listener says otherwise: as actix-web has it.
const SHUTDOWN_SECONDS: u64 = 30;

/// A client that sends nothing of its first head for so long is gone: as actix-web has it.
const FIRST_HEAD: Duration = Duration::from_secs(5);

/// For a connection to close from both sides: as actix-web has it.
const DISCONNECT: Duration = Duration::from_secs(1);

/// Where to listen, and how.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    pub(crate) workers: usize,
    /// At one time. Further ones are closed at once.
    pub(crate) max_connections: usize,
    pub(crate) keep_alive: Duration,
    pub(crate) shutdown_seconds: u64,
}

impl Listener {
    pub(crate) fn new(address: SocketAddr, workers: usize, max_connections: usize) -> Self {
        Self {
            address,
            workers,
            max_connections,
            keep_alive: KEEP_ALIVE,
            shutdown_seconds: SHUTDOWN_SECONDS,
        }
    }

    /// A server that runs once it is awaited, and the address in use, which is another one where port 0 was asked for.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub(crate) fn serve<F, I, S, B>(self, app: F) -> io::Result<(Server, SocketAddr)>
    where
        F: Fn() -> I + Send + Clone + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig> + 'static,
        S::Error: Into<Error> + 'static,
        S::InitError: fmt::Debug,
        S::Response: Into<Response<B>> + 'static,
        S::Service: 'static,
        B: MessageBody + 'static,
    {
        let socket = bound(self.address)?;
        let address = socket.local_addr()?;
        let places = Arc::new(Places::new(self.max_connections));
        let builder = ServerBuilder::default()
            .workers(self.workers)
            // Further ones must be accepted to be closed. Which worker gets one is not known before.
            .max_concurrent_connections(self.max_connections.saturating_add(1))
            .shutdown_timeout(self.shutdown_seconds)
            .disable_signals();
        let stopping = builder.graceful_shutdown_signal();
        let keep_alive = self.keep_alive;
        let factory = move || {
            let stopping = stopping.clone();
            let app = app()
                .into_factory()
                .map_err(|error| error.into().error_response());
            // It says no more than where a request of HTTP/1.0 went that does not say so itself: `[http] public_url` is for that.
            let app = map_config(app, |()| AppConfig::default());
            let answered = apply_fn_factory(app, |request: Request, service| {
                let exchange = request.conn_data::<Rc<Exchange>>().cloned();
                if let Some(exchange) = &exchange {
                    exchange.begin();
                }
                let answer = service.call(request);
                async move {
                    let answer = answer.await;
                    if let (Err(_), Some(exchange)) = (&answer, &exchange) {
                        exchange.end();
                    }
                    answer.map(|answer| {
                        let answer: Response<B> = answer.into();
                        answer.map_body(|_, body| Answer::new(body, exchange))
                    })
                }
            });
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .keep_alive(keep_alive)
                .client_request_timeout(FIRST_HEAD)
                .client_disconnect_timeout(DISCONNECT)
                // Whoever closes its side has gone: what it asked for is given up, and its place with it.
                .h1_allow_half_closed(false)
                .local_addr(address)
                .on_connect_ext(|watched: &Watched, data| {
                    data.insert(watched.exchange());
                })
                .finish(answered);
            let places = Arc::clone(&places);
            fn_service(move |stream: TcpStream| {
                let watched = places.admit(stream);
                async move { watched.map(|(watched, peer)| (watched, Protocol::Http1, peer)) }
            })
            .and_then(http.map_err(|_| Closed))
        };
        let server = builder.listen("http", socket, factory)?.run();
        Ok((server, address))
    }
}

/// A connection that came to an end before its time. Which connections do is the clients' doing, and nothing to log.
#[derive(Debug)]
struct Closed;

fn bound(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}
