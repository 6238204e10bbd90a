//! Numbers: `Intl.NumberFormat`.

mod affix;
mod compact;
mod counted;
mod decimal;
mod format;
mod options;
mod pattern;
mod range;
mod round;

pub use decimal::{Mode, Value};
pub use format::{operands, parts};
pub use options::{Currency, Display, Grouping, Notation, Options, Priority, Sign, Style};
pub use range::parts as range;
