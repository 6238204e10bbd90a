//! `docs/troubleshooting.md` lists every outcome that the server counts.

use super::read;
use crate::server::Server;

#[test]
fn every_outcome_is_explained() {
    let server = Server::start_with("[metrics]\nlisten = \"127.0.0.1:0\"\n");
    let metrics = server.metrics();
    let outcomes: Vec<_> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("switchhook_calls_total{outcome=\""))
        .filter_map(|rest| Some(rest.split_once('"')?.0))
        .collect();
    assert!(outcomes.len() > 10, "{metrics}");
    let page = read("docs/troubleshooting.md");
    for outcome in outcomes {
        let row = page
            .lines()
            .find(|line| line.starts_with('|') && cell(line).contains(&format!("`{outcome}`")));
        assert!(row.is_some(), "{outcome}");
    }
}

fn cell(row: &str) -> &str {
    row.split('|').nth(1).unwrap_or_default()
}
