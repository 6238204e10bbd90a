// The query server: takes CouchDB's lines and answers each with one line, logs aside.
//
// Design functions run in realms: one for each design document, and one for the map and reduce functions since the last
// `reset`. Nothing but text passes between this realm and theirs, and that by calls of a realm's `answer`. A realm
// parses its own lines: an object of this realm would lead a design function to the globals of this one.
(function (native, views, design) {
  'use strict';

  // Realms of design documents that are kept. The documents themselves all are, as CouchDB relies on it; the realm of one
  // that has not been used for long is made again from its text.
  const MAX_DESIGN_REALMS = 32;

  const VIEW_COMMANDS = new Set(['add_lib', 'add_fun', 'map_doc', 'reduce', 'rereduce', 'index_doc', 'nouveau_index_doc']);
  const COMMAND = /^\s*\[\s*"([a-z_]+)"\s*[,\]]/;
  const DESIGN = /^\s*\[\s*"ddoc"\s*,\s*(?:("new")\s*,\s*)?("(?:[^"\\]|\\.)*")\s*,/;

  // The line that taught each design document, by its id.
  const taught = new Map();
  // Their realms, the one used last at the end.
  const realms = new Map();
  // The `reset` that the realm of the views is to follow, and that realm. Most resets come before a design function: it
  // is made when it is needed.
  let reset = '["reset"]';
  let ofViews = null;

  function answer(line) {
    // What CouchDB asks most often, and as it writes it.
    if (ofViews !== null && line.startsWith('["map_doc",')) return ofViews(line);
    const command = COMMAND.exec(line)?.[1];
    if (command === 'ddoc') return answerDesign(line);
    if (command === 'reset') {
      reset = line;
      ofViews = null;
      return 'true';
    }
    if (VIEW_COMMANDS.has(command)) {
      if (ofViews === null) {
        ofViews = native.realm(views, 'switchhook:views');
        const failed = ofViews(reset);
        if (failed !== 'true') return failed;
      }
      return ofViews(line);
    }
    if (command === undefined) return fatal('query_protocol_error', 'the line is not a command');
    return fatal('unknown_command', `there is no command '${command}'`);
  }

  function answerDesign(line) {
    const [, isNew, quoted] = DESIGN.exec(line) ?? [];
    if (quoted === undefined) return fatal('query_protocol_error', 'the design document has no id');
    const id = quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1);
    if (isNew) {
      realms.delete(id);
      taught.set(id, line);
    } else if (!taught.has(id)) {
      return fatal('query_protocol_error', `the design document ${id} is not known here`);
    }
    let realm = realms.get(id);
    if (realm === undefined) {
      if (realms.size >= MAX_DESIGN_REALMS) realms.delete(realms.keys().next().value);
      realm = native.realm(design, 'switchhook:design');
      const learnt = realm(taught.get(id));
      if (isNew || learnt !== 'true') {
        realms.set(id, realm);
        return learnt;
      }
    }
    realms.delete(id);
    realms.set(id, realm);
    return realm(line);
  }

  function fatal(name, reason) {
    return JSON.stringify(['fatal', name, reason]);
  }

  // One line, and no log, which CouchDB would wait behind: whatever a realm says, nobody else's question is answered by it.
  function checked(reply) {
    if (typeof reply !== 'string' || reply.includes('\n')) return fatal('render_error', 'the answer is not a line');
    if (!reply.startsWith('[[') && /^\s*\[\s*"log"/.test(reply)) return '["error","render_error","the answer is a log"]';
    return reply;
  }

  for (;;) {
    const line = native.readLine();
    if (line === null) return 'end';
    const reply = checked(answer(line));
    native.endLine();
    native.writeLine(reply);
    if (reply.startsWith('["fatal",')) return 'fatal';
  }
})
