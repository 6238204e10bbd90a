// Cases that a seed makes, and what an engine's `Intl` answers to them. `record` asks node, the tests ask the guest.

const LOCALES = ['ar', 'ar-EG', 'ar-SA', 'cs', 'da', 'de', 'de-AT', 'de-CH', 'de-DE', 'el', 'en', 'en-001', 'en-AU', 'en-CA', 'en-GB', 'en-IE', 'en-IN',
  'en-NZ', 'en-US', 'en-ZA', 'es', 'es-419', 'es-AR', 'es-CL', 'es-CO', 'es-ES', 'es-MX', 'es-US', 'fi', 'fr', 'fr-BE', 'fr-CA', 'fr-CH', 'fr-FR', 'he', 'hi',
  'id', 'it', 'it-CH', 'ja', 'ko', 'nb', 'nl', 'nl-BE', 'no', 'pl', 'pt', 'pt-BR', 'pt-PT', 'ru', 'sv', 'th', 'tr', 'uk', 'vi', 'zh', 'zh-CN',
  'zh-Hant', 'zh-TW'];
const NEAR = ['America/New_York', 'America/Chicago', 'America/Los_Angeles', 'Europe/London', 'Europe/Berlin', 'UTC'];
const STYLES = ['full', 'long', 'medium', 'short'];
const CURRENCIES = ['USD', 'EUR', 'GBP', 'JPY', 'CHF', 'INR', 'BRL', 'CNY', 'KWD', 'MXN', 'SEK', 'PLN', 'RUB', 'ILS', 'THB', 'VND', 'UAH', 'XXX', 'CAD', 'AUD'];
const MODES = ['ceil', 'floor', 'expand', 'trunc', 'halfCeil', 'halfFloor', 'halfExpand', 'halfTrunc', 'halfEven'];
const WIDTHS = ['narrow', 'short', 'long'];
const DIGITS = ['numeric', '2-digit'];
// How often a field is asked for, and in which forms.
const FIELDS = {
  weekday: [3, WIDTHS], era: [8, WIDTHS], year: [2, DIGITS], month: [2, [...DIGITS, ...WIDTHS]], day: [2, DIGITS], dayPeriod: [8, WIDTHS], hour: [2, DIGITS],
  minute: [2, DIGITS], second: [3, DIGITS], fractionalSecondDigits: [8, [1, 2, 3]],
  timeZoneName: [4, ['short', 'long', 'shortOffset', 'longOffset', 'shortGeneric', 'longGeneric']],
};
const DAY = 86400000;
const YEAR = 31556952000;

/** Numbers below a limit, the same for the same seed (mulberry32). */
function chooser(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  const next = () => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 4294967296;
  };
  const below = limit => Math.floor(next() * limit);
  return { next, below, one: list => list[below(list.length)], once: in_ => below(in_) === 0 };
}

function dateCase({ next, below, one, once }) {
  const locale = one(LOCALES);
  const timeZone = once(3) ? one(NEAR) : one(ZONES);
  // Until the end of 2024: later, the two may have other releases of the database of time zones.
  const time = once(4) ? (below(180) - 126) * YEAR + below(31000) * 1000000 + below(1000) : Math.floor(next() * 55 * YEAR);
  const options = { timeZone };
  if (once(4)) {
    if (!once(3)) options.dateStyle = one(STYLES);
    if (options.dateStyle === undefined || once(2)) options.timeStyle = one(STYLES);
  } else {
    for (const [field, [rarity, forms]] of Object.entries(FIELDS)) if (once(rarity)) options[field] = one(forms);
  }
  if (once(5)) options.hourCycle = one(['h11', 'h12', 'h23', 'h24']);
  return { locale, options, time };
}

function numberCase({ next, below, one, once }, units) {
  const options = {};
  const kind = below(8);
  if (kind === 0) options.style = 'percent';
  if (kind > 0 && kind < 4) {
    Object.assign(options, { style: 'currency', currency: one(CURRENCIES) });
    if (once(2)) options.currencyDisplay = one(['code', 'name', 'symbol', 'narrowSymbol']);
    if (once(4)) options.currencySign = 'accounting';
  } else if (kind >= 4 && kind < 6) {
    Object.assign(options, { style: 'unit', unit: one(units) });
    // The form of a compact rate is one of few things that differ.
    if (once(2)) options.unitDisplay = one(WIDTHS);
  }
  if (once(3)) {
    options.notation = one(['scientific', 'engineering', 'compact', 'compact', 'compact']);
    if (options.notation === 'compact' && once(2)) options.compactDisplay = 'long';
  } else if (options.style === 'unit' && once(4)) {
    options.unit += `-per-${one(units.filter(unit => unit !== 'percent'))}`;
    if (options.unit.startsWith('percent')) options.unit = 'meter-per-second';
  }
  if (once(4)) options.signDisplay = one(['auto', 'never', 'always', 'exceptZero', 'negative']);
  if (once(5)) options.useGrouping = one(['always', 'auto', 'min2', true, false]);
  if (once(4)) options.minimumIntegerDigits = 1 + below(6);
  const pair = (least, limit) => [least + below(limit), least + below(limit)].sort();
  if (once(3)) [options.minimumFractionDigits, options.maximumFractionDigits] = pair(0, 5);
  if (once(5)) [options.minimumSignificantDigits, options.maximumSignificantDigits] = pair(1, 5);
  if (once(8)) options.roundingPriority = one(['auto', 'morePrecision', 'lessPrecision']);
  if (once(4)) options.roundingMode = one(MODES);
  if (once(8) && options.roundingPriority === undefined && options.notation === undefined) options.trailingZeroDisplay = 'stripIfInteger';
  // Full names have plural forms, which node chooses for 1E-5 by other digits than CLDR's rules say.
  const isNamed = options.currencyDisplay === 'name' || options.unitDisplay === 'long' || options.unit !== undefined;
  const value = one([
    () => below(20), () => below(2000) - 1000, () => next() * 10 ** below(8), () => -next() * 10 ** below(15), () => below(1e9) / 100,
    () => isNamed ? below(3) : next() / 10 ** below(8), () => one([0, -0, NaN, Infinity, -Infinity, 1, 2, 1000, 999999, 999.5, 0.5, 1.5, 2.5, -1.25, 1e6, 2e6]),
  ])();
  if (isNamed && /^[es]/.test(options.notation) && Math.abs(value) < 1) return { locale: one(LOCALES), options: {}, value };
  return { locale: one(LOCALES), options, value };
}

const GIVEN = {
  dates: choose => {
    const { locale, options, time } = dateCase(choose);
    return new Intl.DateTimeFormat(locale, options).format(time);
  },
  ranges: choose => {
    const { locale, options, time } = dateCase(choose);
    const until = time + choose.one([0, 1000, 300000, 3600000, 18000000, DAY, 5 * DAY, 40 * DAY, 400 * DAY]);
    return new Intl.DateTimeFormat(locale, options).formatRangeToParts(time, until).map(({ value, source }) => `${source[0]}:${value}`).join('|');
  },
  parts: choose => {
    const { locale, options, time } = dateCase(choose);
    const format = new Intl.DateTimeFormat(locale, options);
    const resolved = format.resolvedOptions();
    // Node takes letters of words in a pattern for fields that nobody asked for.
    const shown = ['locale', 'calendar', 'numberingSystem', 'timeZone', 'hourCycle', 'hour12', ...Object.keys(options)]
      .filter(name => name !== 'hour' || options.hourCycle !== 'h24').map(name => resolved[name]);
    return `${format.formatToParts(time).map(({ type, value }) => `${type}:${value}`).join('|')}|${shown}`;
  },
  numbers: choose => {
    const { locale, options, value } = numberCase(choose, UNITS);
    return new Intl.NumberFormat(locale, options).formatToParts(value).map(({ type, value }) => `${type}:${value}`).join('|');
  },
  number_ranges: choose => {
    const { locale, options, value } = numberCase(choose, UNITS);
    const end = choose.one([value, value + 1, value * 3, value + 0.004, choose.below(5000), -value]);
    // Node says of some parts that they belong to the wrong end.
    return new Intl.NumberFormat(locale, options).formatRange(value, end);
  },
  resolved: choose => {
    const { locale, options } = numberCase(choose, UNITS);
    return Object.entries(new Intl.NumberFormat(locale, options).resolvedOptions()).sort().join(' ');
  },
  plurals: choose => {
    const rules = new Intl.PluralRules(choose.one(LOCALES), { type: choose.one(['cardinal', 'ordinal']) });
    return rules.select(choose.one([choose.below(30), choose.below(2000), choose.below(100) / 10, 1e6, 0, 1]));
  },
};

/** What is answered to a case; an error by its name. */
function answer(kind, seed) {
  try {
    return GIVEN[kind](chooser(seed));
  } catch (error) {
    return error.name;
  }
}
