// TS2322: variables are texts.
export default function (): Flow {
  const seconds: number = env['SECONDS']!;
  return { module: 'sleep', data: { duration: seconds } };
}
