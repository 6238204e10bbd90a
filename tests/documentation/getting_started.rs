//! `docs/getting-started.md`: the commands print what the page shows.

use std::{fs, net::TcpListener};

use super::{
    page::blocks,
    read,
    shell::{Shell, goes_on, has},
};

/// The address in the page, which each test replaces by another one.
const ADDRESS: &str = "127.0.0.1:8000";

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn the_first_steps_lead_to_an_answered_call() {
    if !has(&["bash", "curl"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let page = read("docs/getting-started.md").replace(ADDRESS, &free_address());
    let mut shell = Shell::in_folder(folder.path());
    let mut server = None;
    let mut commands = 0;
    for block in blocks(&page) {
        if let Some(file) = block.file() {
            fs::write(folder.path().join(file), format!("{}\n", block.text)).unwrap();
            continue;
        }
        match block.kind.as_str() {
            "console" => {
                commands += block.commands().len();
                shell.run(&block);
            }
            "console server" => server = Some(goes_on(folder.path(), &block)),
            // This block builds the program, which the test has already.
            "sh" => {}
            kind => panic!("what is to be done with a block of {kind:?}? {block:?}"),
        }
    }
    assert!(server.is_some());
    assert!(commands > 10, "the page has {commands} commands");
}
