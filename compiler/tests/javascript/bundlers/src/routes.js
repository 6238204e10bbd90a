const table = new Map([
  ["+1415", "sales"],
  ["+1416", "support"],
]);

export function route(to) {
  for (const [prefix, team] of table) {
    if (to.startsWith(prefix)) return team;
  }
  throw new RangeError(`no route to ${to}`);
}
