import assert from "node:assert/strict";
import { networkLoss, pods } from "../../../src/mod.ts";
import { summarize } from "../../../src/report/summary.ts";
import { problems, smallScenario } from "../scenario/small_run.ts";
import { clients, LOAD } from "./network_rig.ts";

Deno.test("networkLoss() costs what TCP waits before it sends again", () => {
  const calm = clients([]);
  const lossy = clients([networkLoss({ on: pods().all(), share: "20%", when: "1m", for: "8m" })]);
  const extra = lossy.meanMs("ttftUs", 61, 530) - calm.meanMs("ttftUs", 61, 530);
  // Each way 200 ms · p/(1 − 2p), from 200 · (p + 2p² + 4p³ + …).
  const expected = 2 * 200 * 0.2 / 0.6;
  assert.ok(Math.abs(extra - expected) < 25, `${extra} ms where ${expected} are expected`);
  const unhurt = lossy.arrived(61, 530).filter(({ ttftUs = 0 }) => ttftUs < 200_000).length;
  const share = unhurt / lossy.arrived(61, 530).length;
  assert.ok(Math.abs(share - 0.64) < 0.03, `${share} lost nothing, 0.8² are expected`);
  assert.ok(Math.abs(lossy.meanMs("ttftUs", 545, 600) - calm.meanMs("ttftUs", 545, 600)) < 1);
});

Deno.test("networkLoss() shows in the gaps between tokens", () => {
  const long = { load: [{ ...LOAD, output: { kind: "fixed", tokens: 200 } }] };
  const itl = (faults: readonly unknown[]) =>
    summarize(clients(faults, long).simulation.state).services["chat"]!.itlMs!;
  const calm = itl([]);
  const lossy = itl([networkLoss({ on: pods().all(), share: "2%", when: "0s", permanent: true })]);
  const ms = (gaps: typeof calm, of: "p50" | "p99") => gaps[of] ?? assert.fail("no gaps");
  assert.ok(ms(calm, "p99") < 50);
  // Two of a hundred tokens are lost, and those behind them on the way come with them.
  assert.ok(ms(lossy, "p99") > 150 && ms(lossy, "p99") < 300, `${lossy.p99} ms`);
  assert.ok(Math.abs(ms(lossy, "p50") - ms(calm, "p50")) < 2);
});

Deno.test("networkLoss() draws from its own stream: the requests come as they came", () => {
  const arrivals = (faults: readonly unknown[]) =>
    clients(faults, {
      load: [{
        ...{ kind: "poisson", name: "users", to: "chat", rps: 2 },
        ...{ prompt: { kind: "fixed", tokens: 20 }, output: { kind: "fixed", tokens: 2 } },
      }],
    }).rows.map(({ arrivedUs }) => arrivedUs).sort((a, b) => a - b);
  const lossy = networkLoss({ on: pods().all(), share: "5%", when: "1m", permanent: true });
  assert.deepEqual(arrivals([lossy]), arrivals([]));
});

Deno.test("plan() refuses networkLoss of more than 90 %, which is a partition", () => {
  const fault = networkLoss({ on: pods().all(), share: "95%", when: "1m", for: "1m" });
  assert.deepEqual(problems(smallScenario({ faults: [fault] })), {
    "faults[0].share": 'Invalid share "95%": write more than 0% and at most 90%, such as "5%"',
  });
});
