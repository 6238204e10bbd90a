// What replies hold, as far as the console reads it. These are kept by hand: documents, calls and flows are free-form in the API's
// description, so a generator would make little more of them than `unknown`. The tests hold every request against the description.

export type Json = unknown;
export type JsonObject = Record<string, unknown>;

export interface FunctionDocument {
  id?: string;
  name: string;
  function_js?: string;
  function_wasm?: string;
  enabled?: boolean;
  language_pack?: string;
  timezone?: string;
  env?: Record<string, string | { secret: true; value?: string }>;
  limits?: Record<string, number>;
  /** Calls that the function's author has kept, each with the flow that is expected of it, if one is. */
  test_calls?: SavedCall[];
  [field: string]: unknown;
}

export interface SavedCall {
  name: string;
  router?: string;
  call: JsonObject;
  flow?: Json;
}

export interface FunctionRow {
  id: string;
  name: string;
  enabled: boolean;
  language_pack?: string;
  disable_reason?: string;
  /** Gregorian seconds. */
  modified?: number;
  revision?: string;
}

export interface CallError {
  name?: string;
  message: string;
  line?: number;
  column?: number;
  stack?: string;
  frame?: string;
}

export interface Limit {
  name: string;
  value: number;
  used: number;
}

export interface LogLine {
  level: string;
  message: string;
}

export interface Metrics {
  fuel: number;
  memory_bytes: number;
  duration_us: number;
}

/** What it takes to repeat a call. `clock_ns` keeps its digits: see `text/json.ts`. */
export interface Replay {
  revision?: string;
  guest?: string;
  clock_ns: unknown;
  seed: string;
  capture?: { limits?: Record<string, number> } & JsonObject;
}

/** What a router would be answered. */
export interface Answer {
  status: number;
  content_type?: string;
  body: string;
}

export type Validation = Record<string, Record<string, { message?: string; value?: Json }>>;

export interface Outcome {
  outcome: string;
  result?: Json;
  valid?: boolean;
  validation?: Validation;
  error?: CallError;
  limit?: Limit;
  warnings?: Limit[];
  logs: LogLine[];
  metrics?: Metrics;
  replay?: Replay;
  answer?: Answer;
}

export interface Attempt {
  id: string;
  function_id: string;
  revision: string;
  result: "success" | "failure";
  outcome: string;
  error?: CallError;
  limit?: Limit;
  metrics: Metrics;
  logs: LogLine[];
  logs_truncated?: boolean;
  input: Json;
  input_truncated?: boolean;
  /** Gregorian seconds. */
  timestamp: number;
  /** Unix milliseconds. */
  time_ms?: number;
  router?: string;
  call_id?: string;
  valid?: boolean;
  flow?: Json;
  flow_truncated?: boolean;
  replay?: Replay;
  request_id: string;
}

export interface Revision {
  revision: string;
  created: number;
  auth_account_id?: string;
  auth_user_id?: string;
  bytes: number;
  current: boolean;
  deleted: boolean;
  disable_reason?: string;
  message?: string;
}

export interface Language {
  id: string;
  version: string;
  name: string;
  extensions: string[];
  editor?: string;
  samples: { name: string; function_js: string }[];
  licences: { name: string; licence: string }[];
}

export interface SampleCall {
  router: string;
  title: string;
  call: JsonObject;
}

export interface FlowModule {
  name: string;
  /** A JSON schema. */
  data: JsonObject;
}

export interface CallKey {
  key: string;
  urls: Record<string, string>;
}

export interface Counts {
  calls: number[];
  failures: number[];
  outcomes: Record<string, number>;
  fuel: number;
  p50_us?: number;
  p99_us?: number;
}

export interface Stats {
  period: string;
  bucket_s: number;
  end_ms: number;
  since_ms: number;
  functions: (Counts & { id: string })[];
  total: Counts;
}

export interface SessionInfo {
  account_id: string;
  account_name: string;
  owner_id?: string;
  is_master_account: boolean;
}

export interface Account {
  id: string;
  name: string;
  realm: string;
  enabled?: boolean;
  timezone?: string;
  created?: number;
  [field: string]: unknown;
}

export interface AccountRow {
  id: string;
  name: string;
  realm?: string;
}

export interface User {
  id: string;
  first_name: string;
  last_name: string;
  username?: string;
  email?: string;
  priv_level?: "user" | "admin";
  enabled?: boolean;
}
