// Fields of documents for CouchDB's search: `index_doc` for dreyfus, `nouveau_index_doc` for nouveau.

// How `index` is called depends on which of them asks.
let field = ofDreyfus;
// What the running function has indexed.
let fields = [];

offer({
  index(...parameters) {
    fields[fields.length] = field(parameters);
  },
});

function takenFields() {
  const own = fields;
  fields = [];
  return own;
}

function ofDreyfus([name, value, options]) {
  checkName(name);
  expect(['string', 'number', 'boolean'].includes(typeof value), 'the value must be a string, a number or a boolean');
  expect(!options || typeof options === 'object', 'the options must be an object');
  return [name, value, options || {}];
}

// The types of what can be indexed, and which options it has. What is stored is not looked for.
const NOUVEAU = {
  __proto__: null,
  double: { values: ['number'], options: ['store', 'facet'] },
  string: { values: ['string'], options: ['store', 'facet'] },
  text: { values: ['string'], options: ['store'] },
  stored: { values: ['number', 'string'], options: [] },
};

function ofNouveau([type, name, value, options]) {
  expect(typeof type === 'string', 'the type must be a string');
  checkName(name);
  const kind = NOUVEAU[type];
  expect(kind !== undefined, `there is no type ${type}`);
  expect(kind.values.includes(typeof value), `the value of a ${type} must be a ${kind.values.join(' or a ')}`);
  const made = { '@type': type, name, value };
  for (const option of kind.options) made[option] = options?.[option];
  return made;
}

function checkName(name) {
  expect(typeof name === 'string', 'the name must be a string');
  if (name[0] === '_') throw assign(new Error('the name must not begin with an underscore'), { name: 'ReservedName' });
}

function expect(isRight, message) {
  if (!isRight) throw new TypeError(message);
}
