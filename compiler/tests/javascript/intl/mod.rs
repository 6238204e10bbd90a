//! `Intl` gives node's answers, recorded by `record.js`.

mod behaviour;
mod recipes;

use std::time::Duration;

use switchhook_runtime::Limits;

use crate::{CALL_LIMITS, call, function};

const CASES: &str = concat!(
    include_str!("names.js"),
    include_str!("cases.js"),
    include_str!("texts.js"),
    include_str!("newer.js")
);

/// Cases in one call.
const BATCH: usize = 250;

/// Limits for more formats than a call can make by default.
const LIMITS: Limits = Limits {
    fuel: 20_000_000_000,
    wall_clock: Duration::from_mins(5),
    ..CALL_LIMITS
};

/// Compares the guest's answers with node's for all cases of a kind. `others` are the seeds of the cases that differ.
async fn answers(kind: &str, recorded: &str, others: &[usize]) {
    let source = format!(
        "{CASES}\nexport default ({{kind, seeds}}) => seeds.map(seed => answer(kind, seed));"
    );
    let function = function(&source).await;
    let recorded: Vec<String> = recorded
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is a text"))
        .collect();
    let mut differ = Vec::new();
    for (batch, expected) in recorded.chunks(BATCH).enumerate() {
        let seeds: Vec<_> = (batch * BATCH..).take(expected.len()).collect();
        let input = serde_json::json!({"kind": kind, "seeds": seeds}).to_string();
        let outcome = call(&function, &input, &LIMITS).await;
        let result = outcome.result.expect("every case is answered");
        let given: Vec<String> = serde_json::from_str(result.get()).expect("answers are texts");
        for ((seed, given), expected) in seeds.into_iter().zip(given).zip(expected) {
            if given != *expected {
                differ.push((seed, expected.clone(), given));
            }
        }
    }
    let seeds: Vec<_> = differ.iter().map(|(seed, ..)| *seed).collect();
    assert_eq!(seeds, others, "{kind}: {differ:#?}");
}

#[tokio::test]
async fn dates_are_nodes() {
    answers("dates", include_str!("dates.txt"), &[]).await;
}

#[tokio::test]
async fn parts_of_dates_are_nodes() {
    // Node takes the first letter of `Monat` in a pattern for a month.
    answers("parts", include_str!("parts.txt"), &[1338]).await;
}

#[tokio::test]
async fn ranges_of_dates_are_nodes() {
    answers("ranges", include_str!("ranges.txt"), &[]).await;
}

#[tokio::test]
async fn numbers_are_nodes() {
    // Node counts gigabytes in Ukrainian millions by other digits than are shown.
    answers("numbers", include_str!("numbers.txt"), &[1609]).await;
}

#[tokio::test]
async fn ranges_of_numbers_are_nodes() {
    // Where no sign is shown, node takes one and minus one for more than one.
    answers("number_ranges", include_str!("number_ranges.txt"), &[849]).await;
}

#[tokio::test]
async fn options_of_numbers_are_nodes() {
    // Node forgets the sign of an account that shows none.
    answers("resolved", include_str!("resolved.txt"), &[230]).await;
}

#[tokio::test]
async fn plural_forms_are_nodes() {
    answers("plurals", include_str!("plurals.txt"), &[]).await;
}

#[tokio::test]
async fn orders_of_texts_are_nodes() {
    answers("orders", include_str!("orders.txt"), &[]).await;
}

#[tokio::test]
async fn comparisons_of_texts_are_nodes() {
    answers("comparisons", include_str!("comparisons.txt"), &[]).await;
}

#[tokio::test]
async fn capitals_and_small_letters_are_nodes() {
    answers("cases", include_str!("cases.txt"), &[]).await;
}

#[tokio::test]
async fn locales_are_nodes() {
    // Node makes no tag shorter that has no language and a variant.
    answers("locales", include_str!("locales.txt"), &[288]).await;
}

#[tokio::test]
async fn durations_are_nodes() {
    answers("durations", include_str!("durations.txt"), &[]).await;
}

#[tokio::test]
async fn segments_of_texts_are_nodes() {
    // Node knows Japanese words by a dictionary, and calls Hangul with a foreign accent no word.
    let others = [314, 479, 833, 893, 1471];
    answers("segments", include_str!("segments.txt"), &others).await;
}

#[tokio::test]
async fn expressions_have_the_values_that_they_have_in_node() {
    let (expressions, values) = (
        include_str!("expressions.js"),
        include_str!("expressions.txt"),
    );
    have_values(expressions, values).await;
}

#[tokio::test]
async fn expressions_have_the_values_that_they_have_in_a_newer_node() {
    let (expressions, values) = (
        include_str!("newer_expressions.js"),
        include_str!("newer_expressions.txt"),
    );
    have_values(expressions, values).await;
}

async fn have_values(expressions: &str, values: &str) {
    let expressions = expressions.lines();
    let expressions = expressions.filter(|line| !line.is_empty() && !line.starts_with("//"));
    let mut differ = Vec::new();
    for (expression, expected) in expressions.zip(values.lines()) {
        let source = format!(
            "try {{ return JSON.stringify({expression}) ?? 'undefined' }} catch (error) {{ return error.name }}"
        );
        let outcome = crate::result(&source).await;
        if outcome != expected {
            differ.push((expression, expected, outcome));
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
}
