//! A page with its headings and code blocks.

/// A code block.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// The word after the opening backticks: `console`.
    pub(super) kind: String,
    /// The line of text before the block.
    pub(super) above: String,
    pub(super) text: String,
}

/// A command in a `console` block, with its output.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) command: String,
    pub(super) printed: String,
}

pub(super) fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut above = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```") {
            let text: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            found.push(Block {
                kind: kind.to_owned(),
                above: above.clone(),
                text: text.join("\n"),
            });
        } else if !line.trim().is_empty() {
            above = line.to_owned();
        }
    }
    found
}

impl Block {
    /// The name of the file with the content of this block.
    pub(super) fn file(&self) -> Option<&str> {
        let named = self.above.strip_prefix("Save this as `")?;
        named.strip_suffix("`:")
    }

    /// The commands, which follow `$ `, with the output in the lines below.
    pub(super) fn commands(&self) -> Vec<Command> {
        let mut found: Vec<Command> = Vec::new();
        for line in self.text.lines() {
            match (line.strip_prefix("$ "), found.last_mut()) {
                (Some(command), _) => found.push(Command {
                    command: command.to_owned(),
                    printed: String::new(),
                }),
                (None, Some(last)) => {
                    last.printed.push_str(line);
                    last.printed.push('\n');
                }
                (None, None) => panic!("a block begins with a command: {line}"),
            }
        }
        found
    }
}

/// Whether a text agrees with the text of a page, in which `…` stands for any text.
pub(super) fn is_as_told(text: &str, told: &str) -> bool {
    let mut parts = told.trim_end().split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.trim_end().strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        let found = match parts.peek() {
            Some(_) => rest.find(part).map(|at| at + part.len()),
            None => rest.ends_with(part).then_some(rest.len()),
        };
        let Some(end) = found else {
            return false;
        };
        rest = &rest[end..];
    }
    true
}

#[test]
fn an_ellipsis_stands_for_anything() {
    for (text, told) in [
        ("abc", "abc"),
        ("abc\n", "a…c"),
        ("ac", "a…c"),
        ("abcabc", "a…b…c"),
        ("abc", "…"),
    ] {
        assert!(is_as_told(text, told), "{text} is {told}");
    }
    for (text, told) in [
        ("abc", "ab"),
        ("abc", "b…"),
        ("abc", "a…d"),
        ("ab", "a…b…b"),
    ] {
        assert!(!is_as_told(text, told), "{text} is not {told}");
    }
}
