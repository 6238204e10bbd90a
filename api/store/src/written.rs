//! What memory is told of writes.

use switchhook_runtime::Digest;

/// Something that a server has written: what memory has of it may be out of date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// A function, its key, or what else its calls depend on.
    Function {
        /// Its account.
        account_id: String,
        /// The function.
        id: String,
    },
    /// A document that is no function.
    Document,
    /// An account.
    Account {
        /// The account.
        id: String,
    },
    /// A user of an account.
    User {
        /// The account.
        account_id: String,
        /// The user.
        id: String,
    },
    /// A token, by its hash.
    Token(Digest),
    /// Possibly anything: writes were missed.
    Everything,
}

impl Written {
    /// A row of the table of writes. A kind that a later version of the program notes can be about anything.
    pub(crate) fn read(kind: &str, account_id: Option<String>, id: String) -> Self {
        match (kind, account_id) {
            ("function", Some(account_id)) => Self::Function { account_id, id },
            ("document", _) => Self::Document,
            ("account", _) => Self::Account { id },
            ("user", Some(account_id)) => Self::User { account_id, id },
            ("token", _) => id.parse().map_or(Self::Everything, Self::Token),
            _ => Self::Everything,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_was_written() {
        let hash = Digest::of(b"token");
        let row = |kind: &str, account_id: Option<&str>, id: &str| {
            Written::read(kind, account_id.map(str::to_owned), id.to_owned())
        };
        assert_eq!(row("token", None, &hash.to_string()), Written::Token(hash));
        assert_eq!(row("account", None, "a"), Written::Account { id: "a".into() });
        for (kind, account_id, id) in [
            ("token", None, "00"),
            ("token", None, "\u{e9}\u{e9}"),
            ("function", None, "f"),
            ("of the future", Some("a"), "x"),
        ] {
            assert_eq!(row(kind, account_id, id), Written::Everything, "{kind}");
        }
    }
}
