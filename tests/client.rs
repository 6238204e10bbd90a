//! A client of a server under test.

use serde_json::{Value, json};
use ureq::{Agent, http::Method};

/// A client of a server, for one account.
#[derive(Clone)]
pub(super) struct Client {
    agent: Agent,
    address: String,
    pub(super) account: String,
    pub(super) token: String,
}

/// A reply.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: ureq::http::HeaderMap,
    pub(super) body: Value,
}

fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .build()
        .into()
}

impl Client {
    pub(super) fn new(address: &str, account: &str, token: &str) -> Self {
        Self {
            agent: agent(),
            address: address.to_owned(),
            account: account.to_owned(),
            token: token.to_owned(),
        }
    }

    /// The same client for another listener.
    pub(super) fn at(&self, address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..self.clone()
        }
    }

    /// The same account over another connection.
    pub(super) fn with_own_connection(&self) -> Self {
        Self {
            agent: agent(),
            ..self.clone()
        }
    }

    /// The same token for another account.
    pub(super) fn within(&self, account: &str) -> Self {
        Self {
            account: account.to_owned(),
            ..self.clone()
        }
    }

    /// Sends text with the client's token.
    pub(super) fn send(&self, method: Method, path: &str, body: &str) -> Reply {
        self.send_with(method, path, body, &[("x-auth-token", &self.token)])
    }

    /// Sends bytes with the client's token.
    pub(super) fn send_bytes(&self, method: Method, path: &str, body: &[u8]) -> Reply {
        let headers = self.headers("application/json");
        self.request(method, path, body.to_vec(), &headers)
    }

    /// Sends a Wasm module.
    pub(super) fn send_module(&self, method: Method, path: &str, module: &[u8]) -> Reply {
        let headers = self.headers("application/wasm");
        self.request(method, path, module.to_vec(), &headers)
    }

    fn headers(&self, content_type: &'static str) -> [(&str, &str); 2] {
        [
            ("x-auth-token", &self.token),
            ("content-type", content_type),
        ]
    }

    pub(super) fn send_with(
        &self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        let json = [("content-type", "application/json")];
        self.send_as_is(method, path, body, &[headers, &json].concat())
    }

    /// Sends text with exactly these headers.
    pub(super) fn send_as_is(
        &self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        self.request(method, path, body.as_bytes().to_vec(), headers)
    }

    /// Sends bytes with exactly these headers.
    pub(super) fn request(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Reply {
        self.try_request(method, path, body, headers).unwrap()
    }

    /// Sends text with the client's token to a server that may be killed meanwhile.
    pub(super) fn try_send(&self, method: Method, path: &str, body: &str) -> Option<Reply> {
        let headers = self.headers("application/json");
        let sent = self.try_request(method, path, body.as_bytes().to_vec(), &headers);
        sent.ok()
    }

    fn try_request(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Result<Reply, ureq::Error> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut reply = self.agent.run(request.body(body)?)?;
        let text = reply.body_mut().read_to_string()?;
        Ok(Reply {
            status: reply.status().as_u16(),
            headers: reply.headers().clone(),
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        })
    }

    /// Gets any URL without a token.
    pub(super) fn get_from(&self, url: &str) -> Reply {
        let mut reply = self.agent.get(url).call().unwrap();
        let text = reply.body_mut().read_to_string().unwrap();
        Reply {
            status: reply.status().as_u16(),
            headers: reply.headers().clone(),
            body: Value::String(text),
        }
    }

    /// Content type and text of a reply, which need not be JSON.
    pub(super) fn text(&self, path: &str, headers: &[(&str, &str)]) -> (String, String) {
        let mut reply = self.get(path, headers);
        let content_type = reply.headers()["content-type"].to_str().unwrap().to_owned();
        (content_type, reply.body_mut().read_to_string().unwrap())
    }

    /// The head of a reply.
    pub(super) fn head_of(&self, path: &str, headers: &[(&str, &str)]) -> ureq::http::HeaderMap {
        self.get(path, headers).headers().clone()
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> ureq::http::Response<ureq::Body> {
        let request = self.agent.get(self.url(path));
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        request.call().unwrap()
    }

    /// Content type and bytes of a reply, which need not be JSON.
    pub(super) fn download(&self, path: &str) -> (String, Vec<u8>) {
        let request = self
            .agent
            .get(self.url(path))
            .header("x-auth-token", &self.token);
        let mut reply = request.call().unwrap();
        let content_type = reply.headers()["content-type"].to_str().unwrap().to_owned();
        (content_type, reply.body_mut().read_to_vec().unwrap())
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Host and port.
    pub(super) fn socket(&self) -> &str {
        self.address.strip_prefix("http://").unwrap()
    }

    /// Creates an account below this one. Returns its client.
    pub(super) fn sub_account(&self, name: &str) -> Self {
        let body = json!({"data": {"name": name}}).to_string();
        let path = self.path("?include_api_key=true");
        let created = self.send(Method::PUT, &path, &body);
        assert_eq!(created.status, 201, "{}", created.body);
        self.logged_in(created.body["data"]["api_key"].as_str().unwrap())
    }

    /// A client of the account with an API key, with a new token.
    pub(super) fn logged_in(&self, api_key: &str) -> Self {
        let body = json!({"data": {"api_key": api_key}}).to_string();
        let login = self.send_with(Method::PUT, "/v2/api_auth", &body, &[]);
        assert_eq!(login.status, 201, "{}", login.body);
        Self {
            account: login.body["data"]["account_id"].as_str().unwrap().into(),
            token: login.body["auth_token"].as_str().unwrap().into(),
            ..self.clone()
        }
    }

    /// A client of the same account with another token.
    pub(super) fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.into(),
            ..self.clone()
        }
    }

    /// A path of the account.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/v2/accounts/{}{rest}", self.account)
    }

    /// A path of the account's functions.
    pub(super) fn functions(&self, rest: &str) -> String {
        format!("/v2/accounts/{}/functions{rest}", self.account)
    }

    pub(super) fn create(&self, function_js: &str) -> Reply {
        let body = json!({"data": {"name": "test", "function_js": function_js}});
        self.send(Method::PUT, &self.functions(""), &body.to_string())
    }

    /// Creates a function that compiles. Returns its id.
    pub(super) fn created(&self, function_js: &str) -> String {
        let reply = self.create(function_js);
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.body["data"]["id"].as_str().unwrap().to_owned()
    }

    /// Stores the next revision of a function.
    pub(super) fn update(&self, id: &str, function_js: &str) {
        let body = json!({"data": {"function_js": function_js}}).to_string();
        let reply = self.send(Method::PATCH, &self.functions(&format!("/{id}")), &body);
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    pub(super) fn run(&self, id: &str, call: &Value) -> Reply {
        let body = json!({"data": call}).to_string();
        self.send(Method::POST, &self.functions(&format!("/{id}/run")), &body)
    }

    /// Runs a function that returns something.
    pub(super) fn result(&self, id: &str, call: &Value) -> Value {
        let mut reply = self.run(id, call);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body["data"]["result"].take()
    }

    /// Runs a source without storing it.
    pub(super) fn test(&self, function_js: &str, call: &Value) -> Reply {
        let body = json!({"data": {"function_js": function_js, "call": call}});
        self.send(Method::POST, &self.functions("/test"), &body.to_string())
    }
}
