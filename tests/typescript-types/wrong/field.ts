// TS2322: a text is no number.
export default function (): Flow {
  return { module: 'tts', data: { text: 17 } };
}
