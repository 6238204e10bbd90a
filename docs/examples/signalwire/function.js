// Says who calls, connects, and takes a message if nobody answers.
var from = call.call.from.replace(/^sip:/, '');
return {
  version: '1.0.0',
  sections: {
    main: [
      {answer: {}},
      {play: {url: 'say:A call from ' + from}},
      {connect: {to: '+14155550100', timeout: 20, from: call.call.to}},
      {play: {url: 'say:Please leave a message'}},
      {record: {beep: true, end_silence_timeout: 3}},
      'hangup',
    ],
  },
};
