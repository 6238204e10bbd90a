//! URLs to which KAZOO sends no requests for customers (`kz_json_schema_extensions.erl`, `kz_http_util.erl`).

use std::net::Ipv4Addr;

use jsonschema::{Keyword, ValidationError, paths::Location};
use serde_json::{Map, Value};

/// KAZOO's default list of refused hosts, as a name and as networks.
const REFUSED_HOST: &str = "localhost";
const REFUSED_ADDRESSES: [Ipv4Addr; 2] = [Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED];

/// Fields of callflow modules whose `kazoo-validation` is this check: in `pivot`, `record_call`, `record_caller` and
/// `webhook`.
const FIELDS: [&str; 3] = ["voice_url", "url", "uri"];

/// The schema keyword `kazoo-validation`. Other fields are not checked.
#[expect(
    clippy::needless_pass_by_value,
    reason = "jsonschema gives keywords their location by value"
)]
pub(super) fn keyword<'a>(
    _schema: &'a Map<String, Value>,
    value: &'a Value,
    location: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    let of = |field: &&str| {
        location
            .as_str()
            .ends_with(&format!("/properties/{field}/kazoo-validation"))
    };
    Ok(Box::new(ClientUrl {
        checked: *value == true && FIELDS.iter().any(of),
    }))
}

struct ClientUrl {
    checked: bool,
}

impl<'i> Keyword<'i> for ClientUrl {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if Keyword::is_valid(self, instance) {
            Ok(())
        } else {
            Err(ValidationError::custom("invalid client URL"))
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        !self.checked || instance.as_str().is_none_or(is_client_url)
    }
}

/// Whether a text is an HTTP or HTTPS URL that does not lead to KAZOO's own machine.
fn is_client_url(url: &str) -> bool {
    let Some(("http" | "https", rest)) = url.split_once(':') else {
        return false;
    };
    let authority = rest.strip_prefix("//").unwrap_or_default();
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = host.split(':').next().unwrap_or_default();
    let refused_address = host
        .parse()
        .is_ok_and(|address| REFUSED_ADDRESSES.contains(&address));
    !refused_address && !host.eq_ignore_ascii_case(REFUSED_HOST)
}

#[cfg(test)]
mod tests {
    #[test]
    fn kazoos_own_machine_is_refused() {
        for url in [
            "http://example.com",
            "https://u:p@example.com:8080/a?b#c",
            "http://10.0.0.1/",
            "http://[::1]/",
            "http://localhost.example.com",
        ] {
            assert!(super::is_client_url(url), "{url}");
        }
        for url in [
            "",
            "example.com",
            "ftp://example.com",
            "HTTP://example.com",
            "http://localhost",
            "http://LocalHost:80/a",
            "https://127.0.0.1?x",
            "http://u:p@0.0.0.0:1#x",
        ] {
            assert!(!super::is_client_url(url), "{url}");
        }
    }
}
