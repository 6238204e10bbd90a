// Asks node what the tests hold the guest against: `node record.js`. What is here comes of node 20.20.2 with ICU 78.2 (CLDR 48, tz 2025c).
import { readFileSync, writeFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';

const read = name => readFileSync(new URL(name, import.meta.url), 'utf8');
const answer = runInThisContext(`${read('names.js')}\n${read('cases.js')}\n${read('texts.js')}\nanswer`);
const COUNTS = { dates: 5000, ranges: 1500, parts: 1500, numbers: 3000, resolved: 500, plurals: 500, orders: 3000, comparisons: 1000, segments: 1500 };
for (const [kind, count] of Object.entries(COUNTS)) {
  const answers = Array.from({ length: count }, (_, seed) => answer(kind, seed));
  writeFileSync(new URL(`${kind}.txt`, import.meta.url), answers.map(text => JSON.stringify(text)).join('\n') + '\n');
}
const expressions = read('expressions.js').split('\n').filter(line => line && !line.startsWith('//'));
const evaluated = expressions.map(expression => {
  try {
    return runInThisContext(`JSON.stringify(${expression})`) ?? 'undefined';
  } catch (error) {
    return error.name;
  }
});
writeFileSync(new URL('expressions.txt', import.meta.url), evaluated.join('\n') + '\n');
