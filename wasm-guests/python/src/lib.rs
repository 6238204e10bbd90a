//! The Python guest: RustPython behind the Switchhook guest ABI.
//!
//! The interpreter boots when the guest is built, with the usual modules imported. `compile` runs the author's module,
//! or a function made of a body, and keeps `handler`. `call` calls it. Nothing here frees a call's memory: the host
//! drops the whole instance when the call is over.

mod clock;
mod engine;
mod failure;
mod host;
mod json;
mod library;
mod print;
mod random;
mod source;

switchhook_guest::guest!(engine::Python);
