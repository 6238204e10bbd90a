// TS2551: names are texts.
export default function (call: Call): Flow {
  const name = (call['Caller-ID-Name'] ?? '').toFixed(2);
  return { module: 'tts', data: { text: name } };
}
