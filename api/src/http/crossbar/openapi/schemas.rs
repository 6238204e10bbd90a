//! What requests and replies look like, where the code itself handles free-form JSON.
#![expect(dead_code, reason = "these are described, not made")]
#![expect(unused_qualifications, reason = "the derived code has them")]

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
    /// One of its revisions
    pub(in crate::http) revision: String,
}

/// Which documents are asked for; `filter_KEY` and `filter_not_KEY` besides.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct FilterQuery {
    has_key: Option<String>,
    key_missing: Option<String>,
    has_value: Option<String>,
    value_missing: Option<String>,
    /// In Gregorian seconds, inclusive, like the others
    created_from: Option<i64>,
    created_to: Option<i64>,
    modified_from: Option<i64>,
    modified_to: Option<i64>,
}

/// From when to when.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct TimeQuery {
    /// In Gregorian seconds, inclusive
    created_from: Option<i64>,
    /// Likewise
    created_to: Option<i64>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct PagingQuery {
    /// Rows at most, 50 unless said
    #[param(minimum = 1)]
    page_size: Option<u64>,
    /// Where an earlier page said the next one starts
    start_key: Option<String>,
    /// `false`: everything at once
    paginate: Option<bool>,
    /// `true`: the other way round
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

/// What every request with a body comes in.
#[derive(ToSchema)]
pub(in crate::http) struct Wrapped<T> {
    data: T,
}

/// What a client may still ask for.
#[derive(ToSchema)]
pub(super) struct Tokens {
    /// By this request
    consumed: u32,
    remaining: u32,
}

/// What every reply comes in.
#[derive(ToSchema)]
pub(in crate::http) struct Reply<T> {
    data: T,
    #[schema(pattern = "^success$")]
    status: String,
    /// Of a document: changes with it
    revision: Option<String>,
    request_id: String,
    /// Which server it was
    #[schema(min_length = 22, max_length = 22)]
    node: String,
    #[schema(pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    timestamp: String,
    tokens: Tokens,
    /// Of the server, for those it knows
    version: Option<String>,
    /// The request's own, or a new one after a login
    auth_token: Option<String>,
    page_size: Option<u64>,
}

/// What a list comes in.
#[derive(ToSchema)]
pub(in crate::http) struct List<T> {
    data: Vec<T>,
    /// Rows in `data`
    page_size: Option<u64>,
    start_key: Option<String>,
    /// Missing on the last page
    next_start_key: Option<String>,
    #[schema(pattern = "^success$")]
    status: String,
    /// Changes with the rows
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

/// A document, or a part of one, with whatever its owner puts there.
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

/// A schema that documents are checked against, as a part of the description.
pub(super) fn described(schema: &Value) -> openapi::RefOr<openapi::Schema> {
    let mut schema = schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        // What it says of itself is not part of a description.
        schema.shift_remove("$schema");
    }
    serde_json::from_value(schema).expect("the schema file is a schema")
}

/// A function's document: by the schema that uploads are checked against.
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
    /// None of a function that is a module
    function_js: Option<String>,
    enabled: Option<bool>,
    /// Why it is switched off, if it was not its owner who did it
    disable_reason: Option<String>,
}

/// A function to start from.
#[derive(ToSchema)]
pub(in crate::http) struct Sample {
    name: String,
    function_js: String,
    enabled: bool,
    language_pack: String,
}

/// A function to run without storing it: a document but for its name, and a call.
#[derive(ToSchema)]
pub(in crate::http) struct Trial {
    /// Unless it is a module
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

/// What running a function came to.
#[derive(ToSchema)]
pub(in crate::http) struct Outcome {
    /// `ok`, or what went wrong
    outcome: String,
    /// What the function returned, if it did
    result: Option<Value>,
    /// Whether KAZOO would run the result
    valid: Option<bool>,
    /// Why it would not, by field
    #[schema(value_type = Option<Object>)]
    validation: Option<Map<String, Value>>,
    /// Why there is no result, with line and column
    #[schema(value_type = Option<Object>)]
    error: Option<Map<String, Value>>,
    /// The limit that was hit
    #[schema(value_type = Option<Object>)]
    limit: Option<Map<String, Value>>,
    /// Limits that were nearly hit
    #[schema(value_type = Option<Vec<Object>>)]
    warnings: Option<Vec<Map<String, Value>>>,
    logs: Vec<LogLine>,
    metrics: Metrics,
    /// What it takes to repeat the call, if there was one
    #[schema(value_type = Option<Object>)]
    replay: Option<Map<String, Value>>,
    /// What the router that was asked for would be answered
    answer: Option<Answer>,
}

/// What a call came to.
#[derive(ToSchema)]
pub(in crate::http) struct Attempt {
    id: String,
    function_id: String,
    revision: String,
    #[schema(pattern = "^(success|failure)$")]
    result: String,
    /// `ok`, or what went wrong
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
    /// With line and column
    #[schema(value_type = Option<Object>)]
    error: Option<Map<String, Value>>,
    /// The limit that was hit
    #[schema(value_type = Option<Object>)]
    limit: Option<Map<String, Value>>,
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
    #[schema(value_type = Object)]
    replay: Map<String, Value>,
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
    #[schema(value_type = Object)]
    outcomes: Map<String, Value>,
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
    #[schema(value_type = Object)]
    outcomes: Map<String, Value>,
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

/// What a function was.
#[derive(ToSchema)]
pub(in crate::http) struct Revision {
    revision: String,
    /// In Gregorian seconds
    created: i64,
    /// Who wrote it, if it was not the server
    auth_account_id: Option<String>,
    auth_user_id: Option<String>,
    /// Of the document
    bytes: i64,
    current: bool,
    deleted: bool,
    /// Why the server switched it off
    disable_reason: Option<String>,
    /// Why it was written, in its author's words
    message: Option<String>,
}

/// What can be done with all functions at once.
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
