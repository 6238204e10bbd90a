// Callers who are known go to whoever looks after them, all others to the menu. Whoever is not there has a voicemail.
var owners = {
  '+14158867900': '3c3d9e2f1a0b4c5d8e7f60718293a4b5',
  '+442071838750': '9f8e7d6c5b4a39281706f5e4d3c2b1a0',
};
var owner = owners[call['Caller-ID-Number']];
if (!owner) {
  return {module: 'menu', data: {id: '11223344556677889900aabbccddeeff'}};
}
return {
  module: 'user',
  data: {id: owner, timeout: 20},
  children: {_: {module: 'voicemail', data: {action: 'compose'}}},
};
