// `Intl.Locale` (ECMA-402, section 15).
(function (native, { define, locales, coerced, choice, flag, type, create, asked, cut }, defined) {
  const CYCLES = 'h11 h12 h23 h24'.split(' ');
  const DAYS = 'sun mon tue wed thu fri sat sun'.split(' ');

  function part(options, name, pattern) {
    const value = options[name];
    if (value === undefined) return undefined;
    const text = `${value}`;
    if (!pattern.test(text)) throw new RangeError(`Incorrect locale information provided: ${name} '${cut(text)}'`);
    return text;
  }

  function firstDay(options) {
    const value = options.firstDayOfWeek;
    if (value === undefined) return undefined;
    const text = `${value}`;
    return type({ firstDayOfWeek: /^[0-7]$/.test(text) ? DAYS[text] : text }, 'firstDayOfWeek');
  }

  function Locale(tag, given) {
    if (new.target === undefined) throw new TypeError("Constructor Intl.Locale requires 'new'");
    const made = create(new.target);
    if (typeof tag !== 'string' && (typeof tag !== 'object' || tag === null) && typeof tag !== 'function') throw new TypeError('the tag is neither a text nor an object');
    const text = locales.has(tag) ? locales.of(tag).text : `${tag}`;
    const options = coerced(given);
    if (asked(native.canonical, text) === undefined) throw new RangeError(`Incorrect locale information provided: '${cut(text)}' is no language tag`);
    const language = part(options, 'language', /^([a-z]{2,3}|[a-z]{5,8})$/i);
    const script = part(options, 'script', /^[a-z]{4}$/i);
    const region = part(options, 'region', /^([a-z]{2}|[0-9]{3})$/i);
    const variants = part(options, 'variants', /^([a-z0-9]{5,8}|[0-9][a-z0-9]{3})(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*$/i);
    const keywords = {
      ca: type(options, 'calendar'), co: type(options, 'collation'), fw: firstDay(options), hc: choice(options, 'hourCycle', CYCLES),
      kf: choice(options, 'caseFirst', ['upper', 'lower', 'false']), kn: undefined, nu: undefined,
    };
    const numeric = flag(options, 'numeric');
    keywords.kn = numeric === undefined ? undefined : String(numeric);
    keywords.nu = type(options, 'numberingSystem');
    const changed = native.localeWith(text, language, script, region, variants, keywords);
    if (changed === undefined) throw new RangeError(`Incorrect locale information provided: '${cut(text)}' with these options is no language tag`);
    locales.put(made, { text: changed, parts: native.localeParts(changed) });
    return made;
  }

  const parts = object => locales.of(object).parts;
  const other = (object, text) => {
    const made = create(Locale);
    locales.put(made, { text, parts: native.localeParts(text) });
    return made;
  };
  // What a keyword asks for is the only choice.
  const preferred = (object, key, name) => {
    const own = locales.of(object);
    const value = own.parts.keywords[key];
    return value === undefined ? native.localeInfo(own.text, name) : [value];
  };

  define('Locale', Locale, {
    toString() { return locales.of(this).text; },
    maximize() { return other(this, native.maximize(locales.of(this).text)); },
    minimize() { return other(this, native.minimize(locales.of(this).text)); },
    get baseName() { return parts(this).base; },
    get language() { return parts(this).language; },
    get script() { return parts(this).script; },
    get region() { return parts(this).region; },
    get variants() { return parts(this).variants; },
    get calendar() { return parts(this).keywords.ca; },
    get collation() { return parts(this).keywords.co; },
    get firstDayOfWeek() { return parts(this).keywords.fw; },
    get hourCycle() { return parts(this).keywords.hc; },
    get caseFirst() { return parts(this).keywords.kf; },
    get numeric() { return parts(this).keywords.kn === ''; },
    get numberingSystem() { return parts(this).keywords.nu; },
    getCalendars() { return preferred(this, 'ca', 'calendars'); },
    getCollations() { return preferred(this, 'co', 'collations'); },
    getHourCycles() { return preferred(this, 'hc', 'hourCycles'); },
    getNumberingSystems() { return preferred(this, 'nu', 'numberingSystems'); },
    getTimeZones() { return native.localeInfo(locales.of(this).text, 'timeZones'); },
    getTextInfo() { return { direction: native.isRightToLeft(locales.of(this).text) ? 'rtl' : 'ltr' }; },
    getWeekInfo() {
      const [firstDay, ...weekend] = native.week(locales.of(this).text);
      return { firstDay, weekend };
    },
  });
  Object.defineProperty(Locale, 'length', { value: 1 });
  delete Locale.supportedLocalesOf;

  Object.assign(defined, { Locale });
})
