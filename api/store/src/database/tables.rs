//! The tables, as copies and checks go through them.

/// A table.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    /// The order of the rows, in which each row comes after the rows that it refers to.
    pub(super) order: &'static str,
    /// The column that the database numbers.
    pub(super) numbered: Option<&'static str>,
}

impl Table {
    /// The statement that inserts a row.
    pub(super) fn insert(&self) -> String {
        let places: Vec<_> = (1..=self.columns.len())
            .map(|number| format!("?{number}"))
            .collect();
        format!(
            "INSERT INTO {} ({}) VALUES ({})",
            self.name,
            self.columns.join(", "),
            places.join(", ")
        )
    }
}

const fn table(name: &'static str, order: &'static str, columns: &'static [&'static str]) -> Table {
    Table {
        name,
        columns,
        order,
        numbered: None,
    }
}

/// All tables. Each comes after the tables that it refers to. Triggers count what accounts keep, so the counts are not
/// among the columns. Triggers also number changes, so `changes` comes last. The table `writes`, by which servers
/// notify each other, is not part of the contents.
pub(super) const TABLES: [Table; 17] = [
    table(
        "accounts",
        // A parent's tree is shorter than its child's tree, so parents come first.
        "length(tree), id",
        &[
            "id",
            "name",
            "name_key",
            "sort_name",
            "realm",
            "realm_key",
            "tree",
            "parent_id",
            "api_key",
            "sealed_api_key",
            "created",
            "enabled",
            "revision",
            "document",
        ],
    ),
    table(
        "ancestors",
        "ancestor_id, account_id",
        &["ancestor_id", "account_id"],
    ),
    table(
        "users",
        "account_id, id",
        &[
            "account_id",
            "id",
            "revision",
            "document",
            "username",
            "enabled",
            "sort_name",
            "md5",
            "sha1",
            "created",
        ],
    ),
    table(
        "tokens",
        "hash",
        &["hash", "account_id", "user_id", "created", "expires"],
    ),
    table("revoked_tokens", "hash", &["hash", "expires"]),
    table(
        "functions",
        "id",
        &[
            "id",
            "account_id",
            "generation",
            "deleted",
            "created",
            "engine",
            "enabled",
            "language_pack",
        ],
    ),
    table(
        "revisions",
        "function_id, generation",
        &[
            "function_id",
            "generation",
            "revision",
            "document",
            "secrets",
            "source",
            "created",
            "auth_account_id",
            "auth_user_id",
            "disable_reason",
            "deleted",
            "private",
            "bytes",
            "message",
        ],
    ),
    table(
        "snapshots",
        "account_id, source, guest",
        &["account_id", "source", "guest", "snapshot"],
    ),
    table("function_keys", "function_id", &["function_id", "key"]),
    table(
        "engine_changes",
        "function_id, to_engine",
        &[
            "function_id",
            "to_engine",
            "revision",
            "from_engine",
            "switched",
            "compared",
            "differences",
            "time",
        ],
    ),
    table("passed_tests", "test", &["test"]),
    table("cookie_key", "id", &["id", "key"]),
    Table {
        numbered: Some("number"),
        ..table(
            "attempts",
            "number",
            &[
                "number",
                "account_id",
                "function_id",
                "time",
                "revision",
                "outcome",
                "router",
                "call_id",
                "attempt",
            ],
        )
    },
    table("local_documents", "id", &["id", "revision", "body"]),
    table("documents", "id", &["id", "revision", "deleted", "body"]),
    table(
        "revision_tree",
        "document_id, revision",
        &["document_id", "revision", "parent"],
    ),
    Table {
        numbered: Some("sequence"),
        ..table("changes", "sequence", &["sequence", "document_id"])
    },
];
