// Makes ../data/cldr.bin of the Unicode CLDR (package.json says how, and of which version).
import {writeFileSync} from 'node:fs';
import {bcp47, core, flatten, main, pick, supplemental} from './cldr.js';
import {dates} from './dates.js';
import {LOCALES} from './locales.js';
import {numbers, UNITS} from './numbers.js';
import {displayNames} from './names.js';
import {pack} from './pack.js';

const entries = (object, make) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, make(value, key)]).filter(([, value]) => value !== undefined));

/** Names by which a locale can be asked for, and the locale whose data it has. */
function names() {
  const found = Object.fromEntries(LOCALES.map(locale => [locale, locale]));
  // Locales that differ in nothing from what they are a part of.
  for (const locale of core('defaultContent').defaultContent) {
    const parts = locale.split('-');
    for (let length = parts.length - 1; length > 0; length--) {
      const parent = parts.slice(0, length).join('-');
      if (!LOCALES.includes(parent)) continue;
      // Not in another script than the parent's.
      const [script] = parts.slice(length).filter(part => part.length === 4);
      const usual = supplemental('likelySubtags').likelySubtags[parts[0]].split('-')[1];
      if (script === undefined || script === usual) found[locale] = parent;
      break;
    }
  }
  Object.assign(found, {no: 'nb', 'zh-Hans': 'zh', 'zh-CN': 'zh', 'zh-TW': 'zh-Hant'});
  // A language that has no part of this list speaks for all its regions.
  return found;
}

function plurals(file, type) {
  const data = supplemental(file)[type];
  const used = new Set(LOCALES.map(locale => locale.split('-')[0]).concat('pt-PT'));
  return Object.fromEntries(Object.entries(data).filter(([locale]) => used.has(locale)).map(([locale, rules]) => [locale,
    entries(rules, (rule, key) => key.endsWith('-other') ? undefined : rule.split('@')[0].trim())])
    .map(([locale, rules]) => [locale, Object.entries(rules).map(([key, rule]) => [key.slice(17), rule])]));
}

const MINUTES = time => String(Date.parse(`${time.replace(' ', 'T')}Z`) / 60000);

function zones() {
  const {metazoneInfo, metazones} = supplemental('metaZones').metaZones;
  const periods = flatten(metazoneInfo.timezone, Array.isArray);
  const links = {}, canonical = {};
  for (const zone of Object.values(bcp47('timezone').tz)) {
    if (typeof zone !== 'object' || !zone._alias || zone._preferred) continue;
    const [first, ...others] = zone._alias.split(' ');
    for (const other of others) links[other] = first;
    canonical[first] = {};
  }
  for (const zone of Object.values(bcp47('timezone').tz)) {
    if (typeof zone === 'object' && zone._alias && zone._preferred) {
      for (const other of zone._alias.split(' ')) links[other] ??= bcp47('timezone').tz[zone._preferred]._alias.split(' ')[0];
    }
  }
  const regions = {};
  for (const [key, zone] of Object.entries(bcp47('timezone').tz)) {
    if (typeof zone === 'object' && zone._alias && !zone._preferred) regions[zone._alias.split(' ')[0]] = zone._region ?? (/^(utc|unk|gmt)/.test(key) ? '001' : key.slice(0, 2).toUpperCase());
  }
  const count = {};
  for (const region of Object.values(regions)) count[region] = (count[region] ?? 0) + 1;
  const primary = supplemental('primaryZones').primaryZones;
  for (const zone of Object.keys(canonical)) {
    canonical[zone] = {
      region: regions[zone],
      // Whether its region's name says all about it.
      ...(count[regions[zone]] === 1 || primary[regions[zone]] === zone ? {alone: 'y'} : {}),
      ...(periods[zone] ? {periods: periods[zone].map(({usesMetazone: {_mzone, _from, _to}}) => [_mzone, _from ? MINUTES(_from) : '', _to ? MINUTES(_to) : ''])} : {}),
    };
  }
  const golden = {};
  for (const {mapZone: {_other, _type, _territory}} of metazones) (golden[_other] ??= {})[_territory] = _type;
  return {links, canonical, golden};
}

function dayPeriods() {
  const data = supplemental('dayPeriods').dayPeriodRuleSet;
  const minutes = time => String(Number(time.split(':')[0]) * 60 + Number(time.split(':')[1]));
  const used = new Set(LOCALES.map(locale => locale.split('-')[0]).concat(LOCALES));
  return Object.fromEntries(Object.entries(data).filter(([locale]) => used.has(locale)).map(([locale, rules]) => [locale,
    // ICU does not tell midnight from the night around it.
    Object.entries(rules).filter(([name]) => name !== 'midnight').map(([name, rule]) => rule._at ? [name, minutes(rule._at)] : [name, minutes(rule._from), minutes(rule._before)])]));
}

function locale(id) {
  const list = main(id, 'misc-full', 'listPatterns').listPatterns;
  return {
    dates: dates(id),
    numbers: numbers(id),
    names: displayNames(id),
    lists: entries(list, pattern => [pattern[2], pattern.start, pattern.middle, pattern.end]),
  };
}

const digits = entries(supplemental('numberingSystems').numberingSystems, system => system._type === 'numeric' ? system._digits : undefined);
const fractions = entries(supplemental('currencyData').currencyData.fractions, data => data._digits);
const hours = entries(supplemental('timeData').timeData, data => [data._preferred, data._allowed]);
const aliases = supplemental('aliases').metadata.alias;
const replaced = table => entries(table, data => data._replacement);
const used = new Set(LOCALES.map(id => id.split('-')[0]));
const likely = supplemental('likelySubtags').likelySubtags;

// What `Intl.Locale` tells of any locale that CLDR knows, and not of these alone.
const every = core('availableLocales').availableLocales.full;
const everyLanguage = new Set(every.map(id => id.split('-')[0]));
const {firstDay, weekendStart, weekendEnd} = supplemental('weekData').weekData;
const ofRegions = table => pick(table, key => /^([A-Z]{2}|001)$/.test(key));
const {scriptMetadata} = core('scriptMetadata');

/** The numbering systems of languages that do not count in Latin digits. A language comes before its regions. */
function numbering() {
  const found = {};
  for (const id of every) {
    const system = main(id, 'numbers-full', 'numbers').numbers.defaultNumberingSystem;
    if (system !== (found[id.split('-')[0]] ?? 'latn')) found[id] = system;
  }
  return found;
}

const root = {
  cldr: core('package').version,
  names: names(),
  locales: Object.fromEntries(LOCALES.map(id => [id, locale(id)])),
  plurals: {cardinal: plurals('plurals', 'plurals-type-cardinal'), ordinal: plurals('ordinals', 'plurals-type-ordinal')},
  pluralRanges: entries(supplemental('pluralRanges').plurals, (ranges, id) => used.has(id)
    ? Object.fromEntries(Object.entries(ranges).map(([key, value]) => [key.replace(/^pluralRange-start-(\w+)-end-(\w+)$/, '$1-$2'), value])) : undefined),
  digits, fractions, hours, units: UNITS,
  parents: entries(supplemental('parentLocales').parentLocales.parentLocale, (parent, id) => used.has(id.split('-')[0]) && parent !== 'und' ? parent : undefined),
  zones: zones(), dayPeriods: dayPeriods(),
  likely: pick(likely, key => everyLanguage.has(key.split('-')[0]) || key.startsWith('und')),
  weeks: {firstDay: ofRegions(firstDay), weekendStart: ofRegions(weekendStart), weekendEnd: ofRegions(weekendEnd)},
  calendars: entries(supplemental('calendarPreferenceData').calendarPreferenceData, list => list.map(name => name === 'gregorian' ? 'gregory' : name)),
  rightToLeft: Object.entries(scriptMetadata).filter(([, {rtl}]) => rtl === 'YES').map(([script]) => script),
  numbering: numbering(),
  aliases: {languages: replaced(aliases.languageAlias), regions: replaced(aliases.territoryAlias), scripts: replaced(aliases.scriptAlias), variants: replaced(aliases.variantAlias)},
};
const bytes = pack(root);
writeFileSync(new URL('../data/cldr.bin', import.meta.url), bytes);
const size = part => pack(part).length;
console.log(bytes.length, 'bytes of CLDR', root.cldr);
for (const key in root) console.log(key, size(root[key]));
for (const key of ['dates', 'numbers', 'names', 'lists']) console.log('locales:', key, size(entries(root.locales, data => data[key])));
console.log('currencies', size(entries(root.locales, data => data.numbers.currencies)), 'units', size(entries(root.locales, data => data.numbers.units)), 'zones', size(entries(root.locales, data => data.dates.zones)));
