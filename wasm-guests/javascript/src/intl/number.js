// `Intl.NumberFormat` (ECMA-402, section 16), `Intl.PluralRules` (section 17), and what numbers have of them (section 19.2).
(function (native, { slot, define, localeList, coerced, choice, number, within, type, resolve, parts, ends, create, hasNumbering, asked, cut, MATCHERS }, defined) {
  const INCREMENTS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000];
  // Texts in code stay in the engine for good: one is less than many.
  const MODES = 'ceil floor expand trunc halfCeil halfFloor halfExpand halfTrunc halfEven'.split(' ');
  const GROUPINGS = 'min2 auto always true false'.split(' ');
  const NOTATIONS = 'standard scientific engineering compact'.split(' ');
  const format = slot('NumberFormat');
  const rules = slot('PluralRules');

  /** Section 16.1.3: how many digits are shown. */
  function digits(options, leastFraction, mostFraction, notation) {
    const minimumIntegerDigits = number(options, 'minimumIntegerDigits', 1, 21, 1);
    let least = options.minimumFractionDigits, most = options.maximumFractionDigits;
    let leastSignificant = options.minimumSignificantDigits, mostSignificant = options.maximumSignificantDigits;
    const roundingIncrement = number(options, 'roundingIncrement', 1, 5000, 1);
    if (!INCREMENTS.includes(roundingIncrement)) throw new RangeError('roundingIncrement value is out of range');
    const roundingMode = choice(options, 'roundingMode', MODES, 'halfExpand');
    const priority = choice(options, 'roundingPriority', ['auto', 'morePrecision', 'lessPrecision'], 'auto');
    const trailingZeroDisplay = choice(options, 'trailingZeroDisplay', ['auto', 'stripIfInteger'], 'auto');
    const defaultMost = roundingIncrement === 1 ? mostFraction : leastFraction;
    const hasSignificant = leastSignificant !== undefined || mostSignificant !== undefined;
    const hasFraction = least !== undefined || most !== undefined;
    let needsSignificant = true, needsFraction = true;
    if (priority === 'auto') {
      needsSignificant = hasSignificant;
      if (hasSignificant || !hasFraction && notation === 'compact') needsFraction = false;
    }
    const found = { minimumIntegerDigits, roundingIncrement, roundingMode, trailingZeroDisplay, roundingPriority: 'auto' };
    if (needsSignificant) {
      if (hasSignificant) {
        leastSignificant = within(leastSignificant, 'minimumSignificantDigits', 1, 21, 1);
        mostSignificant = within(mostSignificant, 'maximumSignificantDigits', leastSignificant, 21, 21);
      } else {
        leastSignificant = 1;
        mostSignificant = 21;
      }
    }
    if (needsFraction) {
      if (hasFraction) {
        least = within(least, 'minimumFractionDigits', 0, 100, undefined);
        most = within(most, 'maximumFractionDigits', 0, 100, undefined);
        if (least === undefined) least = Math.min(leastFraction, most);
        else if (most === undefined) most = Math.max(defaultMost, least);
        else if (least > most) throw new RangeError('maximumFractionDigits value is out of range');
      } else {
        least = leastFraction;
        most = defaultMost;
      }
    }
    if (!needsSignificant && !needsFraction) {
      Object.assign(found, { roundingPriority: 'morePrecision' });
      [least, most, leastSignificant, mostSignificant, needsSignificant, needsFraction] = [0, 0, 1, 2, true, true];
    } else if (priority !== 'auto') {
      found.roundingPriority = priority;
    }
    if (needsFraction) Object.assign(found, { minimumFractionDigits: least, maximumFractionDigits: most });
    if (needsSignificant) Object.assign(found, { minimumSignificantDigits: leastSignificant, maximumSignificantDigits: mostSignificant });
    if (roundingIncrement !== 1) {
      if (needsSignificant) throw new TypeError('roundingIncrement value is invalid');
      if (least !== most) throw new RangeError('roundingIncrement value is out of range');
    }
    return found;
  }

  /** Section 16.1.2: what is counted. */
  function unit(options) {
    const style = choice(options, 'style', ['decimal', 'percent', 'currency', 'unit'], 'decimal');
    const currency = choice(options, 'currency');
    if (currency !== undefined && !/^[a-z]{3}$/i.test(currency)) throw new RangeError(`Invalid currency code : ${cut(currency)}`);
    if (style === 'currency' && currency === undefined) throw new TypeError('Currency code is required with currency style.');
    const currencyDisplay = choice(options, 'currencyDisplay', ['code', 'symbol', 'narrowSymbol', 'name'], 'symbol');
    const currencySign = choice(options, 'currencySign', ['standard', 'accounting'], 'standard');
    const name = choice(options, 'unit');
    if (name !== undefined && !asked(native.isUnit, name)) throw new RangeError(`Invalid unit argument for Intl.NumberFormat() '${cut(name)}'`);
    if (style === 'unit' && name === undefined) throw new TypeError('Required unit with unit style.');
    const unitDisplay = choice(options, 'unitDisplay', ['short', 'narrow', 'long'], 'short');
    if (style === 'currency') return { style, currency: currency.toUpperCase(), currencyDisplay, currencySign };
    return style === 'unit' ? { style, unit: name, unitDisplay } : { style };
  }

  function grouping(options, fallback) {
    const value = options.useGrouping;
    if (value === undefined) return fallback;
    if (value === true) return 'always';
    if (value === false || value === null || value === 0 || value === '') return false;
    const text = String(value);
    if (text === 'true' || text === 'false') return fallback;
    if (!GROUPINGS.includes(text)) throw new RangeError(`Value ${cut(text)} out of range for Intl.NumberFormat options property useGrouping`);
    return text;
  }

  function settings(locales, given) {
    const list = localeList(locales);
    const options = coerced(given);
    choice(options, 'localeMatcher', MATCHERS, 'best fit');
    const found = resolve(list, 'nu', type(options, 'numberingSystem'), hasNumbering);
    const counted = unit(options);
    const notation = choice(options, 'notation', NOTATIONS, 'standard');
    const places = counted.style === 'currency' ? native.currencyDigits(counted.currency) : 0;
    const shown = digits(options, places, counted.style === 'currency' ? places : counted.style === 'percent' ? 0 : 3, notation);
    const compactDisplay = choice(options, 'compactDisplay', ['short', 'long'], 'short');
    const useGrouping = grouping(options, notation === 'compact' ? 'min2' : 'auto');
    const signDisplay = choice(options, 'signDisplay', ['auto', 'never', 'always', 'exceptZero', 'negative'], 'auto');
    return {
      name: found.name, locale: found.locale, numbering: found.nu ?? native.numbering(found.name), ...counted, ...shown, notation, compactDisplay,
      useGrouping, signDisplay,
    };
  }

  /** Section 16.5.16: a numeral, with all the digits that a text or a BigInt has. */
  function numeral(value) {
    const primitive = typeof value === 'object' && value !== null || typeof value === 'function' ? toPrimitive(value) : value;
    if (typeof primitive === 'bigint') return primitive.toString();
    if (typeof primitive === 'string') {
      const text = primitive.trim();
      if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return text;
    }
    const found = Number(primitive);
    return Object.is(found, -0) ? '-0' : String(found);
  }

  /** With the hint `number`. */
  function toPrimitive(value) {
    const convert = value[Symbol.toPrimitive];
    if (convert !== undefined && convert !== null) {
      const found = Reflect.apply(convert, value, ['number']);
      if (typeof found !== 'object' || found === null) return found;
      throw new TypeError('Cannot convert object to primitive value');
    }
    for (const name of ['valueOf', 'toString']) {
      if (typeof value[name] !== 'function') continue;
      const found = value[name]();
      if (typeof found !== 'object' && typeof found !== 'function' || found === null) return found;
    }
    throw new TypeError('Cannot convert object to primitive value');
  }

  function NumberFormat(locales, options) {
    const made = create(new.target ?? NumberFormat);
    format.put(made, settings(locales, options));
    return made;
  }

  const SHOWN = 'style currency currencyDisplay currencySign unit unitDisplay'.split(' ');
  const DIGITS = 'minimumIntegerDigits minimumFractionDigits maximumFractionDigits minimumSignificantDigits maximumSignificantDigits'.split(' ');
  const ROUNDING = 'roundingIncrement roundingMode roundingPriority trailingZeroDisplay'.split(' ');
  const pick = (from, names) => {
    const found = {};
    for (const name of names) if (from[name] !== undefined) found[name] = from[name];
    return found;
  };

  define('NumberFormat', NumberFormat, {
    get format() {
      const own = format.of(this);
      own.format ??= Object.defineProperty(value => native.numberText(own, numeral(value)), 'name', { value: '' });
      return own.format;
    },
    formatToParts(value) { return parts(native.numberParts(format.of(this), numeral(value))); },
    formatRange(start, end) { return range(format.of(this), start, end).map(({ value }) => value).join(''); },
    formatRangeToParts(start, end) { return range(format.of(this), start, end); },
    resolvedOptions() {
      const own = format.of(this);
      return {
        locale: own.locale, numberingSystem: own.numbering, ...pick(own, SHOWN), ...pick(own, DIGITS), useGrouping: own.useGrouping, notation: own.notation,
        ...(own.notation === 'compact' ? { compactDisplay: own.compactDisplay } : {}), signDisplay: own.signDisplay, ...pick(own, ROUNDING),
      };
    },
  });

  function range(own, start, end) {
    if (start === undefined || end === undefined) throw new TypeError('start or end cannot be undefined');
    const from = numeral(start), to = numeral(end);
    if (from === 'NaN' || to === 'NaN') throw new RangeError('a range has no end that is not a number');
    return ends(native.numberRange(own, from, to));
  }

  function PluralRules(locales, given) {
    if (new.target === undefined) throw new TypeError("Constructor Intl.PluralRules requires 'new'");
    const made = create(new.target);
    const list = localeList(locales);
    const options = coerced(given);
    choice(options, 'localeMatcher', MATCHERS, 'best fit');
    const type = choice(options, 'type', ['cardinal', 'ordinal'], 'cardinal');
    const shown = digits(options, 0, 3, 'standard');
    const { name, locale } = resolve(list);
    rules.put(made, { name, locale, numbering: 'latn', type, ...shown, style: 'decimal', notation: 'standard', compactDisplay: 'short', useGrouping: false, signDisplay: 'auto' });
    return made;
  }

  define('PluralRules', PluralRules, {
    select(value) { return native.pluralForm(rules.of(this), numeral(Number(value))); },
    selectRange(start, end) {
      const own = rules.of(this);
      if (start === undefined || end === undefined) throw new TypeError('start or end cannot be undefined');
      const ends = [Number(start), Number(end)];
      if (ends.some(Number.isNaN)) throw new RangeError('a range has no end that is not a number');
      return native.pluralRange(own, numeral(ends[0]), numeral(ends[1]));
    },
    resolvedOptions() {
      const own = rules.of(this);
      return { locale: own.locale, type: own.type, ...pick(own, DIGITS), pluralCategories: native.pluralForms(own.name, own.type), ...pick(own, ROUNDING) };
    },
  });

  const write = (value, locales, options) => native.numberText(settings(locales, options), numeral(value));
  Object.assign(defined, {
    NumberFormat, PluralRules,
    ofNumber: {
      toLocaleString(locales = undefined, options = undefined) { return write(Number.prototype.valueOf.call(this), locales, options); },
    },
    ofBigInt: {
      toLocaleString(locales = undefined, options = undefined) { return write(BigInt.prototype.valueOf.call(this), locales, options); },
    },
  });
})
