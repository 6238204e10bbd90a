// What `…/run` does, by plain node: JSON in, the function, JSON out. One heap for everybody, no limits, no accounts.
//
//   node tests/benchmarks/node.mjs FUNCTION.js

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const run = new Function('call', readFileSync(process.argv[2], 'utf8'));

const server = createServer((request, reply) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    const { data } = JSON.parse(Buffer.concat(pieces));
    const text = JSON.stringify({ data: { outcome: 'ok', result: run(data) } });
    reply.setHeader('Content-Type', 'application/json');
    reply.setHeader('Content-Length', Buffer.byteLength(text));
    reply.end(text);
  });
});
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
