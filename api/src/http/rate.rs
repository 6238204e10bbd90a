//! Limits the requests of each client with a bucket of tokens, as KAZOO does (`kz_buckets.erl`).

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use actix_web::http::Method;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
};
use serde::Serialize;
use switchhook_runtime::Digest;

/// Tokens for a login (KAZOO `cb_api_auth.erl`), so that guessing passwords is slow.
pub(super) const LOGIN: NonZeroU32 = NonZeroU32::new(35).unwrap();

/// Tokens for writing a user, which hashes two passwords. With them, as many a second are possible as KAZOO allows of
/// any request.
const PASSWORD: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// Tokens for every other request (KAZOO `cb_modules_util.erl`).
pub(super) const REQUEST: NonZeroU32 = NonZeroU32::MIN;

/// Requests after which full buckets are removed, so that there are few more buckets than recent clients.
const SWEEP_EVERY: u32 = 4_096;

/// The size of buckets and how fast they fill.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) burst: NonZeroU32,
    pub(crate) per_second: NonZeroU32,
}

/// The buckets of all clients.
pub(crate) struct Buckets {
    limiter: DefaultKeyedRateLimiter<Client, StateInformationMiddleware>,
    clock: DefaultClock,
    burst: u32,
    taken: AtomicU32,
}

/// The owner of a bucket: the holder of a token, or an address.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Client {
    Credential(Digest),
    Address(Option<IpAddr>),
}

/// The state of a bucket, as replies show it.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Tokens {
    consumed: u32,
    remaining: u32,
}

/// The bucket is empty.
pub(super) struct TooMany {
    pub(super) tokens: Tokens,
    /// Time until the bucket has enough tokens again.
    pub(super) wait: Duration,
}

impl Client {
    pub(super) fn at(address: Option<IpAddr>) -> Self {
        Self::Address(address.map(network))
    }
}

/// The network of an address. All addresses of one customer's network count as one (RFC 6177).
pub(super) fn network(address: IpAddr) -> IpAddr {
    const NETWORK: u128 = u128::MAX << 64;
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.into(),
            None => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        },
    }
}

/// Tokens for a request. Running a function costs none: calls have their own limits, and a router makes thousands a
/// second. `path` is the decoded path, so other spellings cost the same.
pub(super) fn cost(method: &Method, path: &str) -> Option<NonZeroU32> {
    const PARTS: usize = 8;
    let parts: Vec<_> = path.splitn(PARTS, '/').collect();
    match (method, parts.as_slice()) {
        (
            &Method::POST,
            ["", "v2", "accounts", _, "functions", _, "run"]
            | ["", "v2", "account", "functions", _, "run"],
        ) => None,
        (&Method::PUT, ["", "v2", "api_auth" | "user_auth"]) => Some(LOGIN),
        (
            &Method::PUT | &Method::POST | &Method::PATCH,
            ["", "v2", "accounts", _, "users", ..] | ["", "v2", "account", "users", ..],
        ) => Some(PASSWORD),
        _ => Some(REQUEST),
    }
}

impl Buckets {
    pub(crate) fn new(Rate { burst, per_second }: Rate) -> Self {
        let quota = Quota::per_second(per_second).allow_burst(burst.max(LOGIN));
        Self {
            limiter: RateLimiter::dashmap(quota).with_middleware(),
            clock: DefaultClock::default(),
            burst: burst.get(),
            taken: AtomicU32::new(0),
        }
    }

    /// Takes tokens for a stranger's request from the bucket of its address.
    pub(super) fn take_from_stranger(&self, peer: Option<IpAddr>) -> Result<(), TooMany> {
        self.take(&Client::at(peer), REQUEST).map(|_| ())
    }

    pub(super) fn take(&self, client: &Client, cost: NonZeroU32) -> Result<Tokens, TooMany> {
        if self.taken.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        match self.limiter.check_key_n(client, cost) {
            Ok(Ok(state)) => Ok(Tokens {
                consumed: cost.get(),
                remaining: state.remaining_burst_capacity(),
            }),
            Ok(Err(not_until)) => Err(TooMany {
                tokens: Tokens::default(),
                wait: not_until.wait_time_from(self.clock.now()),
            }),
            // A bucket holds at least the tokens of the most expensive request.
            Err(_) => Err(TooMany {
                tokens: Tokens::default(),
                wait: Duration::MAX,
            }),
        }
    }

    /// The tokens that a reply shows if the request cost none.
    pub(super) fn untouched(&self) -> Tokens {
        Tokens {
            consumed: 0,
            remaining: self.burst,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(burst: u32) -> Buckets {
        Buckets::new(Rate {
            burst: NonZeroU32::new(burst).unwrap(),
            per_second: NonZeroU32::MIN,
        })
    }

    #[test]
    fn an_empty_bucket_says_how_long_to_wait_and_others_are_not_concerned() {
        let buckets = buckets(100);
        let [a, b] = [b"a", b"b"].map(|it| Client::Credential(Digest::of(it)));
        let first = buckets.take(&a, LOGIN).ok().unwrap();
        assert_eq!((first.consumed, first.remaining), (35, 65));
        assert!(buckets.take(&a, LOGIN).is_ok());
        let Err(TooMany { wait, .. }) = buckets.take(&a, LOGIN) else {
            panic!("70 of 100 are gone")
        };
        assert!(wait <= Duration::from_secs(5), "{wait:?}");
        assert!(buckets.take(&b, LOGIN).is_ok());
    }

    #[test]
    fn a_network_has_one_bucket() {
        let client = |text: &str| Client::at(Some(text.parse().unwrap()));
        assert!(client("2001:db8::1") == client("2001:db8::2"));
        assert!(client("2001:db8::1") != client("2001:db8:0:1::1"));
        assert!(client("192.0.2.1") != client("192.0.2.2"));
        assert!(client("::ffff:192.0.2.1") == client("192.0.2.1"));
    }

    #[test]
    fn running_costs_nothing_and_a_login_much() {
        let post = |path| cost(&Method::POST, path).map(NonZeroU32::get);
        assert_eq!(post("/v2/accounts/a/functions/f/run"), None);
        assert_eq!(post("/v2/accounts/a/functions/test"), Some(1));
        assert_eq!(cost(&Method::PUT, "/v2/api_auth"), Some(LOGIN));
        assert_eq!(post("/v2/account/users/u"), Some(10));
        assert_eq!(cost(&Method::GET, "/v2/accounts/a/users"), Some(REQUEST));
    }
}
