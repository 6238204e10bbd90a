// The realm of map and reduce functions, from one `reset` to the next.

// What older versions of CouchDB hold reduce functions to without saying so.
const REDUCE_LIMIT_THRESHOLD = 4096;
const REDUCE_LIMIT_RATIO = 2;

let config = {};
let functions = [];
// What the running map function has emitted.
let rows = [];

offer({
  emit(key, value) {
    rows[rows.length] = [key, plain(value)];
  },
  require: requireFrom({ views: {} }),
  // There is nobody to respond to.
  start() {},
  send() {},
  getRow: () => null,
  provides() {},
  registerType() {},
});

const commands = {
  __proto__: null,

  reset(message) {
    config = message[1] ?? {};
    return 'true';
  },

  add_lib(message) {
    const lib = message[1];
    seal(lib);
    offer({ require: requireFrom({ views: { lib } }) });
    return 'true';
  },

  add_fun(message) {
    functions[functions.length] = compiled(message[1], 'map');
    return 'true';
  },

  map_doc(message) {
    return eachOn(message[1], takenRows);
  },

  index_doc(message) {
    field = ofDreyfus;
    return eachOn(message[1], takenFields);
  },

  nouveau_index_doc(message) {
    field = ofNouveau;
    return eachOn(message[1], takenFields);
  },

  reduce(message, line) {
    const pairs = message[2];
    const names = [];
    const values = [];
    for (let index = 0; index < pairs.length; index += 1) {
      names[index] = pairs[index][0];
      values[index] = pairs[index][1];
    }
    return reduced(message[1], names, values, false, line);
  },

  rereduce(message, line) {
    return reduced(message[1], null, message[2], true, line);
  },
};

// What each function makes of a document, which is handed over by `taken` whenever it is asked.
function eachOn(doc, taken) {
  seal(doc);
  const results = [];
  for (let index = 0; index < functions.length; index += 1) {
    taken();
    try {
      functions[index](doc);
      results[index] = taken();
    } catch (thrown) {
      results[index] = [];
      overlook(thrown, doc);
    }
  }
  return stringify(results);
}

function takenRows() {
  const own = rows;
  rows = [];
  return own;
}

// A function that fails has nothing to say about a document, or a result of null; unless it means everything to stop.
function overlook(thrown, doc) {
  if (thrown === 'fatal_error') throw ['error', 'map_runtime_error', "the function threw 'fatal_error'"];
  if (isEnd(thrown) || (isArray(thrown) && thrown[0] === 'fatal')) throw thrown;
  const which = doc === undefined ? '' : ` on the document ${text(doc?._id)}`;
  log(`a function failed${which}: ${described(thrown)}`);
}

function reduced(sources, names, values, isAgain, line) {
  const results = [];
  let input = line.length;
  for (let index = 0; index < sources.length; index += 1) {
    input -= sources[index].length;
    const reduce = compiled(sources[index], 'reduce');
    results[index] = null;
    try {
      results[index] = reduce(names, values, isAgain);
    } catch (thrown) {
      overlook(thrown);
    }
  }
  const reply = stringify(results);
  const threshold = config.reduce_limit_threshold ?? REDUCE_LIMIT_THRESHOLD;
  const ratio = config.reduce_limit_ratio ?? REDUCE_LIMIT_RATIO;
  if (config.reduce_limit && reply.length > threshold && reply.length * ratio > input) {
    const why = `the result of reducing has ${reply.length} characters, of ${input} that went in: it must shrink faster`;
    if (config.reduce_limit !== 'log') throw ['error', 'reduce_overflow_error', why];
    log(`reduce_overflow_error: ${why}`);
  }
  return `[true,${reply}]`;
}
