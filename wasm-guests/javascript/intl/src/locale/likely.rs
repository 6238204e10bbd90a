//! Likely scripts and regions, added to a tag or removed from it: UTS 35, section 4.3.

use super::Tag;
use crate::tree::Node;

impl Tag {
    /// The tag with its likely script and region added. A language that CLDR does not know stays as it is.
    pub fn maximize(&self) -> Self {
        let Some([language, script, region]) = likely(self) else {
            return self.clone();
        };
        let or = |own: &str, likely: &str| if own.is_empty() { likely } else { own }.to_owned();
        let own_language = if self.language == UNKNOWN {
            ""
        } else {
            &self.language
        };
        Self {
            language: or(own_language, language),
            script: or(&self.script, script),
            region: or(&self.region, region),
            ..self.clone()
        }
    }

    /// The tag without the script and the region that are likely anyway.
    pub fn minimize(&self) -> Self {
        let most = self.maximize();
        let nothing = String::new;
        let trials = [
            (nothing(), nothing()),
            (nothing(), most.region.clone()),
            (most.script.clone(), nothing()),
        ];
        trials
            .into_iter()
            .map(|(script, region)| Self {
                script,
                region,
                ..most.clone()
            })
            .find(|trial| trial.maximize() == most)
            .unwrap_or(most)
    }
}

/// The tag for an unknown language.
const UNKNOWN: &str = "und";

/// The likely language, script and region.
fn likely(tag: &Tag) -> Option<[&'static str; 3]> {
    let Tag {
        language,
        script,
        region,
        ..
    } = tag;
    let table = Node::root().get("likely")?;
    let keys = [
        format!("{language}-{script}-{region}"),
        format!("{language}-{script}"),
        format!("{language}-{region}"),
        language.clone(),
    ];
    // The key of an empty part ends in a hyphen, and no such key exists.
    let found = keys.iter().find_map(|key| table.get(key))?;
    let mut parts = found.text().split('-');
    Some([parts.next()?, parts.next()?, parts.next()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_likely() {
        for (tag, most, least) in [
            ("de", "de-Latn-DE", "de"),
            ("zh-TW", "zh-Hant-TW", "zh-TW"),
            ("en-Latn-US-u-hc-h12", "en-Latn-US-u-hc-h12", "en-u-hc-h12"),
            ("und", "en-Latn-US", "en"),
            ("und-JP", "ja-Jpan-JP", "ja"),
            ("sr-Latn-RS", "sr-Latn-RS", "sr-Latn"),
            ("xx", "xx", "xx"),
        ] {
            let tag = Tag::parse(tag).unwrap_or_default();
            assert_eq!(tag.maximize().text(), most);
            assert_eq!(tag.minimize().text(), least);
        }
    }
}
