export default function (call: Call): Flow {
  return {
    module: 'tts',
    data: { text: 'Thanks for calling us, ' + (call['Caller-ID-Name'] || 'friend') },
  };
}
