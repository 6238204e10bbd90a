//! Links in the documentation lead to existing pages, headings and files.

use std::{collections::BTreeMap, fs, path::PathBuf};

use super::project;

/// Folders of pages, and single pages.
const PAGES: [&str; 6] = [
    "docs",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    ".ci",
];

/// Folders whose files pages name.
const FOLDERS: [&str; 7] = [
    "api/",
    "compiler/",
    "docs/",
    "runtime/",
    "tests/",
    "wasm-guests/",
    ".ci/",
];

/// The folder for findings of fuzzing, which does not exist before the first.
const MADE_LATER: &str = "runtime/fuzz/artifacts/";

fn pages() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left: Vec<_> = PAGES.iter().map(|path| project(path)).collect();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.extension().is_some_and(|it| it == "md") {
            found.push(path);
        }
    }
    found
}

/// A page without its blocks of code.
fn prose(page: &str) -> String {
    let mut code = false;
    let mut prose = String::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// GitHub's anchors of headings: lower case, hyphens for spaces, no punctuation, and numbers for repeated ones.
fn anchors(page: &str) -> Vec<String> {
    let mut seen = BTreeMap::new();
    prose(page)
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let text = line.trim_start_matches('#').trim().to_lowercase();
            let anchor: String = text
                .chars()
                .filter(|it| it.is_alphanumeric() || [' ', '-', '_'].contains(it))
                .map(|it| if it == ' ' { '-' } else { it })
                .collect();
            let times = seen.entry(anchor.clone()).or_insert(0);
            *times += 1;
            match *times {
                1 => anchor,
                times => format!("{anchor}-{}", times - 1),
            }
        })
        .collect()
}

/// Targets of links, outside of code.
fn links(page: &str) -> Vec<String> {
    let prose = prose(page);
    let without_code: String = prose.split('`').step_by(2).collect();
    let targets = without_code.split("](").skip(1);
    targets
        .filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
        .collect()
}

/// Texts in backticks.
fn code(page: &str) -> Vec<String> {
    let prose = prose(page);
    prose
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn links_lead_to_pages_and_headings() {
    let mut checked = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match path {
                "" => page.clone(),
                path => page.parent().unwrap().join(path),
            };
            assert!(target.exists(), "{}: {link}", page.display());
            if !anchor.is_empty() {
                let anchors = anchors(&fs::read_to_string(&target).unwrap());
                assert!(
                    anchors.iter().any(|it| it == anchor),
                    "{}: {link}: {anchors:?}",
                    page.display()
                );
            }
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked} links");
}

#[test]
fn every_page_is_on_the_map() {
    let map = fs::read_to_string(project("docs/README.md")).unwrap();
    let links = links(&map);
    for page in fs::read_dir(project("docs")).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        let is_page = name.ends_with(".md") && name != "README.md";
        assert!(!is_page || links.contains(&name), "{name}");
    }
}

#[test]
fn paths_lead_to_files() {
    let mut checked = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for path in code(&text) {
            let names_one_file =
                !path.contains(|it: char| it.is_whitespace() || "*<>…{}$".contains(it));
            if !FOLDERS.iter().any(|folder| path.starts_with(folder))
                || !names_one_file
                || path == MADE_LATER
            {
                continue;
            }
            assert!(project(&path).exists(), "{}: {path}", page.display());
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked} paths");
}

#[test]
fn headings_have_the_anchors_of_github() {
    let page =
        "# KAZOO: the `pivot` module\n## A\n```\n# no heading\n```\n## A\n### `[accounts.ID]`\n";
    assert_eq!(
        anchors(page),
        ["kazoo-the-pivot-module", "a", "a-1", "accountsid"]
    );
}
