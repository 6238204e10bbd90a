// `Intl.DisplayNames` (ECMA-402, section 12).
(function (native, { slot, define, localeList, choice, resolve, create, asked, cut, MATCHERS }, defined) {
  const TYPES = 'language region script currency calendar dateTimeField'.split(' ');
  const names = slot('DisplayNames');

  function DisplayNames(locales, options) {
    if (new.target === undefined) throw new TypeError("Constructor Intl.DisplayNames requires 'new'");
    const made = create(new.target);
    const list = localeList(locales);
    if (options === null || typeof options !== 'object' && typeof options !== 'function') throw new TypeError('the options are no object');
    choice(options, 'localeMatcher', MATCHERS, 'best fit');
    const { name, locale } = resolve(list);
    const style = choice(options, 'style', ['narrow', 'short', 'long'], 'long');
    const type = choice(options, 'type', TYPES);
    if (type === undefined) throw new TypeError('Required option "type" must not be undefined');
    const fallback = choice(options, 'fallback', ['code', 'none'], 'code');
    const languageDisplay = choice(options, 'languageDisplay', ['dialect', 'standard'], 'dialect');
    names.put(made, { name, locale, style, type, fallback, languageDisplay });
    return made;
  }

  define('DisplayNames', DisplayNames, {
    of(code) {
      const own = names.of(this);
      const text = String(code);
      const canonical = asked(text => native.canonicalCode(own.type, text), text);
      if (canonical === undefined) throw new RangeError(`Invalid argument to Intl.DisplayNames.prototype.of: ${cut(text)}`);
      return native.displayName(own, canonical) ?? (own.fallback === 'code' ? canonical : undefined);
    },
    resolvedOptions() {
      const { locale, style, type, fallback, languageDisplay } = names.of(this);
      return { locale, style, type, fallback, ...(type === 'language' ? { languageDisplay } : {}) };
    },
  });

  Object.assign(defined, { DisplayNames });
})
