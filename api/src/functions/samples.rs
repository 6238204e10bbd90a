//! Sample functions (KAZOO `cb_functions.erl`, `samples/0`). Unlike KAZOO's, they run.

use serde_json::json;
use switchhook_store::document::PublicDocument;

use super::Functions;

impl Functions {
    /// The samples of all languages, as documents without ids, because they are not stored.
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
