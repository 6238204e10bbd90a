// Show and list functions.

function shows(show, parameters) {
  const doc = parameters[0];
  const request = parameters[1];
  try {
    let shown = show.apply(document, parameters) || {};
    if (chunks !== '' || offers.length > 0) {
      const started = startOfShow();
      shown = { ...started, ...response(shown, 'show') };
      shown.headers = { ...shown.headers, ...started.headers };
      shown.body = taken() + (shown.body ?? '');
    }
    if (offers.length > 0) {
      const provided = response(chosen(request).call(document) || {}, 'show');
      shown = withContentType({ ...provided, ...shown, headers: { ...provided.headers, ...shown.headers } });
      shown.body += taken() + (provided.body ?? '');
    }
    return stringify(['resp', response(shown, 'show')]);
  } catch (thrown) {
    // The path of a show names a document behind `db/_design/id/_show/name`.
    const isMissing = doc === null && request?.path?.length > 5;
    if (isMissing && !isEnd(thrown)) throw ['error', 'not_found', 'there is no such document'];
    throw logged(failure(thrown, 'render_error'));
  }
}

// What CouchDB takes from a response: it fails at all else. What else a show is started with are headers, as under couchjs.
const PARTS = { __proto__: null, code: true, headers: true, body: true, json: true, base64: true, stop: true };

function startOfShow() {
  const started = { headers: {} };
  const names = keys(head);
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index];
    if (name === 'headers') assign(started.headers, head.headers);
    else if (PARTS[name]) started[name] = head[name];
    else started.headers[name] = head[name];
  }
  return started;
}

function lists(list, parameters) {
  hasRows = true;
  try {
    let tail = list.apply(document, parameters);
    if (offers.length > 0) tail = chosen(parameters[1]).call(document);
    // A function need not read any row; CouchDB sends one all the same.
    if (!hasStarted) getRow();
    if (tail !== undefined && tail !== null) send(tail);
    return part('end', currentHead());
  } catch (thrown) {
    throw logged(failure(thrown, 'render_error'));
  } finally {
    hasRows = false;
  }
}
