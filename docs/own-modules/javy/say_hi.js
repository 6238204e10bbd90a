// The call on stdin, the flow on stdout, the log on stderr: also what `javy build say_hi.js -o say_hi.wasm` takes.
function read() {
  const parts = [];
  for (;;) {
    const part = new Uint8Array(4096);
    const bytes = Javy.IO.readSync(0, part);
    if (bytes === 0) break;
    parts.push(...part.subarray(0, bytes));
  }
  return new TextDecoder().decode(new Uint8Array(parts));
}

const call = JSON.parse(read());
const name = call['Caller-ID-Name'] || 'friend';
console.error(`${name} calls`);
const flow = { module: 'tts', data: { text: `Thanks for calling us, ${name}` } };
Javy.IO.writeSync(1, new TextEncoder().encode(JSON.stringify(flow)));
