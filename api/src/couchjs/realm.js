// What the realms of design functions share. It is evaluated before any of them, and keeps what it needs of the language:
// they can change whatever is in their globals.
const { parse, stringify } = JSON;
const { assign, keys } = Object;
const { isArray } = Array;
// Of whichever realm it is.
const { isError } = Error;
// CouchDB stops a process that logs, or fails with, half of a surrogate pair.
const wellFormed = Function.prototype.call.bind(String.prototype.toWellFormed);

const evaluate = begun(native, mayEvaluate);
// So that no function can change what another sees of what was parsed.
const { seal } = native;
// What is global to all functions.
const helpers = { __proto__: null };
offer({ isArray, log, sum, toJSON: stringify });

// Takes from a realm what leads out of it, and what makes functions of text if that may not be. Gives what evaluates sources in it.
function begun({ evaluate }, mayEvaluate) {
  // What they call would run in the turn of another document.
  delete globalThis.FinalizationRegistry;
  delete globalThis.WeakRef;
  // Call sites give out the functions on the stack, those of the realm below among them.
  Error.prepareStackTrace = (_, sites) => sites;
  delete Object.getPrototypeOf(new Error().stack[0]).getFunction;
  Error.prepareStackTrace = undefined;
  if (!mayEvaluate) {
    const refuse = function () {
      throw new EvalError('functions may not be made of text here');
    };
    refuse.prototype = Function.prototype;
    for (const kind of [function () {}, async function () {}, function* () {}, async function* () {}]) {
      // Some of them cannot be assigned to.
      Object.defineProperty(Object.getPrototypeOf(kind), 'constructor', { value: refuse });
    }
    globalThis.eval = globalThis.Function = refuse;
  }
  return evaluate;
}

function offer(more) {
  assign(helpers, more);
  assign(globalThis, more);
}

// What the conversation cannot go on after, whoever caught it.
let broken = null;

// Answers one line with another: what `commands` make of it.
function answer(line) {
  let message;
  try {
    message = parse(line);
  } catch (error) {
    if (error instanceof RangeError) return stringify(['fatal', 'stack_overflow', 'the line is nested too deeply']);
    return stringify(['fatal', 'query_protocol_error', `the line is not JSON: ${described(error)}`]);
  }
  let reply;
  try {
    // By index: the functions may have changed how arrays are iterated over.
    reply = commands[message[0]](message, line);
    if (typeof reply !== 'string') throw ['error', 'render_error', 'the function gave nothing that has a JSON form'];
  } catch (thrown) {
    reply = told(failure(thrown));
  }
  return broken === null ? reply : told(broken);
}

// A failure as a line, put together from texts: arrays of this realm may have a JSON form of their own by now.
function told(failure) {
  const kind = failure[0] === 'fatal' ? 'fatal' : 'error';
  return `["${kind}",${stringify(wellFormed(failure[1]))},${stringify(wellFormed(failure[2]))}]`;
}

// Design functions throw `[kind, name, reason]`, `{error, reason}` or anything else.
function failure(thrown, name) {
  if (isEnd(thrown)) throw thrown;
  try {
    if (isAnswer(thrown)) return [thrown[0], text(thrown[1]), text(thrown[2])];
    if (thrown?.error && thrown.reason) return ['error', text(thrown.error), text(thrown.reason)];
    return ['error', name ?? text(thrown?.name ?? 'unnamed_error'), described(thrown)];
  } catch (again) {
    if (isEnd(again)) throw again;
    return ['error', name ?? 'unnamed_error', NO_TEXT];
  }
}

function isAnswer(thrown) {
  return isArray(thrown) && (thrown[0] === 'error' || thrown[0] === 'fatal');
}

// Memory is at its end: the instance has to go.
function isEnd(thrown) {
  try {
    return thrown?.name === 'InternalError' && thrown.message === 'out of memory';
  } catch {
    return false;
  }
}

const NO_TEXT = 'something that has no text form';

// Something thrown, for a person.
function described(thrown) {
  try {
    if (!isError(thrown)) return text(thrown);
    const place = /\((.*)\)|at (.*)/.exec(thrown.stack ?? '');
    return place ? `${thrown} (${place[1] ?? place[2]})` : `${thrown}`;
  } catch {
    return NO_TEXT;
  }
}

function text(value) {
  return typeof value === 'string' ? value : stringify(plain(value)) ?? `${value}`;
}

// Errors have a JSON form of their own.
function plain(value) {
  return typeof value === 'object' && isError(value) ? { error: value.name, message: value.message } : value;
}

// What is logged can be nothing but a log: text in, text out.
function log(value) {
  native.writeLine(`["log",${stringify(wellFormed(text(value)))}]`);
}

function sum(values) {
  let total = 0;
  for (const index in values) total += values[index];
  return total;
}
