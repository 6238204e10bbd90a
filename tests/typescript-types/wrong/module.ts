// TS2820: there is no such module.
export default function (): Flow {
  return { module: 'hangupp' };
}
