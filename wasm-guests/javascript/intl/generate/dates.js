// What dates and times are written with.
import {chain, flatten, main, pick} from './cldr.js';

const WIDTHS = ['abbreviated', 'wide', 'narrow'];
const STYLES = ['full', 'long', 'medium', 'short'];

// By the numbers of ICU's fields (../src/date/field.rs).
const APPENDED = ['Era', 'Year', 'Quarter', 'Month', 'Week', '*', 'Day-Of-Week', '*', '*', 'Day', '*', 'Hour', 'Minute', 'Second', '*', 'Timezone'];
const NAMED = ['era', 'year', 'quarter', 'month', 'week', 'weekOfMonth', 'weekday', 'dayOfYear', 'weekdayOfMonth', 'day', 'dayperiod', 'hour', 'minute',
  'second', '*', 'zone'];

const names = (tables, widths) => Object.fromEntries(widths.map(width => [width, Object.values(tables[width])]));
const both = (tables, make) => ({format: make(tables.format), alone: make(tables['stand-alone'])});
const isPlain = key => !key.includes('-');

/**
 * Skeletons and their patterns, first those of the locale itself, then its parent's and so on: where two are as near to what is
 * asked for, the first is taken.
 */
function available(all, generations) {
  const isOf = key => isPlain(key) && !/[wW]/.test(key);
  const generation = key => {
    let depth = 0;
    while (generations[depth + 1]?.[key] === all[key]) depth += 1;
    return depth;
  };
  const keys = Object.keys(all).filter(isOf).map(key => [generation(key), key]);
  keys.sort(([a, x], [b, y]) => a - b || (x < y ? -1 : 1));
  return keys.map(([, key]) => [key, all[key]]);
}

function calendar(data, eras, generations) {
  const formats = data.dateTimeFormats;
  const {intervalFormatFallback: fallback, ...intervals} = formats.intervalFormats;
  return {
    months: both(data.months, tables => names(tables, WIDTHS)),
    days: both(data.days, tables => names(tables, WIDTHS)),
    periods: both(data.dayPeriods, tables => Object.fromEntries(WIDTHS.map(width => [width, pick(tables[width], isPlain)]))),
    eras,
    date: STYLES.map(style => data.dateFormats[style]),
    time: STYLES.map(style => data.timeFormats[style]),
    joined: STYLES.map(style => formats[style]),
    at: STYLES.map(style => data['dateTimeFormats-atTime'].standard[style]),
    available: available(formats.availableFormats, generations),
    append: APPENDED.map(name => formats.appendItems[name] ?? '{0} ├{2}: {1}┤'),
    fallback,
    intervals: Object.fromEntries(Object.entries(intervals).map(([skeleton, of]) => [skeleton, pick(of, isPlain)])),
  };
}

const gregorianEras = ({eraNames, eraAbbr, eraNarrow}) =>
  ({wide: [eraNames[0], eraNames[1]], abbreviated: [eraAbbr[0], eraAbbr[1]], narrow: [eraNarrow[0], eraNarrow[1]]});

// The calendar `buddhist` is the Gregorian one with years of its own. Its formats come from the last release of their package.
function buddhist(locale, gregorian) {
  const {dateFormats, dateTimeFormats, eras} = main(locale, 'cal-buddhist-full', 'ca-buddhist').dates.calendars.buddhist;
  const of = table => [table[0], table[0]];
  const generic = main(locale, 'dates-full', 'ca-generic').dates.calendars.generic.dateTimeFormats.availableFormats;
  const formats = {...dateTimeFormats, availableFormats: {...generic, ...dateTimeFormats.availableFormats}};
  return calendar({...gregorian, dateFormats, dateTimeFormats: formats}, {wide: of(eras.eraNames), abbreviated: of(eras.eraAbbr), narrow: of(eras.eraNarrow)}, [formats.availableFormats]);
}

export function dates(locale) {
  const data = main(locale, 'dates-full', 'ca-gregorian').dates.calendars.gregorian;
  const fields = main(locale, 'dates-full', 'dateFields').dates.fields;
  const generations = chain(locale).map(id => main(id, 'dates-full', 'ca-gregorian').dates.calendars.gregorian.dateTimeFormats.availableFormats);
  const calendars = {gregory: calendar(data, gregorianEras(data.eras), generations)};
  if (locale === 'th') calendars.buddhist = buddhist(locale, data);
  return {calendars, relative: relative(fields), fields: NAMED.map((name, index) => fields[name]?.displayName ?? `F${index}`), zones: zones(locale)};
}

const UNITS = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'];

/** `tomorrow`, and `in {0} days` by plural forms. */
function relative(fields) {
  const counted = patterns => pick(patterns ?? {}, () => true, key => key.replace('relativeTimePattern-count-', ''));
  const of = field => ({
    words: pick(field, key => /^relative-type--?\d$/.test(key), key => key.slice(14)),
    future: counted(field['relativeTime-type-future']), past: counted(field['relativeTime-type-past']),
  });
  return Object.fromEntries(UNITS.map(unit => [unit, {long: of(fields[unit]), short: of(fields[`${unit}-short`]), narrow: of(fields[`${unit}-narrow`])}]));
}

function zones(locale) {
  const data = main(locale, 'dates-full', 'timeZoneNames').dates.timeZoneNames;
  const isZone = value => value._type === 'zone' || value.exemplarCity !== undefined || value.long !== undefined;
  const named = flatten(data.zone, isZone);
  const clean = ({long, short}) => ({long, short});
  return {
    hour: data.hourFormat, gmt: data.gmtFormat, zero: data.gmtZeroFormat,
    region: data.regionFormat, regionDaylight: data['regionFormat-type-daylight'], regionStandard: data['regionFormat-type-standard'],
    fallback: data.fallbackFormat,
    cities: Object.fromEntries(Object.entries(named).filter(([, zone]) => zone.exemplarCity).map(([id, zone]) => [id, zone.exemplarCity])),
    zones: Object.fromEntries(Object.entries(named).filter(([, zone]) => zone.long ?? zone.short).map(([id, zone]) => [id, clean(zone)])),
    metazones: Object.fromEntries(Object.entries(data.metazone ?? {}).map(([id, zone]) => [id, clean(zone)])),
  };
}
