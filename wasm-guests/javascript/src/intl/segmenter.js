// `Intl.Segmenter` (ECMA-402, section 19).
(function (native, { slot, define, localeList, choice, resolve, create, MATCHERS }, defined) {
  const segmenters = slot('Segmenter');
  const texts = slot('Segmenter.prototype.segment');
  const walks = slot('Segmenter iterator');

  function Segmenter(locales, given) {
    if (new.target === undefined) throw new TypeError("Constructor Intl.Segmenter requires 'new'");
    const made = create(new.target);
    const list = localeList(locales);
    if (given !== undefined && (typeof given !== 'object' || given === null) && typeof given !== 'function') throw new TypeError('the options are no object');
    const options = given ?? Object.create(null);
    choice(options, 'localeMatcher', MATCHERS, 'best fit');
    const { locale } = resolve(list);
    const granularity = choice(options, 'granularity', ['grapheme', 'word', 'sentence'], 'grapheme');
    segmenters.put(made, { locale, granularity });
    return made;
  }

  // Methods of objects that have no constructor.
  const methods = (object, from) => {
    for (const key of Reflect.ownKeys(from)) Object.defineProperty(object, key, { value: from[key], writable: true, configurable: true });
    return object;
  };

  /** The segments of a text: where each ends, and whether it is a word, in one number. They are found when they are asked for. */
  const ends = own => own.ends ??= native.segments(own.granularity, own.text.toWellFormed());

  const Segments = methods({}, {
    containing(index) {
      const own = texts.of(this);
      const place = Math.trunc(+index) || 0;
      if (place < 0 || place >= own.text.length) return undefined;
      const list = ends(own);
      let low = 0, high = list.length - 1;
      while (low < high) {
        const middle = low + high >> 1;
        if (list[middle] >> 1 > place) high = middle;
        else low = middle + 1;
      }
      const start = low === 0 ? 0 : list[low - 1] >> 1;
      const found = { segment: own.text.slice(start, list[low] >> 1), index: start, input: own.text };
      if (own.granularity === 'word') found.isWordLike = (list[low] & 1) === 1;
      return found;
    },
    [Symbol.iterator]() {
      const own = texts.of(this);
      const walk = Object.create(Walk);
      walks.put(walk, { text: own.text, list: ends(own), isWords: own.granularity === 'word', number: 0, index: 0 });
      return walk;
    },
  });

  const Walk = methods(Object.create(Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()))), {
    next() {
      const walk = walks.of(this), end = walk.list[walk.number], { text, index } = walk;
      if (end === undefined) return { value: undefined, done: true };
      walk.number += 1;
      walk.index = end >> 1;
      const value = { segment: text.slice(index, walk.index), index, input: text };
      if (walk.isWords) value.isWordLike = (end & 1) === 1;
      return { value, done: false };
    },
  });
  Object.defineProperty(Walk, Symbol.toStringTag, { value: 'Segmenter String Iterator', configurable: true });

  define('Segmenter', Segmenter, {
    segment(input) {
      const { granularity } = segmenters.of(this);
      const segments = Object.create(Segments);
      texts.put(segments, { granularity, text: `${input}` });
      return segments;
    },
    resolvedOptions() {
      const { locale, granularity } = segmenters.of(this);
      return { locale, granularity };
    },
  });

  Object.assign(defined, { Segmenter });
})
