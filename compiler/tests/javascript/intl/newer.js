// Cases of what node has only since a later release than that of the other cases.

const LANGUAGES = ['am', 'ar', 'az', 'be', 'bg', 'bn', 'bs', 'ca', 'cs', 'cy', 'da', 'de', 'el', 'en', 'es', 'et', 'eu', 'fa', 'fi', 'fil', 'fr', 'ga', 'gl', 'gu', 'ha', 'he', 'hi', 'hr', 'hu', 'hy',
  'id', 'is', 'it', 'ja', 'ka', 'kk', 'km', 'kn', 'ko', 'ks', 'ku', 'ky', 'lo', 'lt', 'lv', 'mk', 'ml', 'mn', 'mr', 'ms', 'my', 'nb', 'ne', 'nl', 'pa', 'pl', 'ps', 'pt', 'ro', 'ru', 'sd', 'si', 'sk',
  'sl', 'sq', 'sr', 'sv', 'sw', 'ta', 'te', 'th', 'tk', 'tr', 'ug', 'uk', 'und', 'ur', 'uz', 'vi', 'yo', 'yue', 'zh', 'zu'];
const WRITTEN = ['Latn', 'Cyrl', 'Arab', 'Hans', 'Hant', 'Deva', 'Hebr', 'Grek', 'Jpan', 'Kore', 'Thai'];
const REGIONS = ['AE', 'AF', 'AR', 'AT', 'AU', 'BD', 'BE', 'BR', 'CA', 'CH', 'CN', 'DE', 'DK', 'EG', 'ES', 'FI', 'FR', 'GB', 'GR', 'HK', 'IE', 'IL', 'IN', 'IR', 'IT', 'JP', 'KR', 'MA', 'MX', 'NL', 'NO', 'NP',
  'NZ', 'PK', 'PL', 'PT', 'RS', 'RU', 'SA', 'SE', 'SG', 'TH', 'TN', 'TR', 'TW', 'UA', 'US', 'UZ', 'VN', 'ZA', '001', '419'];
const KEYWORDS = { ca: ['buddhist', 'gregory', 'islamic-umalqura'], co: ['phonebk', 'trad'], fw: ['mon', 'sun'], hc: ['h11', 'h12', 'h23'], kf: ['upper', 'false'], kn: ['', 'false'], nu: ['latn', 'arab', 'deva'] };

function tagOf({ one, once }) {
  let tag = one(LANGUAGES);
  if (once(3)) tag += `-${one(WRITTEN)}`;
  if (!once(3)) tag += `-${one(REGIONS)}`;
  if (once(8)) tag += '-oxendict';
  const keywords = Object.entries(KEYWORDS).filter(() => once(10)).map(([key, values]) => `-${key}-${one(values)}`.replace(/-$/, ''));
  return keywords.length === 0 ? tag : `${tag}-u${keywords.join('')}`;
}

const UNITS_OF_TIME = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds', 'milliseconds', 'microseconds', 'nanoseconds'];

function durationCase({ below, one, once }) {
  const options = { style: one(['long', 'short', 'narrow', 'digital']), hoursDisplay: 'always' };
  if (once(4)) options.fractionalDigits = below(10);
  for (const unit of UNITS_OF_TIME) {
    // Node joins a clock that does not begin with hours to what stands before it, as if that were of the clock.
    const isClock = options.style === 'digital' && /^(hours|minutes|seconds)$/.test(unit);
    if (once(12) && !isClock) options[unit] = one(unit === 'hours' ? [...WIDTHS, 'numeric', '2-digit'] : WIDTHS);
    if (once(12) && unit !== 'hours') options[`${unit}Display`] = one(['auto', 'always']);
  }
  const duration = {};
  const sign = once(5) ? -1 : 1;
  // Node adds fractions up as doubles.
  const fraction = one(UNITS_OF_TIME.slice(7));
  for (const unit of UNITS_OF_TIME) if (once(3) && (!unit.endsWith('oseconds') && unit !== 'milliseconds' || unit === fraction)) duration[unit] = sign * one([0, 1, 2, below(60), below(1000), below(100000)]) + 0;
  if (Object.keys(duration).length === 0) duration.hours = 1;
  // The two have other separators of groups in French of Switzerland.
  return { locale: one(LOCALES.filter(locale => locale !== 'fr-CH')), options, duration };
}

Object.assign(GIVEN, {
  locales: choose => {
    const locale = new Intl.Locale(tagOf(choose), choose.once(3) ? { region: choose.one(REGIONS), hourCycle: choose.one(KEYWORDS.hc), numeric: choose.once(2) } : undefined);
    const { language, script, region, baseName, calendar, collation, hourCycle, numeric, caseFirst, numberingSystem, firstDayOfWeek } = locale;
    const { firstDay, weekend } = locale.getWeekInfo();
    return [
      locale, locale.maximize(), locale.minimize(), language ?? 'und', script, region, baseName, calendar, collation, hourCycle, numeric, caseFirst, numberingSystem, firstDayOfWeek,
      locale.getCalendars(), locale.getHourCycles(), locale.getNumberingSystems(), locale.getTextInfo().direction, firstDay, weekend,
    ].join(' ');
  },
  durations: choose => {
    const { locale, options, duration } = durationCase(choose);
    return new Intl.DurationFormat(locale, options).formatToParts(duration).map(({ type, value, unit }) => `${type}${unit ? `/${unit}` : ''}:${value}`).join('|');
  },
});
