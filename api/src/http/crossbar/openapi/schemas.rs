//! Types of requests and replies for the description, where the code handles JSON of any form.
#![expect(dead_code, reason = "these are described, not made")]
#![expect(unused_qualifications, reason = "the derived code has them")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, PartialSchema, ToSchema, openapi};

use crate::{functions, http::routers::Answer};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct AccountPath {
    /// An account's id: 32 hexadecimal digits
    pub(in crate::http) account: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct FunctionPath {
    /// An account's id: 32 hexadecimal digits
    pub(in crate::http) account: String,
    /// A function's id
    pub(in crate::http) function: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct RevisionPath {
    /// An account's id: 32 hexadecimal digits
    pub(in crate::http) account: String,
    /// A function's id
    pub(in crate::http) function: String,
    /// One of the function's revisions
    pub(in crate::http) revision: String,
}

/// Conditions on documents. There are also `filter_KEY` and `filter_not_KEY`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct FilterQuery {
    has_key: Option<String>,
    key_missing: Option<String>,
    has_value: Option<String>,
    value_missing: Option<String>,
    /// In Gregorian seconds, inclusive, like the other times
    created_from: Option<i64>,
    created_to: Option<i64>,
    modified_from: Option<i64>,
    modified_to: Option<i64>,
}

/// A range of times.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct TimeQuery {
    /// In Gregorian seconds, inclusive
    created_from: Option<i64>,
    /// In Gregorian seconds, inclusive
    created_to: Option<i64>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct PagingQuery {
    /// Most rows; 50 by default
    #[param(minimum = 1)]
    page_size: Option<u64>,
    /// The `next_start_key` of the page before
    start_key: Option<String>,
    /// `false` returns everything at once
    paginate: Option<bool>,
    /// `true` reverses the order
    ascending: Option<bool>,
}

/// Which attempts are asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct AttemptsQuery {
    /// `ok`, or what went wrong
    outcome: Option<String>,
    /// `success` or `failure`
    result: Option<String>,
    /// A revision of the function
    revision: Option<String>,
    /// The router that asked
    router: Option<String>,
    /// The router's own id of the call
    call_id: Option<String>,
    /// `eventsource`: attempts as they are made, as server-sent events
    feed: Option<String>,
}

/// What rows of a list are to have.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct FieldsQuery {
    /// Names of fields, with commas between them: rows have these and the id, in place of the common fields
    fields: Option<String>,
}

/// Why something is written.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct MessageQuery {
    /// Why the revision is written, for its row in the history
    #[param(max_length = 256)]
    message: Option<String>,
}

/// What a reply tells of a call.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct RunningQuery {
    /// `true`: `replay` holds everything that repeats the call
    record: Option<bool>,
    /// A router: the reply has what this router would be answered
    router: Option<String>,
}

/// How far a trial goes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct CompilingQuery {
    /// `true`: compiles, and calls nothing
    compile_only: Option<bool>,
}

/// How far back statistics go.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct PeriodQuery {
    /// `hour`, in minutes, or `day`, in quarters of an hour; `hour` unless said
    period: Option<String>,
}

/// The envelope of every request with a body.
#[derive(ToSchema)]
pub(in crate::http) struct Wrapped<T> {
    data: T,
}

/// The tokens of the client's bucket.
#[derive(ToSchema)]
pub(super) struct Tokens {
    /// Tokens that this request cost
    consumed: u32,
    remaining: u32,
}

/// The envelope of every reply.
#[derive(ToSchema)]
pub(in crate::http) struct Reply<T> {
    data: T,
    #[schema(pattern = "^success$")]
    status: String,
    /// The document's revision, which changes with it
    revision: Option<String>,
    request_id: String,
    /// The server that replied
    #[schema(min_length = 22, max_length = 22)]
    node: String,
    #[schema(pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    timestamp: String,
    tokens: Tokens,
    /// The server's version, for clients with a valid token
    version: Option<String>,
    /// The token of the request, or a new one after a login
    auth_token: Option<String>,
    page_size: Option<u64>,
}

/// The envelope of a list.
#[derive(ToSchema)]
pub(in crate::http) struct List<T> {
    data: Vec<T>,
    /// Number of rows in `data`
    page_size: Option<u64>,
    start_key: Option<String>,
    /// Missing on the last page
    next_start_key: Option<String>,
    #[schema(pattern = "^success$")]
    status: String,
    /// Changes when the rows change
    revision: Option<String>,
    request_id: String,
    #[schema(min_length = 22, max_length = 22)]
    node: String,
    #[schema(pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    timestamp: String,
    tokens: Tokens,
    version: Option<String>,
    auth_token: Option<String>,
}

/// A document, or a part of one, with any members.
pub(in crate::http) struct FreeForm;

impl PartialSchema for FreeForm {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        openapi::Object::new().into()
    }
}

impl ToSchema for FreeForm {
    fn name() -> std::borrow::Cow<'static, str> {
        "FreeForm".into()
    }
}

/// A schema as a part of the description.
pub(super) fn described(schema: &Value) -> openapi::RefOr<openapi::Schema> {
    let mut schema = schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        // The description has no member for `$schema`.
        schema.shift_remove("$schema");
    }
    serde_json::from_value(schema).expect("the schema file is a schema")
}

/// A function's document, with the schema that uploads are checked against.
pub(in crate::http) struct Function;

impl PartialSchema for Function {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        described(functions::schema())
    }
}

impl ToSchema for Function {
    fn name() -> std::borrow::Cow<'static, str> {
        "Function".into()
    }
}

#[derive(ToSchema)]
pub(in crate::http) struct FunctionSummary {
    id: String,
    /// Missing, like the others, if the client chose other fields
    name: Option<String>,
    /// Missing if the function is a module
    function_js: Option<String>,
    enabled: Option<bool>,
    /// Why the server disabled it
    disable_reason: Option<String>,
}

/// A sample function.
#[derive(ToSchema)]
pub(in crate::http) struct Sample {
    name: String,
    function_js: String,
    enabled: bool,
    language_pack: String,
}

/// A function to run without storing it: a document without a name, and a call.
#[derive(ToSchema)]
pub(in crate::http) struct Trial {
    /// Required unless the function is a module
    function_js: Option<String>,
    /// A Wasm module as Base64, if `language_pack` is `wasm`
    function_wasm: Option<String>,
    #[schema(value_type = Option<Object>)]
    call: Option<Map<String, Value>>,
    language_pack: Option<String>,
    timezone: Option<String>,
    #[schema(value_type = Option<Object>)]
    env: Option<Map<String, Value>>,
    #[schema(value_type = Option<Object>)]
    limits: Option<Map<String, Value>>,
    /// The moment of an earlier call: the `replay` of an outcome or of an attempt
    replay: Option<Repeated>,
    /// A stored function, by id: secrets of `env` without a value have its values
    function: Option<String>,
}

/// The moment of a call.
#[derive(ToSchema)]
pub(super) struct Repeated {
    /// Nanoseconds since the beginning of 1970; also as text
    clock_ns: u64,
    #[schema(pattern = "^[0-9a-f]{64}$")]
    seed: String,
}

/// The outcome of running a function.
#[derive(ToSchema)]
pub(in crate::http) struct Outcome {
    /// `ok`, or the kind of failure
    outcome: String,
    /// The function's result, if it returned one
    result: Option<Value>,
    /// Whether KAZOO would run the result
    valid: Option<bool>,
    /// Why KAZOO would not run it, by field
    #[schema(value_type = Option<Object>)]
    validation: Option<Map<String, Value>>,
    /// Why there is no result
    error: Option<FunctionError>,
    /// The limit that was exceeded
    limit: Option<LimitUsage>,
    /// Limits that were nearly reached
    warnings: Option<Vec<LimitUsage>>,
    logs: Vec<LogLine>,
    metrics: Metrics,
    /// The record with which the call can be repeated, if there was a call
    replay: Option<CallRecord>,
    /// The answer that the chosen router would get
    answer: Option<Answer>,
}

/// The outcome of a call.
#[derive(ToSchema)]
pub(in crate::http) struct Attempt {
    id: String,
    function_id: String,
    revision: String,
    #[schema(pattern = "^(success|failure)$")]
    result: String,
    /// `ok`, or the kind of failure
    outcome: String,
    /// Which router asked, if one did
    router: Option<String>,
    /// The router's own id of the call
    call_id: Option<String>,
    /// What the function returned, or the beginning of its text
    flow: Option<Value>,
    flow_truncated: Option<bool>,
    /// Whether KAZOO would run the result
    valid: Option<bool>,
    /// The beginning of its texts
    error: Option<FunctionError>,
    /// The limit that was exceeded
    limit: Option<LimitUsage>,
    metrics: Metrics,
    logs: Vec<LogLine>,
    logs_truncated: Option<bool>,
    /// The call, or the beginning of its text
    input: Value,
    input_truncated: Option<bool>,
    /// In Gregorian seconds
    timestamp: i64,
    /// In Unix milliseconds
    time_ms: i64,
    request_id: String,
    /// What it takes to repeat the call
    replay: CallRecord,
}

/// What went wrong in a function.
#[derive(ToSchema)]
pub(super) struct FunctionError {
    /// The kind of error, or the name of a limit
    name: String,
    message: String,
    /// In the source, from 1; null if no place is to blame
    #[schema(required = true)]
    line: Option<u32>,
    /// From 1, in characters
    #[schema(required = true)]
    column: Option<u32>,
    /// One line for each frame
    stack: Option<String>,
    /// The lines of the source around the place
    frame: Option<String>,
}

/// How much of a limit was used or asked for.
#[derive(ToSchema)]
pub(super) struct LimitUsage {
    name: String,
    /// In the limit's own unit
    value: u64,
    used: u64,
}

/// What a call depended on, beside the function and the call itself.
#[derive(ToSchema)]
pub(super) struct CallRecord {
    /// The stored function, if one was called
    function: Option<String>,
    revision: Option<String>,
    /// The digest of the language's engine
    guest: String,
    /// Nanoseconds since the beginning of 1970
    clock_ns: u64,
    seed: String,
    /// Source, call, limits, time zone and `env`, if they were asked for
    #[schema(value_type = Option<Object>)]
    capture: Option<Map<String, Value>>,
}

/// The calls of an account's functions over a period.
#[derive(ToSchema)]
pub(in crate::http) struct Stats {
    #[schema(pattern = "^(hour|day)$")]
    period: String,
    /// Seconds of a bucket
    bucket_s: u64,
    /// When the last bucket will end, in Unix milliseconds
    end_ms: u64,
    /// When counting began, in Unix milliseconds
    since_ms: u64,
    /// Functions that were called
    functions: Vec<FunctionStats>,
    total: Counted,
}

#[derive(ToSchema)]
pub(super) struct FunctionStats {
    id: String,
    calls: Vec<u64>,
    failures: Vec<u64>,
    outcomes: BTreeMap<String, u64>,
    fuel: u64,
    p50_us: Option<u64>,
    p99_us: Option<u64>,
}

#[derive(ToSchema)]
pub(super) struct Counted {
    /// By bucket, oldest first; the last one is under way
    calls: Vec<u64>,
    /// Of these, those that did not end with `ok`
    failures: Vec<u64>,
    /// Calls by outcome
    outcomes: BTreeMap<String, u64>,
    /// Of all calls together
    fuel: u64,
    /// Half of the calls took at most so long, in µs
    p50_us: Option<u64>,
    /// So did 99 of 100
    p99_us: Option<u64>,
}

/// A module of KAZOO that a flow can have.
#[derive(ToSchema)]
pub(in crate::http) struct CallModule {
    name: String,
    /// A JSON schema of draft 4; `$ref` names a schema of KAZOO
    #[schema(value_type = Object)]
    data: Map<String, Value>,
}

/// A call as a router sends it when it comes in.
#[derive(ToSchema)]
pub(in crate::http) struct SampleCall {
    router: String,
    title: String,
    #[schema(value_type = Object)]
    call: Map<String, Value>,
}

/// A revision of a function.
#[derive(ToSchema)]
pub(in crate::http) struct Revision {
    revision: String,
    /// In Gregorian seconds
    created: i64,
    /// The writer; missing if the server wrote it
    auth_account_id: Option<String>,
    auth_user_id: Option<String>,
    /// Bytes of the document
    bytes: i64,
    current: bool,
    deleted: bool,
    /// Why the server switched it off
    disable_reason: Option<String>,
    /// Why it was written, in its author's words
    message: Option<String>,
}

/// A change of all functions.
#[derive(ToSchema)]
pub(in crate::http) struct ReEnable {
    #[schema(rename = "re-enable")]
    re_enable: bool,
}

#[derive(ToSchema)]
pub(super) struct LogLine {
    level: String,
    message: String,
}

#[derive(ToSchema)]
pub(super) struct Metrics {
    fuel: u64,
    memory_bytes: u64,
    /// In microseconds
    duration_us: u64,
}
