//! Functions to start from (KAZOO `cb_functions.erl`, `samples/0`). Unlike KAZOO's own, they run.

use std::sync::LazyLock;

use super::document::PublicDocument;

static SAMPLES: LazyLock<Vec<PublicDocument>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("samples.json")).expect("the samples are JSON objects")
});

/// Documents without ids: they are stored nowhere.
pub(crate) fn samples() -> &'static [PublicDocument] {
    &SAMPLES
}
