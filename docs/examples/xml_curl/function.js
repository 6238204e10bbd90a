// Extensions 2000 to 2999 are users of their own number. For everything else FreeSWITCH has its files.
var wanted = call['Caller-Destination-Number'];
if (!/^2\d{3}$/.test(wanted)) {
  return null;
}
return ['document', {type: 'freeswitch/xml'},
  ['section', {name: 'dialplan'},
    ['context', {name: call['Caller-Context']},
      ['extension', {name: 'user'},
        ['condition',
          ['action', {application: 'set', data: 'call_timeout=20'}],
          ['action', {application: 'bridge', data: 'user/' + wanted}],
          ['action', {application: 'voicemail', data: 'default ${domain_name} ' + wanted}]]]]]];
