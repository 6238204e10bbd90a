//! Language packs: source text in, snapshot and diagnostics out.
//!
//! A pack is data: a manifest, a guest module, samples, sources for the conformance test; one folder under `wasm-guests/`, or
//! one that an operator adds. This crate knows which packs there are and which guest compiles which source; the guests
//! know the languages. It knows no HTTP and no SQL.
//!
//! With `switchhook-runtime` it is all that a call router written in Rust needs to run functions itself:
//!
//! ```
//! use switchhook_compiler::Languages;
//! use switchhook_runtime::{Call, Engine, EngineConfig, Limits};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // Once: a language becomes machine code at its first use. With `cache_dir` in the configuration, once for all
//!     // starts.
//!     let engine = Engine::new(&EngineConfig::default())?;
//!     let languages = Languages::built_in(&engine)?;
//!     let javascript = languages.get("javascript").ok_or("not installed")?;
//!
//!     // Once for each function. A snapshot has a form for storing, too: `to_bytes`.
//!     let source = "return {module: 'tts', data: {text: 'Hello ' + call.From}}";
//!     let compiled = javascript.compile(source, &Limits::COMPILE).await?;
//!     let snapshot = compiled.result.map_err(|failure| failure.error.message)?;
//!
//!     // For each call: a sandbox of its own, and an outcome, whatever the function does.
//!     let call = Call::now(r#"{"From": "+14158867900"}"#);
//!     let outcome = javascript.guest().await?.call(&snapshot, call, &Limits::CALL).await?;
//!     let flow = outcome.result.map_err(|failure| failure.error.message)?;
//!     assert_eq!(flow.get(), r#"{"module":"tts","data":{"text":"Hello +14158867900"}}"#);
//!     Ok(())
//! }
//! ```

pub mod conformance;
mod folder;
mod language;
mod languages;
mod pack;
mod transform;

pub use folder::{FolderRead, Refused};
pub use language::{Language, LoadError, RunError};
pub use languages::{InstallError, Languages};
pub use pack::{
    FilesError, GuestSource, LanguagePack, Licence, NoVersion, PackError, Sample, Version,
};
