(function ({ parse, change, parseQuery, writeQuery }) {
  // Text as the natives take it: a lone surrogate has no UTF-8.
  const textOf = (value) => `${value}`.toWellFormed();

  function need(count, given, name) {
    if (given < count) throw new TypeError(`${name} needs ${count === 1 ? 'an argument' : `${count} arguments`}`);
  }

  // Of the classes, for each other.
  let setQuery;
  let paramsOf;
  let pairOf;
  let readQuery;

  // Web IDL, section 3.7.10.2: goes on where it is, whatever becomes of the parameters meanwhile.
  class ParamsIterator {
    #params;
    #show;
    #next = 0;

    constructor(params, show) {
      this.#params = params;
      this.#show = show;
    }

    next() {
      const pair = pairOf(this.#params, this.#next);
      if (!pair) return { value: undefined, done: true };
      this.#next += 2;
      return { value: this.#show(...pair), done: false };
    }

    static {
      Object.setPrototypeOf(this.prototype, Object.getPrototypeOf(Object.getPrototypeOf([].values())));
      delete this.prototype.constructor;
      Object.defineProperty(this.prototype, 'next', { enumerable: true });
      Object.defineProperty(this.prototype, Symbol.toStringTag, { value: 'URLSearchParams Iterator', configurable: true });
    }
  }

  class URLSearchParams {
    // Names and values in turn.
    #list;
    #url;

    constructor(init = '') {
      if ((typeof init !== 'object' || init === null) && typeof init !== 'function') {
        this.#list = parseQuery(textOf(init).replace(/^\?/, ''));
        return;
      }
      this.#list = [];
      if (init[Symbol.iterator] != null) {
        for (const pair of init) {
          const texts = [...pair];
          if (texts.length !== 2) throw new TypeError('each element needs to be a pair of a name and a value');
          this.#list.push(...texts.map(textOf));
        }
      } else {
        for (const name of Reflect.ownKeys(init)) {
          if (Object.prototype.propertyIsEnumerable.call(init, name)) this.#list.push(textOf(name), textOf(init[name]));
        }
      }
    }

    get size() { return this.#list.length / 2; }

    append(name, value) {
      need(2, arguments.length, 'append');
      this.#list.push(textOf(name), textOf(value));
      this.#changed();
    }

    delete(name, value = undefined) {
      need(1, arguments.length, 'delete');
      const isMeant = matcher(name, value);
      this.#keep((name, value) => !isMeant(name, value));
      this.#changed();
    }

    get(name) {
      need(1, arguments.length, 'get');
      const isMeant = matcher(name);
      for (let i = 0; i < this.#list.length; i += 2) if (isMeant(this.#list[i])) return this.#list[i + 1];
      return null;
    }

    getAll(name) {
      need(1, arguments.length, 'getAll');
      const isMeant = matcher(name);
      return this.#list.filter((_, i, list) => i % 2 === 1 && isMeant(list[i - 1]));
    }

    has(name, value = undefined) {
      need(1, arguments.length, 'has');
      const isMeant = matcher(name, value);
      for (let i = 0; i < this.#list.length; i += 2) if (isMeant(this.#list[i], this.#list[i + 1])) return true;
      return false;
    }

    set(name, value) {
      need(2, arguments.length, 'set');
      const key = textOf(name);
      const text = textOf(value);
      const first = this.#list.findIndex((other, i) => i % 2 === 0 && other === key);
      if (first < 0) {
        this.#list.push(key, text);
      } else {
        this.#list[first + 1] = text;
        this.#keep((other, _, i) => i === first || other !== key);
      }
      this.#changed();
    }

    sort() {
      const pairs = [...this.entries()];
      pairs.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
      this.#list = pairs.flat();
      this.#changed();
    }

    forEach(callback, thisArgument = undefined) {
      if (typeof callback !== 'function') throw new TypeError('forEach needs a function');
      for (let i = 0; i < this.#list.length; i += 2) {
        callback.call(thisArgument, this.#list[i + 1], this.#list[i], this);
      }
    }

    entries() { return new ParamsIterator(this.#list && this, (name, value) => [name, value]); }
    keys() { return new ParamsIterator(this.#list && this, (name) => name); }
    values() { return new ParamsIterator(this.#list && this, (_, value) => value); }

    toString() { return writeQuery(this.#list); }

    #keep(isKept) {
      const kept = [];
      for (let i = 0; i < this.#list.length; i += 2) {
        if (isKept(this.#list[i], this.#list[i + 1], i)) kept.push(this.#list[i], this.#list[i + 1]);
      }
      this.#list = kept;
    }

    #changed() { if (this.#url) setQuery(this.#url, writeQuery(this.#list)); }

    static {
      const { entries } = this.prototype;
      Object.defineProperty(this.prototype, Symbol.iterator, { value: entries, writable: true, configurable: true });
      pairOf = (params, i) => (i < params.#list.length ? params.#list.slice(i, i + 2) : null);
      readQuery = (params, query) => { params.#list = parseQuery(query.slice(1)); };
      paramsOf = (url, query) => {
        const params = new URLSearchParams();
        params.#url = url;
        readQuery(params, query);
        return params;
      };
    }
  }

  // Whether a name, and a value if one is given, are those.
  function matcher(name, value) {
    const key = textOf(name);
    if (value === undefined) return (other) => other === key;
    const text = textOf(value);
    return (other, its) => other === key && its === text;
  }

  // As the natives give them.
  const PARTS = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname',
    'search', 'hash'];
  const [HREF, SEARCH] = [PARTS.indexOf('href'), PARTS.indexOf('search')];

  const parsed = (url, base) => parse(textOf(url), base === undefined ? base : textOf(base));

  class URL {
    #parts;
    #params;

    constructor(url, base = undefined) {
      need(1, arguments.length, 'URL');
      this.#set(url, parsed(url, base));
    }

    static parse(url, base = undefined) { return URL.canParse(url, base) ? new URL(url, base) : null; }

    static canParse(url, base = undefined) { return typeof parsed(url, base) !== 'string'; }

    get searchParams() { return this.#params ??= paramsOf(this, this.#parts[SEARCH]); }

    toString() { return this.#parts[HREF]; }

    toJSON() { return this.#parts[HREF]; }

    #set(input, parts) {
      if (typeof parts === 'string') throw new TypeError(`'${input}' is no URL: ${parts}`);
      this.#parts = parts;
      if (this.#params) readQuery(this.#params, parts[SEARCH]);
    }

    static {
      setQuery = (url, query) => { url.#parts = change(url.#parts[HREF], 'search', query) ?? url.#parts; };
      PARTS.forEach((part, index) => {
        const accessors = {
          get [part]() { return this.#parts[index]; },
          set [part](value) {
            const text = textOf(value);
            if (index === HREF) this.#set(text, parsed(text));
            else this.#set(text, change(this.#parts[HREF], part, text) ?? this.#parts);
          },
        };
        const descriptor = Object.getOwnPropertyDescriptor(accessors, part);
        if (part === 'origin') descriptor.set = undefined;
        Object.defineProperty(this.prototype, part, descriptor);
      });
    }
  }

  return { URL, URLSearchParams };
})
