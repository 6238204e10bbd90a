// Documents mapped by `switchhook couchjs`, beside a query server of a few lines in node: one heap for everybody, no limits,
// just-in-time compiled. Both get the same lines in turns, one line at a time, as CouchDB sends them. Medians of lines.
//
//   node tests/couchjs/compare.mjs target/release/switchhook [OTHER]
//
// With another program, that one's `couchjs` is what it is measured beside.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const TURNS = 40;
const LINES_A_TURN = 500;

const call = JSON.parse(readFileSync(new URL('../workloads/call.json', import.meta.url)));
const WORKLOADS = {
  'a key of a small document': ['function(doc) { emit(doc._id, null); }', { _id: 'x', type: 'user', n: 1 }],
  'a key of a call of 31 keys': ["function(doc) { if (doc['To']) emit([doc['To'], doc['Call-ID']], 1); }", call],
  'a hundred rows': ['function(doc) { for (var i = 0; i < 100; i++) emit([doc._id, i], {n: i}); }', { _id: 'x' }],
  '100,000 steps of a loop': [
    'function(doc) { var n = 0; for (var i = 0; i < 100000; i++) n += i % 7; emit(n, 1); }',
    { _id: 'x' },
  ],
};

const program = process.argv[2];
if (program === 'serve') serve();
else await compare();

function serve() {
  let functions = [];
  let rows = [];
  globalThis.emit = (key, value) => rows.push([key, value]);
  createInterface({ input: process.stdin }).on('line', (line) => {
    const [command, argument] = JSON.parse(line);
    let answer = true;
    if (command === 'reset') functions = [];
    if (command === 'add_fun') functions.push((0, eval)(`(${argument})`));
    if (command === 'map_doc') {
      answer = functions.map((map) => {
        rows = [];
        map(argument);
        return rows;
      });
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  });
}

async function compare() {
  const other = process.argv[3];
  const beside = other ? server(other, ['couchjs']) : server(process.execPath, [process.argv[1], 'serve']);
  const servers = [server(program, ['couchjs']), beside];
  const name = other ? 'the other' : 'node';
  console.log(`| lines a second | switchhook | ${name} | switchhook / ${name} |\n|---|---|---|---|`);
  for (const [name, [source, doc]] of Object.entries(WORKLOADS)) {
    for (const { ask } of servers) {
      await ask(['reset']);
      await ask(['add_fun', source]);
    }
    const line = ['map_doc', doc];
    const seconds = servers.map(() => []);
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const [index, { ask }] of servers.entries()) {
        for (let count = 0; count < LINES_A_TURN; count += 1) {
          const began = performance.now();
          await ask(line);
          seconds[index].push((performance.now() - began) / 1000);
        }
      }
    }
    const [ours, theirs] = seconds.map((all) => 1 / all.sort((a, b) => a - b)[all.length / 2]);
    console.log(`| ${name} | ${Math.round(ours)} | ${Math.round(theirs)} | ${(ours / theirs).toFixed(2)} |`);
  }
  for (const { end } of servers) end();
}

function server(command, parameters) {
  const child = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
  let answered;
  createInterface({ input: child.stdout }).on('line', (line) => answered(line));
  return {
    ask: (line) => {
      const answer = new Promise((resolve) => (answered = resolve));
      child.stdin.write(`${JSON.stringify(line)}\n`);
      return answer;
    },
    end: () => child.stdin.end(),
  };
}
