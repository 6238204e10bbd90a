//! The actor of a request.

/// An account, or one of its users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account_id: String,
    /// The user of that account who logged in, if any.
    pub user_id: Option<String>,
}
