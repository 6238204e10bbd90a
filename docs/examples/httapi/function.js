// Asks for four digits and bridges to them. FreeSWITCH asks again with `digits`, and once more with `exiting` at the end.
var work = (...steps) => ['document', {type: 'xml/freeswitch-httapi'}, ['work', ...steps]];
if (call.exiting) {
  return work();
}
if (call.digits) {
  return work(['execute', {application: 'bridge', data: 'user/' + call.digits}], ['break']);
}
return work(['playback', {name: 'digits', file: 'ivr/ivr-enter_ext.wav', 'digit-timeout': 5000}, ['bind', {strip: '#'}, '~\\d{4}']]);
