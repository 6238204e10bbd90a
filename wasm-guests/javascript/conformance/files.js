// What other engines have for it is not there, or says so.
const attempts = [
  () => require('fs').readFileSync('/etc/passwd', 'utf8'),
  () => process.binding('fs').readFileUtf8('/etc/passwd', 0),
  () => Deno.readTextFileSync('/etc/passwd'),
  () => std.loadFile('/etc/passwd'),
  () => os.open('/etc/passwd'),
  () => fetch('http://127.0.0.1/'),
  () => new XMLHttpRequest(),
  () => new WebSocket('ws://127.0.0.1/'),
];
for (const attempt of attempts) {
  try {
    return String(attempt());
  } catch {
    continue;
  }
}
return 'refused';
