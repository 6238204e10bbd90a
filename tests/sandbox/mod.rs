//! Calls in their sandboxes, and their attempts to affect others.

mod generated_modules;
mod hostile;
mod hostile_modules;
mod isolation;
mod javy_plugin;
