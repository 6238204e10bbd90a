//! The clock shows the call's time, in the call's time zone.

use serde_json::json;

use crate::result_at;

/// Friday, 1 March 2024, 23:30 UTC.
const FRIDAY: u64 = 1_709_335_800;

#[tokio::test]
async fn now_is_the_call() {
    let source = "import time\nfrom datetime import datetime, timezone, date\nn = datetime.now()\nreturn [time.time(), str(n), str(datetime.now(timezone.utc)), str(date.today()), time.strftime('%A %H:%M %Z %z'), list(time.localtime()), time.localtime().tm_gmtoff, str(datetime.fromtimestamp(0)), n.timestamp(), str(n.astimezone())]";
    let utc = json!([
        FRIDAY as f64,
        "2024-03-01 23:30:00",
        "2024-03-01 23:30:00+00:00",
        "2024-03-01",
        "Friday 23:30 UTC +0000",
        [2024, 3, 1, 23, 30, 0, 4, 61, 0],
        0,
        "1970-01-01 00:00:00",
        FRIDAY as f64,
        "2024-03-01 23:30:00+00:00",
    ]);
    assert_eq!(result_at(source, FRIDAY, &[]).await, utc);
    assert_eq!(
        result_at(source, FRIDAY, &[("TZ", "Mars/Olympus_Mons")]).await,
        utc
    );
    let tokyo = json!([
        FRIDAY as f64,
        "2024-03-02 08:30:00",
        "2024-03-01 23:30:00+00:00",
        "2024-03-02",
        "Saturday 08:30 JST +0900",
        [2024, 3, 2, 8, 30, 0, 5, 62, 0],
        32400,
        "1970-01-01 09:00:00",
        FRIDAY as f64,
        "2024-03-02 08:30:00+09:00",
    ]);
    assert_eq!(
        result_at(source, FRIDAY, &[("TZ", "Asia/Tokyo")]).await,
        tokyo
    );
}

#[tokio::test]
async fn local_time_is_right_around_every_change() {
    let source = "from datetime import datetime\nn = datetime.now()\nreturn [f'{n:%a %b %d %Y %H:%M:%S}', n.fold, n.timestamp(), f'{n.astimezone():%z %Z}']";
    for (zone, clock, local, fold, offset) in [
        (
            "Europe/Berlin",
            1_711_846_799,
            "Sun Mar 31 2024 01:59:59",
            0,
            "+0100 CET",
        ),
        (
            "Europe/Berlin",
            1_711_846_800,
            "Sun Mar 31 2024 03:00:00",
            0,
            "+0200 CEST",
        ),
        (
            "Europe/Berlin",
            1_729_990_799,
            "Sun Oct 27 2024 02:59:59",
            0,
            "+0200 CEST",
        ),
        (
            "Europe/Berlin",
            1_729_990_800,
            "Sun Oct 27 2024 02:00:00",
            1,
            "+0100 CET",
        ),
        (
            "America/New_York",
            1_710_053_999,
            "Sun Mar 10 2024 01:59:59",
            0,
            "-0500 EST",
        ),
        (
            "America/New_York",
            1_710_054_000,
            "Sun Mar 10 2024 03:00:00",
            0,
            "-0400 EDT",
        ),
        (
            "Asia/Kolkata",
            1_711_846_800,
            "Sun Mar 31 2024 06:30:00",
            0,
            "+0530 IST",
        ),
    ] {
        let expected = json!([local, fold, clock as f64, offset]);
        assert_eq!(
            result_at(source, clock, &[("TZ", zone)]).await,
            expected,
            "{zone} {clock}"
        );
    }
}

#[tokio::test]
async fn the_functions_of_time_know_the_zone() {
    let source = "import time\nreturn [time.tzname, time.timezone, time.altzone, time.daylight, time.mktime((2024, 7, 1, 12, 0, 0, 0, 0, -1)), time.mktime((2024, 10, 27, 2, 30, 0, 0, 0, 1)), time.mktime((2024, 10, 27, 2, 30, 0, 0, 0, 0)), time.mktime((2024, 13, 32, 0, 0, 0, 0, 0, -1)), time.ctime(), time.asctime(time.gmtime(0)), time.strftime('%j %U %W %V %G %u %w %y %I %p %e %%', time.localtime())]";
    let expected = json!([
        ["CET", "CEST"],
        -3600,
        -7200,
        1,
        1_719_828_000.0,
        1_729_989_000.0,
        1_729_992_600.0,
        1_738_364_400.0,
        "Sat Mar  2 00:30:00 2024",
        "Thu Jan  1 00:00:00 1970",
        "062 08 09 09 2024 6 6 24 12 AM  2 %",
    ]);
    assert_eq!(
        result_at(source, FRIDAY, &[("TZ", "Europe/Berlin")]).await,
        expected
    );
}

#[tokio::test]
async fn zones_can_be_named() {
    let source = "from datetime import datetime, timedelta\nfrom zoneinfo import ZoneInfo, ZoneInfoNotFoundError\nb = ZoneInfo('Europe/Berlin')\nn = datetime.now(b)\nx = datetime(2024, 10, 27, 2, 30, tzinfo=b)\ntry:\n    ZoneInfo('Mars/Olympus_Mons')\nexcept ZoneInfoNotFoundError as e:\n    missing = str(e)\nreturn [str(n), n.tzname(), str(x), str(x.replace(fold=1)), str(x.astimezone(ZoneInfo('Asia/Tokyo'))), x.dst().seconds, missing, ZoneInfo('Europe/Berlin') is b, (n + timedelta(days=60)).isoformat()]";
    let expected = json!([
        "2024-03-02 00:30:00+01:00",
        "CET",
        "2024-10-27 02:30:00+02:00",
        "2024-10-27 02:30:00+01:00",
        "2024-10-27 09:30:00+09:00",
        3600,
        "'No time zone found with key Mars/Olympus_Mons'",
        true,
        "2024-05-01T00:30:00+02:00",
    ]);
    assert_eq!(result_at(source, FRIDAY, &[]).await, expected);
}

#[tokio::test]
async fn a_module_is_compiled_in_1970_and_called_now() {
    let source = "import time\nfrom datetime import datetime\nTHEN = [time.time(), datetime.now().hour]\ndef handler(call):\n    return [THEN, datetime.now().hour]";
    let expected = json!([[0.0, 0], 8]);
    assert_eq!(
        result_at(source, FRIDAY, &[("TZ", "Asia/Tokyo")]).await,
        expected
    );
}

#[tokio::test]
async fn times_are_read() {
    let source = "from datetime import datetime\nimport time\nreturn [str(datetime.strptime('2024-03-02 08:30', '%Y-%m-%d %H:%M')), str(datetime.fromisoformat('2024-03-02T08:30:00+09:00')), time.strptime('Mar 2', '%b %d').tm_yday]";
    let expected = json!(["2024-03-02 08:30:00", "2024-03-02 08:30:00+09:00", 61]);
    assert_eq!(result_at(source, FRIDAY, &[]).await, expected);
}

/// As in CPython. The database itself cannot say how long summer time is.
#[tokio::test]
async fn zones_know_every_local_time() {
    let source = r#"
from datetime import datetime
from zoneinfo import ZoneInfo
def at(zone, *fields, fold=0):
    t = datetime(*fields, tzinfo=ZoneInfo(zone), fold=fold)
    return [str(t.utcoffset()), t.tzname(), str(t.dst())]
return AT
"#;
    for (at, offset, name, summer) in [
        // Skipped.
        (
            "'Europe/Berlin', 2026, 3, 29, 2, 30",
            "1:00:00",
            "CET",
            "0:00:00",
        ),
        (
            "'Europe/Berlin', 2026, 3, 29, 2, 30, fold=1",
            "2:00:00",
            "CEST",
            "1:00:00",
        ),
        // There twice.
        (
            "'Europe/Berlin', 2026, 10, 25, 2, 30",
            "2:00:00",
            "CEST",
            "1:00:00",
        ),
        (
            "'Europe/Berlin', 2026, 10, 25, 2, 30, fold=1",
            "1:00:00",
            "CET",
            "0:00:00",
        ),
        ("'Europe/London', 1944, 7, 1", "2:00:00", "BDST", "1:00:00"),
        (
            "'Australia/Lord_Howe', 2026, 1, 1",
            "11:00:00",
            "+11",
            "0:30:00",
        ),
        // Later than the last instant that the database's reader knows.
        (
            "'Europe/Berlin', 9999, 12, 31, 23, 59",
            "1:00:00",
            "CET",
            "0:00:00",
        ),
        (
            "'Pacific/Auckland', 9999, 12, 31, 23, 59",
            "13:00:00",
            "NZDT",
            "1:00:00",
        ),
        (
            "'Etc/GMT+12', 9999, 12, 31, 23, 59",
            "-1 day, 12:00:00",
            "-12",
            "0:00:00",
        ),
    ] {
        let source = source.replace("AT", &format!("at({at})"));
        let expected = json!([offset, name, summer]);
        assert_eq!(result_at(&source, FRIDAY, &[]).await, expected, "{at}");
    }
    for (zone, expected) in [
        (
            "Europe/Berlin",
            json!([253_402_297_140.0_f64, "9999-12-31 23:59:00+01:00"]),
        ),
        // UTC has no such date.
        ("America/New_York", json!([253_402_318_740.0_f64, null])),
    ] {
        let source = "from datetime import datetime\nt = datetime(9999, 12, 31, 23, 59)\ntry:\n    there = str(t.astimezone())\nexcept OverflowError:\n    there = None\nreturn [t.timestamp(), there]";
        let found = result_at(source, FRIDAY, &[("TZ", zone)]).await;
        assert_eq!(found, expected, "{zone}");
    }
}

#[tokio::test]
async fn zones_are_those_of_the_database() {
    let source = r#"
from datetime import time
from zoneinfo import ZoneInfo, available_timezones
def of(work):
    try:
        return work()
    except Exception as error:
        return type(error).__name__
class Mine(ZoneInfo):
    pass
berlin, names = ZoneInfo("Europe/Berlin"), available_timezones()
result = [[of(lambda: ZoneInfo(key)) for key in ("../x", "/x", "", "Europe/Berlin/", "Mars/Olympus_Mons")]]
result += [[of(lambda: berlin.fromutc(1)), of(lambda: setattr(berlin, "key", "UTC"))]]
result += [[str(time(12, tzinfo=ZoneInfo(key)).utcoffset()) for key in ("UTC", "Etc/GMT+5", "Europe/Berlin")]]
result += [["Europe/Berlin" in names, "UTC" in names, "Mars/Olympus_Mons" in names]]
result += [[ZoneInfo("Europe/Berlin") is berlin, ZoneInfo.no_cache("Europe/Berlin") is berlin, Mine("UTC") is ZoneInfo("UTC")]]
ZoneInfo.clear_cache()
return result + [ZoneInfo("Europe/Berlin") is berlin]
"#;
    let expected = json!([
        [
            "ValueError",
            "ValueError",
            "ValueError",
            "ValueError",
            "ZoneInfoNotFoundError"
        ],
        ["TypeError", "AttributeError"],
        ["0:00:00", "-1 day, 19:00:00", "None"],
        [true, true, false],
        [true, false, false],
        false,
    ]);
    assert_eq!(result_at(source, FRIDAY, &[]).await, expected);
}
