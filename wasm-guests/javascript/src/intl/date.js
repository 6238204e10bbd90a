// `Intl.DateTimeFormat` (ECMA-402, section 11) and what `Date` has of it (section 19.4).
(function (native, { slot, define, localeList, coerced, choice, chosen, flag, within, type, resolve, parts, ends, create, hasNumbering, asked: known, cut, MATCHERS }, defined) {
  const DATE = 'weekday year month day'.split(' ');
  const TIME = 'dayPeriod hour minute second fractionalSecondDigits'.split(' ');
  // The fields in the order in which they are read, with what they are in patterns, the longest first, and the options that ask for it. Of two
  // for the same option, the first is for skeletons. Texts in code stay in the engine for good: one is less than many.
  const FIELDS = `weekday EEEEE narrow EEEE long EEE short ccccc narrow cccc long ccc short
    era GGGGG narrow GGGG long GGG short G short
    year yy 2-digit y numeric
    month MMMMM narrow MMMM long MMM short MM 2-digit M numeric LLLLL narrow LLLL long LLL short LL 2-digit L numeric
    day dd 2-digit d numeric
    dayPeriod BBBBB narrow BBBB long B short
    hour jj 2-digit j numeric HH 2-digit H numeric hh 2-digit h numeric kk 2-digit k numeric KK 2-digit K numeric
    minute mm 2-digit m numeric
    second ss 2-digit s numeric
    fractionalSecondDigits SSS 3 SS 2 S 1
    timeZoneName zzzz long z short OOOO longOffset O shortOffset vvvv longGeneric v shortGeneric`.split('\n').map(line => {
    const [field, ...list] = line.trim().split(' ');
    const shown = list.flatMap((letters, index) => index % 2 === 0 ? [[letters, list[index + 1]]] : []);
    const asked = new Map([...shown].reverse().map(([letters, value]) => [value, letters]));
    const isDate = DATE.includes(field);
    return { field, shown, asked, values: [...asked.keys()], isNumber: asked.has('3'), isDate, isTime: TIME.includes(field) };
  });
  const STYLES = 'full long medium short'.split(' ');
  const FORMAT_MATCHERS = ['basic', 'best fit'];
  const LETTERS = { h11: 'K', h12: 'h', h23: 'H', h24: 'k' };
  const CYCLE_NAMES = Object.keys(LETTERS);
  const CYCLES = { K: 'h11', h: 'h12', H: 'h23', k: 'h24' };
  const isCycle = (_, cycle) => Object.hasOwn(LETTERS, cycle);
  const format = slot('DateTimeFormat');
  // Formats that were made, each of which has its number.
  let count = 0;

  function settings(locales, given, required, defaults) {
    const list = localeList(locales);
    const options = coerced(given);
    choice(options, 'localeMatcher', MATCHERS, 'best fit');
    const calendar = type(options, 'calendar');
    const numberingSystem = type(options, 'numberingSystem');
    const hour12 = flag(options, 'hour12');
    const hourCycle = choice(options, 'hourCycle', CYCLE_NAMES);
    const found = resolve(list, 'ca', calendar, native.hasCalendar, 'hc', hour12 === undefined ? hourCycle : null, isCycle, 'nu', numberingSystem, hasNumbering);
    const { name } = found;
    // The letters for the hours that people prefer, and for those up to twelve.
    const hours = native.hours(name);
    const hour = hour12 === undefined ? LETTERS[found.hc] ?? hours[0] : hour12 ? hours[1] : 'H';
    const timeZone = options.timeZone;
    let zone;
    if (timeZone !== undefined) {
      const asked = String(timeZone);
      zone = known(native.zone, asked);
      if (zone === undefined) throw new RangeError(`Invalid time zone specified: ${cut(asked)}`);
    }
    let first;
    let skeleton = '', hasDate = false, hasTime = false;
    for (let index = 0; index < FIELDS.length; index += 1) {
      const row = FIELDS[index], given = options[row.field];
      if (given === undefined) continue;
      const value = row.isNumber ? within(given, row.field, 1, 3) : chosen(given, row.field, row.values);
      first ??= row.field;
      hasDate ||= row.isDate;
      hasTime ||= row.isTime;
      skeleton += row.asked.get(String(value));
    }
    choice(options, 'formatMatcher', FORMAT_MATCHERS, 'best fit');
    const dateStyle = choice(options, 'dateStyle', STYLES);
    const timeStyle = choice(options, 'timeStyle', STYLES);
    if (dateStyle !== undefined || timeStyle !== undefined) {
      if (first !== undefined) throw new TypeError(`Can't set option ${first} when ${dateStyle === undefined ? 'timeStyle' : 'dateStyle'} is used`);
      if (required === 'date' && timeStyle !== undefined) throw new TypeError('Invalid option : timeStyle');
      if (required === 'time' && dateStyle !== undefined) throw new TypeError('Invalid option : dateStyle');
    } else if (!(hasDate && required !== 'time') && !(hasTime && required !== 'date')) {
      if (defaults !== 'time') skeleton += 'yMd';
      if (defaults !== 'date') skeleton += 'jms';
    }
    const style = name => name === undefined ? -1 : STYLES.indexOf(name);
    count += 1;
    const used = { id: count, name, calendar: found.ca ?? native.defaultCalendar(name), numbering: found.nu ?? native.numbering(name), zone };
    used.pattern = native.datePattern(used, skeleton, style(dateStyle), style(timeStyle), hour);
    return { used, locale: found.locale, dateStyle, timeStyle };
  }

  /** With the zone of the call, where none was asked for: a format that is made in the set-up has it too. */
  const current = ({ used }) => used.zone === undefined ? { ...used, zone: native.localZone() } : used;

  function time(date) {
    const value = date === undefined ? Date.now() : Number(date);
    if (!(Math.abs(value) <= 8.64e15)) throw new RangeError('Invalid time value');
    return Math.trunc(value);
  }

  function DateTimeFormat(locales, options) {
    const made = create(new.target ?? DateTimeFormat);
    format.put(made, settings(locales, options, 'any', 'date'));
    return made;
  }

  define('DateTimeFormat', DateTimeFormat, {
    get format() {
      const own = format.of(this);
      own.format ??= Object.defineProperty(date => native.dateText(current(own), time(date)), 'name', { value: '' });
      return own.format;
    },
    formatToParts(date) { return parts(native.dateParts(current(format.of(this)), time(date))); },
    formatRange(startDate, endDate) {
      const [own, start, end] = range(this, startDate, endDate);
      return native.dateRangeText(own, start, end);
    },
    formatRangeToParts(startDate, endDate) {
      const [own, start, end] = range(this, startDate, endDate);
      return ends(native.dateRange(own, start, end));
    },
    resolvedOptions() {
      const { used, locale, dateStyle, timeStyle } = format.of(this);
      const fields = used.pattern.replace(/'[^']*'/g, ' ');
      const resolved = { locale, calendar: used.calendar, numberingSystem: used.numbering, timeZone: used.zone ?? native.localZone() };
      const hour = /[hHkK]/.exec(fields)?.[0];
      if (hour !== undefined) {
        resolved.hourCycle = CYCLES[hour];
        resolved.hour12 = hour === 'h' || hour === 'K';
      }
      if (dateStyle === undefined && timeStyle === undefined) {
        for (const { field, shown, isNumber } of FIELDS) {
          const value = shown.find(([letters]) => fields.includes(letters))?.[1];
          if (value !== undefined) resolved[field] = isNumber ? Number(value) : value;
        }
      }
      if (dateStyle !== undefined) resolved.dateStyle = dateStyle;
      if (timeStyle !== undefined) resolved.timeStyle = timeStyle;
      return resolved;
    },
  });

  function range(object, startDate, endDate) {
    const own = format.of(object);
    if (startDate === undefined || endDate === undefined) throw new TypeError('startDate or endDate cannot be undefined');
    return [current(own), time(startDate), time(endDate)];
  }

  /** What `Date` writes, which is no format that stays. */
  function text(date, locales, options, required, defaults) {
    const value = Date.prototype.valueOf.call(date);
    if (Number.isNaN(value)) return 'Invalid Date';
    return native.dateText(current(settings(locales, options, required, defaults)), value);
  }

  Object.assign(defined, {
    DateTimeFormat,
    ofDate: {
      toLocaleString(locales = undefined, options = undefined) { return text(this, locales, options, 'any', 'all'); },
      toLocaleDateString(locales = undefined, options = undefined) { return text(this, locales, options, 'date', 'date'); },
      toLocaleTimeString(locales = undefined, options = undefined) { return text(this, locales, options, 'time', 'time'); },
    },
  });
})
