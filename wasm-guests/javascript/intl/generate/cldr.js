// The JSON files of the Unicode CLDR.
import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);

export const main = (locale, part, file) => require(`cldr-${part}/main/${locale}/${file}.json`).main[locale];
export const supplemental = file => require(`cldr-core/supplemental/${file}.json`).supplemental;
export const bcp47 = file => require(`cldr-bcp47/bcp47/${file}.json`).keyword.u;
export const core = file => require(`cldr-core/${file}.json`);

/** Those entries of an object whose key passes, by what `rename` makes of it. */
export const pick = (object, passes, rename = key => key) => Object.fromEntries(
  Object.entries(object).filter(([key]) => passes(key)).map(([key, value]) => [rename(key), value]));

/** `America: {Argentina: {Salta: …}}` as `America/Argentina/Salta: …`. */
export function flatten(tree, isLeaf, path = []) {
  return Object.assign({}, ...Object.entries(tree).map(([key, value]) => isLeaf(value)
    ? {[[...path, key].join('/')]: value}
    : flatten(value, isLeaf, [...path, key])));
}

/** A locale, its parent, and so on to the root. */
export function chain(locale) {
  if (locale === 'und') return [locale];
  const parent = supplemental('parentLocales').parentLocales.parentLocale[locale];
  return [locale, ...chain(parent ?? (locale.includes('-') ? locale.slice(0, locale.lastIndexOf('-')) : 'und'))];
}
