//! Versions of packs, and the versions that functions ask for.

use std::{fmt, str::FromStr};

use serde::Deserialize;

/// Whole numbers with dots between them, compared number by number: `1.10` is newer than `1.9`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Version(Vec<u32>);

/// Most numbers in a version.
const MAX_PARTS: usize = 4;

/// The text is not a version.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no version: whole numbers with dots between them, at most {MAX_PARTS}")]
pub struct NoVersion(String);

impl Version {
    /// Whether this version is `wanted` or begins with it: `1.2` begins with `1`.
    pub fn is_of(&self, wanted: &Self) -> bool {
        self.0.starts_with(&wanted.0)
    }
}

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let error = || NoVersion(text.chars().take(40).collect());
        let part = |part: &str| {
            // Each number has one spelling: no leading zeros or signs.
            let number: u32 = part.parse().map_err(|_| error())?;
            (number.to_string() == part)
                .then_some(number)
                .ok_or_else(error)
        };
        let parts = text.split('.').map(part).collect::<Result<Vec<_>, _>>()?;
        (parts.len() <= MAX_PARTS)
            .then_some(Self(parts))
            .ok_or_else(error)
    }
}

impl TryFrom<String> for Version {
    type Error = NoVersion;

    fn try_from(text: String) -> Result<Self, NoVersion> {
        text.parse()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_count_not_digits() {
        assert!(version("1.10") > version("1.9"));
        assert!(version("2") > version("1.9.9"));
        assert!(version("1.0") > version("1"));
    }

    #[test]
    fn a_line_has_all_that_begin_like_it() {
        assert!(version("1.2").is_of(&version("1")));
        assert!(version("1").is_of(&version("1")));
        assert!(!version("12").is_of(&version("1")));
        assert!(!version("1").is_of(&version("1.2")));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in [
            "",
            "1.",
            ".1",
            "v1",
            "01",
            "1.2.3.4.5",
            "4294967296",
            "1-a",
            "+1",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
