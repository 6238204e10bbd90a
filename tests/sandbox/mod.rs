//! What calls do, and what they cannot do to others.

mod generated_modules;
mod hostile;
mod hostile_modules;
mod isolation;
mod javy_plugin;
