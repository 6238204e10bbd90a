// The call on stdin, the flow on stdout, the log on stderr.
const buffer = new ArrayBuffer(1 << 20);
const length = process.stdin.read(buffer);
const call = String.UTF8.decodeUnsafe(changetype<usize>(buffer), length);

// What stands between the quotes is JSON already, and stays as it is.
const key = '"Caller-ID-Name"';
let name = 'friend';
let start = call.indexOf(key);
if (start >= 0) {
  start += key.length;
  while (start < call.length && ' \t\n:'.includes(call.charAt(start))) start++;
  if (call.charAt(start) == '"' && call.charAt(start + 1) != '"') {
    let end = ++start;
    while (end < call.length && call.charAt(end) != '"') {
      end += call.charAt(end) == '\\' ? 2 : 1;
    }
    name = call.slice(start, end);
  }
}
process.stderr.write(name + ' calls\n');
process.stdout.write('{"module":"tts","data":{"text":"Thanks for calling us, ' + name + '"}}\n');
