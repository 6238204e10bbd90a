// Made by types.mjs from the API's description. `api/console/build --check` makes it again and compares.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Account: {
      /** @default true */
      enabled: boolean;
      flags?: string[];
      language?: string;
      name: string;
      realm?: string;
      timezone?: string;
    };
    AccountKey: {
      api_key: string;
    };
    Ancestor: {
      flags: unknown[];
      id: string;
      name: string;
      realm: string;
    };
    /** @description A router's answer, for the author of a function. */
    Answer: {
      body: string;
      /** @description Missing if there is no body */
      content_type?: string;
      /**
       * Format: int32
       * @description Of HTTP
       */
      status: number;
    };
    /** @description The outcome of a call. */
    Attempt: {
      /** @description The router's own id of the call */
      call_id?: string;
      error?: components["schemas"]["FunctionError"];
      /** @description What the function returned, or the beginning of its text */
      flow?: unknown;
      flow_truncated?: boolean;
      function_id: string;
      id: string;
      /** @description The call, or the beginning of its text */
      input: unknown;
      input_truncated?: boolean;
      limit?: components["schemas"]["LimitUsage"];
      logs: components["schemas"]["LogLine"][];
      logs_truncated?: boolean;
      metrics: components["schemas"]["Metrics"];
      /** @description `ok`, or the kind of failure */
      outcome: string;
      /** @description What it takes to repeat the call */
      replay: components["schemas"]["CallRecord"];
      request_id: string;
      result: string;
      revision: string;
      /** @description Which router asked, if one did */
      router?: string;
      /**
       * Format: int64
       * @description In Unix milliseconds
       */
      time_ms: number;
      /**
       * Format: int64
       * @description In Gregorian seconds
       */
      timestamp: number;
      /** @description Whether KAZOO would run the result */
      valid?: boolean;
    };
    /** @description A function's key, and its addresses for call routers. */
    CallKey: {
      key: string;
      /** @description By router, what its operator enters in place of the bare address, where the address is part of something larger */
      settings: {
        [key: string]: string;
      };
      urls: components["schemas"]["Urls"];
    };
    /** @description A module of KAZOO that a flow can have. */
    CallModule: {
      /** @description A JSON schema of draft 4; `$ref` names a schema of KAZOO */
      data: Record<string, unknown>;
      name: string;
    };
    /** @description What a call depended on, beside the function and the call itself. */
    CallRecord: {
      /** @description Source, call, limits, time zone and `env`, if they were asked for */
      capture?: Record<string, unknown>;
      /**
       * Format: int64
       * @description Nanoseconds since the beginning of 1970
       */
      clock_ns: number;
      /** @description The stored function, if one was called */
      function?: string;
      /** @description The digest of the language's engine */
      guest: string;
      revision?: string;
      seed: string;
    };
    /** @description A call router that functions can answer. */
    CallRouter: {
      /** @description Where its operator enters a function's address. Names are between backticks, here and below. */
      address_is_for: string;
      /** @description How the operator gets there. */
      entered_at: string;
      /** @description Its part of a function's addresses, and its name in attempts. */
      name: string;
      /** @description The variable of `env` with the secret for its signatures, if it signs requests. */
      signed_with?: string;
      /** @description What people call it. */
      title: string;
    };
    Child: {
      /** Format: int32 */
      descendants_count: number;
      flags: unknown[];
      id: string;
      name: string;
      realm: string;
    };
    Counted: {
      /** @description By bucket, oldest first; the last one is under way */
      calls: number[];
      /** @description Of these, those that did not end with `ok` */
      failures: number[];
      /**
       * Format: int64
       * @description Of all calls together
       */
      fuel: number;
      /** @description Calls by outcome */
      outcomes: {
        [key: string]: number;
      };
      /**
       * Format: int64
       * @description Half of the calls took at most so long, in µs
       */
      p50_us?: number;
      /**
       * Format: int64
       * @description So did 99 of 100
       */
      p99_us?: number;
    };
    Descendant: {
      flags: unknown[];
      id: string;
      name: string;
      realm: string;
      /** @description Ids of all ancestors, the highest first */
      tree: string[];
    };
    /** @description A reply without data. */
    Done: {
      node: string;
      request_id: string;
      status: string;
      timestamp: string;
      tokens: components["schemas"]["Tokens"];
    };
    /** @description An account that a search found. */
    Found: {
      /** Format: int32 */
      descendants_count: number;
      id: string;
      name: string;
      realm: string;
    };
    FreeForm: Record<string, unknown>;
    Function: {
      /** @default true */
      enabled: boolean;
      env?: Record<string, unknown>;
      function_js: string;
      function_wasm?: string;
      /** @default javascript */
      language_pack: string;
      limits?: {
        fuel?: number;
        input_bytes?: number;
        input_depth?: number;
        log_bytes?: number;
        memory_bytes?: number;
        output_bytes?: number;
        wall_clock_ms?: number;
      };
      name: string;
      timezone?: string;
    };
    /** @description What went wrong in a function. */
    FunctionError: {
      /**
       * Format: int32
       * @description From 1, in characters
       */
      column: number | null;
      /** @description The lines of the source around the place */
      frame?: string;
      /**
       * Format: int32
       * @description In the source, from 1; null if no place is to blame
       */
      line: number | null;
      message: string;
      /** @description The kind of error, or the name of a limit */
      name: string;
      /** @description One line for each frame */
      stack?: string;
    };
    FunctionStats: {
      calls: number[];
      failures: number[];
      /** Format: int64 */
      fuel: number;
      id: string;
      outcomes: {
        [key: string]: number;
      };
      /** Format: int64 */
      p50_us?: number;
      /** Format: int64 */
      p99_us?: number;
    };
    FunctionSummary: {
      /** @description Why the server disabled it */
      disable_reason?: string;
      enabled?: boolean;
      /** @description Missing if the function is a module */
      function_js?: string;
      id: string;
      /** @description Missing, like the others, if the client chose other fields */
      name?: string;
    };
    KeyLogin: {
      api_key: string;
    };
    /** @description A language that functions can be written in, in one of its versions. */
    Language: {
      /** @description What editors call the language. */
      editor?: string;
      extensions: string[];
      /** @description What functions say in `language_pack`; with `@` and the version, they mean this version. */
      id: string;
      licences: components["schemas"]["LanguageLicence"][];
      name: string;
      samples: components["schemas"]["LanguageSample"][];
      version: string;
    };
    /** @description Whose work a language is, and on which terms. */
    LanguageLicence: {
      /** @description An SPDX expression. */
      licence: string;
      name: string;
    };
    /** @description A function to start from. */
    LanguageSample: {
      function_js: string;
      name: string;
    };
    /** @description How much of a limit was used or asked for. */
    LimitUsage: {
      name: string;
      /** Format: int64 */
      used: number;
      /**
       * Format: int64
       * @description In the limit's own unit
       */
      value: number;
    };
    LogLine: {
      level: string;
      message: string;
    };
    Metrics: {
      /**
       * Format: int64
       * @description In microseconds
       */
      duration_us: number;
      /** Format: int64 */
      fuel: number;
      /** Format: int64 */
      memory_bytes: number;
    };
    /** @description The outcome of running a function. */
    Outcome: {
      answer?: components["schemas"]["Answer"];
      error?: components["schemas"]["FunctionError"];
      limit?: components["schemas"]["LimitUsage"];
      logs: components["schemas"]["LogLine"][];
      metrics: components["schemas"]["Metrics"];
      /** @description `ok`, or the kind of failure */
      outcome: string;
      replay?: components["schemas"]["CallRecord"];
      /** @description The function's result, if it returned one */
      result?: unknown;
      /** @description Whether KAZOO would run the result */
      valid?: boolean;
      /** @description Why KAZOO would not run it, by field */
      validation?: Record<string, unknown>;
      /** @description Limits that were nearly reached */
      warnings?: components["schemas"]["LimitUsage"][];
    };
    /** @description A change of all functions. */
    ReEnable: {
      "re-enable": boolean;
    };
    /** @description The envelope of every error. */
    Refusal: {
      auth_token?: string;
      /** @description Problems by field, or other details */
      data: unknown;
      /** @description The status as text */
      error: string;
      message: string;
      node: string;
      request_id: string;
      status: string;
      timestamp: string;
      tokens: components["schemas"]["Tokens"];
      version?: string;
    };
    /** @description A pack that cannot be used. If its earlier contents were good, functions still run on those. */
    RefusedPack: {
      message: string;
      /** @description The name of the pack's file or folder. */
      name: string;
    };
    /** @description The changes that reading the folder of language packs has found. Packs are named `id@version`. */
    Reloaded: {
      added: string[];
      /** @description Packs with the same version and different contents. */
      changed: string[];
      refused: components["schemas"]["RefusedPack"][];
      removed: string[];
    };
    /** @description The moment of a call. */
    Repeated: {
      /**
       * Format: int64
       * @description Nanoseconds since the beginning of 1970; also as text
       */
      clock_ns: number;
      seed: string;
    };
    /** @description A revision of a function. */
    Revision: {
      /** @description The writer; missing if the server wrote it */
      auth_account_id?: string;
      auth_user_id?: string;
      /**
       * Format: int64
       * @description Bytes of the document
       */
      bytes: number;
      /**
       * Format: int64
       * @description In Gregorian seconds
       */
      created: number;
      current: boolean;
      deleted: boolean;
      /** @description Why the server switched it off */
      disable_reason?: string;
      /** @description Why it was written, in its author's words */
      message?: string;
      revision: string;
    };
    /** @description A sample function. */
    Sample: {
      enabled: boolean;
      function_js: string;
      language_pack: string;
      name: string;
    };
    /** @description A call as a router sends it when it comes in. */
    SampleCall: {
      call: Record<string, unknown>;
      router: string;
      title: string;
    };
    /** @description The bearer of a token. */
    Session: {
      account_id: string;
      account_name: string;
      apps: Record<string, unknown>[];
      capabilities: Record<string, unknown>;
      cluster_id: string;
      is_master_account: boolean;
      is_reseller: boolean;
      language: string;
      /** @description The user, if a user has logged in */
      owner_id?: string;
      reseller_id: string;
      ui_config: Record<string, unknown>;
    };
    /** @description The calls of an account's functions over a period. */
    Stats: {
      /**
       * Format: int64
       * @description Seconds of a bucket
       */
      bucket_s: number;
      /**
       * Format: int64
       * @description When the last bucket will end, in Unix milliseconds
       */
      end_ms: number;
      /** @description Functions that were called */
      functions: components["schemas"]["FunctionStats"][];
      period: string;
      /**
       * Format: int64
       * @description When counting began, in Unix milliseconds
       */
      since_ms: number;
      total: components["schemas"]["Counted"];
    };
    /** @description A function that was switched off because it kept failing. */
    SwitchedOff: {
      account_id: string;
      account_name: string;
      disable_reason: string;
      id: string;
      name: string;
    };
    /** @description The tokens of the client's bucket. */
    Tokens: {
      /**
       * Format: int32
       * @description Tokens that this request cost
       */
      consumed: number;
      /** Format: int32 */
      remaining: number;
    };
    /** @description A function to run without storing it: a document without a name, and a call. */
    Trial: {
      call?: Record<string, unknown>;
      env?: Record<string, unknown>;
      /** @description A stored function, by id: secrets of `env` without a value have its values */
      function?: string;
      /** @description Required unless the function is a module */
      function_js?: string;
      /** @description A Wasm module as Base64, if `language_pack` is `wasm` */
      function_wasm?: string;
      language_pack?: string;
      limits?: Record<string, unknown>;
      replay?: components["schemas"]["Repeated"];
      timezone?: string;
    };
    /** @description Where call routers call it. */
    Urls: {
      /** @description For the `httapi` application of FreeSWITCH */
      httapi: string;
      /** @description For the calling webhook of an application of jambonz */
      jambonz: string;
      /** @description For `voice_url` of KAZOO's `pivot` module */
      pivot: string;
      /** @description For the address of a SWML webhook of SignalWire */
      signalwire: string;
      /** @description For the voice method of a TeXML application of Telnyx */
      telnyx: string;
      /** @description For what happens when a call comes in to a number of Twilio */
      twilio: string;
      /** @description For `gateway-url` of FreeSWITCH's `mod_xml_curl` */
      xml_curl: string;
    };
    User: {
      email?: string;
      /** @default true */
      enabled: boolean;
      first_name: string;
      language?: string;
      last_name: string;
      password?: string;
      /**
       * @default user
       * @enum {string}
       */
      priv_level: "user" | "admin";
      timezone?: string;
      username?: string;
    };
    UserLogin: {
      account_name?: string;
      account_realm?: string;
      /** @description MD5 or SHA-1 of `username:password`, in hexadecimal digits */
      credentials: string;
      /** @description `md5` (the default) or `sha` */
      method?: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type Account = components["schemas"]["Account"];
export type AccountKey = components["schemas"]["AccountKey"];
export type Ancestor = components["schemas"]["Ancestor"];
export type Answer = components["schemas"]["Answer"];
export type Attempt = components["schemas"]["Attempt"];
export type CallKey = components["schemas"]["CallKey"];
export type CallModule = components["schemas"]["CallModule"];
export type CallRecord = components["schemas"]["CallRecord"];
export type CallRouter = components["schemas"]["CallRouter"];
export type Child = components["schemas"]["Child"];
export type Counted = components["schemas"]["Counted"];
export type Descendant = components["schemas"]["Descendant"];
export type Done = components["schemas"]["Done"];
export type Found = components["schemas"]["Found"];
export type FreeForm = components["schemas"]["FreeForm"];
export type Function = components["schemas"]["Function"];
export type FunctionError = components["schemas"]["FunctionError"];
export type FunctionStats = components["schemas"]["FunctionStats"];
export type FunctionSummary = components["schemas"]["FunctionSummary"];
export type KeyLogin = components["schemas"]["KeyLogin"];
export type Language = components["schemas"]["Language"];
export type LanguageLicence = components["schemas"]["LanguageLicence"];
export type LanguageSample = components["schemas"]["LanguageSample"];
export type LimitUsage = components["schemas"]["LimitUsage"];
export type LogLine = components["schemas"]["LogLine"];
export type Metrics = components["schemas"]["Metrics"];
export type Outcome = components["schemas"]["Outcome"];
export type ReEnable = components["schemas"]["ReEnable"];
export type Refusal = components["schemas"]["Refusal"];
export type RefusedPack = components["schemas"]["RefusedPack"];
export type Reloaded = components["schemas"]["Reloaded"];
export type Repeated = components["schemas"]["Repeated"];
export type Revision = components["schemas"]["Revision"];
export type Sample = components["schemas"]["Sample"];
export type SampleCall = components["schemas"]["SampleCall"];
export type Session = components["schemas"]["Session"];
export type Stats = components["schemas"]["Stats"];
export type SwitchedOff = components["schemas"]["SwitchedOff"];
export type Tokens = components["schemas"]["Tokens"];
export type Trial = components["schemas"]["Trial"];
export type Urls = components["schemas"]["Urls"];
export type User = components["schemas"]["User"];
export type UserLogin = components["schemas"]["UserLogin"];
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
