//! Cases about what authors read: errors with their places, and logs.

use switchhook_runtime::{Class, Failure, Level};

use super::{
    Checked,
    kit::{Circumstances, Kit, ended_with, shown},
};

/// The word on the line that throws, and in the message of the error.
const THROWN: &str = "boom";

/// The word on the line that cannot be compiled.
const BROKEN: &str = "broken";

/// The records that the source logs, in this order.
const LOGGED: [(Level, &str); 3] = [
    (Level::Log, "one"),
    (Level::Warn, "two"),
    (Level::Error, "three"),
];

pub(super) async fn exception(kit: &Kit<'_>, source: &str) -> Checked {
    let function = kit.compile(source).await?;
    let outcome = kit
        .call(&function, "{}", Circumstances::default(), &kit.call_limits)
        .await?;
    let failure = ended_with(outcome, &[Class::Exception])?;
    if !failure.error.message.contains(THROWN) {
        let message = &failure.error.message;
        return Err(format!("the message is `{message}`, without `{THROWN}`"));
    }
    if !kit.has_lines() {
        return Ok(());
    }
    placed(kit, source, THROWN, &failure)
}

pub(super) async fn syntax_error(kit: &Kit<'_>, source: &str) -> Checked {
    match kit.compiled(source).await? {
        Ok(_) => Err("it compiles".to_owned()),
        Err(failure) if failure.class == Class::CompileError => {
            placed(kit, source, BROKEN, &failure)
        }
        Err(failure) => Err(format!("it ends with {}", shown(&failure))),
    }
}

/// Requires an error on the only line of `source` with this word.
fn placed(kit: &Kit<'_>, source: &str, word: &str, failure: &Failure) -> Checked {
    let mut lines = source
        .lines()
        .zip(1..)
        .filter(|(text, _)| text.contains(word));
    let (Some((text, line)), None) = (lines.next(), lines.next()) else {
        return Err(format!("the source must have `{word}` on exactly one line"));
    };
    let error = &failure.error;
    if error.line != Some(line) {
        return Err(format!(
            "the error is on line {line} and names {}",
            error
                .line
                .map_or("none".to_owned(), |line| line.to_string())
        ));
    }
    if !kit.has_columns() {
        return Ok(());
    }
    let columns = 1..=text.chars().count() as u32 + 1;
    let column = error.column;
    column
        .filter(|column| columns.contains(column))
        .map(drop)
        .ok_or_else(|| format!("the error names column {column:?} of a line that has {columns:?}"))
}

pub(super) async fn logs(kit: &Kit<'_>, source: &str) -> Checked {
    let function = kit.compile(source).await?;
    let outcome = kit
        .call(&function, "{}", Circumstances::default(), &kit.call_limits)
        .await?;
    let records = outcome.logs.records;
    let same = records.len() == LOGGED.len()
        && records
            .iter()
            .zip(LOGGED)
            .all(|(record, (level, text))| record.level == level && record.message.trim() == text);
    same.then_some(())
        .ok_or_else(|| format!("the log is {records:?}, instead of {LOGGED:?}"))
}
