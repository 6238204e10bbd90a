//! Quotas of accounts.

use serde::Deserialize;
use switchhook_store::Quota;

/// Default number of functions. Accounts have some tens, and ten thousand in one account have been measured.
const COUNT: u64 = 20_000;

/// Default bytes. A hundred functions of 20 KB that change once a day reach this in a year and a half, because
/// revisions are kept for ever.
const BYTES: u64 = 1024 * 1024 * 1024;

/// What one account may keep in the database.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct QuotaSettings {
    /// Functions of the account that are not deleted.
    count: Option<u64>,
    /// The documents and secrets of all revisions of these functions, and their compressed snapshots.
    bytes: Option<u64>,
}

impl QuotaSettings {
    /// The quota of an account with these settings of its own, where `self` has the general ones.
    pub(crate) fn quota(&self, account: Option<&Self>) -> Quota {
        let own =
            |setting: fn(&Self) -> Option<u64>| account.and_then(setting).or_else(|| setting(self));
        Quota {
            functions: own(|it| it.count).unwrap_or(COUNT),
            bytes: own(|it| it.bytes).unwrap_or(BYTES),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accounts_settings_win_one_by_one() {
        let settings = |text: &str| toml::from_str::<QuotaSettings>(text).unwrap();
        let general = settings("count = 3");
        let quota = |functions, bytes| Quota { functions, bytes };
        assert_eq!(general.quota(None), quota(3, BYTES));
        assert_eq!(general.quota(Some(&settings("bytes = 5"))), quota(3, 5));
        assert_eq!(general.quota(Some(&settings("count = 9"))), quota(9, BYTES));
    }
}
