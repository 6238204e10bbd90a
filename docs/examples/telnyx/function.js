// Calls from the home country ring at the desk, all others hear why they do not.
if (call.From.startsWith('+353')) {
  return ['Response', ['Dial', {callerId: call.To, timeout: 20}, '+35315550100']];
}
return ['Response', ['Say', 'This number takes calls from Ireland only.'], ['Hangup']];
