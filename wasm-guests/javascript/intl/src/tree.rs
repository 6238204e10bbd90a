//! The data of the Unicode CLDR, read in place. `generate/pack.js` describes the format.
//!
//! An offset outside of the data, which only a damaged file has, reads as an empty text.

/// Written by `generate/generate.js`.
static DATA: &[u8] = include_bytes!("../data/cldr.bin");

const TEXT: u8 = 0;
const LIST: u8 = 1;
const OBJECT: u8 = 2;

/// Bytes of an offset.
const PLACE_BYTES: usize = 3;

/// A text, a list or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node(usize);

impl Node {
    /// The root of the data.
    pub fn root() -> Self {
        Self(place(0))
    }

    /// An entry of an object.
    pub fn get(self, key: &str) -> Option<Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// An entry of an object, with its key as the data have it.
    pub fn entry(self, key: &str) -> Option<(&'static str, Self)> {
        let (keys, values, count) = self.object()?;
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = (low + high) / 2;
            let found = Self(place(keys + middle * PLACE_BYTES));
            match found.bytes().cmp(key.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    return Some((found.text(), Self(place(values + middle * PLACE_BYTES))));
                }
            }
        }
        None
    }

    /// The node at the end of a path of keys.
    pub fn find(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// An item of a list.
    pub fn at(self, index: usize) -> Option<Self> {
        let (items, count) = self.list()?;
        (index < count).then(|| Self(place(items + index * PLACE_BYTES)))
    }

    /// The items of a list. Empty for other nodes.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let (items, count) = self.list().unwrap_or_default();
        (0..count).map(move |index| Self(place(items + index * PLACE_BYTES)))
    }

    /// The entries of an object in the order of their keys. Empty for other nodes.
    pub fn entries(self) -> impl Iterator<Item = (&'static str, Self)> {
        let (keys, values, count) = self.object().unwrap_or_default();
        (0..count).map(move |index| {
            let key = Self(place(keys + index * PLACE_BYTES)).text();
            (key, Self(place(values + index * PLACE_BYTES)))
        })
    }

    /// The text of a node. Empty for other nodes.
    pub fn text(self) -> &'static str {
        str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// The text of an entry. Empty if there is no such entry.
    pub fn text_of(self, key: &str) -> &'static str {
        self.get(key).map_or("", Self::text)
    }

    fn bytes(self) -> &'static [u8] {
        if byte(self.0) != TEXT {
            return &[];
        }
        let (start, length) = length(self.0 + 1);
        DATA.get(start..start + length).unwrap_or_default()
    }

    fn list(self) -> Option<(usize, usize)> {
        (byte(self.0) == LIST).then(|| length(self.0 + 1))
    }

    /// Offsets of an object's keys and values, and the number of entries.
    fn object(self) -> Option<(usize, usize, usize)> {
        (byte(self.0) == OBJECT).then(|| {
            let (keys, count) = length(place(self.0 + 1) + 1);
            (keys, self.0 + 1 + PLACE_BYTES, count)
        })
    }
}

fn byte(index: usize) -> u8 {
    DATA.get(index).copied().unwrap_or_default()
}

fn place(index: usize) -> usize {
    usize::from(byte(index))
        | usize::from(byte(index + 1)) << 8
        | usize::from(byte(index + 2)) << 16
}

/// A length in LEB128, and the index behind it.
fn length(mut index: usize) -> (usize, usize) {
    let (mut value, mut shift) = (0, 0);
    loop {
        let next = byte(index);
        index += 1;
        value |= usize::from(next & 0x7f) << shift;
        shift += 7;
        if next & 0x80 == 0 || shift > 21 {
            return (index, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_packed() {
        let root = Node::root();
        assert_eq!(root.text_of("cldr"), "48.1.0");
        let months = root.find(&[
            "locales",
            "de",
            "dates",
            "calendars",
            "gregory",
            "months",
            "format",
            "wide",
        ]);
        let march = months.and_then(|months| months.at(2)).map(Node::text);
        assert_eq!(march, Some("März"));
        assert_eq!(root.get("nothing"), None);
        assert_eq!(months.and_then(|months| months.at(12)), None);
        assert!(
            root.get("names")
                .is_some_and(|names| names.entries().count() > 40)
        );
    }
}
