//! Certificates for tests of TLS.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Command,
};

/// Makes a key and a certificate in a folder. Returns the certificate's path.
fn certificate(folder: &Path, name: &str, rest: &[&str]) -> PathBuf {
    let certificate = folder.join(format!("{name}.pem"));
    let output = Command::new("openssl")
        // Without the extensions that a machine's configuration adds.
        .env("OPENSSL_CONF", "/dev/null")
        .args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"])
        .args(["-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-subj", &format!("/CN={name}"), "-keyout"])
        .arg(folder.join(format!("{name}.key")))
        .arg("-out")
        .arg(&certificate)
        .args(rest)
        .output()
        .expect("openssl is installed");
    assert!(output.status.success(), "{output:?}");
    certificate
}

/// Makes the certificate of a root.
pub(super) fn root(folder: &Path, name: &str) -> PathBuf {
    let extensions = ["-addext", "basicConstraints=critical,CA:TRUE"];
    certificate(folder, name, &extensions)
}

/// A certificate for the name `localhost`, of a root.
pub(super) fn for_localhost(folder: &Path, root: &str) {
    let path = |ending| folder.join(format!("{root}.{ending}"));
    let (certificate_of, key_of) = (path("pem"), path("key"));
    let rest = [
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-CA",
        certificate_of.to_str().unwrap(),
        "-CAkey",
        key_of.to_str().unwrap(),
    ];
    certificate(folder, "localhost", &rest);
    // PostgreSQL accepts a key only if no other user can read it. If the test runs as root, PostgreSQL runs as another
    // user of root's group.
    let is_root = fs::metadata(folder).unwrap().uid() == 0;
    let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let key = folder.join("localhost.key");
    set(&key, if is_root { 0o640 } else { 0o600 });
    set(folder, 0o750);
}
