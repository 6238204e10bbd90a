// TS2339: there is no such method.
export default function (call: Call): Flow {
  console.wran(call);
  return { module: 'hangup' };
}
