//! Records that repeat a call with the same result and the same fuel.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::value::RawValue;
use switchhook_runtime::{Digest, Limits, Moment, Variable};

use super::{TIME_ZONE, ready::Ready};

/// A part of every outcome. To repeat a call, it takes this record, the function's revision from the database and the
/// call document. A record with a [`Capture`] needs nothing else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The function's id, if it is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) function: Option<String>,
    /// The revision that ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<String>,
    /// SHA-256 of the guest. With another guest, fuel and results may differ.
    pub(crate) guest: String,
    /// The call's time, in nanoseconds since the beginning of 1970.
    pub(crate) clock_ns: u64,
    /// The seed of the call's random numbers: 64 hexadecimal digits.
    #[serde(with = "hexadecimal")]
    pub(crate) seed: [u8; 32],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) capture: Option<Capture>,
}

/// The moment of an earlier call: the part of a [`Record`] that also applies to another source or another call.
#[derive(Deserialize)]
pub(crate) struct Repeated {
    /// A number, or its digits as text, because programs that keep numbers as floating point would lose digits.
    #[serde(deserialize_with = "whole_number")]
    clock_ns: u64,
    #[serde(with = "hexadecimal")]
    seed: [u8; 32],
}

impl Repeated {
    pub(crate) fn moment(&self) -> Moment {
        Moment {
            clock: Duration::from_nanos(self.clock_ns),
            seed: self.seed,
        }
    }
}

fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Digits(String),
    }
    match Written::deserialize(deserializer) {
        Ok(Written::Number(number)) => Ok(number),
        Ok(Written::Digits(digits)) => digits.parse().map_err(D::Error::custom),
        Err(_) => Err(D::Error::custom("clock_ns is not a whole number")),
    }
}

/// Everything else that a call depends on, except the values of secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Capture {
    pub(crate) language_pack: String,
    pub(crate) source: String,
    /// The call as the caller wrote it.
    pub(crate) call: Box<RawValue>,
    /// Names and values of the constants; `null` stands for a secret.
    pub(crate) env: BTreeMap<String, Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timezone: Option<String>,
    pub(crate) limits: Limits,
}

impl Capture {
    /// The environment of the call, with these values of its secrets. An error names a secret whose value is missing.
    pub(crate) fn variables(
        &self,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Arc<[Variable]>, MissingSecret> {
        let mut variables = BTreeMap::new();
        for (name, constant) in &self.env {
            let value = constant.as_ref().or_else(|| secrets.get(name));
            let value = value.ok_or_else(|| MissingSecret(name.clone()))?;
            variables.insert(name.clone(), value.clone());
        }
        let zone = self.timezone.clone();
        variables.extend(zone.map(|zone| (TIME_ZONE.to_owned(), zone)));
        Ok(variables.into_iter().collect())
    }
}

/// A secret whose value is needed. Records never contain values of secrets.
#[derive(Debug, thiserror::Error)]
#[error("the call used a secret: give its value with --env {0}=VALUE")]
pub(crate) struct MissingSecret(String);

impl Record {
    /// The record of a call at this moment.
    pub(crate) fn new(guest: Digest, moment: &Moment) -> Self {
        Self {
            function: None,
            revision: None,
            guest: guest.to_string(),
            clock_ns: u64::try_from(moment.clock.as_nanos()).unwrap_or(u64::MAX),
            seed: moment.seed,
            capture: None,
        }
    }

    /// The record of a call of a stored function.
    pub(super) fn of_stored(id: &str, ready: &Ready, moment: &Moment) -> Self {
        Self {
            function: Some(id.to_owned()),
            revision: Some(ready.revision.clone()),
            ..Self::new(ready.guest.digest(), moment)
        }
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment {
            clock: Duration::from_nanos(self.clock_ns),
            seed: self.seed,
        }
    }
}

mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        bytes: &[u8; 32],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&switchhook_store::ids::hex(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        if text.len() != 2 * bytes.len() {
            return Err(D::Error::invalid_length(
                text.len(),
                &"64 hexadecimal digits",
            ));
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = str::from_utf8(digits)
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                .ok_or_else(|| D::Error::custom("not hexadecimal digits"))?;
        }
        Ok(bytes)
    }
}
