// What replies hold. `described.ts` is made from the API's description. What has any form there, has the form here that the console
// reads: documents, calls and flows.

import type * as described from "./described.ts";

export type {
  AccountKey,
  Answer,
  CallRouter,
  Counted as Counts,
  FunctionError as CallError,
  Language,
  LimitUsage as Limit,
  LogLine,
  Metrics,
  Revision,
  SampleCall,
  Session as SessionInfo,
  Stats,
  SwitchedOff,
} from "./described.ts";

export type Json = unknown;
export type JsonObject = Record<string, unknown>;

/** A type with some of its fields said more exactly. */
type With<T, Fields> = Omit<T, keyof Fields> & Fields;

export type FunctionDocument = With<
  described.Function,
  {
    id?: string;
    /** A module has none. */
    function_js?: string;
    enabled?: boolean;
    language_pack?: string;
    env?: Record<string, string | { secret: true; value?: string }>;
    /** Calls that the function's author has kept, each with the flow that is expected of it, if one is. */
    test_calls?: SavedCall[];
  }
>;

export interface SavedCall {
  name: string;
  router?: string;
  call: JsonObject;
  flow?: Json;
}

/** A row with the fields that the console asks for. */
export interface FunctionRow extends Pick<FunctionDocument, "language_pack"> {
  id: string;
  name: string;
  enabled: boolean;
  disable_reason?: string;
  /** Gregorian seconds. */
  modified?: number;
  revision?: string;
}

export type Trial = With<
  described.Trial,
  Pick<FunctionDocument, "env" | "limits"> & { call?: JsonObject; replay?: Replay }
>;

/** What it takes to repeat a call. `clock_ns` keeps its digits: see `text/json.ts`. */
export type Replay = With<
  described.CallRecord,
  { clock_ns: unknown; capture?: { limits?: Record<string, number> } & JsonObject }
>;

export type Validation = Record<string, Record<string, { message?: string; value?: Json }>>;

export type Outcome = With<described.Outcome, { validation?: Validation; replay?: Replay }>;

export type Attempt = With<described.Attempt, { replay: Replay }>;

export type FlowModule = described.CallModule;

export type CallKey = With<described.CallKey, { urls: Record<string, string>; settings: Record<string, string> }>;

export type Account = With<described.Account, { id: string; realm: string; enabled?: boolean; created?: number }>;

export type AccountRow = Pick<described.Child, "id" | "name"> & Partial<Pick<described.Child, "realm">>;

export type User = With<described.User, { id: string; enabled?: boolean; priv_level?: "user" | "admin" }>;
