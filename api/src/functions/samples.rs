//! Functions to start from (KAZOO `cb_functions.erl`, `samples/0`). Unlike KAZOO's own, they run.

use serde_json::json;
use switchhook_store::document::PublicDocument;

use super::Functions;

impl Functions {
    /// Samples in all languages, as documents without ids: they are stored nowhere.
    pub(crate) fn samples(&self) -> Vec<PublicDocument> {
        let languages = self.languages();
        let samples = languages.newest().flat_map(|language| {
            let pack = language.pack();
            pack.samples().map(|sample| {
                [
                    ("name", json!(sample.title)),
                    ("language_pack", json!(pack.id())),
                    ("enabled", json!(true)),
                    ("function_js", json!(sample.source)),
                ]
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect()
            })
        });
        samples.collect()
    }
}
