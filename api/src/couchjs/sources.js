// The function that the source of a design function is. CouchDB's engines evaluate it as a script whose value is the function. But in
// it a function without a name may stand where a statement does, with other statements before and behind it.

function compiled(source, name) {
  if (typeof source !== 'string' || source === '') throw ['error', 'not_found', `there is no function ${name}`];
  let value;
  try {
    value = valueOf(source, name);
  } catch (error) {
    if (isEnd(error)) throw error;
    throw ['error', 'compilation_error', `${described(error)}: ${source}`];
  }
  if (typeof value !== 'function') throw ['error', 'compilation_error', `this is not a function: ${source}`];
  return value;
}

const IS_NAMELESS = /^\s*function\s*\(/;
const IS_DECLARATION = /^(?:\s|\/\/.*|\/\*[^]*?\*\/)*(?:function|async\s+function|class)\b/;

function valueOf(source, name) {
  const expression = `(${source.replace(/[\s;]+$/, '')}\n)`;
  if (IS_NAMELESS.test(source)) {
    try {
      return evaluate(expression, name);
    } catch (error) {
      if (error?.name !== 'SyntaxError') throw error;
    }
  }
  const asExpression = mistakeIn(expression);
  const asScript = mistakeIn(source);
  if (asScript === null) {
    if (asExpression === null && !IS_DECLARATION.test(source)) return evaluate(expression, name);
    const value = evaluatedApart(source, name);
    // A named function is no value of a script. It is taken alone.
    return typeof value !== 'function' && asExpression === null ? evaluate(expression, name) : value;
  }
  if (asExpression === null) return evaluate(expression, name);
  const script = withExpressions(source);
  if (typeof script === 'string') return evaluatedApart(script, name);
  if (asExpression.line === 1) asExpression.column -= 1;
  throw mistake(further(asExpression, script), name);
}

// What several statements declare is their function's own.
function evaluatedApart(script, name) {
  const evaluateApart = native.realm(`((native) => (${begun})(native, ${mayEvaluate}))`, 'switchhook:apart');
  assign(evaluateApart('globalThis', name), helpers);
  return evaluateApart(script, name);
}

const NAMELESS = 'function name expected';
const PLACE = /\bsource:(\d+):(\d+)/;

// What keeps the engine from reading statements, which it does not run; or null.
function mistakeIn(statements) {
  try {
    evaluate(`(function () {\n${statements}\n})`, 'source');
    return null;
  } catch (error) {
    if (error?.name !== 'SyntaxError') throw error;
    const [, line, column] = PLACE.exec(error.stack) ?? [];
    return { message: error.message, line: Number(line ?? 1) - 1, column: Number(column ?? 0) };
  }
}

// The author meant the reading in which the engine came furthest.
function further(one, other) {
  if (one.line !== other.line) return one.line > other.line ? one : other;
  return one.column >= other.column ? one : other;
}

function mistake({ message, line, column }, name) {
  return assign(new SyntaxError(message), { stack: `at ${name}:${line}:${column}` });
}

// A script in which the functions without a name are expressions, or the mistake that there is beside them. To find them, they are
// given names: the engine says where one is missing, and a function knows its own text.
function withExpressions(source) {
  const names = [];
  const places = [];
  let named = source;
  for (;;) {
    // The engine does not end a line at these wherever the language does. It need not run what it reads here.
    const wrong = mistakeIn(named.replace(/[\u2028\u2029]/g, '\u3000'));
    if (wrong === null) break;
    if (wrong.message !== NAMELESS || wrong.line === 0) {
      for (let index = 0; index < names.length; index += 1) {
        if (places[index].line === wrong.line) wrong.column -= names[index].length;
      }
      return wrong;
    }
    const at = offsetIn(named, wrong);
    const name = ` switchhook_${names.length}`;
    names.push(name);
    places.push(wrong);
    named = named.slice(0, at) + name + named.slice(at);
  }
  const functions = evaluate(`(function () { return [${names}];\n${named}\n})`, 'source')();
  for (let index = functions.length - 1; index >= 0; index -= 1) {
    // One in a block is not there yet.
    if (typeof functions[index] !== 'function') return { ...places[index], message: NAMELESS };
    const text = `${functions[index]}`;
    const begin = named.indexOf(text);
    const own = text.replace(names[index], '');
    named = `${named.slice(0, begin)};(${own});${named.slice(begin + text.length)}`;
  }
  return named;
}

// Lines and columns begin with 1; columns are bytes of UTF-8.
function offsetIn(text, { line, column }) {
  const ends = /\r\n?|\n/g;
  for (let before = 1; before < line; before += 1) ends.exec(text);
  let at = ends.lastIndex;
  for (let bytes = column - 1; bytes > 0; ) {
    const point = text.codePointAt(at);
    bytes -= point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    at += point < 0x10000 ? 1 : 2;
  }
  return at;
}
