//! The samples of every language, and of the example pack, at moments that a test machine's clock may never show:
//! weekends, holidays, and the hours around a change of the clock.

use std::{path::Path, time::Duration};

use serde_json::Value;
use switchhook_compiler::{LanguagePack, Languages};
use switchhook_runtime::{Call, Engine, EngineConfig, Limits, Moment};

/// Unix seconds and a time zone.
const MOMENTS: [(u64, &str); 9] = [
    // Tuesday, 14 November 2023, at 09:00 and a second before.
    (1_699_970_400, "America/New_York"),
    (1_699_970_399, "America/New_York"),
    // The same day, 17:00.
    (1_699_999_200, "America/New_York"),
    // Saturday noon.
    (1_700_326_800, "America/New_York"),
    // Christmas Day, a Monday, at ten.
    (1_703_494_800, "Europe/Berlin"),
    // Sunday, 5 November 2023, half past one: the first time and the second.
    (1_699_162_200, "America/New_York"),
    (1_699_165_800, "America/New_York"),
    // A time zone with half an hour, on the other side of midnight.
    (1_699_986_600, "Asia/Kolkata"),
    // The beginning of 1970, without a time zone.
    (0, ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_samples_of_all_languages_agree_at_any_time() {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let mut languages = Languages::built_in(&engine).unwrap();
    let jq = concat!(env!("CARGO_MANIFEST_DIR"), "/../wasm-guests/jq");
    let jq = LanguagePack::read(Path::new(jq)).unwrap();
    languages.install(jq).await.unwrap();
    let mut results: Vec<(String, Vec<Value>)> = Vec::new();
    for language in languages.iter() {
        let guest = language.guest().await.unwrap();
        let mut of_language = Vec::new();
        for title in ["Day of the week", "Business hours"] {
            let mut samples = language.pack().samples();
            let sample = samples.find(|sample| sample.title == title).unwrap();
            let compiled = language.compile(sample.source, &Limits::COMPILE).await;
            let snapshot = compiled.unwrap().result.unwrap();
            for (clock, zone) in MOMENTS {
                let zone =
                    Some(("TZ".to_owned(), zone.to_owned())).filter(|(_, zone)| !zone.is_empty());
                let call = Call {
                    input: "{}",
                    moment: Moment {
                        clock: Duration::from_secs(clock),
                        seed: [0; 32],
                    },
                    environment: zone.into_iter().collect(),
                };
                let limits = Limits {
                    wall_clock: Duration::from_mins(1),
                    ..Limits::CALL
                };
                let outcome = guest.call(&snapshot, call, &limits).await.unwrap();
                of_language.push(serde_json::from_str(outcome.result.unwrap().get()).unwrap());
            }
        }
        results.push((language.pack().to_string(), of_language));
    }
    let (_, javascript) = results
        .iter()
        .find(|(pack, _)| pack == "javascript@1")
        .unwrap();
    assert!(
        javascript[MOMENTS.len()]["module"] == "ring_group",
        "{javascript:?}"
    );
    for (pack, of_language) in &results {
        assert_eq!(of_language, javascript, "{pack}");
    }
}
