//! Who acts.

/// Who asks for something: an account, or one of its users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account that acts.
    pub account_id: String,
    /// The user of that account, if one logged in.
    pub user_id: Option<String>,
}
