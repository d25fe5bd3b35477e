// The fleet at an instant as plain data for programs: numbers as numbers, units in names, null unknown.

import { PPM } from "../metrics/names.ts";
import type { ServiceRow } from "./fleet_table.ts";
import type { RolloutRow } from "./rollout_rows.ts";

/** Milliseconds, shares from 0 to 1, seconds since virtual 0. */
export function fleetJson(
  rows: readonly ServiceRow[],
  rollouts: readonly RolloutRow[],
  nowUs: number,
) {
  return {
    atSeconds: nowUs / 1e6,
    services: rows.map(serviceJson),
    rollouts: rollouts.map(rolloutJson),
  };
}

/** Steps count from 0, -1 before the first; the weight is null of an update in place. */
function rolloutJson({ id, ...rollout }: RolloutRow) {
  const { service, strategy, phase, step, steps, about, weight, analyses, message } = rollout;
  return {
    ...{ rollout: id, service, strategy, phase, step, steps, about },
    ...{ weight: orNull(weight), analyses, message },
  };
}

function serviceJson(row: ServiceRow) {
  const { namespace, name, state, slo } = row;
  return {
    namespace,
    name,
    state,
    readyReplicas: orNull(row.ready),
    desiredReplicas: orNull(row.desired),
    rps: rounded(row.rps),
    ttftP95Ms: milliseconds(row.ttftP95Us),
    itlP95Ms: milliseconds(row.itlP95Us),
    tpotP95Ms: milliseconds(row.tpotP95Us),
    e2eP95Ms: milliseconds(row.e2eP95Us),
    kvCacheUsage: share(row.kvPpm),
    prefixHitRate: share(row.prefixHitPpm),
    running: orNull(row.running),
    waiting: orNull(row.waiting),
    errorRate: share(row.errorPpm),
    goodput: share(row.goodputPpm),
    burnRate: row.burnMilli === undefined ? null : row.burnMilli / 1000,
    outputTokensPerSecond: rounded(row.outputTokensPerSecond),
    weight: orNull(row.weight),
    gpus: row.gpus,
    usdPerHour: dollars(row.usdPerHour),
    slo: {
      ttftP95Ms: milliseconds(slo.ttftP95Us),
      itlP95Ms: milliseconds(slo.itlP95Us),
      e2eP95Ms: milliseconds(slo.e2eP95Us),
    },
    calibration: row.calibration ?? null,
    calibrationError: row.calibrationError
      ? {
        ttft: share(row.calibrationError.ttftPpm),
        tpot: share(row.calibrationError.tpotPpm),
        e2e: share(row.calibrationError.e2ePpm),
        runs: row.calibrationError.runs,
      }
      : null,
    notSimulated: row.notSimulated ?? null,
  };
}

type Maybe = number | undefined;

function orNull(value: Maybe): number | null {
  return value ?? null;
}

/** To a hundredth of a cent: a sum of floats has digits that no price has. */
function dollars(usd: Maybe): number | null {
  return usd === undefined ? null : Math.round(usd * 10_000) / 10_000;
}

function milliseconds(us: Maybe): number | null {
  return us === undefined ? null : us / 1000;
}

function share(ppm: Maybe): number | null {
  return ppm === undefined ? null : Math.round(ppm) / PPM;
}

function rounded(value: Maybe): number | null {
  return value === undefined ? null : Math.round(value * 1000) / 1000;
}
