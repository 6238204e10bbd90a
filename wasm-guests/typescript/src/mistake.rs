//! oxc's diagnostics as failures.

use oxc_diagnostics::{Diagnostics, OxcDiagnostic};
use switchhook_guest::{Failure, Status, place};

/// Fails with the first mistake of a source. The message counts the others.
pub fn none_in(found: &Diagnostics, source: &str) -> Result<(), Failure> {
    let Some(first) = found.errors().min_by_key(|mistake| offset(mistake)) else {
        return Ok(());
    };
    let mut message = first.message.trim_end_matches('.').to_owned();
    if let Some(help) = &first.help {
        message.push_str(&format!(" ({help})"));
    }
    match found.errors().count() - 1 {
        0 => {}
        1 => message.push_str("; and one more mistake"),
        more => message.push_str(&format!("; and {more} more mistakes")),
    }
    let failure = Failure::new(Status::Exception, "SyntaxError", message);
    Err(match offset(first) {
        Some(byte) => failure.at(place::at_byte(source, byte), source),
        None => failure,
    })
}

/// The offset of a mistake, in bytes. Other places that belong to it, such as that of an unclosed bracket, are left
/// out.
fn offset(mistake: &OxcDiagnostic) -> Option<usize> {
    let labels = &mistake.labels;
    let first = labels.first()?;
    let is_declared_twice = first
        .label()
        .is_some_and(|label| label.ends_with("already been declared here"));
    let told = if is_declared_twice {
        labels.last()
    } else {
        labels.iter().find(|label| label.primary())
    };
    Some(told.unwrap_or(first).offset() as usize)
}
