// The realm of map and reduce functions, from one `reset` to the next.

// What older versions of CouchDB hold reduce functions to without saying so.
const REDUCE_LIMIT_THRESHOLD = 4096;
const REDUCE_LIMIT_RATIO = 2;

let config = {};
let functions = [];
// What the running map function has emitted.
let rows = [];

globalThis.emit = (key, value) => {
  rows[rows.length] = [key, plain(value)];
};

const commands = {
  reset([settings]) {
    config = settings ?? {};
    return 'true';
  },

  add_lib([lib]) {
    seal(lib);
    globalThis.require = requireFrom({ views: { lib } });
    return 'true';
  },

  add_fun([source]) {
    functions[functions.length] = compiled(source, 'map');
    return 'true';
  },

  map_doc([doc]) {
    seal(doc);
    const results = [];
    for (let index = 0; index < functions.length; index += 1) {
      rows = [];
      try {
        functions[index](doc);
      } catch (thrown) {
        rows = [];
        overlook(thrown, doc);
      }
      results[index] = rows;
    }
    return stringify(results);
  },

  reduce([sources, pairs], line) {
    const names = [];
    const values = [];
    for (let index = 0; index < pairs.length; index += 1) {
      [names[index], values[index]] = pairs[index];
    }
    return reduced(sources, names, values, false, line);
  },

  rereduce([sources, values], line) {
    return reduced(sources, null, values, true, line);
  },
};

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
