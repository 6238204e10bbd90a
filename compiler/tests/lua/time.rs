//! The time of a call, in its time zone.

use serde_json::{Value, json};

use crate::{result, result_in};

async fn in_zone(zone: &str, source: &str) -> Value {
    result_in(source, &[("TZ", zone)]).await
}

#[tokio::test]
async fn the_time_is_that_of_the_call() {
    assert_eq!(result("return os.time()").await, json!(1_784_538_307));
    assert_eq!(
        result("return {os.clock(), os.time() == os.time(), os.difftime(5, 2)}").await,
        json!([0, true, 3])
    );
}

#[tokio::test]
async fn dates_are_those_of_the_time_zone() {
    for (zone, expected) in [
        ("UTC", "2026-07-20 09:05:07 +0000"),
        ("Asia/Tokyo", "2026-07-20 18:05:07 +0900"),
        ("America/Los_Angeles", "2026-07-20 02:05:07 -0700"),
        ("Pacific/Kiritimati", "2026-07-20 23:05:07 +1400"),
        ("Nowhere/Atlantis", "2026-07-20 09:05:07 +0000"),
    ] {
        assert_eq!(
            in_zone(zone, "return os.date('%Y-%m-%d %H:%M:%S %z')").await,
            json!(expected),
            "{zone}"
        );
    }
    assert_eq!(result("return os.date('%H')").await, json!("09"));
    assert_eq!(
        in_zone("Asia/Tokyo", "return os.date('!%H')").await,
        json!("09")
    );
}

#[tokio::test]
async fn fields_are_those_of_the_manual() {
    assert_eq!(
        in_zone("Europe/Berlin", "return os.date('*t')").await,
        json!({"year": 2026, "month": 7, "day": 20, "hour": 11, "min": 5, "sec": 7, "wday": 2, "yday": 201, "isdst": true})
    );
    assert_eq!(
        in_zone("Europe/Berlin", "return os.date('*t', 0)").await,
        json!({"year": 1970, "month": 1, "day": 1, "hour": 1, "min": 0, "sec": 0, "wday": 5, "yday": 1, "isdst": false})
    );
}

#[tokio::test]
async fn formats_are_those_of_c() {
    for (format, expected) in [
        ("%c", "Mon Jul 20 11:05:07 2026"),
        ("%x %X %p", "07/20/26 11:05:07 AM"),
        (
            "%A %a %B %b %d %j %U %V %w %y %G %e",
            "Monday Mon July Jul 20 201 29 30 1 26 2026 20",
        ),
        (
            "%D %F %R %T %r",
            "07/20/26 2026-07-20 11:05 11:05:07 11:05:07 AM",
        ),
        ("%H:%M %I %u %C %h %n%t%%", "11:05 11 1 20 Jul \n\t%"),
        ("%Z", "CEST"),
    ] {
        let source = format!("return os.date('{format}')");
        assert_eq!(
            in_zone("Europe/Berlin", &source).await,
            json!(expected),
            "{format}"
        );
    }
    let source = "return {pcall(os.date, '%Ez')}";
    assert_eq!(
        result(source).await,
        json!([
            false,
            "bad argument #1 to 'os.date' (invalid conversion specifier '%Ez')"
        ])
    );
}

#[tokio::test]
async fn dates_become_times() {
    for (date, expected) in [
        (
            "year = 2026, month = 7, day = 20, hour = 11, min = 5, sec = 7",
            1_784_538_307_i64,
        ),
        ("year = 2026, month = 7, day = 20", 1_784_541_600),
        // In winter, and by other ways to say the first of March.
        ("year = 2026, month = 3, day = 1, hour = 0", 1_772_319_600),
        ("year = 2026, month = 2, day = 29, hour = 0", 1_772_319_600),
        ("year = 2025, month = 15, day = 1, hour = 0", 1_772_319_600),
        ("year = 2026, month = 3, day = 0, hour = 24", 1_772_319_600),
        ("year = 2027, month = -9, day = 1, hour = 0", 1_772_319_600),
        (
            "year = 2026, month = 3, day = 1, hour = 1, min = -60",
            1_772_319_600,
        ),
        // Clocks go from two to three, and in October from three to two.
        (
            "year = 2026, month = 3, day = 29, hour = 2, min = 30",
            1_774_747_800,
        ),
        (
            "year = 2026, month = 10, day = 25, hour = 2, min = 30",
            1_792_888_200,
        ),
        (
            "year = 2026, month = 10, day = 25, hour = 2, min = 30, isdst = true",
            1_792_888_200,
        ),
        (
            "year = 2026, month = 10, day = 25, hour = 2, min = 30, isdst = false",
            1_792_891_800,
        ),
    ] {
        let source = format!("return os.time({{{date}}})");
        assert_eq!(
            in_zone("Europe/Berlin", &source).await,
            json!(expected),
            "{date}"
        );
    }
}

#[tokio::test]
async fn a_date_is_made_a_proper_one() {
    let source =
        "local date = {year = 2026, month = 14, day = -3, hour = 25} os.time(date) return date";
    assert_eq!(
        in_zone("Europe/Berlin", source).await,
        json!({"year": 2027, "month": 1, "day": 29, "hour": 1, "min": 0, "sec": 0, "wday": 6, "yday": 29, "isdst": false})
    );
}

#[tokio::test]
async fn what_is_too_far_away_is_an_error() {
    for source in [
        "os.date('*t', 1 << 60)",
        "os.time({year = 20000, month = 1, day = 1})",
        "os.time({year = 2026, month = 1})",
        "os.time({year = 2026, month = 1, day = 1 << 40})",
        "os.time({year = 1 << 31, month = 1, day = 1})",
    ] {
        let source = format!("return (pcall(function () {source} end))");
        assert_eq!(result(&source).await, json!(false), "{source}");
    }
}
