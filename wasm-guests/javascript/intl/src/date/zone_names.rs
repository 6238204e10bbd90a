//! Names of time zones (UTS 35, part 4, section 7): the zone's own name, its metazone's, its place's, or its offset.

use super::{
    pattern::fill,
    zone::{Offset, Zone, named},
};
use crate::{digits::Digits, tree::Node};

/// The names of a locale, for people of a region.
#[derive(Clone, Copy)]
pub struct Names {
    pub zones: Node,
    pub regions: Option<Node>,
    pub region: &'static str,
    pub digits: Digits,
}

/// Long or short names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Width {
    Long,
    Short,
}

impl Width {
    fn key(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
        }
    }
}

impl Names {
    /// `Eastern Standard Time`, `EST`.
    pub fn specific(self, zone: &Zone, milliseconds: i64, width: Width) -> String {
        let offset = zone.offset(milliseconds);
        let kind = if offset.is_summer {
            "daylight"
        } else {
            "standard"
        };
        let metazone = || self.of_metazone(metazone(zone, milliseconds)?, width, kind);
        match self.own(zone, width, kind).or_else(metazone) {
            Some(name) => name.to_owned(),
            None => self.offset(offset, width),
        }
    }

    /// `Eastern Time`, `ET`, `Los Angeles Time`: ICU's `TimeZoneGenericNames` (tzgnames.cpp).
    pub fn generic(self, zone: &Zone, milliseconds: i64, width: Width) -> String {
        if let Some(name) = self.own(zone, width, "generic") {
            return name.to_owned();
        }
        self.generic_of_metazone(zone, milliseconds, width)
            .or_else(|| self.of_place(zone))
            .unwrap_or_else(|| self.offset(zone.offset(milliseconds), width))
    }

    fn generic_of_metazone(self, zone: &Zone, milliseconds: i64, width: Width) -> Option<String> {
        let metazone = metazone(zone, milliseconds)?;
        let generic = self.of_metazone(metazone, width, "generic");
        let offset = zone.offset(milliseconds);
        if !offset.is_summer && !zone.has_summer_near(milliseconds) {
            let standard = self.own(zone, width, "standard");
            let standard = standard.or_else(|| self.of_metazone(metazone, width, "standard"));
            if let Some(standard) = standard.filter(|&standard| Some(standard) != generic) {
                return Some(standard.to_owned());
            }
        }
        let generic = generic?;
        // If the metazone's most important zone shows another time, the metazone's name alone would mislead.
        let golden = golden(metazone, self.region).and_then(named);
        match golden.filter(|golden| golden.name != zone.name) {
            Some(golden) if is_other(&golden, milliseconds, offset) => {
                let place = match region(zone) {
                    Some(region) if golden_of(metazone, region) == Some(zone.name) => {
                        self.region_name(region)
                    }
                    _ => self.city(zone),
                };
                Some(fill(self.zones.text_of("fallback"), &[&place, generic]))
            }
            _ => Some(generic.to_owned()),
        }
    }

    fn of_place(self, zone: &Zone) -> Option<String> {
        let region = region(zone)?;
        let stands_for_region = self::data(zone).is_some_and(|zone| zone.get("alone").is_some());
        let place = if stands_for_region {
            self.region_name(region)
        } else {
            self.city(zone)
        };
        Some(fill(self.zones.text_of("region"), &[&place]))
    }

    /// `GMT-05:00`, `GMT-5`.
    pub fn offset(self, offset: Offset, width: Width) -> String {
        let seconds = offset.seconds;
        let mut formats = self.zones.text_of("hour").split(';');
        let (ahead, behind) = (
            formats.next().unwrap_or_default(),
            formats.next().unwrap_or_default(),
        );
        let format = if seconds < 0 { behind } else { ahead };
        let (before, rest) = format.split_at(format.find('H').unwrap_or_default());
        let between = rest
            .trim_start_matches('H')
            .split('m')
            .next()
            .unwrap_or_default();
        let after = rest.rsplit('m').next().unwrap_or_default();
        let seconds = seconds.unsigned_abs();
        let (hours, minutes, seconds) = (
            u64::from(seconds / 3600),
            u64::from(seconds / 60 % 60),
            u64::from(seconds % 60),
        );
        let mut text = before.to_owned();
        text += &self
            .digits
            .padded(hours, if width == Width::Long { 2 } else { 1 });
        if width == Width::Long || minutes != 0 || seconds != 0 {
            text += between;
            text += &self.digits.padded(minutes, 2);
            if seconds != 0 {
                text += between;
                text += &self.digits.padded(seconds, 2);
            }
            text += after;
        }
        fill(self.zones.text_of("gmt"), &[&text])
    }

    fn own(self, zone: &Zone, width: Width, kind: &str) -> Option<&'static str> {
        let name = if zone.name == "UTC" {
            "Etc/UTC"
        } else {
            zone.name
        };
        self.zones
            .find(&["zones", name, width.key(), kind])
            .map(Node::text)
            .filter(|&name| is_name(name))
    }

    fn of_metazone(self, metazone: &str, width: Width, kind: &str) -> Option<&'static str> {
        self.zones
            .find(&["metazones", metazone, width.key(), kind])
            .map(Node::text)
            .filter(|&name| is_name(name))
    }

    fn region_name(self, region: &'static str) -> String {
        self.regions
            .and_then(|regions| regions.get(region))
            .map_or(region, Node::text)
            .to_owned()
    }

    fn city(self, zone: &Zone) -> String {
        match self.zones.find(&["cities", zone.name]) {
            Some(city) => city.text().to_owned(),
            None => zone
                .name
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .replace('_', " "),
        }
    }
}

/// Whether it is a name, and not CLDR's mark for a name that is not in use.
fn is_name(name: &str) -> bool {
    name != "∅∅∅"
}

fn data(zone: &Zone) -> Option<Node> {
    let name = if zone.name == "UTC" {
        "Etc/UTC"
    } else {
        zone.name
    };
    Node::root().find(&["zones", "canonical", name])
}

fn region(zone: &Zone) -> Option<&'static str> {
    data(zone)
        .map(|zone| zone.text_of("region"))
        .filter(|&region| region != "001" && !region.is_empty())
}

fn metazone(zone: &Zone, milliseconds: i64) -> Option<&'static str> {
    let minutes = milliseconds.div_euclid(60_000);
    // CLDR knows no earlier metazones.
    const FIRST: i64 = 0;
    let periods = data(zone)?.get("periods")?;
    let holds = |period: &Node| {
        let bound = |index| {
            period
                .at(index)
                .and_then(|bound| bound.text().parse::<i64>().ok())
        };
        bound(1).unwrap_or(FIRST) <= minutes && bound(2).is_none_or(|to| minutes < to)
    };
    periods.items().find(holds)?.at(0).map(Node::text)
}

fn golden(metazone: &str, region: &str) -> Option<&'static str> {
    golden_of(metazone, region).or_else(|| golden_of(metazone, "001"))
}

fn golden_of(metazone: &str, region: &str) -> Option<&'static str> {
    Node::root()
        .find(&["zones", "golden", metazone, region])
        .map(Node::text)
}

/// Whether the metazone's most important zone has another offset at the same local time.
fn is_other(golden: &Zone, milliseconds: i64, offset: Offset) -> bool {
    let other = golden.offset(milliseconds);
    other.seconds != offset.seconds || other.is_summer != offset.is_summer
}
