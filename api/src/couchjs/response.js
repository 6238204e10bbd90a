// What functions respond with: `start`, `send`, `getRow`, `provides`. Show and list functions use it. Others of a design document
// can call it, and it comes to nothing.

// How a response begins, what of its body has not been sent, as it is and as the items of a list in JSON, and which types
// the function offers.
let head = {};
let body = '';
let chunks = '';
let offers = [];
// Of a list: whether there are rows to ask for, whether the response has begun, and whether `head` is news.
let hasRows = false;
let hasStarted = false;
let isNewHead = false;
let contentType = null;

function start(response) {
  head = response ?? {};
  isNewHead = true;
}

function send(chunk) {
  const sent = `${chunk}`;
  body += sent;
  chunks += chunks === '' ? stringify(sent) : `,${stringify(sent)}`;
}

// The next row of the view, or null after the last. Before, CouchDB is sent what there is of the response.
function getRow() {
  if (!hasRows) return null;
  const headText = currentHead();
  if (!hasRows) return null;
  native.writeLine(part('chunks', headText));
  // Whatever comes between this line and CouchDB's next: without it there is nothing to go on from.
  broken = ['fatal', 'list_error', 'a list function got no row'];
  hasRows = false;
  let message;
  try {
    message = parse(native.readLine() ?? '[]');
  } catch (error) {
    if (isEnd(error)) broken = ['fatal', 'memory_limit', 'there is no memory for the next row'];
    throw error;
  }
  const kind = message[0];
  if (kind !== 'list_row' && kind !== 'list_end') throw broken;
  broken = null;
  hasRows = kind === 'list_row';
  return hasRows ? message[1] : null;
}

// The head as JSON, if it is to be sent. Making it may run the function's own code, and that may send parts itself: so it
// comes before anything is decided.
function currentHead() {
  if (hasStarted && !isNewHead) return null;
  const headText = stringify(hasStarted ? head : withContentType(head));
  if (typeof headText !== 'string' || headText[0] !== '{') {
    throw ['error', 'render_error', 'a response begins with an object'];
  }
  return headText;
}

// A part of a list's response, put together from texts: arrays of this realm may have a JSON form of their own by now.
function part(kind, headText) {
  const withHead = !hasStarted || isNewHead;
  const line = `["${hasStarted ? kind : 'start'}",[${chunks}]${withHead ? `,${headText ?? '{}'}` : ''}]`;
  hasStarted = true;
  isNewHead = false;
  body = '';
  chunks = '';
  return line;
}

function taken() {
  const all = body;
  body = '';
  chunks = '';
  return all;
}

function withContentType(response) {
  response.headers ??= {};
  if (contentType !== null) response.headers['Content-Type'] ??= contentType;
  return response;
}

function begin() {
  head = {};
  body = '';
  chunks = '';
  offers = [];
  hasRows = false;
  hasStarted = false;
  isNewHead = false;
  contentType = null;
}

// MIME types by the names that `provides` knows them by.
const typesOf = {
  __proto__: null,
  all: ['*/*'],
  text: ['text/plain; charset=utf-8', 'txt'],
  html: ['text/html; charset=utf-8'],
  xhtml: ['application/xhtml+xml', 'xhtml'],
  xml: ['application/xml', 'text/xml', 'application/x-xml'],
  js: ['text/javascript', 'application/javascript', 'application/x-javascript'],
  css: ['text/css'],
  ics: ['text/calendar'],
  csv: ['text/csv'],
  rss: ['application/rss+xml'],
  atom: ['application/atom+xml'],
  yaml: ['application/x-yaml', 'text/yaml'],
  multipart_form: ['multipart/form-data'],
  url_encoded_form: ['application/x-www-form-urlencoded'],
  json: ['application/json', 'text/x-json'],
};

function registerType(name, ...types) {
  typesOf[name] = types;
}

function provides(name, offer) {
  offers[offers.length] = [name, offer];
}

// Of what the function offers, what the request wants: by `?format=`, by its Accept header, or else the first.
function chosen(request) {
  const format = request?.query?.format;
  const accepted = request?.headers?.Accept;
  let best = null;
  for (const [name, offer] of offers) {
    for (const type of typesOf[name] ?? []) {
      let rank = [1, 1];
      if (format) rank = name === format ? rank : [0, 0];
      else if (accepted) rank = ranked(type, accepted);
      if (rank[1] > 0 && (best === null || rank[0] > best.rank[0] || (rank[0] === best.rank[0] && rank[1] > best.rank[1]))) {
        best = { rank, offer, type };
      }
    }
  }
  if (best !== null) {
    contentType = best.type;
    return best.offer;
  }
  const all = offers.flatMap(([name]) => typesOf[name] ?? [name]).join(', ');
  throw ['error', 'not_acceptable', `${format ?? accepted} is none of what there is: ${all}`];
}

// How well a media type fits an Accept header, and the quality it has there. As couchjs does it, the fit counts first.
function ranked(type, accepted) {
  const [name, kind] = media(type);
  let best = [0, 0];
  for (const range of accepted.split(',')) {
    const [rangeName, rangeKind, quality] = media(range);
    const fits = (own, other) => own === other || own === '*' || other === '*';
    const fit = 1 + (name === rangeName ? 100 : 0) + (kind === rangeKind ? 10 : 0);
    if (fits(name, rangeName) && fits(kind, rangeKind) && fit > best[0]) best = [fit, quality];
  }
  return best;
}

// `text/html; q=0.5` as type, subtype and quality.
function media(range) {
  const [type, ...parameters] = range.split(';');
  const [name, kind] = (type.trim() === '*' ? '*/*' : type.trim()).split('/');
  const quality = parameters.map((parameter) => /^\s*q\s*=\s*([0-9.]+)\s*$/.exec(parameter)?.[1]).find(Boolean);
  return [name, kind, quality === undefined ? 1 : Number(quality)];
}

offer({ start, send, getRow, provides, registerType });
