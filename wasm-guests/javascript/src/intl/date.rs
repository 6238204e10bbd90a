//! The native part of `Intl.DateTimeFormat`.

use std::{cell::RefCell, rc::Rc};

use javy::quickjs::{Object, Result, function::Func};
use switchhook_guest::{environment, is_being_compiled};
use switchhook_intl::{
    date::{self, Format, Wanted, zone},
    part::Part,
};

use super::named;

/// Formats that are kept ready, so that writing many dates with one format reads its options once.
const KEPT: usize = 8;

thread_local! {
    static READY: RefCell<Vec<(u32, Rc<Format>)>> = const { RefCell::new(Vec::new()) };
}

pub fn install(native: &Object) -> Result<()> {
    native.set(
        "hasCalendar",
        Func::from(|name: String, calendar: String| named(&name).has_calendar(&calendar)),
    )?;
    native.set(
        "defaultCalendar",
        Func::from(|name: String| named(&name).default_calendar()),
    )?;
    native.set("hours", Func::from(hours))?;
    native.set("zone", Func::from(|name: String| zone::canonical(&name)))?;
    native.set("localZone", Func::from(local_zone))?;
    native.set("datePattern", Func::from(pattern))?;
    native.set("dateText", Func::from(text))?;
    native.set("dateParts", Func::from(parts))?;
    native.set("dateRangeText", Func::from(range_text))?;
    native.set("dateRange", Func::from(range))
}

/// The letters for hours: the one that the locale prefers, and the one for a clock of twelve hours.
fn hours(name: String) -> String {
    let locale = named(&name);
    [locale.hour(), locale.hour_of_twelve()]
        .map(char::from)
        .iter()
        .collect()
}

/// The call's time zone. During a compilation it is UTC: the function will be called in other time zones.
fn local_zone() -> &'static str {
    if is_being_compiled() {
        return "UTC";
    }
    let name = environment::variable(environment::TIME_ZONE);
    name.and_then(|name| zone::canonical(&name))
        .unwrap_or("UTC")
}

fn pattern(
    used: Object,
    skeleton: String,
    date_style: i32,
    time_style: i32,
    hour: String,
) -> Result<String> {
    let name: String = used.get("name")?;
    let (calendar, numbering): (String, String) = (used.get("calendar")?, used.get("numbering")?);
    let wanted = Wanted {
        skeleton: &skeleton,
        date_style: usize::try_from(date_style).ok(),
        time_style: usize::try_from(time_style).ok(),
        hour: hour.bytes().next().unwrap_or(b'H'),
    };
    Ok(date::resolve(named(&name), &calendar, &numbering, &wanted))
}

/// The native format of a script's object. The scripts never change an object's options, so its id identifies them.
fn format(used: &Object) -> Result<Rc<Format>> {
    let (id, zone): (u32, String) = (used.get("id")?, used.get("zone")?);
    let known = READY.with_borrow(|ready| {
        let is_it = |(known, format): &&(u32, Rc<Format>)| *known == id && format.zone.name == zone;
        ready.iter().find(is_it).map(|(_, format)| format.clone())
    });
    if let Some(format) = known {
        return Ok(format);
    }
    let format = Rc::new(read(used, &zone)?);
    READY.with_borrow_mut(|ready| {
        if ready.len() == KEPT {
            ready.remove(0);
        }
        ready.push((id, format.clone()));
    });
    Ok(format)
}

fn read(used: &Object, zone: &str) -> Result<Format> {
    let name: String = used.get("name")?;
    let numbering: String = used.get("numbering")?;
    let locale = named(&name);
    Ok(Format {
        locale,
        calendar: used.get("calendar")?,
        digits: locale.digits(&numbering),
        numbering,
        zone: zone::named(zone).unwrap_or_else(zone::utc),
        pattern: used.get("pattern")?,
    })
}

fn text(used: Object, milliseconds: f64) -> Result<String> {
    Ok(format(&used)?.text(milliseconds as i64))
}

fn parts(used: Object, milliseconds: f64) -> Result<Vec<String>> {
    Ok(listed(format(&used)?.parts(milliseconds as i64)))
}

fn range_text(used: Object, from: f64, to: f64) -> Result<String> {
    Ok(format(&used)?.range_text(from as i64, to as i64))
}

/// The parts of a range, flattened: kind, text, end; kind, text, end; …
fn range(used: Object, from: f64, to: f64) -> Result<Vec<String>> {
    Ok(with_ends(format(&used)?.range(from as i64, to as i64)))
}

/// Parts flattened with their ends: kind, text, end; kind, text, end; …
pub fn with_ends(parts: Vec<Part>) -> Vec<String> {
    parts
        .into_iter()
        .flat_map(|part| [part.kind.to_owned(), part.text, part.source.to_string()])
        .collect()
}

/// Parts flattened: kind, text; kind, text; …
pub fn listed(parts: Vec<Part>) -> Vec<String> {
    parts
        .into_iter()
        .flat_map(|part| [part.kind.to_owned(), part.text])
        .collect()
}
