//! Environments of calls.

use std::sync::Arc;

use switchhook_runtime::Variable;

pub(crate) fn variables(environment: &[(&str, &str)]) -> Arc<[Variable]> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    environment.iter().map(owned).collect()
}
