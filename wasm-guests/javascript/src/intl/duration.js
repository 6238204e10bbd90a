// `Intl.DurationFormat` (ECMA-402, section 13).
(function (native, shared, defined) {
  const { slot, define, localeList, coerced, choice, number, type, resolve, create, hasNumbering, cut, MATCHERS } = shared;
  const UNITS = 'years months weeks days hours minutes seconds milliseconds microseconds nanoseconds'.split(' ');
  const CLOCK = UNITS.slice(4, 7);
  const FRACTIONS = UNITS.slice(7);
  // From seconds on: how many digits behind the point the smaller units have.
  const PLACES = { seconds: 9, milliseconds: 6, microseconds: 3 };
  const NUMERIC = ['numeric', '2-digit', 'fractional'];
  const WORDS = ['long', 'short', 'narrow'];
  const durations = slot('DurationFormat');

  /** Section 13.5.6. */
  function unitOptions(options, unit, base, before) {
    const isClock = CLOCK.includes(unit), isFraction = FRACTIONS.includes(unit);
    const styles = isClock ? [...WORDS, 'numeric', '2-digit'] : isFraction ? [...WORDS, 'numeric'] : WORDS;
    let style = choice(options, unit, styles);
    let usual = 'always';
    if (style === undefined) {
      if (base === 'digital') {
        if (!isClock) usual = 'auto';
        style = isClock || isFraction ? 'numeric' : 'short';
      } else if (NUMERIC.includes(before)) {
        if (unit !== 'minutes' && unit !== 'seconds') usual = 'auto';
        style = 'numeric';
      } else {
        usual = 'auto';
        style = base;
      }
    }
    if (style === 'numeric' && isFraction) {
      style = 'fractional';
      usual = 'auto';
    }
    const display = choice(options, `${unit}Display`, ['auto', 'always'], usual);
    const isWrong = style === 'fractional' ? display === 'always' : before === 'fractional' || NUMERIC.includes(before) && !NUMERIC.includes(style);
    if (isWrong) throw new RangeError(`${unit} cannot be ${style} and shown ${display}, where the unit before is ${before ?? base}`);
    if ((unit === 'minutes' || unit === 'seconds') && (before === 'numeric' || before === '2-digit')) style = '2-digit';
    return { style, display };
  }

  function DurationFormat(locales, given) {
    if (new.target === undefined) throw new TypeError("Constructor Intl.DurationFormat requires 'new'");
    const made = create(new.target);
    const list = localeList(locales);
    if (given !== undefined && (typeof given !== 'object' || given === null) && typeof given !== 'function') throw new TypeError('the options are no object');
    const options = coerced(given);
    choice(options, 'localeMatcher', MATCHERS, 'best fit');
    const found = resolve(list, 'nu', type(options, 'numberingSystem'), hasNumbering);
    const style = choice(options, 'style', [...WORDS, 'digital'], 'short');
    const units = {};
    let before;
    for (const unit of UNITS) {
      units[unit] = unitOptions(options, unit, style, before);
      if (CLOCK.includes(unit) || FRACTIONS.includes(unit)) before = units[unit].style;
    }
    const fractionalDigits = number(options, 'fractionalDigits', 0, 9, undefined);
    durations.put(made, { name: found.name, locale: found.locale, numbering: found.nu ?? native.numbering(found.name), style, units, fractionalDigits });
    return made;
  }

  /** Section 13.5.3: whole numbers, all of one sign. */
  function record(input) {
    if (typeof input === 'string') throw new RangeError(`Invalid duration : ${cut(input)}`);
    if (typeof input !== 'object' && typeof input !== 'function' || input === null) throw new TypeError('a duration must be an object');
    const found = {};
    for (const unit of UNITS) found[unit] = 0;
    let isEmpty = true, sign = 0;
    for (const unit of [...UNITS].sort()) {
      const value = input[unit];
      if (value === undefined) continue;
      const whole = Number(value);
      if (!Number.isInteger(whole)) throw new RangeError(`${unit} must be a whole number`);
      isEmpty = false;
      found[unit] = whole + 0;
    }
    if (isEmpty) throw new TypeError('the duration says nothing of any unit');
    for (const unit of UNITS) {
      const own = Math.sign(found[unit]);
      if (own * sign < 0) throw new RangeError('the units of a duration must have the same sign');
      sign ||= own;
    }
    const isHuge = ['years', 'months', 'weeks'].some(unit => Math.abs(found[unit]) >= 2 ** 32);
    const minutes = (BigInt(found.days) * 24n + BigInt(found.hours)) * 60n + BigInt(found.minutes);
    const nanoseconds = minutes * 60000000000n + below(found, 'seconds');
    if (isHuge || nanoseconds >= 2n ** 53n * 1000000000n || nanoseconds <= -(2n ** 53n) * 1000000000n) throw new RangeError('the duration is too long');
    return { ...found, sign };
  }

  /** A unit from seconds on and what is smaller, in nanoseconds. */
  function below(duration, unit) {
    let sum = 0n;
    for (const name of UNITS.slice(UNITS.indexOf(unit))) sum = sum * (name === unit ? 0n : 1000n) + BigInt(duration[name]);
    return sum;
  }

  /** A unit and what is smaller as its fraction, as a numeral. */
  function fraction(duration, unit) {
    const places = PLACES[unit];
    const sum = below(duration, unit);
    const digits = String(sum < 0n ? -sum : sum).padStart(places + 1, '0');
    return `${sum < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
  }

  const isZero = numeral => !/[1-9]/.test(numeral);

  /** Section 13.5.14: the units in words as lists of their parts, and a clock as one of them. */
  function partition(own, duration) {
    const groups = [];
    let hasSign = true;
    const write = (unit, numeral, more) => {
      const signed = hasSign && duration.sign < 0 && isZero(numeral) ? '-0' : numeral;
      const options = {
        name: own.name, numbering: own.numbering, style: 'decimal', notation: 'standard', useGrouping: 'auto', signDisplay: hasSign ? 'auto' : 'never',
        minimumFractionDigits: 0, maximumFractionDigits: 0, ...more,
      };
      hasSign = false;
      const list = native.numberParts(options, signed);
      const found = [];
      for (let index = 0; index < list.length; index += 2) found.push({ type: list[index], value: list[index + 1], unit });
      return found;
    };
    const places = { minimumFractionDigits: own.fractionalDigits ?? 0, maximumFractionDigits: own.fractionalDigits ?? 9, roundingMode: 'trunc' };
    for (const [index, unit] of UNITS.entries()) {
      const { style, display } = own.units[unit];
      if (style === 'numeric' || style === '2-digit') {
        const clock = clockParts(own, duration, unit, write, places);
        if (clock.length > 0) groups.push(clock);
        break;
      }
      const hasFraction = unit in PLACES && own.units[UNITS[index + 1]].style === 'fractional';
      const numeral = hasFraction ? fraction(duration, unit) : String(duration[unit]);
      if (display === 'always' || !isZero(numeral)) {
        const name = unit.slice(0, -1);
        groups.push(write(name, numeral, { style: 'unit', unit: name, unitDisplay: style, ...(hasFraction ? places : {}) }));
      }
      if (hasFraction) break;
    }
    return groups;
  }

  /** Section 13.5.12. */
  function clockParts(own, duration, first, write, places) {
    const { hours, minutes, seconds } = own.units;
    const hasFraction = FRACTIONS.some(unit => duration[unit] !== 0);
    const rest = hasFraction ? fraction(duration, 'seconds') : String(duration.seconds);
    const isShown = (value, { display }) => value !== 0 || display === 'always';
    const showsHours = first === 'hours' && isShown(duration.hours, hours);
    const showsSeconds = !isZero(rest) || seconds.display === 'always';
    const showsMinutes = first !== 'seconds' && (showsHours && showsSeconds || isShown(duration.minutes, minutes));
    const digits = ({ style }) => ({ minimumIntegerDigits: style === '2-digit' ? 2 : 1, useGrouping: false });
    const separator = { type: 'literal', value: native.timeSeparator(own.name, own.numbering) };
    const found = [];
    if (showsHours) found.push(...write('hour', String(duration.hours), digits(hours)));
    if (showsMinutes) found.push(...(showsHours ? [separator] : []), ...write('minute', String(duration.minutes), digits(minutes)));
    if (showsSeconds) found.push(...(showsMinutes ? [separator] : []), ...write('second', rest, { ...digits(seconds), ...places }));
    return found;
  }

  function parts(own, input) {
    const groups = partition(own, record(input));
    const texts = groups.map(group => group.map(({ value }) => value).join(''));
    let next = 0;
    const listed = shared.listed({ name: own.name, type: 'unit', style: own.style === 'digital' ? 'short' : own.style }, texts);
    return listed.flatMap(part => part.type === 'element' ? groups[next++] : [part]);
  }

  define('DurationFormat', DurationFormat, {
    format(duration) { return parts(durations.of(this), duration).map(({ value }) => value).join(''); },
    formatToParts(duration) { return parts(durations.of(this), duration); },
    resolvedOptions() {
      const { locale, numbering, style, units, fractionalDigits } = durations.of(this);
      const found = { locale, numberingSystem: numbering, style };
      for (const unit of UNITS) {
        found[unit] = units[unit].style === 'fractional' ? 'numeric' : units[unit].style;
        found[`${unit}Display`] = units[unit].display;
      }
      if (fractionalDigits !== undefined) found.fractionalDigits = fractionalDigits;
      return found;
    },
  });

  Object.assign(defined, { DurationFormat });
})
