//! Makes connections.

use std::{future::poll_fn, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    runtime::Handle,
    sync::Notify,
    time::timeout,
};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

use super::{
    super::{DatabaseError, ServerLocation},
    ServerError, Tls,
    epoch::Epoch,
};

/// The longest time that connecting may take: a few round trips, and a TLS handshake.
const MAX_CONNECTING: Duration = Duration::from_secs(1);

/// Limits of every connection. A statement takes milliseconds. A server that vanished within a transaction holds its
/// locks no longer than this.
const LIMITS: &str = "SET statement_timeout = '5s'; SET lock_timeout = '3s'; \
     SET idle_in_transaction_session_timeout = '5s'; SET client_min_messages = 'warning'";

/// Makes connections, whose tasks run on the driver's thread.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: Option<Tls>,
    driver: Handle,
}

impl Connector {
    pub(super) fn new(location: &ServerLocation, driver: Handle) -> Result<Self, DatabaseError> {
        Ok(Self {
            config: location.config().clone(),
            tls: location.verification().map(Tls::new).transpose()?,
            driver,
        })
    }

    pub(super) fn driver(&self) -> &Handle {
        &self.driver
    }

    /// A connection to the primary, with the limits of every connection, what wakes when a notification comes, and the
    /// history that it sees: a primary that loses its place closes its connections.
    pub(super) async fn connect(&self) -> Result<(Client, Arc<Notify>, Epoch), ServerError> {
        let connecting = async {
            let (client, notified) = self.client().await?;
            let epoch = Epoch::read(&client, LIMITS).await?;
            Ok((client, notified, epoch))
        };
        let connected = timeout(MAX_CONNECTING, connecting).await;
        connected.map_err(|_| ServerError::NoAnswer)?
    }

    async fn client(&self) -> Result<(Client, Arc<Notify>), tokio_postgres::Error> {
        let notified = Arc::new(Notify::new());
        let client = match &self.tls {
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.connector()).await?;
                self.driver.spawn(drive(connection, Arc::clone(&notified)));
                client
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                self.driver.spawn(drive(connection, Arc::clone(&notified)));
                client
            }
        };
        Ok((client, notified))
    }
}

/// Sends and receives until the connection ends. Every statement reports its error.
async fn drive<S, T>(mut connection: tokio_postgres::Connection<S, T>, notified: Arc<Notify>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notification(_) = message {
            notified.notify_one();
        }
    }
    // Whoever waits for a notification sees that no more will come.
    notified.notify_one();
}
