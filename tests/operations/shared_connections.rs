//! PgBouncer shares connections between its clients, and so loses the state of a session. The program refuses it with a
//! sentence.

use std::{
    env, fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    process::{Child, Command, Stdio},
};

use crate::{
    database::Database,
    server::{eventually, switchhook},
};

const PORT: u16 = 6432;

/// A running PgBouncer. It is killed when dropped.
struct PgBouncer(Child);

impl Drop for PgBouncer {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// The program's message about a database with a PgBouncer in front, with these settings.
fn says(settings: &str) -> Option<String> {
    let (Ok(address), Ok(postgres)) = (
        env::var("SWITCHHOOK_TEST_DATABASE"),
        env::var("SWITCHHOOK_TEST_POSTGRES"),
    ) else {
        return None;
    };
    let name = Database::in_postgres(&address).name();
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let socket = folder.path().display();
    let file = folder.path().join("pgbouncer.ini");
    let configuration = format!(
        "[databases]\n{name} = host={postgres} user=switchhook\n[pgbouncer]\nauth_type = any\npool_mode = transaction\n\
         unix_socket_dir = {socket}\nlisten_addr =\nlisten_port = {PORT}\n{settings}\n"
    );
    fs::write(&file, configuration).unwrap();
    let is_root = fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0);
    let mut command = match is_root {
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "nobody", "--clear-groups", "pgbouncer"]);
            command
        }
        false => Command::new("pgbouncer"),
    };
    let process = command.arg(file).stderr(Stdio::null()).spawn().unwrap();
    let _running = PgBouncer(process);
    eventually("PgBouncer runs", || {
        let socket = folder.path().join(format!(".s.PGSQL.{PORT}"));
        socket.exists().then_some(())
    });
    let host = folder.path().to_str().unwrap().replace('/', "%2F");
    let location = format!("postgres://switchhook@{host}:{PORT}/{name}");
    let checked = switchhook().args(["db", "check", &location]).output();
    let checked = checked.expect("the program runs");
    assert!(!checked.status.success());
    Some(String::from_utf8(checked.stderr).unwrap())
}

#[test]
fn a_proxy_that_does_not_know_the_settings_of_a_connection_is_refused() {
    if let Some(said) = says("") {
        assert!(said.contains("a proxy such as PgBouncer"), "{said}");
    }
}

#[test]
fn a_proxy_that_ignores_the_settings_of_a_connection_is_refused() {
    if let Some(said) = says("ignore_startup_parameters = options, extra_float_digits") {
        assert!(said.contains("a proxy such as PgBouncer"), "{said}");
    }
}
