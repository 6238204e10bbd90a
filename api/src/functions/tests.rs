//! Functions for tests of other parts.

use metrics::NoopRecorder;
use switchhook_compiler::Languages;
use switchhook_runtime::Engine;
use switchhook_store::Store;

use super::*;
use crate::config::Config;

/// Functions without languages, so that none can run.
pub(crate) fn without_languages(store: Store) -> Functions {
    let config = Config::default();
    let (recorder, _) = Recorder::start(store.clone(), config.attempts.kept());
    let sandboxes = Sandboxes::new(
        config.concurrency.calls(),
        config.concurrency.compilations(),
        Meters::new(&NoopRecorder),
    );
    let settings = config.of_functions().expect("the defaults name no files");
    let engine = Engine::new(&config.engine()).expect("this machine has the address space");
    let languages = Languages::none(&engine);
    Functions::new(store, languages, None, sandboxes, recorder, settings)
}
