//! A JSON document as pairs of name and text, read without building a tree.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

use super::Pair;

/// Deepest nesting of objects. KAZOO sends two levels.
const MAX_DEPTH: usize = 32;

/// Most bytes of names of nested objects together. A long name around many short ones would turn a small document into
/// a large call.
const MAX_NAME_BYTES: usize = 256 * 1024;

/// Adds an object's members to `pairs`. Of a list, only the last item counts, as if a parameter was given several
/// times. Members that are `null` are left out.
pub(super) fn read<'a>(object: &'a [u8], pairs: &mut Vec<Pair<'a>>) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_slice(object);
    let all = Part {
        pairs,
        name_bytes: &mut 0,
        name: None,
        levels: MAX_DEPTH,
    };
    all.deserialize(&mut deserializer)?;
    deserializer.end()
}

/// The value of a name: a text, or further names.
struct Part<'p, 'a> {
    pairs: &'p mut Vec<Pair<'a>>,
    /// Bytes of the names so far.
    name_bytes: &'p mut usize,
    /// `None` for the document itself.
    name: Option<Cow<'a, str>>,
    levels: usize,
}

/// A key, borrowed from the document if it has no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Part<'_, 'a> {
    fn is<E: Error>(self, text: impl Into<Cow<'a, str>>) -> Result<(), E> {
        let name = self.name.ok_or_else(|| E::custom("it is no object"))?;
        self.pairs.push((name, text.into()));
        Ok(())
    }
}

impl<'a> DeserializeSeed<'a> for Part<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Part<'_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("names and texts")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.is(value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.is(value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.is(value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.is(Value::from(value).to_string())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.is(text.to_owned())
    }

    fn visit_borrowed_str<E: Error>(self, text: &'a str) -> Result<(), E> {
        self.is(text)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<(), A::Error> {
        let mut last = None;
        while let Some(item) = items.next_element::<Value>()? {
            last = Some(item);
        }
        let name = self.name.map(|name| format!("{name}[]").into());
        let part = Part { name, ..self };
        match last {
            None => Ok(()),
            Some(Value::String(text)) => part.is(text),
            Some(other) => part.is(other.to_string()),
        }
    }

    fn visit_map<A: MapAccess<'a>>(self, mut object: A) -> Result<(), A::Error> {
        let levels = self.levels.checked_sub(1);
        let levels = levels.ok_or_else(|| Error::custom("it is nested too deeply"))?;
        while let Some(Key(key)) = object.next_key()? {
            let name = match &self.name {
                None => key,
                Some(within) => {
                    *self.name_bytes += within.len() + key.len();
                    if *self.name_bytes > MAX_NAME_BYTES {
                        return Err(Error::custom("its names are too long"));
                    }
                    format!("{within}[{key}]").into()
                }
            };
            object.next_value_seed(Part {
                pairs: &mut *self.pairs,
                name_bytes: &mut *self.name_bytes,
                name: Some(name),
                levels,
            })?;
        }
        Ok(())
    }
}
