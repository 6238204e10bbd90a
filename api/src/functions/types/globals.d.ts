/**
 * What a call router says about a call. Which of it is there depends on the router, and on the call; a function that is run by
 * hand gets what it is given. Say what else there is with `interface Call { … }` of your own.
 */
interface Call {
  'Account-ID'?: string;
  'Account-Name'?: string;
  'Account-Realm'?: string;
  'Api-Version'?: string;
  /** The device, user or trunk that the call was authorised for. */
  'Authorizing-ID'?: string;
  /** `device`, `user`, `resource`, … */
  'Authorizing-Type'?: string;
  'Call-ID'?: string;
  'Call-Status'?: string;
  'Callee-ID-Name'?: string;
  'Callee-ID-Number'?: string;
  'Caller-ID-Name'?: string;
  'Caller-ID-Number'?: string;
  /** The callflow that called the function. */
  'Callflow-ID'?: string;
  'Control-Queue'?: string;
  'Controller-Queue'?: string;
  /** What was dialled at a menu or for `collect_dtmf`. */
  Digits?: string;
  /** `inbound` or `outbound`. */
  Direction?: string;
  Flags?: string;
  /** `user@realm`, or a number. */
  From?: string;
  'From-Realm'?: string;
  'From-User'?: string;
  /** `en-us` */
  Language?: string;
  'Network-IP'?: string;
  /** The user who owns what was called. */
  'Owner-ID'?: string;
  Request?: string;
  'Request-Realm'?: string;
  'Request-User'?: string;
  /** `America/Los_Angeles` */
  Timezone?: string;
  /** `user@realm`, or a number. */
  To?: string;
  'To-Realm'?: string;
  'To-User'?: string;
  'User-Agent'?: string;
  [name: string]: any;
}

/** The call that a function runs in. A module is given it as its argument too. */
declare const call: Call;

/** The function's `env`: its constants and secrets. Not there while a module is set up, before all calls. */
declare const env: Record<string, string>;

/** Writes to the function's log, which the reply to a call and the function's attempts show. */
interface Console {
  log(...values: any[]): void;
  info(...values: any[]): void;
  warn(...values: any[]): void;
  error(...values: any[]): void;
  debug(...values: any[]): void;
}
declare var console: Console;

/** What a function returns to KAZOO: a callflow, or a promise of one. Other call routers take other documents. */
type FunctionResult = Flow | Promise<Flow>;

/** A node of a callflow that can do without data. */
interface FlowNode<Module extends string, Data> {
  module: Module;
  data?: Data;
  children?: FlowChildren;
}

/** A node of a callflow that needs data. */
interface FlowNodeWithData<Module extends string, Data> extends FlowNode<Module, Data> {
  data: Data;
}

/** What comes after a node, by what came of it: a key that was pressed, a branch of the module, or else `_`. */
interface FlowChildren {
  [branch: string]: Flow;
}
