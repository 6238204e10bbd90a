//! TLS towards a peer. Its certificate must be of a root that the machine trusts.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use crate::{certificates, documentation::has, server::switchhook};

/// A TLS server that answers every request with a page that is not JSON. It is killed when dropped.
struct Page {
    process: std::process::Child,
    port: String,
}

impl Page {
    fn start(folder: &std::path::Path) -> Self {
        let mut process = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-www", "-cert"])
            .arg(folder.join("localhost.pem"))
            .arg("-key")
            .arg(folder.join("localhost.key"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is installed");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.strip_prefix("ACCEPT ")?.rsplit_once(':')?;
            Some(port.to_owned())
        });
        let port = port.expect("openssl says where it listens");
        Self { process, port }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_peer_is_trusted_by_its_certificate() {
    if !has(&["openssl"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    certificates::root(folder.path(), "ours");
    certificates::root(folder.path(), "theirs");
    certificates::for_localhost(folder.path(), "ours");
    let page = Page::start(folder.path());
    let address = |host: &str| format!("https://{host}:{}/functions", page.port);
    for (root, host, expected) in [
        ("ours", "localhost", "answers with what no CouchDB does"),
        ("theirs", "localhost", "UnknownIssuer"),
        ("ours", "127.0.0.1", "certificate not valid for name"),
    ] {
        let output = switchhook()
            .args(["replicate", &address(host), &address(host)])
            .env("SSL_CERT_FILE", folder.path().join(format!("{root}.pem")))
            .env_remove("SSL_CERT_DIR")
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr.contains(expected), "{root} {host}: {stderr}");
    }
}
