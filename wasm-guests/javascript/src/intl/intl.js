// The global `Intl` (ECMA-402, section 8), and what the language's own objects have of it.
(function (native, shared, defined) {
  const { ofDate, ofNumber, ofBigInt, ofString, ...constructors } = defined;
  const replace = (object, methods) => {
    for (const name of Reflect.ownKeys(methods)) Object.defineProperty(object, name, { value: methods[name], writable: true, configurable: true });
  };
  replace(Date.prototype, ofDate);
  replace(Number.prototype, ofNumber);
  replace(BigInt.prototype, ofBigInt);
  replace(String.prototype, ofString);

  // Languages with capitals or small letters of their own.
  const OWN_CASE = /^(az|el|lt|tr)(-|$)/;
  const ownCase = locales => locales === undefined ? undefined : OWN_CASE.exec(shared.localeList(locales)[0])?.[1];
  const present = value => {
    if (value === null || value === undefined) throw new TypeError(`${value} is no object`);
    return value;
  };
  replace(String.prototype, {
    toLocaleUpperCase(locales = undefined) {
      const text = `${present(this)}`, language = ownCase(locales);
      return language === undefined ? text.toUpperCase() : native.upper(text.toWellFormed(), language);
    },
    toLocaleLowerCase(locales = undefined) {
      const text = `${present(this)}`, language = ownCase(locales);
      return language === undefined ? text.toLowerCase() : native.lower(text.toWellFormed(), language);
    },
  });
  replace(Array.prototype, {
    toLocaleString(locales = undefined, options = undefined) {
      const text = item => item === null || item === undefined ? '' : String(item.toLocaleString(locales, options));
      return Array.from(Object(present(this)), text).join(',');
    },
  });

  const Intl = {};
  replace(Intl, {
    ...constructors,
    getCanonicalLocales: { getCanonicalLocales(locales) { return shared.localeList(locales); } }.getCanonicalLocales,
    supportedValuesOf: { supportedValuesOf(key) {
      const name = String(key);
      const values = shared.asked(native.supported, name);
      if (values === undefined) throw new RangeError(`Invalid key : ${shared.cut(name)}`);
      return values;
    } }.supportedValuesOf,
  });
  Object.defineProperty(Intl, Symbol.toStringTag, { value: 'Intl', configurable: true });
  defined.Intl = Intl;
})
