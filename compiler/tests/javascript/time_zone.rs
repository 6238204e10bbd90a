//! `Date` uses the time zone of the call, on both sides of every change of the clock.

use serde_json::json;

use crate::{result, result_in};

async fn in_zone(zone: &str, source: &str) -> serde_json::Value {
    result_in(source, &[("TZ", zone)]).await
}

#[tokio::test]
async fn without_a_zone_it_is_utc() {
    let source = "return [new Date(2024, 6, 1, 12).toISOString(), new Date(0).getTimezoneOffset()]";
    let utc = json!(["2024-07-01T12:00:00.000Z", 0]);
    assert_eq!(result(source).await, utc);
    for zone in ["UTC", "", "Mars/Olympus_Mons"] {
        assert_eq!(in_zone(zone, source).await, utc, "{zone}");
    }
}

/// Node's answers for times before there were time zones.
#[tokio::test]
async fn historic_offsets_have_their_seconds() {
    for (zone, year, expected) in [
        (
            "Europe/Berlin",
            1880,
            json!([
                "Thu Jan 01 1880 00:53:28 GMT+0053",
                -53,
                "1879-12-31T23:06:32.000Z"
            ]),
        ),
        (
            "America/New_York",
            1880,
            json!([
                "Wed Dec 31 1879 19:03:58 GMT-0456",
                296,
                "1880-01-01T04:56:02.000Z"
            ]),
        ),
        (
            "Africa/Monrovia",
            1950,
            json!([
                "Sat Dec 31 1949 23:15:30 GMT-0044",
                44,
                "1950-01-01T00:44:30.000Z"
            ]),
        ),
    ] {
        let source = format!(
            "const date = new Date(Date.UTC({year}, 0, 1));
            return [date.toString(), date.getTimezoneOffset(), new Date({year}, 0, 1).toISOString()];"
        );
        assert_eq!(in_zone(zone, &source).await, expected, "{zone}");
    }
}

/// Local time, offset in minutes and the zone's name at instants around changes (tz database).
#[tokio::test]
async fn local_time_is_right_around_every_change() {
    for (zone, instant, local) in [
        (
            "Europe/Berlin",
            "2024-03-31T00:59:59Z",
            "Sun Mar 31 2024 01:59:59 GMT+0100",
        ),
        (
            "Europe/Berlin",
            "2024-03-31T01:00:00Z",
            "Sun Mar 31 2024 03:00:00 GMT+0200",
        ),
        (
            "Europe/Berlin",
            "2024-10-27T00:59:59Z",
            "Sun Oct 27 2024 02:59:59 GMT+0200",
        ),
        (
            "Europe/Berlin",
            "2024-10-27T01:00:00Z",
            "Sun Oct 27 2024 02:00:00 GMT+0100",
        ),
        (
            "America/New_York",
            "2024-03-10T06:59:59Z",
            "Sun Mar 10 2024 01:59:59 GMT-0500",
        ),
        (
            "America/New_York",
            "2024-03-10T07:00:00Z",
            "Sun Mar 10 2024 03:00:00 GMT-0400",
        ),
        (
            "America/New_York",
            "2024-11-03T05:59:59Z",
            "Sun Nov 03 2024 01:59:59 GMT-0400",
        ),
        (
            "America/New_York",
            "2024-11-03T06:00:00Z",
            "Sun Nov 03 2024 01:00:00 GMT-0500",
        ),
        // Before 2007, the United States changed the clock in April and October.
        (
            "America/New_York",
            "2006-04-02T07:00:00Z",
            "Sun Apr 02 2006 03:00:00 GMT-0400",
        ),
        (
            "America/New_York",
            "2006-03-20T07:00:00Z",
            "Mon Mar 20 2006 02:00:00 GMT-0500",
        ),
        // Long after the last listed change.
        (
            "America/New_York",
            "2060-07-01T00:00:00Z",
            "Wed Jun 30 2060 20:00:00 GMT-0400",
        ),
        (
            "Australia/Lord_Howe",
            "2024-04-06T14:59:59Z",
            "Sun Apr 07 2024 01:59:59 GMT+1100",
        ),
        (
            "Australia/Lord_Howe",
            "2024-04-06T15:00:00Z",
            "Sun Apr 07 2024 01:30:00 GMT+1030",
        ),
        (
            "Asia/Kathmandu",
            "2024-01-01T00:00:00Z",
            "Mon Jan 01 2024 05:45:00 GMT+0545",
        ),
        (
            "Pacific/Apia",
            "2011-12-30T09:59:59Z",
            "Thu Dec 29 2011 23:59:59 GMT-1000",
        ),
        (
            "Pacific/Apia",
            "2011-12-30T10:00:00Z",
            "Sat Dec 31 2011 00:00:00 GMT+1400",
        ),
        (
            "europe/berlin",
            "2024-07-01T00:00:00Z",
            "Mon Jul 01 2024 02:00:00 GMT+0200",
        ),
    ] {
        let source = format!("return new Date('{instant}').toString()");
        let text = in_zone(zone, &source).await;
        assert!(
            text.as_str().is_some_and(|text| text.starts_with(local)),
            "{zone} {instant}: {text}"
        );
    }
}

/// ECMA-262, section 21.4.1.26: of a repeated local time, the first instant counts. A skipped local time is read with
/// the offset before the change.
#[tokio::test]
async fn a_local_time_is_the_right_instant_around_every_change() {
    for (zone, local, instant) in [
        (
            "Europe/Berlin",
            "2024, 2, 31, 1, 59, 59",
            "2024-03-31T00:59:59.000Z",
        ),
        (
            "Europe/Berlin",
            "2024, 2, 31, 2, 30",
            "2024-03-31T01:30:00.000Z",
        ),
        (
            "Europe/Berlin",
            "2024, 2, 31, 3",
            "2024-03-31T01:00:00.000Z",
        ),
        (
            "Europe/Berlin",
            "2024, 9, 27, 1, 59, 59",
            "2024-10-26T23:59:59.000Z",
        ),
        (
            "Europe/Berlin",
            "2024, 9, 27, 2, 30",
            "2024-10-27T00:30:00.000Z",
        ),
        (
            "Europe/Berlin",
            "2024, 9, 27, 3",
            "2024-10-27T02:00:00.000Z",
        ),
        (
            "America/New_York",
            "2024, 2, 10, 2, 30",
            "2024-03-10T07:30:00.000Z",
        ),
        (
            "America/New_York",
            "2024, 10, 3, 1, 30",
            "2024-11-03T05:30:00.000Z",
        ),
        (
            "America/New_York",
            "2024, 10, 3, 2",
            "2024-11-03T07:00:00.000Z",
        ),
        (
            "Australia/Lord_Howe",
            "2024, 3, 7, 1, 45",
            "2024-04-06T14:45:00.000Z",
        ),
        ("Asia/Kolkata", "1970, 0, 1", "1969-12-31T18:30:00.000Z"),
    ] {
        let source = format!("return new Date({local}).toISOString()");
        assert_eq!(in_zone(zone, &source).await, instant, "{zone} {local}");
    }
}

#[tokio::test]
async fn the_ends_of_time_have_a_zone_too() {
    let source = "return [8.64e15, -8.64e15].map(t => isNaN(new Date(t).getHours()))\
                  .concat(new Date(NaN).getTimezoneOffset())";
    assert_eq!(
        in_zone("America/New_York", source).await,
        json!([false, false, null])
    );
}

#[tokio::test]
async fn local_fields_and_text_follow_the_zone() {
    let source = "const d = new Date('2024-01-01T03:04:05Z'); d.setHours(23); \
                  return [d.toISOString(), new Date('2024-07-01T12:00').toISOString(), d.getTimezoneOffset()]";
    assert_eq!(
        in_zone("America/New_York", source).await,
        json!(["2024-01-01T04:04:05.000Z", "2024-07-01T16:00:00.000Z", 300])
    );
}

#[tokio::test]
async fn a_module_is_set_up_in_utc_and_called_in_its_zone() {
    let source = "const setUp = new Date(2024, 0, 1).toISOString();\n\
                  export default () => [setUp, new Date(2024, 0, 1).toISOString()]";
    assert_eq!(
        in_zone("Asia/Tokyo", source).await,
        json!(["2024-01-01T00:00:00.000Z", "2023-12-31T15:00:00.000Z"])
    );
}
