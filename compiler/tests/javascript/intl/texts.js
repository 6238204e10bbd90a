// Cases of the order of texts and of where they may be taken apart.

const ALPHABETS = {
  latin: [...'aabcdeefghiijklmnooprstuuvwxyz'], capital: [...'ABCDEGHIKLMNOSTUVZ'], swedish: [...'åäöÅÄÖéüæøß'], czech: ['ch', 'Ch', 'CH', 'č', 'ď', 'h', 'ř', 'š', 'ž', 'ů', 'c'],
  danish: ['aa', 'Aa', 'AA', 'å', 'æ', 'Æ', 'ø', 'œ', 'ð', 'þ'], spanish: ['ñ', 'Ñ', 'n', 'll', 'ch', 'á', 'ú'], german: ['ä', 'ae', 'ö', 'oe', 'ü', 'ue', 'ß', 'ss', 'Ä'],
  accents: ['e\u0301', 'é', 'è', 'ê', 'ô', 'o\u0302', 'a\u0308', 'à', 'ç', 'c\u0327', 'ï'], turkish: [...'ıiİIğşçöüÇ'], polish: [...'ąćęłńóśźżŁ'],
  vietnamese: [...'ăâđêôơưạảấầậếệồộứự'], digits: ['1', '2', '9', '10', '007', '42', '100', '٣', '½', '²'], marks: [' ', '-', '_', '.', ',', "'", '’', '(', '/', '&', '@', '$', '€', '+', '…'],
  greek: [...'αβγδεζηθάέήίόύώςσΑΩΣ'], cyrillic: [...'абвгґдеёєжзиіїйкщэюяЯЖ'], hebrew: [...'אבגדהוכךםמשת'], arabic: [...'ابتثجحخدذرسشصىيةءآأ'],
  devanagari: ['क', 'ख', 'ग', 'अ', 'आ', 'का', 'कि', 'क्ष', 'म'], thai: ['ก', 'ข', 'เก', 'แก', 'ไก', 'กา', 'ก่', 'น'], kana: [...'あいうえおかがきアイカガーっつッツンん'],
  hangul: [...'가각나다라마바사하힣ㄱㅏ'], han: [...'一丁七上下不中人今他们以来说国大學生日本月東京北市愛'], width: [...'ａＡ１！ｱ'],
};
const SCRIPTS = Object.keys(ALPHABETS);
const CASED = ['latin', 'capital', 'swedish', 'accents', 'greek', 'cyrillic', 'vietnamese'];
// Where Han characters have an order of their own.
const HAN = new Set(['zh', 'zh-CN', 'zh-Hant', 'zh-TW', 'ja']);
const TYPES = ['compat', 'phonebk', 'trad', 'pinyin', 'stroke'];
// What the languages of locales have.
const TYPED = { ar: ['compat'], de: ['phonebk'], es: ['trad'], fi: ['trad'], sv: ['trad'], vi: ['trad'], zh: ['pinyin', 'stroke'] };

const CHANGES = [letter => letter.toUpperCase(), letter => letter.toLowerCase(), letter => `${letter}\u0301`, letter => `${letter}\u0308`, letter => `-${letter}`, letter => ` ${letter}`, letter => letter.normalize('NFD'), letter => letter + letter];

function words({ below, one, once }, locale, count) {
  const scripts = SCRIPTS.filter(script => script !== 'han' || HAN.has(locale));
  const alphabet = [0, 1, 2].flatMap(() => ALPHABETS[once(3) ? one(['latin', 'capital']) : one(scripts)]);
  // Words with a beginning in common differ in what comes late.
  const stem = once(2) ? one(alphabet) + one(alphabet) : '';
  const word = () => Array.from({ length: 1 + below(4) }, () => one(alphabet));
  if (once(2)) return Array.from({ length: count }, () => stem + word().join(''));
  // The same word in other clothes.
  const letters = [...word(), ...word()];
  return Array.from({ length: count }, () => letters.map(letter => once(4) ? one(CHANGES)(letter) : letter).join(''));
}

function order(choose) {
  const { one, once } = choose;
  const locale = one(LOCALES);
  const options = {};
  if (once(3)) options.sensitivity = one(['base', 'accent', 'case', 'variant']);
  if (once(4)) options.numeric = once(4) ? false : true;
  if (once(5)) options.caseFirst = one(['upper', 'lower', 'false']);
  if (once(5)) options.ignorePunctuation = true;
  const typed = TYPED[locale.split('-')[0]];
  const tag = typed !== undefined && once(2) ? `${locale}-u-co-${one(typed)}` : locale;
  return { locale, tag, options };
}

/** A list as it is sorted: equal texts stay as they were. */
function sorted(list, compare) {
  const found = [...list].sort(compare);
  return found.map((text, index) => index === 0 ? text : (compare(found[index - 1], text) === 0 ? '=' : '<') + text).join('');
}

const PIECES = [
  'Hello', 'world', "can't", 'O’Neil', 'e.g.', '3.14', '1,000.50', '12:30', 'foo_bar', 'a-b', 'www.example.com', 'me@example.com', '#1', '$5', '50%', '+1 415', 'x²',
  'Dr. Smith', 'e\u0301te\u0301', 'naïve', 'Straße', 'Привет', 'мир', 'Γειά', 'σου', 'שלום', 'מה”ל', 'مرحبا', 'नमस्ते', 'क्षत्रिय', '안녕', '하세요', 'カタカナ', '👍🏽', '👨‍👩‍👧', '🇩🇪🇫🇷',
  '1️⃣', '❤️', 'a\u200db', 'x\u00adx', '\u0301', 'Ⅷ', 'ﬁ', '²', '…', '—', '«', '»', '“Yes”', "'quoted'", '(sic)', '!', '?', '.', '?!', '...', '。', ';', ':', ',', '\n', '\r\n', '\t', '  ',
  ' ', ' ', ' ', ' ', ' ', 'No.', 'U.S.', 'Etc', 'i.e', 'IP 10.0.0.1', '٣٫٥', 'ＡＢＣ', '\u00a0',
];

Object.assign(GIVEN, {
  orders: choose => {
    const { locale, tag, options } = order(choose);
    return sorted(words(choose, locale, 5), new Intl.Collator(tag, options).compare);
  },
  comparisons: choose => {
    const { locale, tag, options } = order(choose);
    const list = words(choose, locale, 3);
    return [...list.slice(1).map(text => list[0].localeCompare(text, tag, options)), list[0].localeCompare(list[1])].map(Math.sign).join();
  },
  cases: choose => {
    const locale = choose.one(['tr', 'az', 'lt', 'el', 'hy', 'de', 'el-GR', 'tr-u-kn', 'lt-LT']);
    const alphabet = [...ALPHABETS[choose.one(CASED)], ...ALPHABETS.turkish, 'ß', 'ﬁ', 'և', 'i\u0307', 'I\u0307', 'Į\u0301', 'Ì', 'Ĩ', '\u0300', ' ', '.'];
    const text = Array.from({ length: 1 + choose.below(8) }, () => choose.one(alphabet)).join('');
    return `${text.toLocaleUpperCase(locale)}|${text.toLocaleLowerCase([locale, 'en'])}`;
  },
  segments: choose => {
    const granularity = choose.one(['grapheme', 'word', 'word', 'sentence']);
    const text = Array.from({ length: 1 + choose.below(9) }, () => choose.one(PIECES)).join('');
    const segments = new Intl.Segmenter(choose.one(LOCALES), { granularity }).segment(text);
    const place = choose.below(text.length + 1);
    return `${[...segments].map(({ segment, isWordLike }) => isWordLike ? `${segment}*` : segment).join('|')} ${place}:${segments.containing(place)?.index}`;
  },
});
