//! The state of a connection: whether it has a request in progress.

use std::{
    cell::Cell,
    net::IpAddr,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use actix_http::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;

use super::places::ConnectionLimit;

/// State that a connection shares with its requests.
pub(in crate::http) struct Exchange {
    places: Arc<ConnectionLimit>,
    address: Option<IpAddr>,
    is_known: Cell<bool>,
    state: Cell<State>,
}

#[derive(Clone, Copy)]
enum State {
    /// No request has arrived yet.
    New,
    Answering,
    /// The last request was answered. A part of another one may have arrived since.
    Waiting {
        head_since: Option<Instant>,
    },
}

impl Exchange {
    pub(super) fn new(places: Arc<ConnectionLimit>, address: Option<IpAddr>) -> Self {
        Self {
            places,
            address,
            is_known: Cell::new(false),
            state: Cell::new(State::New),
        }
    }

    /// Notes that the client has a credential. Then the places for strangers do not apply to its address.
    pub(in crate::http) fn has_credential(&self) {
        if let (false, Some(address)) = (self.is_known.replace(true), self.address) {
            self.places.know(address);
        }
    }

    pub(super) fn begin(&self) {
        self.state.set(State::Answering);
    }

    pub(super) fn end(&self) {
        self.state.set(State::Waiting { head_since: None });
    }

    /// Notes that bytes have arrived.
    pub(super) fn received(&self) {
        if let State::Waiting { head_since: None } = self.state.get() {
            let head_since = Some(Instant::now());
            self.state.set(State::Waiting { head_since });
        }
    }

    /// When the first byte of another request's head arrived.
    pub(super) fn head_since(&self) -> Option<Instant> {
        match self.state.get() {
            State::Waiting { head_since } => head_since,
            State::New | State::Answering => None,
        }
    }
}

pin_project! {
    /// The body of a reply. The exchange ends with it.
    pub(super) struct Answer<B> {
        #[pin]
        body: B,
        exchange: Option<Rc<Exchange>>,
    }

    impl<B> PinnedDrop for Answer<B> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(exchange) = this.project().exchange {
                exchange.end();
            }
        }
    }
}

impl<B> Answer<B> {
    pub(super) fn new(body: B, exchange: Option<Rc<Exchange>>) -> Self {
        Self { body, exchange }
    }
}

impl<B: MessageBody> MessageBody for Answer<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, B::Error>>> {
        self.project().body.poll_next(context)
    }
}
