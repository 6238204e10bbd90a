// Asks node what the tests hold the guest against: `node record.js`. What is here comes of node 20.20.2 with ICU 78.2 (CLDR 48, tz 2025c), and
// what that node has not, of node 24.22.3 with ICU 78.3 (CLDR 48).
import { readFileSync, writeFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';

const read = name => readFileSync(new URL(name, import.meta.url), 'utf8');
const write = (name, lines) => writeFileSync(new URL(name, import.meta.url), lines.join('\n') + '\n');
const answer = runInThisContext(`${['names.js', 'cases.js', 'texts.js', 'newer.js'].map(read).join('\n')}\nanswer`);
const isNewer = Intl.DurationFormat !== undefined;
const COUNTS = isNewer ? { locales: 1000, durations: 1500 } : {
  dates: 5000, ranges: 1500, parts: 1500, numbers: 3000, number_ranges: 1500, resolved: 500, plurals: 500, orders: 3000, comparisons: 1000, segments: 1500, cases: 500,
};
for (const [kind, count] of Object.entries(COUNTS)) write(`${kind}.txt`, Array.from({ length: count }, (_, seed) => JSON.stringify(answer(kind, seed))));
const name = isNewer ? 'newer_expressions' : 'expressions';
const expressions = read(`${name}.js`).split('\n').filter(line => line && !line.startsWith('//'));
write(`${name}.txt`, expressions.map(expression => {
  try {
    return runInThisContext(`JSON.stringify(${expression})`) ?? 'undefined';
  } catch (error) {
    return error.name;
  }
}));
