// The realm of one design document.

let document = null;
// Compiled when they are first called, by their path.
const functions = Object.create(null);
// Whether the map function of a view that filters has emitted anything.
let hasEmitted = false;

offer({
  emit() {
    hasEmitted = true;
  },
});

// Design functions by their kind, and how they are run.
const kinds = { __proto__: null, shows, lists, updates, filters, views, validate_doc_update, rewrites };

const commands = {
  __proto__: null,

  ddoc(message) {
    if (message[1] === 'new') {
      document = message[3];
      seal(document);
      offer({ require: requireFrom(document) });
      return 'true';
    }
    begin();
    const path = message[2];
    const run = kinds[path[0]];
    if (run === undefined) return told(['fatal', 'unknown_command', `there are no design functions ${path[0]}`]);
    return run(designFunction(path), message[3]);
  },
};

function designFunction(path) {
  let name = `${path[0]}`;
  for (let index = 1; index < path.length; index += 1) name += `.${path[index]}`;
  if (functions[name] === undefined) {
    let source = document;
    for (let index = 0; index < path.length; index += 1) source = source?.[path[index]];
    functions[name] = compiled(source, name);
  }
  return functions[name];
}

function filters(filter, parameters) {
  const docs = parameters[0];
  const passed = [];
  for (let index = 0; index < docs.length; index += 1) {
    passed[index] = Boolean(filter.call(document, docs[index], parameters[1]));
  }
  return stringify([true, passed]);
}

function views(map, parameters) {
  const docs = parameters[0];
  const passed = [];
  for (let index = 0; index < docs.length; index += 1) {
    hasEmitted = false;
    map.call(document, docs[index]);
    passed[index] = hasEmitted;
  }
  return stringify([true, passed]);
}

function validate_doc_update(validate, parameters) {
  try {
    validate.apply(document, parameters);
    return '1';
  } catch (thrown) {
    // `{forbidden: …}` and `{unauthorized: …}` are answers; what went wrong is not.
    const isRefusal = thrown !== null && (typeof thrown === 'object' || typeof thrown === 'string');
    if (!isRefusal || isArray(thrown) || (thrown.name && thrown.stack)) throw thrown;
    return stringify(thrown);
  }
}

function rewrites(rewrite, parameters) {
  const request = parameters[0];
  let target;
  try {
    target = rewrite.call(document, request);
  } catch (thrown) {
    throw logged(failure(thrown, 'rewrite_error'));
  }
  if (!target) return '["no_dispatch_rule"]';
  if (typeof target === 'string') target = { path: target, method: request.method };
  return stringify(['ok', target]);
}

function updates(update, parameters) {
  if (parameters[1]?.method === 'GET') {
    throw ['error', 'method_not_allowed', 'an update function cannot be asked by GET'];
  }
  let result;
  try {
    result = update.apply(document, parameters);
  } catch (thrown) {
    throw logged(failure(thrown, 'render_error'));
  }
  return stringify(['up', result?.[0] ?? null, response(result?.[1], 'update')]);
}

// What a function responds: an object, or its body alone.
function response(value, kind) {
  if (typeof value === 'string') return { body: value };
  if (value !== null && typeof value === 'object' && !isArray(value)) return value;
  throw ['error', 'render_error', `the ${kind} function gave no response`];
}

function logged(answer) {
  if (answer[1] === 'render_error' || answer[1] === 'rewrite_error') log(answer[2]);
  return answer;
}
