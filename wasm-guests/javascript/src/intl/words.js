// `Intl.RelativeTimeFormat` (ECMA-402, section 18) and `Intl.ListFormat` (section 14).
(function (native, shared, defined) {
  const { slot, define, localeList, coerced, choice, type, resolve, create, hasNumbering, cut, MATCHERS } = shared;
  const STYLES = ['long', 'short', 'narrow'];
  const UNITS = 'second minute hour day week month quarter year'.split(' ');
  const times = slot('RelativeTimeFormat');
  const lists = slot('ListFormat');

  function RelativeTimeFormat(locales, given) {
    if (new.target === undefined) throw new TypeError("Constructor Intl.RelativeTimeFormat requires 'new'");
    const made = create(new.target);
    const list = localeList(locales);
    const options = coerced(given);
    choice(options, 'localeMatcher', MATCHERS, 'best fit');
    const found = resolve(list, 'nu', type(options, 'numberingSystem'), hasNumbering);
    const style = choice(options, 'style', STYLES, 'long');
    const numeric = choice(options, 'numeric', ['always', 'auto'], 'always');
    times.put(made, {
      name: found.name, locale: found.locale, numbering: found.nu ?? native.numbering(found.name), width: style, numeric,
      style: 'decimal', notation: 'standard', useGrouping: 'auto', signDisplay: 'auto', minimumFractionDigits: 0, maximumFractionDigits: 3,
    });
    return made;
  }

  function relative(own, given, asked) {
    const value = Number(given);
    const name = String(asked);
    const unit = UNITS.find(unit => name === unit || name === `${unit}s`);
    if (unit === undefined) throw new RangeError(`Invalid unit argument for format() '${cut(name)}'`);
    if (!Number.isFinite(value)) throw new RangeError('The number must be finite');
    const isPast = value < 0 || Object.is(value, -0);
    const numeral = String(Math.abs(value));
    const template = native.relative(own, unit, numeral, isPast);
    const [before, after] = template.split('{0}');
    const parts = before === '' ? [] : [{ type: 'literal', value: before }];
    if (after === undefined) return parts;
    const number = native.numberParts(own, numeral);
    for (let index = 0; index < number.length; index += 2) parts.push({ type: number[index], value: number[index + 1], unit });
    if (after !== '') parts.push({ type: 'literal', value: after });
    return parts;
  }

  define('RelativeTimeFormat', RelativeTimeFormat, {
    format(value, unit) { return text(relative(times.of(this), value, unit)); },
    formatToParts(value, unit) { return relative(times.of(this), value, unit); },
    resolvedOptions() {
      const { locale, width, numeric, numbering } = times.of(this);
      return { locale, style: width, numeric, numberingSystem: numbering };
    },
  });

  function ListFormat(locales, given) {
    if (new.target === undefined) throw new TypeError("Constructor Intl.ListFormat requires 'new'");
    const made = create(new.target);
    const list = localeList(locales);
    if (given !== undefined && (typeof given !== 'object' || given === null) && typeof given !== 'function') throw new TypeError('the options are no object');
    const options = coerced(given);
    choice(options, 'localeMatcher', MATCHERS, 'best fit');
    const { name, locale } = resolve(list);
    const type = choice(options, 'type', ['conjunction', 'disjunction', 'unit'], 'conjunction');
    const style = choice(options, 'style', STYLES, 'long');
    lists.put(made, { name, locale, type, style });
    return made;
  }

  function texts(iterable) {
    if (iterable === undefined) return [];
    return Array.from(iterable, item => {
      if (typeof item !== 'string') throw new TypeError('an item of a list must be a text');
      return item;
    });
  }

  function listed({ name, type, style }, items) {
    const element = value => ({ type: 'element', value });
    if (items.length < 2) return items.map(element);
    const [two, start, middle, end] = native.listPatterns(name, type, style, items.at(-1).toWellFormed());
    const parts = [];
    // Each pattern holds the next one, so what stands behind comes in the other order.
    const behind = [];
    for (let index = 0; index < items.length - 1; index += 1) {
      const pattern = items.length === 2 ? two : index === 0 ? start : index < items.length - 2 ? middle : end;
      const [before, between, after] = pattern.split(/\{[01]\}/);
      parts.push(...literal(before), element(items[index]), ...literal(between));
      behind.push(...literal(after));
    }
    return [...parts, element(items.at(-1)), ...behind.reverse()];
  }

  const literal = value => value === '' ? [] : [{ type: 'literal', value }];
  const text = parts => parts.map(({ value }) => value).join('');

  define('ListFormat', ListFormat, {
    format(list) { return text(listed(lists.of(this), texts(list))); },
    formatToParts(list) { return listed(lists.of(this), texts(list)); },
    resolvedOptions() {
      const { locale, type, style } = lists.of(this);
      return { locale, type, style };
    },
  });

  // Durations are lists too.
  shared.listed = listed;
  Object.assign(defined, { RelativeTimeFormat, ListFormat });
})
