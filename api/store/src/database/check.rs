//! Rules that always hold in a database of either kind.

use super::{DatabaseError, Session};

/// Each rule is a sentence and a query, which counts the rows that break the rule.
const RULES: [(&str, &str); 7] = [
    (
        "functions without their current revision",
        "SELECT count(*) FROM functions WHERE NOT EXISTS (
             SELECT 1 FROM revisions WHERE function_id = id AND revisions.generation = functions.generation)",
    ),
    (
        "ids of both a function and another document",
        "SELECT count(*) FROM functions JOIN documents ON documents.id = functions.id",
    ),
    (
        "documents that are missing from the changes",
        "SELECT count(*) FROM all_documents WHERE NOT EXISTS (SELECT 1 FROM changes WHERE document_id = id)",
    ),
    (
        "changes of documents that do not exist",
        "SELECT count(*) FROM changes WHERE NOT EXISTS (SELECT 1 FROM functions WHERE id = document_id)
             AND NOT EXISTS (SELECT 1 FROM documents WHERE id = document_id)",
    ),
    (
        "current revisions that are missing from the tree of revisions",
        "SELECT count(*) FROM all_documents WHERE NOT EXISTS (
             SELECT 1 FROM revision_tree WHERE document_id = id AND revision_tree.revision = all_documents.revision)",
    ),
    (
        "accounts whose functions are miscounted",
        "SELECT count(*) FROM accounts
         WHERE functions <> (SELECT count(*) FROM functions WHERE account_id = accounts.id AND deleted = 0)
            OR function_bytes <> (SELECT coalesce(sum(bytes), 0) FROM revisions JOIN functions ON functions.id = function_id
                                  WHERE account_id = accounts.id)",
    ),
    (
        "accounts that are missing from the tree of accounts",
        "SELECT count(*) FROM accounts WHERE parent_id IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM ancestors WHERE ancestor_id = parent_id AND account_id = id)",
    ),
];

/// The rules that a database breaks, a sentence each. Empty if all is well.
pub(super) fn faults(session: &Session<'_>) -> Result<Vec<String>, DatabaseError> {
    let mut faults = session.own_faults()?;
    for (rule, sql) in RULES {
        let broken: i64 = session.only(sql, &[])?;
        if broken > 0 {
            faults.push(format!("{rule}: {broken}"));
        }
    }
    Ok(faults)
}
