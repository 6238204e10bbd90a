//! Conditions of a request on a function's current revision.

use switchhook_store::Revision;

use super::FunctionsError;

/// Revisions that a request names (RFC 9110, 13.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Revisions {
    /// `*`: any revision, if there is one.
    Any,
    Listed(Vec<String>),
}

/// The conditions of a request. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    /// `If-Match`: the current revision must be one of these.
    pub(crate) one_of: Option<Revisions>,
    /// `If-None-Match`: the current revision must be none of these.
    pub(crate) none_of: Option<Revisions>,
}

impl Revisions {
    fn include(&self, revision: &Revision) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(listed) => listed.iter().any(|listed| listed == revision.as_str()),
        }
    }
}

impl Expected {
    /// Checks the current revision.
    ///
    /// # Errors
    /// [`FunctionsError::PreconditionFailed`] if a condition is not met.
    pub(crate) fn check(&self, current: &Revision) -> Result<(), FunctionsError> {
        if self.is_one_of(current) && self.is_none_of(current) {
            Ok(())
        } else {
            Err(FunctionsError::PreconditionFailed)
        }
    }

    /// Checks the conditions on a function that does not exist yet.
    ///
    /// # Errors
    /// [`FunctionsError::PreconditionFailed`] if the request expects a revision.
    pub(crate) fn check_new(&self) -> Result<(), FunctionsError> {
        match self.one_of {
            None => Ok(()),
            Some(_) => Err(FunctionsError::PreconditionFailed),
        }
    }

    pub(crate) fn is_one_of(&self, current: &Revision) -> bool {
        self.one_of.as_ref().is_none_or(|it| it.include(current))
    }

    pub(crate) fn is_none_of(&self, current: &Revision) -> bool {
        self.none_of.as_ref().is_none_or(|it| !it.include(current))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_revision_is_looked_for_in_both_lists() {
        let listed = |revision: &str| Some(Revisions::Listed(vec!["9-x".into(), revision.into()]));
        let current = Revision::read("2-a".into());
        for (one_of, none_of, met) in [
            (None, None, true),
            (listed("2-a"), None, true),
            (listed("1-a"), None, false),
            (Some(Revisions::Any), None, true),
            (None, listed("1-a"), true),
            (None, listed("2-a"), false),
            (None, Some(Revisions::Any), false),
            (listed("2-a"), listed("2-a"), false),
        ] {
            let expected = Expected { one_of, none_of };
            assert_eq!(expected.check(&current).is_ok(), met, "{expected:?}");
        }
    }
}
