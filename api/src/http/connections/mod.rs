//! Listeners that bound their connections: the number for each client, the time for a request's head, and the time that
//! a client may leave a reply unread. actix-web itself bounds the first head and idle connections.

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
use self::{exchange::Answer, places::ConnectionLimit, stream::Watched};

/// Connections that wait to be accepted: actix-web's default.
const BACKLOG: u32 = 1_024;

/// How long an idle connection is kept, unless a listener sets another time: actix-web's default.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Time for requests in progress after the server was asked to stop, unless a listener sets another time: actix-web's
/// default.
const SHUTDOWN_SECONDS: u64 = 30;

/// Longest time for the first head of a connection: actix-web's default.
const FIRST_HEAD: Duration = Duration::from_secs(5);

/// Time for a connection to be closed from both sides: actix-web's default.
const DISCONNECT: Duration = Duration::from_secs(1);

/// A listener's address and limits.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    pub(crate) workers: usize,
    /// Most connections at one time. Further ones are closed at once.
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

    /// A server, which runs when it is awaited, and the address in use, which has another port if port 0 was
    /// configured.
    ///
    /// # Errors
    /// If the address is not available.
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
        let places = Arc::new(ConnectionLimit::new(self.max_connections));
        let builder = ServerBuilder::default()
            .workers(self.workers)
            // One more, because connections must be accepted to be closed, and any worker may get one.
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
            // The host of this configuration is used only if a request of HTTP/1.0 names none. `[http] public_url`
            // serves that purpose.
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
                // A client that closes its side has gone. Its request is dropped.
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

/// A connection that ended early. Clients cause this, so it is not logged.
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
