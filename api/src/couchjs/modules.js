// `require` for the CommonJS modules among the texts of a document. Paths start at the document, or at the module that
// asks if they start with a dot.
function requireFrom(root) {
  const modules = Object.create(null);

  function requireBy(folder, path) {
    const names = `${path}`.split('/');
    const place = names[0] === '.' || names[0] === '..' ? [...folder] : [];
    for (const name of names) {
      if (name === '..' && place.length === 0) throw invalid(path, 'leads out of the document');
      if (name === '..') place.pop();
      else if (name !== '.') place.push(name);
    }
    const id = place.join('/');
    return (modules[id] ?? load(id, place, path)).exports;
  }

  function load(id, place, path) {
    let source = root;
    for (const name of place) source = source?.[name];
    if (typeof source !== 'string') throw invalid(path, 'is not the path of a text');
    // Known before it runs: modules may require each other in a circle.
    const module = (modules[id] = { id, exports: {} });
    const own = (other) => requireBy(place.slice(0, -1), other);
    try {
      const run = evaluate(`(function (module, exports, require) {${source}\n})`, id);
      run.call(globalThis, module, module.exports, own);
    } catch (thrown) {
      delete modules[id];
      if (isEnd(thrown) || isAnswer(thrown)) throw thrown;
      throw ['error', 'compilation_error', `the module '${path}' failed: ${described(thrown)}`];
    }
    return module;
  }

  const invalid = (path, why) => ['error', 'invalid_require_path', `'${path}' ${why}`];
  return (path) => requireBy([], path);
}
