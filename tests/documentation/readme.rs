//! README's commands and their output.

use super::{
    page::blocks,
    read,
    shell::{Shell, has},
};

#[test]
fn functions_run_from_files() {
    if !has(&["bash"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let page = read("README.md").replace("cargo run --release -q --", "switchhook");
    let mut shell = Shell::in_folder(folder.path());
    let mut commands = 0;
    for block in blocks(&page) {
        if block.kind == "console" {
            commands += block.commands().len();
            shell.run(&block);
        }
    }
    assert!(commands >= 4, "README has {commands} commands");
}
