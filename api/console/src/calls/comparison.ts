// What a call came to, beside what it came to before.

import type { Attempt, Outcome } from "../api/types.ts";
import { same } from "../text/json.ts";

export interface Repetition {
  row: Attempt;
  outcome: Outcome;
  /** What was compared is the same. */
  isSame: boolean;
  /** Of a flow that was too long to be kept, only the outcome can be compared. */
  isPartial: boolean;
  isSameFuel: boolean;
}

export function compare(row: Attempt, outcome: Outcome): Repetition {
  const isPartial = row.flow_truncated === true;
  const isSame =
    outcome.outcome === row.outcome &&
    (isPartial || same(row.flow, outcome.result)) &&
    isSameMessage(row.error?.message, outcome.error?.message) &&
    row.error?.line === outcome.error?.line;
  return { row, outcome, isSame, isPartial, isSameFuel: outcome.metrics?.fuel === row.metrics.fuel };
}

/** Bytes of a message from which its end may be missing: attempts keep 1,024, and no part of a character. */
const MAY_BE_CUT = 1_021;

function isSameMessage(recorded: string | undefined, message: string | undefined): boolean {
  if (recorded === message) return true;
  if (recorded === undefined || message === undefined) return false;
  return new TextEncoder().encode(recorded).length >= MAY_BE_CUT && message.startsWith(recorded);
}

export interface Tally {
  same: number;
  differs: Repetition[];
  /** Of all that ran, over what the recorded calls used. */
  fuelRatio: number;
}

export function tally(repetitions: Repetition[]): Tally {
  const fuel = (total: number, { outcome }: Repetition) => total + (outcome.metrics?.fuel ?? 0);
  const before = repetitions.reduce((total, { row }) => total + row.metrics.fuel, 0);
  const differs = repetitions.filter(({ isSame }) => !isSame);
  return {
    same: repetitions.length - differs.length,
    differs,
    fuelRatio: before === 0 ? 1 : repetitions.reduce(fuel, 0) / before,
  };
}
