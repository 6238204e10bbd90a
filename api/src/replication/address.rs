//! Addresses of databases.

use std::{
    fmt::{self, Display, Formatter},
    str::FromStr,
};

use percent_encoding::percent_decode_str;
use ureq::http::Uri;

/// The address of a database, such as `https://name:password@host:5984/functions`. It is shown without name and
/// password.
#[derive(Clone)]
pub(crate) struct Address {
    url: String,
    name: Option<String>,
    password: Option<String>,
}

/// Why a text is no address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddressError {
    #[error("the address of a database has the form http://HOST:PORT/DATABASE")]
    Form,
    #[error(
        "name and password in an address are UTF-8, escaped by % where they are no letters or digits"
    )]
    NoText,
    #[error("the address names nobody whose password this is: http://NAME@HOST:PORT/DATABASE")]
    Nameless,
    #[error("the address has a password already")]
    TwoPasswords,
}

impl Address {
    /// The same address with a password that does not stand in it.
    ///
    /// # Errors
    /// If the address has no name, or has a password.
    pub(crate) fn with_password(self, password: String) -> Result<Self, AddressError> {
        if self.name.is_none() {
            return Err(AddressError::Nameless);
        }
        if self.password.is_some() {
            return Err(AddressError::TwoPasswords);
        }
        Ok(Self {
            password: Some(password),
            ..self
        })
    }

    /// The address without name and password, and without a slash at its end.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Name and password, if the address has a name.
    pub(super) fn credentials(&self) -> Option<(&str, &str)> {
        let password = self.password.as_deref().unwrap_or_default();
        Some((self.name.as_deref()?, password))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let uri: Uri = text.parse().map_err(|_| AddressError::Form)?;
        let scheme = uri.scheme_str().ok_or(AddressError::Form)?;
        let authority = uri.authority().ok_or(AddressError::Form)?.as_str();
        let path = uri.path().trim_end_matches('/');
        // `#` begins what a client keeps to itself, and `Uri` drops it.
        let is_whole = uri.query().is_none() && !text.contains('#');
        if !matches!(scheme, "http" | "https") || path.is_empty() || !is_whole {
            return Err(AddressError::Form);
        }
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let (name, password) = match user.map(|user| user.split_once(':').unwrap_or((user, ""))) {
            Some((name, "")) => (Some(decoded(name)?), None),
            Some((name, password)) => (Some(decoded(name)?), Some(decoded(password)?)),
            None => (None, None),
        };
        Ok(Self {
            url: format!("{scheme}://{host}{path}"),
            name,
            password,
        })
    }
}

fn decoded(text: &str) -> Result<String, AddressError> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(Into::into).map_err(|_| AddressError::NoText)
}

impl Display for Address {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_password_are_taken_out() {
        let address: Address = "https://kazoo:a%3A%20%C3%A9@db.example:6984/functions/"
            .parse()
            .unwrap();
        assert_eq!(address.to_string(), "https://db.example:6984/functions");
        assert_eq!(address.credentials(), Some(("kazoo", "a: é")));

        let address: Address = "http://kazoo@[::1]:5984/functions".parse().unwrap();
        assert_eq!(address.credentials(), Some(("kazoo", "")));
        let address = address.with_password("secret".to_owned()).unwrap();
        assert_eq!(address.credentials(), Some(("kazoo", "secret")));
        assert!(address.with_password("another".to_owned()).is_err());

        let address: Address = "http://host/functions".parse().unwrap();
        assert_eq!(address.credentials(), None);
        assert!(address.with_password("secret".to_owned()).is_err());
    }

    #[test]
    fn what_names_no_database_is_refused() {
        for text in [
            "",
            "functions",
            "host:5984/functions",
            "ftp://host/functions",
            "http://host:5984",
            "http://host:5984/",
            "http://host/functions?x=1",
            "http://host/functions#x",
            "http://n:%FF@host/functions",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
