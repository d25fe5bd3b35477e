// How far figures are from measured runs, in words: one place for the monitor and the summary.

import type { ServiceState } from "../fleet/state.ts";

type CalibrationError = NonNullable<ServiceState["calibrationError"]>;

/** `E2E ±4.1%, TTFT ±9.8%, TPOT ±3.2%`; empty where nothing is known. */
export function calibrationErrorText(error: Omit<CalibrationError, "runs"> | undefined): string {
  const { e2ePpm, ttftPpm, tpotPpm } = error ?? {};
  return ([["E2E", e2ePpm], ["TTFT", ttftPpm], ["TPOT", tpotPpm]] as const)
    .flatMap(([name, ppm]) => ppm === undefined ? [] : [`${name} ±${tenths(ppm)}%`]).join(", ");
}

/** Medians over a few runs have no more digits. */
function tenths(ppm: number): number {
  return Math.round(ppm / 1000) / 10;
}
