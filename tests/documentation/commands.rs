//! `docs/operations.md` lists every command of the program.

use super::read;
use crate::server::switchhook;

#[test]
fn every_command_is_explained() {
    let help = switchhook().arg("--help").output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands: Vec<_> = commands
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() > 5, "{help}");
    let page = read("docs/operations.md");
    for command in commands {
        assert!(page.contains(&format!("\n| `{command}` |")), "{command}");
        assert!(
            page.contains(&format!("\nswitchhook {command}")),
            "{command}"
        );
    }
}
