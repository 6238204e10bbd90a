//! What the JavaScript guest promises to authors. `wasm-guests/build --check` runs these tests on a guest built
//! with other tools, which it names in `SWITCHHOOK_TEST_GUEST_javascript`.

use switchhook_compiler::{Language, LanguagePack};
use switchhook_runtime::{Class, Digest, Engine, EngineConfig, Level, Limits, Outcome, Snapshot};
use serde_json::{Value, value::RawValue};

struct Javascript {
    language: Language,
}

impl Javascript {
    async fn load() -> Self {
        let config = EngineConfig { max_instances: 8, ..EngineConfig::default() };
        let engine = Engine::new(&config).unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../wasm-guests/javascript");
        let path = std::env::var("SWITCHHOOK_TEST_GUEST_javascript").unwrap_or(format!("{folder}/guest.wasm"));
        let wasm = std::fs::read(path).unwrap();
        let pack = std::fs::read_to_string(format!("{folder}/pack.toml")).unwrap();
        let build = format!("sha256 = '{}'", Digest::of(&wasm));
        let pack = LanguagePack::new(&pack, &build, wasm).unwrap();
        Self { language: Language::load(&engine, pack).await.unwrap() }
    }

    async fn compile(&self, source: &str) -> Outcome<Snapshot> {
        self.language.compile(source, &Limits::COMPILE).await
    }

    async fn call(&self, source: &str, input: &str) -> Outcome<Box<RawValue>> {
        let snapshot = self.compile(source).await.result.expect("the source compiles");
        self.language.guest().call(&snapshot, input, &Limits::CALL).await.unwrap()
    }

    async fn result(&self, source: &str) -> Value {
        let outcome = self.call(source, "{}").await;
        serde_json::from_str(outcome.result.expect("the function returns").get()).unwrap()
    }
}

#[tokio::test]
async fn smoke() {
    let js = Javascript::load().await;
    for source in [
        "return {a: 1}", "throw new TypeError('x')", "\n\n  null.x", "function f(){f()} f()", "return 1 +", "if (1) {", "while(true){}",
        "a=[];for(;;)a.push('x'.repeat(1<<20))", "console.warn('hi', {a:1}, new Error('e')); return 1", "return eval('('.repeat(1e5))",
        "let a=[]; for(let i=0;i<100000;i++) a=[a]; return a", "return JSON.parse('['.repeat(3000))", "new Date().getTime()", "return Math.random()", "return Promise.resolve(3)",
        "return new Promise(()=>{})", "return Promise.reject(new Error('no'))", "throw 'str'", "throw {a:1}", "throw null", "let a={}; a.a=a; return a", "return 1n", "return ()=>1",
        "let e = new Error('x'); Object.defineProperty(e,'stack',{get(){throw 1}}); throw e", "for(;;) console.log('x'.repeat(1000))", "return /^(a+)+$/.test('a'.repeat(40)+'!')",
        "return 'x'.repeat(300000)", "return new ArrayBuffer(2**31)", "return '\\ud800'", "}, function(){", "return anonymous.toString()", "await 1",
    ] {
        let compiled = js.compile(source).await;
        match compiled.result {
            Ok(s) => {
                let o = js.language.guest().call(&s, "{\"x\":1}", &Limits::CALL).await.unwrap();
                println!("--- {source}\n  snap {} bytes {} compile fuel {} {:?}\n {:?}\n logs {:.200?} {:?}", s.changed_bytes(), s.to_bytes().len(), compiled.metrics.fuel, compiled.metrics.duration, o.result.map(|r| r.get().chars().take(100).collect::<String>()), o.logs.records.first(), o.metrics);
            }
            Err(e) => println!("--- {source}\n  COMPILE {e:?} {:?}", compiled.metrics),
        }
    }
}
