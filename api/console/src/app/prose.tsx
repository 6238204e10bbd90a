/** A sentence of the project's own, where names are between backticks. */
export function Prose({ of }: { of: string }) {
  return <>{of.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}
