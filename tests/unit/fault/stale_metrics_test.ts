import assert from "node:assert/strict";
import { pods, staleMetrics } from "../../../src/mod.ts";
import { summarize } from "../../../src/report/summary.ts";
import { SECOND } from "../fleet/small_fleet.ts";
import { type Run, run } from "../scenario/small_run.ts";
import { routed } from "./router_rig.ts";

/** Queue and KV usage are all that this picker looks at: both are scraped. */
const BY_METRICS = {
  config: {
    inline: {
      apiVersion: "llm-d.ai/v1alpha1",
      kind: "EndpointPickerConfig",
      plugins: [{ type: "queue-scorer" }, { type: "kv-cache-utilization-scorer" }],
    },
  },
};

const found = (faults: readonly unknown[]) =>
  run(routed({
    scheduler: BY_METRICS,
    faults,
    load: [{
      ...{ kind: "poisson", name: "users", to: "chat", rps: 40 },
      ...{ prompt: { kind: "fixed", tokens: 400 }, output: { kind: "fixed", tokens: 200 } },
    }],
  }));

/** Output tokens of each pod within these seconds, least first. */
function tokens({ of }: Run, from: number, to: number): number[] {
  const sums: Record<string, number> = {};
  for (const { at, pods } of of("window")) {
    if (at <= from * SECOND || at > to * SECOND) continue;
    for (const [index, name] of pods.name.entries()) {
      sums[name] = (sums[name] ?? 0) + pods.outputTokens[index]!;
    }
  }
  return Object.values(sums).sort((a, b) => a - b);
}

const spread = (sums: number[]) => sums.at(-1)! / sums[0]!;

Deno.test("staleMetrics() has the picker send by the scores of old, until it scrapes again", () => {
  const calm = found([]);
  const stale = found([staleMetrics({ on: pods().all(), when: "2m", for: "2m" })]);
  const told = JSON.stringify([tokens(calm, 125, 240), tokens(stale, 125, 240)]);
  assert.ok(spread(tokens(calm, 125, 240)) < 1.1, told);
  // Whoever had the emptiest cache at the last scrape gets it all.
  assert.ok(spread(tokens(stale, 125, 240)) > 5, told);
  assert.ok(spread(tokens(stale, 300, 480)) < 1.1, told);
});

Deno.test("staleMetrics() costs the clients time to their first token", () => {
  const mean = ({ state }: Run) => summarize(state).services["chat"]!.ttftMs!.mean;
  const calm = found([]);
  const stale = found([staleMetrics({ on: pods().all(), when: "2m", permanent: true })]);
  assert.ok(mean(stale) > 1.5 * mean(calm), `${mean(stale)} after ${mean(calm)}`);
});

Deno.test("staleMetrics() of some pods leaves the others' as fresh as they were", () => {
  const { of } = found([staleMetrics({ on: pods().fixed(2), when: "2m", for: "2m" })]);
  assert.deepEqual(of("fault").map(({ phase, targets }) => [phase, targets.length]), [
    ["begin", 2],
    ["end", 2],
  ]);
});
