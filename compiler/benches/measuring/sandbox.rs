//! A guest and the parts around a call, as in the server.

use std::{path::Path, sync::Arc};

use switchhook_compiler::{Language, LanguagePack, Languages};
use switchhook_runtime::{Call, Engine, EngineConfig, Guest, Limits, Metrics, Outcome, Snapshot};
use tokio::runtime::Runtime;

pub(crate) struct Sandbox {
    language: Arc<Language>,
    guest: Guest,
    tokio: Runtime,
}

impl Sandbox {
    /// A sandbox for each built-in language, and for those of packs in folders of the repository, loaded when the iterator
    /// comes to it.
    pub(crate) fn all(packs: &[&str]) -> impl Iterator<Item = Self> {
        let engine =
            Engine::new(&EngineConfig::default()).expect("this machine has the address space");
        let mut languages = Languages::built_in(&engine).expect("the packs are whole");
        for folder in packs {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            let pack = LanguagePack::read(&folder).expect("the pack is whole");
            let installed = runtime().block_on(languages.install(pack));
            installed.expect("the pack passes the conformance test");
        }
        let languages: Vec<_> = languages.iter().map(Arc::clone).collect();
        languages.into_iter().map(Self::of)
    }

    fn of(language: Arc<Language>) -> Self {
        let tokio = runtime();
        let guest = tokio.block_on(language.guest());
        let guest = guest.expect("the guest loads").clone();
        Self {
            language,
            guest,
            tokio,
        }
    }

    pub(crate) fn language(&self) -> &LanguagePack {
        self.language.pack()
    }

    pub(crate) fn compile(&self, source: &str) -> Snapshot {
        let compiled = self.language.compile(source, &Limits::COMPILE);
        let outcome = self.tokio.block_on(compiled).expect("the guest loads");
        outcome.result.expect("the workload compiles")
    }

    pub(crate) fn call(&self, snapshot: &Snapshot, input: &str) -> (String, Metrics) {
        self.call_with(snapshot, Call::now(input))
    }

    pub(crate) fn call_with(&self, snapshot: &Snapshot, call: Call) -> (String, Metrics) {
        let call = self.guest.call(snapshot, call, &Limits::CALL);
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

fn runtime() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build();
    runtime.expect("a runtime without threads needs nothing")
}
