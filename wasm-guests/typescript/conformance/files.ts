// What other engines have for it is not there, or says so.
declare const require: any, process: any, Deno: any, std: any;
const attempts: (() => unknown)[] = [
  () => require('fs').readFileSync('/etc/passwd', 'utf8'),
  () => process.binding('fs').readFileUtf8('/etc/passwd', 0),
  () => Deno.readTextFileSync('/etc/passwd'),
  () => std.loadFile('/etc/passwd'),
  () => fetch('http://127.0.0.1/'),
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
