// What languages, scripts and regions are called.
import {main, pick} from './cldr.js';

const isPlain = key => !/-(alt|menu)-/.test(key);
const variant = (names, kind) => pick(names, key => key.endsWith(`-alt-${kind}`), key => key.slice(0, -5 - kind.length));

// As BCP 47 calls them.
const CALENDARS = {'gregorian': 'gregory', 'ethiopic-amete-alem': 'ethioaa'};

// What ECMA-402 calls kinds of fields, by what CLDR does.
const FIELDS = {era: 'era', year: 'year', quarter: 'quarter', month: 'month', week: 'weekOfYear', weekday: 'weekday', day: 'day', dayperiod: 'dayPeriod', hour: 'hour',
  minute: 'minute', second: 'second', zone: 'timeZoneName'};

/** By width, which are called `long` and so on. */
function dateFields(locale) {
  const {fields} = main(locale, 'dates-full', 'dateFields').dates;
  const named = ending => Object.fromEntries(Object.entries(FIELDS).map(([name, called]) => [called, fields[name + ending].displayName]));
  return {long: named(''), short: named('-short'), narrow: named('-narrow')};
}

export function displayNames(locale) {
  const of = file => main(locale, 'localenames-full', file).localeDisplayNames;
  const {languages} = of('languages'), {scripts} = of('scripts'), {territories} = of('territories');
  const {localeDisplayPattern: {localePattern, localeSeparator}, types} = of('localeDisplayNames');
  return {
    languages: pick(languages, isPlain), languagesShort: variant(languages, 'short'),
    scripts: pick(scripts, isPlain),
    regions: pick(territories, isPlain), regionsShort: variant(territories, 'short'),
    calendars: pick(types.calendar, isPlain, name => CALENDARS[name] ?? name), fields: dateFields(locale),
    pattern: localePattern, separator: localeSeparator,
  };
}
