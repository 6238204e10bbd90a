//! The guest, and what a call needs around it: the same as in the server.

use switchhook_compiler::{Language, LanguagePack};
use switchhook_runtime::{Call, Engine, EngineConfig, Limits, Metrics, Outcome, Snapshot};
use tokio::runtime::Runtime;

pub(crate) struct Sandbox {
    language: Language,
    tokio: Runtime,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime without threads needs nothing");
        let engine =
            Engine::new(&EngineConfig::default()).expect("this machine has the address space");
        let pack = LanguagePack::built_in()
            .expect("the packs are whole")
            .into_iter()
            .find(|pack| pack.name() == "javascript")
            .expect("JavaScript is built in");
        let language = tokio
            .block_on(Language::load(&engine, pack))
            .expect("the guest loads");
        Self { language, tokio }
    }

    pub(crate) fn compile(&self, source: &str) -> Snapshot {
        let outcome = self
            .tokio
            .block_on(self.language.compile(source, &Limits::COMPILE));
        outcome.result.expect("the workload compiles")
    }

    pub(crate) fn call(&self, snapshot: &Snapshot, input: &str) -> (String, Metrics) {
        let call = self
            .language
            .guest()
            .call(snapshot, Call::now(input), &Limits::CALL);
        let Outcome {
            result, metrics, ..
        } = self
            .tokio
            .block_on(call)
            .expect("the snapshot is of this guest");
        let json: Box<str> = result.expect("the workload runs").into();
        (json.into(), metrics)
    }
}
