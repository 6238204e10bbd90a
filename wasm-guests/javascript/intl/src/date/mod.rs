//! Dates and times: `Intl.DateTimeFormat`.

mod field;
mod format;
mod generator;
mod interval;
mod interval_skeleton;
mod pattern;
mod resolve;
mod skeleton;
mod table;
mod time;
pub mod zone;
mod zone_names;

pub use format::Format;
pub use resolve::{Wanted, resolve};
pub use table::prepare;
