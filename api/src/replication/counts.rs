//! What a replication has done.

use std::{
    fmt::{self, Display, Formatter},
    ops::AddAssign,
};

/// Numbers of revisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// The source has them.
    pub(super) checked: u64,
    /// The target did not have them.
    pub(super) missing: u64,
    pub(super) read: u64,
    pub(super) written: u64,
    /// They could not be read, or the target did not take them.
    pub(super) refused: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.checked += other.checked;
        self.missing += other.missing;
        self.read += other.read;
        self.written += other.written;
        self.refused += other.refused;
    }
}

impl Display for Counts {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            checked,
            read,
            written,
            refused,
            ..
        } = self;
        write!(
            formatter,
            "{checked} revisions checked, {read} read, {written} written, {refused} refused"
        )
    }
}
