//! Tokens signed by a KAZOO cluster. The keys in `tests/crossbar/keys` serve no other purpose.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::get_current_timestamp;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair},
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Value, json};
use sha2::Sha256;
use ureq::http::Method;

use crate::server::Server;

const PRIVATE: &[u8] = include_bytes!("keys/kazoo.pem");
const PUBLIC: &[u8] = include_bytes!("keys/kazoo.pub.pem");
const STRANGER: &[u8] = include_bytes!("keys/stranger.pem");

/// The claims of KAZOO's tokens (`crossbar_auth.erl`, `kz_auth_jwt.erl`).
fn claims(account_id: &str) -> Value {
    json!({
        "iss": "kazoo",
        "identity_sig": "abc",
        "account_id": account_id,
        "owner_id": "0123456789abcdef0123456789abcdef",
        "method": "cb_user_auth",
        "exp": get_current_timestamp() + 3_600,
    })
}

fn header_of(algorithm: &str) -> Value {
    json!({"alg": algorithm, "typ": "JWT", "kid": "a0b1"})
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let text = format!("{}.{}", encoded(header), encoded(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(text.as_bytes()));
    format!("{text}.{signature}")
}

fn by_rsa(pem: &[u8], encoding: &'static dyn RsaEncoding) -> impl Fn(&[u8]) -> Vec<u8> {
    let key = PrivatePkcs8KeyDer::from_pem_slice(pem).unwrap();
    let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap();
    move |text| {
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(encoding, &SystemRandom::new(), text, &mut signature)
            .unwrap();
        signature
    }
}

fn by_secret(secret: &[u8]) -> impl Fn(&[u8]) -> Vec<u8> {
    move |text| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    }
}

/// A token as the cluster signs it.
fn of_kazoo(claims: &Value) -> String {
    signed(
        &header_of("RS256"),
        claims,
        by_rsa(PRIVATE, &RSA_PKCS1_SHA256),
    )
}

/// A server that accepts KAZOO's signatures, with further configuration.
fn server(config: &str) -> Server {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/crossbar/keys/kazoo.pub.pem"
    );
    Server::start_with(&format!("[jwt]\npublic_key_file = '{file}'\n{config}"))
}

fn status(server: &Server, token: &str) -> u16 {
    let client = server.client.with_token(token);
    let reply = client.send(Method::GET, &client.path(""), "");
    if reply.status == 401 {
        assert_eq!(reply.body["data"], json!({}), "{}", reply.body);
    }
    reply.status
}

#[test]
fn a_token_that_the_cluster_signed_is_let_in_where_its_account_is() {
    let server = server("issuer = 'kazoo'");
    let account = server.client.account.as_str();
    let token = of_kazoo(&claims(account));
    assert_eq!(status(&server, &token), 200);
    let client = server.client.with_token(&token);
    let who = client.send(Method::GET, "/v2/token_auth", "");
    assert_eq!(
        who.body["data"]["owner_id"],
        "0123456789abcdef0123456789abcdef"
    );

    let child = server.client.sub_account("child");
    let token = of_kazoo(&claims(&child.account));
    let child = child.with_token(&token);
    assert_eq!(child.send(Method::GET, &child.path(""), "").status, 200);
    assert_eq!(status(&server, &token), 403);
    let deleted = server.client.send(Method::DELETE, &child.path(""), "");
    assert_eq!(deleted.status, 200);
    assert_eq!(status(&server, &token), 401);
}

#[test]
fn a_user_who_is_disabled_here_is_not_let_in() {
    let server = server("");
    let client = &server.client;
    let user = "0123456789abcdef0123456789abcdef";
    let body = json!({"data": {"id": user, "first_name": "Bob", "last_name": "Smith"}});
    let created = client.send(Method::PUT, &client.path("/users"), &body.to_string());
    assert_eq!(created.body["data"]["id"], user, "{}", created.body);
    let token = of_kazoo(&claims(&client.account));
    assert_eq!(status(&server, &token), 200);
    let path = client.path(&format!("/users/{user}"));
    let body = r#"{"data":{"enabled":false}}"#;
    assert_eq!(client.send(Method::PATCH, &path, body).status, 200);
    assert_eq!(status(&server, &token), 401);
}

#[test]
fn every_other_token_is_refused() {
    let server = server("issuer = 'kazoo'");
    let account = server.client.account.as_str();
    let with = |key: &str, value: Value| {
        let mut claims = claims(account);
        claims[key] = value;
        claims
    };
    let good = of_kazoo(&claims(account));
    let [header, payload, signature]: [&str; 3] =
        good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let none = encoded(&json!({"alg": "none", "typ": "JWT"}));
    let other_payload = encoded(&with("owner_id", json!("somebody else")));
    let mut no_expiry = claims(account);
    no_expiry.as_object_mut().unwrap().shift_remove("exp");
    for (what, token) in [
        (
            "another key",
            signed(
                &header_of("RS256"),
                &claims(account),
                by_rsa(STRANGER, &RSA_PKCS1_SHA256),
            ),
        ),
        ("no algorithm", format!("{none}.{payload}.")),
        (
            "no algorithm, but a signature",
            format!("{none}.{payload}.{signature}"),
        ),
        (
            "the public key as a secret",
            signed(&header_of("HS256"), &claims(account), by_secret(PUBLIC)),
        ),
        (
            "another RSA algorithm",
            signed(
                &header_of("RS512"),
                &claims(account),
                by_rsa(PRIVATE, &RSA_PKCS1_SHA512),
            ),
        ),
        ("no signature", format!("{header}.{payload}.")),
        (
            "other claims",
            format!("{header}.{other_payload}.{signature}"),
        ),
        (
            "expired",
            of_kazoo(&with("exp", json!(get_current_timestamp() - 1))),
        ),
        ("no expiry", of_kazoo(&no_expiry)),
        (
            "an expiry that is no number",
            of_kazoo(&with("exp", json!("never"))),
        ),
        ("an unknown account", of_kazoo(&claims(&"0".repeat(32)))),
        ("no account", of_kazoo(&with("account_id", Value::Null))),
        ("another issuer", of_kazoo(&with("iss", json!("somebody")))),
        ("only dots", "..".into()),
    ] {
        assert_eq!(status(&server, &token), 401, "{what}");
    }
    assert_eq!(status(&server, &good), 200);
}

#[test]
fn logging_out_makes_a_signed_token_worthless_for_good() {
    let mut server = server("");
    let account = server.client.account.clone();
    let token = of_kazoo(&claims(&account));
    assert_eq!(status(&server, &token), 200);
    let client = server.client.with_token(&token);
    assert_eq!(
        client.send(Method::DELETE, "/v2/token_auth", "").status,
        200
    );
    assert_eq!(status(&server, &token), 401);
    server.restart();
    assert_eq!(status(&server, &token), 401);
}

/// The account and the user are made again under the same ids, and the token's signature is still valid.
#[test]
fn what_was_logged_out_stays_out_when_its_account_is_made_again() {
    let server = server("");
    let master = &server.client;
    let id = "1".repeat(32);
    let make = || {
        let body = json!({"data": {"id": id, "name": "again"}}).to_string();
        let created = master.send(Method::PUT, &master.path(""), &body);
        assert_eq!(created.status, 201, "{}", created.body);
    };
    make();
    let token = of_kazoo(&claims(&id));
    let signed = master.within(&id).with_token(&token);
    let status = || signed.send(Method::GET, &signed.path(""), "").status;
    assert_eq!(status(), 200);
    let logged_out = signed.send(Method::DELETE, "/v2/token_auth", "");
    assert_eq!(logged_out.status, 200);
    let deleted = master.send(Method::DELETE, &signed.path(""), "");
    assert_eq!(deleted.status, 200);
    make();
    assert_eq!(status(), 401);
}

#[test]
fn a_token_is_valid_at_its_time_and_as_far_as_it_is_understood() {
    let server = server("");
    let account = server.client.account.as_str();
    let now = get_current_timestamp();
    for (name, time, expected) in [
        ("nbf", now - 10, 200),
        ("iat", now - 10, 200),
        // Within the leeway, even on a slow machine.
        ("nbf", now + 50, 200),
        ("iat", now + 50, 200),
        ("nbf", now + 3_000, 401),
        ("iat", now + 3_000, 401),
        ("exp", now - 1, 401),
    ] {
        let mut claims = claims(account);
        claims[name] = json!(time);
        let token = of_kazoo(&claims);
        assert_eq!(status(&server, &token), expected, "{name} {time}");
    }
    for (name, value, expected) in [
        ("typ", json!("jwt"), 200),
        ("x", json!("y"), 200),
        ("typ", json!("at+jwt"), 401),
        ("typ", json!("JOSE"), 401),
        ("typ", json!(1), 401),
        ("cty", json!("JWT"), 401),
        ("crit", json!(["exp"]), 401),
        ("crit", json!([]), 401),
        ("b64", json!(false), 401),
        ("b64", json!(true), 401),
        ("zip", json!("DEF"), 401),
    ] {
        let mut header = header_of("RS256");
        header[name] = value.clone();
        let by_kazoo = by_rsa(PRIVATE, &RSA_PKCS1_SHA256);
        let token = signed(&header, &claims(account), by_kazoo);
        assert_eq!(status(&server, &token), expected, "{name} {value}");
    }
}

#[test]
fn without_a_key_no_signature_is_believed() {
    let server = Server::start();
    let account = server.client.account.as_str();
    let token = of_kazoo(&claims(account));
    assert_eq!(status(&server, &token), 401);
}
