//! Patterns of numbers (UTS 35, part 3, section 3).

/// A pattern such as `#,##0.00 ¤`, in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern<'a> {
    pub prefix: &'a str,
    pub suffix: &'a str,
    /// Prefix and suffix for numbers below zero, if they have their own.
    pub negative: Option<(&'a str, &'a str)>,
    /// Digits in the last group, and in the others. 0 means no groups.
    pub groups: (usize, usize),
    /// Least digits before the point.
    pub zeros: usize,
}

impl<'a> Pattern<'a> {
    pub fn of(text: &'a str) -> Self {
        let (positive, negative) = text
            .split_once(';')
            .map_or((text, None), |(positive, negative)| {
                (positive, Some(negative))
            });
        let (prefix, number, suffix) = parts(positive);
        let whole = number.split('.').next().unwrap_or_default();
        let mut groups = whole.rsplit(',');
        let last = groups.next().map_or(0, str::len);
        let groups = match (whole.contains(','), groups.next(), groups.next()) {
            (true, Some(second), Some(_)) => (last, second.len()),
            (true, ..) => (last, last),
            _ => (0, 0),
        };
        Self {
            prefix,
            suffix,
            negative: negative.map(|negative| {
                let (prefix, _, suffix) = parts(negative);
                (prefix, suffix)
            }),
            groups,
            zeros: whole.bytes().filter(|&byte| byte == b'0').count(),
        }
    }
}

fn parts(text: &str) -> (&str, &str, &str) {
    let is_digit = |character: char| matches!(character, '#' | '0' | ',' | '.');
    let mut is_quoted = false;
    let start = text.find(|character| {
        is_quoted ^= character == '\'';
        !is_quoted && is_digit(character)
    });
    let Some(start) = start else {
        return (text, "", "");
    };
    let end = text[start..]
        .find(|character| !is_digit(character))
        .map_or(text.len(), |length| start + length);
    (&text[..start], &text[start..end], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_patterns_apart() {
        let pattern = Pattern::of("¤#,##,##0.00;(¤#,##,##0.00)");
        assert_eq!(
            (pattern.prefix, pattern.suffix, pattern.negative),
            ("¤", "", Some(("(¤", ")")))
        );
        assert_eq!(pattern.groups, (3, 2));
        assert_eq!(Pattern::of("#,##0 %").groups, (3, 3));
        let compact = Pattern::of("00 mil'.' M");
        assert_eq!(
            (compact.zeros, compact.suffix, compact.groups),
            (2, " mil'.' M", (0, 0))
        );
        assert_eq!(Pattern::of("'0.'0").prefix, "'0.'");
    }
}
