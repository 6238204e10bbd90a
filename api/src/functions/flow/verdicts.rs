//! Compares our verdicts on flows with recorded verdicts of KAZOO's own code. `verdicts/record` says how they were
//! recorded.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::to_raw_value};

use super::{
    modules::{Kazoo, Modules},
    variants,
};

/// This project's schemas for a KAZOO version.
type Schemas = HashMap<String, Map<String, Value>>;

/// A module, from a line of a recording.
#[derive(Deserialize, Serialize)]
pub(super) struct Recorded {
    pub(super) module: String,
    /// Paths of the properties in KAZOO's schema.
    pub(super) paths: Vec<String>,
    /// Texts in the schema.
    pub(super) words: Vec<String>,
    /// Bounds of numbers and lengths in the schema.
    pub(super) bounds: Vec<i64>,
    /// A bit for each of the module's variants, the first one highest, in hexadecimal: whether KAZOO would run it.
    #[serde(default)]
    verdicts: String,
}

const RECORDINGS: [(Kazoo, &str); 3] = [
    (Kazoo::V4_3, "kazoo-4.3.jsonl"),
    (Kazoo::V5_0, "kazoo-5.0.jsonl"),
    (Kazoo::V5, "kazoo-5.jsonl"),
];

fn path(recording: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/functions/flow/verdicts");
    Path::new(folder).join(recording)
}

fn read(recording: &str) -> Vec<Recorded> {
    let text = std::fs::read_to_string(path(recording)).unwrap();
    let lines = text.lines();
    let read = lines.map(|line| serde_json::from_str(line).unwrap());
    read.collect()
}

fn variants_of(schemas: &Schemas, recorded: &Recorded) -> Vec<Value> {
    let schema = schemas.get(&format!("callflows.{}", recorded.module));
    variants::of(recorded, &schema.cloned().unwrap_or_default().into())
}

fn hexadecimal(bits: &[bool]) -> String {
    let mut text = String::new();
    for four in bits.chunks(4) {
        let digit = (0..4).fold(0, |digit, at| {
            digit * 2 + u8::from(four.get(at) == Some(&true))
        });
        let _ = write!(text, "{digit:x}");
    }
    text
}

fn bits(hexadecimal: &str) -> impl Iterator<Item = bool> {
    let digits = hexadecimal.chars().map(|it| it.to_digit(16).unwrap());
    digits.flat_map(|digit| (0..4).rev().map(move |at| digit >> at & 1 == 1))
}

#[test]
fn our_verdicts_are_kazoos() {
    let mut count = 0;
    let mut differ = String::new();
    for (kazoo, recording) in RECORDINGS {
        let modules = Modules::of(kazoo).unwrap();
        let schemas = Modules::schemas(kazoo).unwrap();
        let recorded = read(recording);
        let theirs: HashSet<_> = recorded.iter().map(|it| it.module.as_str()).collect();
        assert_eq!(modules.names().collect::<HashSet<_>>(), theirs);
        for recorded in &recorded {
            let variants = variants_of(&schemas, recorded);
            assert_eq!(
                recorded.verdicts.len(),
                variants.len().div_ceil(4),
                "{recording}: {} is to be recorded again",
                recorded.module
            );
            for (variant, theirs) in variants.iter().zip(bits(&recorded.verdicts)) {
                let ours = modules.check(&to_raw_value(variant).unwrap()).is_ok();
                if ours != theirs {
                    let _ = writeln!(differ, "{recording} says {theirs}: {variant}");
                }
                count += 1;
            }
        }
    }
    assert!(count > 120_000, "{count}");
    assert_eq!(differ, "");
}

/// For `verdicts/record`: writes all flows, one a line, or puts KAZOO's answers into the recordings.
#[test]
fn variants_are_written() {
    let Some(folder) = std::env::var_os("SWITCHHOOK_VERDICTS") else {
        return;
    };
    for (kazoo, recording) in RECORDINGS {
        let schemas = Modules::schemas(kazoo).unwrap();
        let version = recording
            .trim_start_matches("kazoo-")
            .trim_end_matches(".jsonl");
        let file = |kind: &str| Path::new(&folder).join(format!("{kind}-{version}"));
        let answers = std::fs::read_to_string(file("answers"));
        let mut answers = answers.iter().flat_map(|text| text.lines());
        let (mut flows, mut lines) = (String::new(), String::new());
        for mut recorded in read(recording) {
            let variants = variants_of(&schemas, &recorded);
            for variant in &variants {
                let _ = writeln!(flows, "{variant}");
            }
            let verdicts = answers.by_ref().take(variants.len());
            let verdicts: Vec<_> = verdicts.map(|answer| answer == "1").collect();
            recorded.verdicts = hexadecimal(&verdicts);
            let _ = writeln!(lines, "{}", serde_json::to_string(&recorded).unwrap());
        }
        std::fs::write(file("flows"), flows).unwrap();
        std::fs::write(path(recording), lines).unwrap();
    }
}
