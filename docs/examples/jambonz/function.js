// Asks for a digit, and has itself asked again with what was dialled: the `actionHook` is this function's own address.
if (call.digits === '1') {
  return [
    {verb: 'say', text: 'Connecting you to sales.'},
    {verb: 'dial', target: [{type: 'phone', number: '+14155550100'}], timeout: 20},
    {verb: 'say', text: 'Nobody is there. Goodbye.'},
  ];
}
if (call.digits) {
  return [{verb: 'say', text: 'There is no ' + call.digits + '.'}, {verb: 'hangup'}];
}
return [
  {
    verb: 'gather',
    input: ['digits'],
    numDigits: 1,
    actionHook: '/menu',
    say: {text: 'Hello ' + (call.caller_name || 'there') + '. For sales, press 1.'},
  },
];
