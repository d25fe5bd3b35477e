// A pod of a service whose KV cache is full while the others have room: the mean over pods hides it.

import { lastOfEachSecond } from "../fleet/window_seconds.ts";
import { PPM } from "../metrics/names.ts";
import type { ServiceRow } from "../view/fleet_table.ts";
import { formatPpm } from "../view/format.ts";
import type { Member } from "../view/members.ts";
import { highIsBad, LASTING_SECONDS, type Thresholds } from "../view/thresholds.ts";
import type { Finding } from "./findings.ts";

const MINUTE_US = 60_000_000;

/** Pods whose cache was full in half of the last minute; none where the mean says so already. */
export function hotPodFindings(
  nowUs: number,
  { kvPpm }: ServiceRow,
  { revision }: Member,
  { kvCacheUsage }: Thresholds,
): Finding[] {
  const isFull = (ppm: number) => highIsBad(ppm / PPM, kvCacheUsage) === "critical";
  if (kvPpm === undefined || isFull(kvPpm)) return [];
  const seconds = new Map<string, number>();
  const windows = lastOfEachSecond(revision.recent).filter(({ at }) => at > nowUs - MINUTE_US);
  for (const { pods } of windows) {
    for (const [index, name] of pods.name.entries()) {
      if (isFull(pods.kvPpm[index]!)) seconds.set(name, (seconds.get(name) ?? 0) + 1);
    }
  }
  const last = windows.at(-1)?.pods;
  const hot = [...seconds].filter(([, count]) => count >= LASTING_SECONDS).map(([name]) => name)
    // It may be gone by now.
    .filter((name) => last?.name.includes(name));
  const [first, ...others] = hot.sort();
  if (first === undefined) return [];
  const now = formatPpm(last!.kvPpm[last!.name.indexOf(first)]);
  const message = `KV cache ${now}, while the mean of its service's pods is ${formatPpm(kvPpm)}`;
  return [{ object: `pod/${first}`, others: others.length, reason: "PodOverloaded", message }];
}
