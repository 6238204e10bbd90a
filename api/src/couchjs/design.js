// The realm of one design document.

let document = null;
// Compiled when they are first called, by their path.
const functions = Object.create(null);
// Whether the map function of a view that filters has emitted anything.
let hasEmitted = false;

globalThis.emit = () => {
  hasEmitted = true;
};

const commands = {
  ddoc([id, path, argument]) {
    if (id === 'new') {
      document = argument;
      seal(document);
      globalThis.require = requireFrom(document);
      return 'true';
    }
    const [kind] = path;
    const run = { __proto__: null, shows, lists, updates, filters, views, validate_doc_update, rewrites }[kind];
    if (run === undefined) return stringify(['fatal', 'unknown_command', `there are no design functions ${kind}`]);
    return run(designFunction(path), argument);
  },
};

function designFunction(path) {
  const name = path.join('.');
  if (functions[name] === undefined) {
    let source = document;
    for (const step of path) source = source?.[step];
    functions[name] = compiled(source, name);
  }
  return functions[name];
}

function filters(filter, [docs, request]) {
  const passed = [];
  for (let index = 0; index < docs.length; index += 1) {
    passed[index] = Boolean(filter.call(document, docs[index], request));
  }
  return stringify([true, passed]);
}

function views(map, [docs]) {
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

function rewrites(rewrite, [request]) {
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
