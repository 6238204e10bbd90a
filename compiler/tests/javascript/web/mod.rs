//! Interfaces of the web platform that functions have, and explanations for those that they lack.

mod encoding;
mod platform;
mod random;
mod structured_clone;
mod url;
mod url_search_params;

use serde_json::Value;
use switchhook_runtime::Class;

use crate::{failure, result};

/// Pairs of an expression and its value.
async fn assert_values<const COUNT: usize>(cases: [(&str, Value); COUNT]) {
    for (expression, expected) in cases {
        let value = result(&format!("return {expression}")).await;
        assert_eq!(value, expected, "{expression}");
    }
}

/// Pairs of an expression and its error, which is at the place of the expression even if scripts of the guest have
/// thrown it.
async fn assert_errors<const COUNT: usize>(cases: [(&str, &str); COUNT]) {
    for (expression, expected) in cases {
        let failure = failure(&format!("let a;\n{expression}")).await;
        assert_eq!(failure.class, Class::Exception, "{expression}");
        let error = failure.error;
        assert_eq!(error.to_string(), expected, "{expression}");
        assert_eq!(error.line, Some(2), "{expression}: {}", error.stack);
        assert!(error.column.is_some(), "{expression}: {}", error.stack);
    }
}
