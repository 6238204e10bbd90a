// What the constructors of `Intl` have in common (ECMA-402, section 9). A function of `native` that returns it.
(function (native) {
  /** Values that belong to objects and that nobody else can reach. */
  function slot(name) {
    class Slot extends (function (object) { return object; }) {
      #value;
      constructor(object, value) { super(object); this.#value = value; }
      static of(object) {
        if (typeof object !== 'object' || object === null || !(#value in object)) throw new TypeError(`this is no Intl.${name}`);
        return object.#value;
      }
      static has(object) { return typeof object === 'object' && object !== null && #value in object; }
    }
    return { of: Slot.of, has: Slot.has, put: (object, value) => new Slot(object, value) };
  }

  /** A constructor of `Intl` with its methods, which are not enumerable. */
  function define(name, constructor, methods, statics = {}) {
    const add = (object, from) => {
      for (const key of Reflect.ownKeys(from)) {
        Object.defineProperty(object, key, { ...Object.getOwnPropertyDescriptor(from, key), enumerable: false });
      }
    };
    const { prototype } = constructor;
    add(prototype, methods);
    Object.defineProperty(prototype, Symbol.toStringTag, { value: `Intl.${name}`, configurable: true });
    Object.defineProperty(constructor, 'prototype', { writable: false });
    Object.defineProperty(constructor, 'length', { value: 0 });
    add(constructor, {
      supportedLocalesOf(locales, options = undefined) {
        const list = localeList(locales);
        if (options !== undefined) choice(Object(options), 'localeMatcher', MATCHERS, 'best fit');
        return list.filter(tag => native.locale(tag) !== undefined);
      },
      ...statics,
    });
    return constructor;
  }

  const MATCHERS = ['lookup', 'best fit'];
  const locales = slot('Locale');

  function localeList(given) {
    if (given === undefined) return [];
    if (typeof given === 'string') return [canonical(given)];
    if (given === null) throw new TypeError('null is no list of locales');
    if (locales.has(given)) return [locales.of(given).text];
    const list = Object(given);
    const length = Math.min(Math.max(Math.trunc(Number(list.length)) || 0, 0), Number.MAX_SAFE_INTEGER);
    const found = [];
    for (let index = 0; index < length; index += 1) {
      if (!(index in list)) continue;
      const tag = list[index];
      if (typeof tag !== 'string' && (typeof tag !== 'object' || tag === null)) throw new TypeError('a locale must be a text');
      const name = locales.has(tag) ? locales.of(tag).text : canonical(String(tag));
      if (!found.includes(name)) found.push(name);
    }
    return found;
  }

  function canonical(tag) {
    const name = asked(native.canonical, tag);
    if (name === undefined) throw new RangeError(`Incorrect locale information provided: '${cut(tag)}' is no language tag`);
    return name;
  }

  /** What native code knows of a text. Nobody has to read one that is longer than any name. */
  const asked = (knows, text) => text.length > 1000 ? undefined : knows(text.toWellFormed());

  /** So that an error says no more of a value than helps. */
  const cut = text => text.length > 100 ? `${text.slice(0, 100)}…` : text;

  /** The options as they were given, or none. */
  function coerced(options) {
    if (options === undefined) return Object.create(null);
    if (options === null) throw new TypeError('null is no object of options');
    return Object(options);
  }

  /** An option that is one of some words. */
  function choice(options, name, allowed, fallback = undefined) {
    const value = options[name];
    return value === undefined ? fallback : chosen(value, name, allowed);
  }

  function chosen(value, name, allowed) {
    const text = String(value);
    if (allowed && !allowed.includes(text)) throw new RangeError(`Value ${cut(text)} out of range for Intl options property ${name}`);
    return text;
  }

  function flag(options, name) {
    const value = options[name];
    return value === undefined ? undefined : Boolean(value);
  }

  function number(options, name, least, most, fallback) { return within(options[name], name, least, most, fallback); }

  function within(value, name, least, most, fallback) {
    if (value === undefined) return fallback;
    const found = Number(value);
    if (!(found >= least && found <= most)) throw new RangeError(`${name} value is out of range`);
    return Math.floor(found);
  }

  /** A type of a keyword, as a calendar or a numbering system. */
  function type(options, name) {
    const value = options[name];
    if (value === undefined) return undefined;
    const text = String(value);
    if (!/^[a-z0-9]{3,8}(-[a-z0-9]{3,8})*$/i.test(text)) throw new RangeError(`Invalid ${name} : ${cut(text)}`);
    return text.toLowerCase();
  }

  const NONE = Object.create(null);

  /**
   * The first locale of a list that there is. `keys` are the keywords that count, each followed by what was asked for instead, `null` for none of
   * all, and by what tells whether there is one.
   */
  function resolve(list, ...keys) {
    let found;
    for (let index = 0; index < list.length && found === undefined; index += 1) found = native.locale(list[index]);
    found ??= native.defaultLocale;
    // A name alone, where the tag had no keywords.
    const isPlain = typeof found === 'string';
    const name = isPlain ? found : found[0];
    const keywords = isPlain ? NONE : found[1];
    const resolved = { name, locale: name };
    let kept = '';
    for (let index = 0; index < keys.length; index += 3) {
      const key = keys[index], asked = keys[index + 1], isThere = keys[index + 2];
      // A keyword that is there and says no more is true.
      const own = keywords[key] === '' ? 'true' : keywords[key];
      const usable = own !== undefined && isThere(name, own) ? own : undefined;
      const wanted = asked !== undefined && asked !== null && isThere(name, asked) ? asked : undefined;
      resolved[key] = wanted ?? usable;
      if (usable !== undefined && asked !== null && (wanted === undefined || wanted === usable)) kept += usable === 'true' ? `-${key}` : `-${key}-${usable}`;
    }
    if (kept !== '') resolved.locale = `${name}-u${kept}`;
    return resolved;
  }

  /** Parts as objects, of a list of kinds and texts. */
  function parts(list) {
    const found = [];
    for (let index = 0; index < list.length; index += 2) found.push({ type: list[index], value: list[index + 1] });
    return found;
  }

  /** The same of a range, whose parts belong to its ends. */
  function ends(list) {
    const found = [];
    for (let index = 0; index < list.length; index += 3) {
      found.push({ type: list[index], value: list[index + 1], source: ['shared', 'startRange', 'endRange'][list[index + 2]] });
    }
    return found;
  }

  const create = target => Reflect.construct(Object, [], target);
  const hasNumbering = (_, system) => native.hasNumbering(system);

  return { slot, define, locales, localeList, coerced, choice, chosen, flag, number, within, type, resolve, parts, ends, create, hasNumbering, asked, cut, MATCHERS };
})
