//! Language tags (UTS 35, section 3.2) in their canonical form (section 3.2.1, ECMA-402, section 6.2.3).

use crate::tree::Node;

/// A tag in its parts, each in its canonical case.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tag {
    /// Such as `de`.
    pub language: String,
    /// Such as `Latn`; empty if the tag has none.
    pub script: String,
    /// Such as `AT`; empty if the tag has none.
    pub region: String,
    /// Such as `1996`.
    pub variants: Vec<String>,
    /// What follows `-u-`, up to the first key.
    pub attributes: Vec<String>,
    /// The keys and values of `-u-`.
    pub keywords: Vec<(String, String)>,
    /// Other extensions, each with its letter. Private use comes last.
    pub others: Vec<String>,
}

impl Tag {
    /// Parses a tag. `None` if the text is not a tag.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.is_ascii() {
            return None;
        }
        let lower = text.to_ascii_lowercase();
        let mut parts = lower.split('-').peekable();
        let mut tag = Self {
            language: parts.next()?.to_owned(),
            ..Self::default()
        };
        if !is_alpha(&tag.language, 2, 3) && !is_alpha(&tag.language, 5, 8) {
            return None;
        }
        if let Some(script) = parts.next_if(|part| is_alpha(part, 4, 4)) {
            tag.script = title(script);
        }
        let is_region = |part: &str| {
            is_alpha(part, 2, 2)
                || part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if let Some(region) = parts.next_if(|part| is_region(part)) {
            tag.region = region.to_ascii_uppercase();
        }
        while let Some(variant) = parts.next_if(|part| is_variant(part)) {
            if tag.variants.iter().any(|known| known == variant) {
                return None;
            }
            tag.variants.push(variant.to_owned());
        }
        let mut seen = Vec::new();
        while let Some(letter) = parts.next() {
            if letter.len() != 1 || seen.contains(&letter) {
                return None;
            }
            seen.push(letter);
            let shortest = if letter == "x" { 1 } else { 2 };
            let mut subtags = Vec::new();
            while let Some(part) = parts.next_if(|part| letter == "x" || part.len() != 1) {
                if !is_alphanumeric(part, shortest, 8) {
                    return None;
                }
                subtags.push(part);
            }
            if subtags.is_empty() {
                return None;
            }
            match letter {
                "u" => tag.unicode_extension(&subtags),
                "t" if !is_transform(&subtags) => return None,
                _ => tag.others.push(format!("{letter}-{}", subtags.join("-"))),
            }
        }
        tag.others
            .sort_by_key(|other| (other.starts_with("x-"), other.clone()));
        tag.variants.sort();
        tag.replace_aliases();
        Some(tag)
    }

    fn unicode_extension(&mut self, subtags: &[&str]) {
        let mut subtags = subtags.iter().peekable();
        while let Some(attribute) = subtags.next_if(|subtag| subtag.len() > 2) {
            self.attributes.push((*attribute).to_owned());
        }
        self.attributes.sort();
        self.attributes.dedup();
        while let Some(key) = subtags.next() {
            let mut values = Vec::new();
            while let Some(value) = subtags.next_if(|subtag| subtag.len() > 2) {
                values.push(*value);
            }
            if !self.keywords.iter().any(|(known, _)| known == key) {
                let value = canonical_value(key, &values.join("-"));
                self.keywords.push(((*key).to_owned(), value));
            }
        }
        self.keywords.sort();
    }

    /// The value of a keyword; empty if the keyword has no value, `None` if the tag lacks it.
    pub fn keyword(&self, key: &str) -> Option<&str> {
        let found = self.keywords.iter().find(|(known, _)| known == key)?;
        Some(&found.1)
    }

    /// Language, script, region and variants.
    pub fn base(&self) -> String {
        let mut text = self.language.clone();
        for part in [&self.script, &self.region]
            .into_iter()
            .chain(&self.variants)
        {
            if !part.is_empty() {
                text.push('-');
                text += part;
            }
        }
        text
    }

    /// The whole tag.
    pub fn text(&self) -> String {
        let mut extensions = self.others.clone();
        if !self.attributes.is_empty() || !self.keywords.is_empty() {
            let mut unicode = "u".to_owned();
            let keywords = self.keywords.iter().flat_map(|(key, value)| [key, value]);
            for part in self
                .attributes
                .iter()
                .chain(keywords)
                .filter(|part| !part.is_empty())
            {
                unicode.push('-');
                unicode += part;
            }
            let after = extensions
                .iter()
                .position(|other| other.starts_with("x-") || *other > unicode);
            extensions.insert(after.unwrap_or(extensions.len()), unicode);
        }
        let mut text = self.base();
        for extension in extensions {
            text.push('-');
            text += &extension;
        }
        text
    }

    /// Replaces names that CLDR has given up.
    fn replace_aliases(&mut self) {
        let Some(aliases) = Node::root().get("aliases") else {
            return;
        };
        let find = |table: &str, key: &str| aliases.get(table)?.get(key).map(Node::text);
        let with_region = format!("{}-{}", self.language, self.region);
        let with_variant = self
            .variants
            .first()
            .map(|variant| format!("{}-{variant}", self.language));
        if let Some(new) = with_variant.and_then(|key| find("languages", &key)) {
            self.variants.remove(0);
            self.adopt(new);
        } else if let Some(new) = find("languages", &with_region) {
            self.region.clear();
            self.adopt(new);
        } else if let Some(new) = find("languages", &self.language) {
            self.adopt(new);
        }
        if let Some(new) = find("scripts", &self.script) {
            self.script = new.to_owned();
        }
        if let Some(new) = find("regions", &self.region) {
            // If there are several successors, the region where the language is spoken.
            let likely = super::likely_region(&self.language, &self.script);
            let chosen = new.split(' ').find(|region| Some(*region) == likely);
            self.region = chosen
                .or_else(|| new.split(' ').next())
                .unwrap_or_default()
                .to_owned();
        }
        for variant in &mut self.variants {
            if let Some(new) = find("variants", variant) {
                *variant = new.to_ascii_lowercase();
            }
        }
    }

    fn adopt(&mut self, new: &str) {
        let mut parts = new.split(['-', '_']);
        self.language = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            if part.len() == 4 && self.script.is_empty() {
                self.script = part.to_owned();
            } else if part.len() < 4 && self.region.is_empty() {
                self.region = part.to_owned();
            }
        }
    }
}

/// A keyword's value, with renamed values replaced.
fn canonical_value(key: &str, value: &str) -> String {
    let new = match (key, value) {
        (_, "true") => "",
        ("kb" | "kc" | "kh" | "kk" | "kn", "yes") => "",
        ("ca", "gregorian") => "gregory",
        ("ca", "ethiopic-amete-alem") => "ethioaa",
        ("ca", "islamicc") => "islamic-civil",
        ("ks", "primary") => "level1",
        ("ks", "tertiary") => "level3",
        ("ms", "imperial") => "uksystem",
        ("tz", "cnckg") => "cnsha",
        ("tz", "eire") => "iedub",
        ("tz", "est") => "papty",
        ("tz", "gmt0") => "gmt",
        ("tz", "uct" | "zulu") => "utc",
        (_, other) => other,
    };
    new.to_owned()
}

/// Whether the subtags form a `-t-` extension: a tag of language, script, region and variants, and keys of a letter and
/// a digit with values.
fn is_transform(subtags: &[&str]) -> bool {
    let is_key = |part: &str| {
        let bytes = part.as_bytes();
        bytes.len() == 2 && bytes[0].is_ascii_alphabetic() && bytes[1].is_ascii_digit()
    };
    let first = subtags
        .iter()
        .position(|part| is_key(part))
        .unwrap_or(subtags.len());
    let (language, fields) = subtags.split_at(first);
    let is_language = language.is_empty() || Tag::parse(&language.join("-")).is_some();
    let mut has_value = true;
    for part in fields {
        if is_key(part) {
            if !has_value {
                return false;
            }
            has_value = false;
        } else if part.len() > 2 {
            has_value = true;
        } else {
            return false;
        }
    }
    is_language && has_value
}

fn is_alpha(part: &str, shortest: usize, longest: usize) -> bool {
    (shortest..=longest).contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_alphanumeric(part: &str, shortest: usize, longest: usize) -> bool {
    (shortest..=longest).contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_variant(part: &str) -> bool {
    is_alphanumeric(part, 5, 8)
        || is_alphanumeric(part, 4, 4) && part.as_bytes()[0].is_ascii_digit()
}

fn title(part: &str) -> String {
    part[..1].to_ascii_uppercase() + &part[1..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brings_tags_into_their_canonical_form() {
        let canonical = |tag: &str| Tag::parse(tag).map(|tag| tag.text());
        for (tag, expected) in [
            ("EN-us", "en-US"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("iw", "he"),
            ("sh", "sr-Latn"),
            ("art-lojban", "jbo"),
            ("de-DD", "de-DE"),
            (
                "de-u-nu-latn-co-phonebk-kn-true",
                "de-u-co-phonebk-kn-nu-latn",
            ),
            ("en-u-foo-bar-ca-islamicc", "en-u-bar-foo-ca-islamic-civil"),
            ("sl-rozaj-biske-1994", "sl-1994-biske-rozaj"),
            ("en-x-Private", "en-x-private"),
            ("en-t-de-u-hc-h12-x-a", "en-t-de-u-hc-h12-x-a"),
        ] {
            assert_eq!(canonical(tag).as_deref(), Some(expected), "{tag}");
        }
        for tag in [
            "",
            "e",
            "en_US",
            "en-",
            "en-us-us",
            "en-u",
            "de-1996-1996",
            "x-private",
            "i-klingon",
            "en-a-bb-a-cc",
            "ä",
            "root",
        ] {
            assert_eq!(canonical(tag), None, "{tag}");
        }
    }
}
