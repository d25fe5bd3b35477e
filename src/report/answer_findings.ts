// What the users of a service got in the last minute, and what waits there: judged as `top` marks it.

import { PPM } from "../metrics/names.ts";
import { ended } from "../metrics/totals.ts";
import type { ServiceRow } from "../view/fleet_table.ts";
import { formatCount, formatPpm, formatUs } from "../view/format.ts";
import {
  againstSlo,
  highIsBad,
  LASTING_SECONDS,
  type Thresholds,
  waitingLevel,
} from "../view/thresholds.ts";
import type { Finding } from "./findings.ts";

export function answerFindings(
  serving: ServiceRow,
  thresholds: Thresholds,
): Finding[] {
  const said = [
    ["ErrorRateHigh", errors(serving, thresholds)],
    ["Overloaded", overload(serving, thresholds)],
    ["SLOMissed", missed(serving, thresholds)],
  ] as const;
  const object = `llmisvc/${serving.name}`;
  return said.flatMap(([reason, message]) =>
    message === undefined ? [] : [{ object, others: 0, reason, message }]
  );
}

function errors({ errorPpm, requests }: ServiceRow, { errorRate }: Thresholds) {
  const level = highIsBad(shareOf(errorPpm), errorRate);
  if (!requests || (level !== "warn" && level !== "critical")) return undefined;
  const parts = [["failed", requests.failed], ["rejected", requests.rejected]] as const;
  const words = parts.filter(([, count]) => count > 0)
    .map(([word, count]) => `${formatCount(count)} ${word}`).join(", ");
  return `errors ${formatPpm(errorPpm)} in the last minute: ${words} of ` +
    `${formatCount(ended(requests))} requests`;
}

/** Percentiles of the last minute that are above their objectives. */
function missed(serving: ServiceRow, { slo: threshold }: Thresholds): string | undefined {
  const { slo, ttftP95Us, itlP95Us, tpotP95Us, e2eP95Us } = serving;
  const held = [
    ["TTFT p95", ttftP95Us, slo.ttftP95Us],
    slo.itlIsMean
      ? ["TPOT p95", tpotP95Us, slo.itlP95Us] as const
      : ["ITL p95", itlP95Us, slo.itlP95Us] as const,
    ["E2E p95", e2eP95Us, slo.e2eP95Us],
  ] as const;
  const over = held.filter(([, us, limitUs]) => againstSlo(us, limitUs, threshold) === "critical")
    .map(([what, us, limitUs]) => `${what} ${formatUs(us)} above its ${formatUs(limitUs)}`);
  return over.length === 0 ? undefined : over.join(", ");
}

/** What users wait for although the service is Ready. */
function overload(serving: ServiceRow, thresholds: Thresholds): string | undefined {
  const { waiting, running, waitingSeconds, kvPpm } = serving;
  const signs: string[] = [];
  const level = waitingLevel(waiting, running, waitingSeconds, thresholds.waiting);
  // A single request that waits for a second is marked by `top`, and is no overload yet.
  if (level === "critical" && waitingSeconds >= LASTING_SECONDS) signs.push(waitText(waiting));
  if (highIsBad(shareOf(kvPpm), thresholds.kvCacheUsage) === "critical") {
    signs.push(`KV cache ${formatPpm(kvPpm)}`);
  }
  return signs.length === 0 ? undefined : signs.join(", ");
}

function waitText(waiting: number | undefined): string {
  return waiting === 1 ? "1 request waits" : `${formatCount(waiting)} requests wait`;
}

function shareOf(ppm: number | undefined): number | undefined {
  return ppm === undefined ? undefined : ppm / PPM;
}
