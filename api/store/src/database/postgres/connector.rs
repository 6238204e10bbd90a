//! Makes connections.

use std::{future::poll_fn, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    runtime::Handle,
    sync::Notify,
};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, error::SqlState};

use super::{
    super::{DatabaseError, ServerLocation},
    ServerError, Tls,
    epoch::Epoch,
    patience::within,
};

/// The longest time that connecting may take, unless the address says otherwise: a few round trips, and a TLS handshake.
const MAX_CONNECTING: Duration = Duration::from_secs(1);

/// The longest time that connecting may take where another connection waits for an answer, likewise. A server on a quiet
/// machine takes milliseconds.
const MAX_CONNECTING_ANEW: Duration = Duration::from_millis(500);

/// Limits of every connection. A statement takes milliseconds. A server that vanished within a transaction holds its
/// locks no longer than this.
///
/// The limits are sent when the connection is made, and not later by a statement. So a proxy that shares connections
/// between its clients, such as PgBouncer in transaction mode, refuses the limits or loses them, and either is noticed.
/// Such a proxy would also lose the other parts of a session: notifications and prepared statements.
const LIMITS: &str = "-c statement_timeout=5s -c lock_timeout=3s \
     -c idle_in_transaction_session_timeout=5s -c client_min_messages=warning";

/// Makes connections. Their tasks run on the driver's thread.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: Option<Tls>,
    driver: Handle,
}

impl Connector {
    pub(super) fn new(location: &ServerLocation, driver: Handle) -> Result<Self, DatabaseError> {
        let mut config = location.config().clone();
        let options = match config.get_options() {
            Some(own) => format!("{own} {LIMITS}"),
            None => LIMITS.to_owned(),
        };
        config.options(options);
        Ok(Self {
            config,
            tls: location.verification().map(Tls::new).transpose()?,
            driver,
        })
    }

    pub(super) fn driver(&self) -> &Handle {
        &self.driver
    }

    /// A connection to the primary, a notifier that wakes at each notification, and the history that the connection
    /// sees. The history never changes, because a primary that loses its role closes its connections.
    pub(super) async fn connect(&self) -> Result<(Client, Arc<Notify>, Epoch), ServerError> {
        self.connect_within(MAX_CONNECTING).await
    }

    /// Whether the server takes another connection, and answers on it.
    pub(super) async fn is_there(&self) -> bool {
        self.connect_within(MAX_CONNECTING_ANEW).await.is_ok()
    }

    async fn connect_within(
        &self,
        usual: Duration,
    ) -> Result<(Client, Arc<Notify>, Epoch), ServerError> {
        let time = self.config.get_connect_timeout().copied().unwrap_or(usual);
        let connecting = async {
            let connected = self.client().await;
            let (client, notified) = connected.map_err(|error| match error.code() {
                // A proxy does not know the limits.
                Some(&SqlState::PROTOCOL_VIOLATION) => ServerError::Shared,
                _ => error.into(),
            })?;
            let epoch = Epoch::read(&client).await?;
            Ok((client, notified, epoch))
        };
        let connected = within(time, connecting).await;
        connected.ok_or(ServerError::NoAnswer)?
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

/// Sends and receives until the connection ends. The connection's error needs no report, because every statement
/// reports it.
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
    // Wakes the task that waits for notifications, because no more will come.
    notified.notify_one();
}
