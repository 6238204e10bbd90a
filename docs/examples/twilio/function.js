// A menu: without `Digits` it is asked for them, with them it acts. What comes from the caller is escaped by being in a list.
var say = (text) => ['Say', {voice: 'alice'}, text];
switch (call.Digits) {
  case undefined:
    return ['Response',
      ['Gather', {numDigits: 1, timeout: 5}, say('Hello ' + call.From + '. For sales & support, press 1.')],
      say('Goodbye.')];
  case '1':
    return ['Response', ['Dial', {timeout: 20}, ['Number', '+14155550100']], say('Nobody is there. Goodbye.')];
  default:
    return ['Response', say('There is no ' + call.Digits + '.'), ['Redirect']];
}
