// What languages, scripts and regions are called.
import {main, pick} from './cldr.js';

const isPlain = key => !/-(alt|menu)-/.test(key);
const variant = (names, kind) => pick(names, key => key.endsWith(`-alt-${kind}`), key => key.slice(0, -5 - kind.length));

export function displayNames(locale) {
  const of = file => main(locale, 'localenames-full', file).localeDisplayNames;
  const {languages} = of('languages'), {scripts} = of('scripts'), {territories} = of('territories');
  const {localePattern, localeSeparator} = of('localeDisplayNames').localeDisplayPattern;
  return {
    languages: pick(languages, isPlain), languagesShort: variant(languages, 'short'),
    scripts: pick(scripts, isPlain),
    regions: pick(territories, isPlain), regionsShort: variant(territories, 'short'),
    pattern: localePattern, separator: localeSeparator,
  };
}
