// What numbers are written with.
import {main, pick} from './cldr.js';

export const UNITS = ['acre', 'bit', 'byte', 'celsius', 'centimeter', 'day', 'degree', 'fahrenheit', 'fluid-ounce', 'foot', 'gallon', 'gigabit',
  'gigabyte', 'gram', 'hectare', 'hour', 'inch', 'kilobit', 'kilobyte', 'kilogram', 'kilometer', 'liter', 'megabit', 'megabyte', 'meter',
  'microsecond', 'mile', 'mile-scandinavian', 'milliliter', 'millimeter', 'millisecond', 'minute', 'month', 'nanosecond', 'ounce', 'percent',
  'petabyte', 'pound', 'second', 'stone', 'terabit', 'terabyte', 'week', 'yard', 'year'];
/** Units of two that have names of their own. */
const COMPOUND = ['kilometer-per-hour', 'mile-per-hour', 'meter-per-second', 'liter-per-kilometer', 'mile-per-gallon'];

/** `{one: '1 K', other: …}` by the number of zeros. */
function compact(formats) {
  if (!formats) return undefined;
  const list = [];
  for (const [key, pattern] of Object.entries(formats)) {
    const [, power, plural, alternative] = /^1(0+)-count-([a-z0-9]+)(-alt-alphaNextToNumber)?$/.exec(key) ?? [];
    if (power === undefined) throw new Error(key);
    const entry = list[power.length] ??= {};
    entry[plural + (alternative ? '-alpha' : '')] = pattern;
  }
  return Array.from(list, entry => entry ?? {});
}

export function numbers(locale) {
  const data = main(locale, 'numbers-full', 'numbers').numbers;
  const of = system => {
    const [decimal, percent, currency, scientific, misc] = ['decimal', 'percent', 'currency', 'scientific', 'misc'].map(kind =>
      data[`${kind}${kind === 'misc' ? 'Patterns' : 'Formats'}-numberSystem-${system}`]);
    return {
      symbols: data[`symbols-numberSystem-${system}`],
      decimal: decimal.standard, percent: percent.standard, scientific: scientific.standard,
      currency: currency.standard, accounting: currency.accounting,
      currencyAlpha: currency['standard-alphaNextToNumber'] ?? currency.standard,
      accountingAlpha: currency['accounting-alphaNextToNumber'] ?? currency.accounting,
      currencyUnits: pick(currency, key => key.startsWith('unitPattern-count-'), key => key.slice(18)),
      beforeNumber: currency.currencySpacing.afterCurrency.insertBetween, afterNumber: currency.currencySpacing.beforeCurrency.insertBetween,
      short: compact(decimal.short.decimalFormat), long: compact(decimal.long.decimalFormat), shortCurrency: compact(currency.short?.standard),
      range: misc.range, approximately: misc.approximately,
    };
  };
  const native = data.otherNumberingSystems.native;
  const systems = {latn: of('latn')};
  for (const system of [native, data.defaultNumberingSystem]) systems[system] ??= of(system);
  return {default: data.defaultNumberingSystem, native, minimumGroupingDigits: data.minimumGroupingDigits, systems, currencies: currencies(locale), units: units(locale)};
}

function currencies(locale) {
  const data = main(locale, 'numbers-full', 'currencies').numbers.currencies;
  return Object.fromEntries(Object.entries(data).map(([code, entry]) => [code, {
    name: entry.displayName, symbol: entry.symbol, narrow: entry['symbol-alt-narrow'],
    formal: undefined,
    ...pick(entry, key => key.startsWith('displayName-count-'), key => key.slice(18)),
  }]));
}

function units(locale) {
  const data = main(locale, 'units-full', 'units').units;
  const width = entries => {
    const byName = Object.fromEntries(Object.entries(entries).map(([key, value]) => [key.replace(/^[a-z0-9]+-/, ''), value]));
    const unit = name => {
      const entry = entries[name === 'percent' ? 'concentr-percent' : ''] ?? byName[name];
      return {
        ...pick(entry, key => /^unitPattern-count-[a-z0-9]+$/.test(key), key => key.slice(18)),
        per: entry.perUnitPattern,
      };
    };
    return {
      per: entries.per.compoundUnitPattern,
      units: Object.fromEntries([...UNITS, ...COMPOUND.filter(name => byName[name])].map(name => [name, unit(name)])),
    };
  };
  return {long: width(data.long), short: width(data.short), narrow: width(data.narrow)};
}
