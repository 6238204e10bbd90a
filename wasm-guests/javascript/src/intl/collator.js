// `Intl.Collator` (ECMA-402, section 10) and `localeCompare` (section 19.1.1).
(function (native, { slot, define, localeList, coerced, choice, flag, type, resolve, create, MATCHERS }, defined) {
  const CASES = 'upper lower false'.split(' ');
  const isNone = () => false;
  const isCase = (_, value) => CASES.includes(value);
  const isFlag = (_, value) => value === 'true' || value === 'false';
  const orders = slot('Collator');
  // Orders that were made, each of which has its number.
  let count = 0;

  function settings(locales, given) {
    const list = localeList(locales);
    const options = coerced(given);
    const usage = choice(options, 'usage', ['sort', 'search'], 'sort');
    choice(options, 'localeMatcher', MATCHERS, 'best fit');
    const collation = type(options, 'collation');
    const numeric = flag(options, 'numeric');
    const first = choice(options, 'caseFirst', CASES);
    const found = resolve(
      list, 'co', collation, usage === 'sort' ? native.hasCollation : isNone, 'kf', first, isCase,
      'kn', numeric === undefined ? undefined : String(numeric), isFlag,
    );
    const sensitivity = choice(options, 'sensitivity', ['base', 'accent', 'case', 'variant'], 'variant');
    const [usualFirst, usuallyIgnores] = native.collation(found.name, found.co);
    count += 1;
    return {
      id: count, name: found.name, locale: found.locale, usage, sensitivity, ignorePunctuation: flag(options, 'ignorePunctuation') ?? usuallyIgnores,
      collation: found.co ?? 'default', numeric: found.kn === 'true', caseFirst: found.kf ?? usualFirst,
    };
  }

  const compare = (own, left, right) => native.compare(own.id, own, `${left}`.toWellFormed(), `${right}`.toWellFormed());

  function Collator(locales, options) {
    const made = create(new.target ?? Collator);
    orders.put(made, settings(locales, options));
    return made;
  }

  define('Collator', Collator, {
    get compare() {
      const own = orders.of(this);
      own.compare ??= Object.defineProperty((x, y) => compare(own, x, y), 'name', { value: '' });
      return own.compare;
    },
    resolvedOptions() {
      const { locale, usage, sensitivity, ignorePunctuation, collation, numeric, caseFirst } = orders.of(this);
      return { locale, usage, sensitivity, ignorePunctuation, collation, numeric, caseFirst };
    },
  });

  // Whoever sorts asks for the same order again and again.
  let last, lastLocale;
  function order(locales, options) {
    if (options !== undefined || locales !== undefined && typeof locales !== 'string') return settings(locales, options);
    if (last === undefined || lastLocale !== locales) {
      last = settings(locales, options);
      lastLocale = locales;
    }
    return last;
  }

  Object.assign(defined, {
    Collator,
    ofString: {
      localeCompare(that, locales = undefined, options = undefined) {
        if (this === undefined || this === null) throw new TypeError(`${this} is no object`);
        const text = `${this}`, other = `${that}`;
        return compare(order(locales, options), text, other);
      },
    },
  });
})
