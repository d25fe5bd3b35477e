import assert from "node:assert/strict";
import { networkDelay, pods } from "../../../src/mod.ts";
import { planText } from "../../../src/report/plan_text.ts";
import { summarize } from "../../../src/report/summary.ts";
import { planned, problems, smallScenario } from "../scenario/small_run.ts";
import { clients } from "./network_rig.ts";
import { handedOver } from "./prefill_rig.ts";

const calm = clients([]);

Deno.test("networkDelay() is in TTFT and E2E both ways, and in no gap between tokens", () => {
  const slow = clients([
    networkDelay({ on: pods().all(), latency: "50ms", when: "2m", for: "5m" }),
  ]);
  for (const field of ["ttftUs", "e2eUs"] as const) {
    const extra = slow.meanMs(field, 121, 419) - calm.meanMs(field, 121, 419);
    assert.ok(Math.abs(extra - 100) < 1, `${field}: ${extra} ms`);
    assert.equal(slow.meanMs(field, 0, 119), calm.meanMs(field, 0, 119));
    const after = slow.meanMs(field, 425, 600) - calm.meanMs(field, 425, 600);
    assert.ok(Math.abs(after) < 1, `${field}: ${after} ms after it`);
  }
  const itl = ({ simulation }: typeof slow) => summarize(simulation.state).services["chat"]!.itlMs!;
  assert.ok(Math.abs(itl(slow).mean - itl(calm).mean) < 0.05);
});

Deno.test("networkDelay() of one pod is late for half of the requests", () => {
  const one = clients([
    networkDelay({ on: pods().first(), latency: "200ms", when: "0s", permanent: true }),
  ]);
  const late = one.rows.filter(({ ttftUs }) => ttftUs! > 400_000).length;
  assert.ok(Math.abs(late - one.rows.length / 2) < 5, `${late} of ${one.rows.length}`);
});

Deno.test("networkDelay() with jitter spreads evenly around its latency", () => {
  const jitter = clients([
    networkDelay({
      on: pods().all(),
      ...{ latency: "100ms", jitter: "80ms", when: "0s", permanent: true },
    }),
  ]);
  const extra = jitter.rows.map(({ ttftUs = 0 }) => ttftUs / 1000)
    .sort((a, b) => a - b);
  const spread = extra.at(-1)! - extra[0]!;
  // Two draws from a range of 160 ms: 320 ms at the most, and a step of the engine more or less.
  assert.ok(spread > 280 && spread < 380, `${spread} ms`);
  assert.ok(Math.abs(jitter.meanMs("ttftUs", 0, 600) - calm.meanMs("ttftUs", 0, 600) - 200) < 5);
});

Deno.test("networkDelay() adds up with another, and leads to the same log each time", () => {
  const faults = [
    networkDelay({ name: "a", on: pods().all(), latency: "20ms", when: "1m", for: "3m" }),
    networkDelay({
      name: "b",
      on: pods().all(),
      latency: "30ms",
      jitter: "1ms",
      when: "2m",
      for: "1m",
    }),
  ];
  const both = clients(faults);
  const extra = (from: number, to: number) =>
    both.meanMs("ttftUs", from, to) - calm.meanMs("ttftUs", from, to);
  assert.ok(Math.abs(extra(61, 119) - 40) < 1);
  assert.ok(Math.abs(extra(121, 179) - 100) < 1);
  assert.ok(Math.abs(extra(185, 239) - 40) < 1);
  assert.equal(both.hash, clients(faults).hash);
});

Deno.test("networkDelay() of a prefill pod is on the way from the sidecar to it", () => {
  const slow = networkDelay({
    on: pods({ role: "prefill" }).all(),
    ...{ latency: "70ms", when: "2m", for: "3m" },
  });
  const extra = (from: number, to: number) =>
    handedOver([slow]).meanMs("ttftUs", from, to) - handedOver([]).meanMs("ttftUs", from, to);
  assert.ok(Math.abs(extra(121, 299) - 70) < 3, `${extra(121, 299)} ms`);
  assert.ok(Math.abs(extra(305, 590)) < 1, `${extra(305, 590)} ms after it`);
});

Deno.test("networkDelay() that is longer than a client's patience has it give up on the way", () => {
  const hasty = { kind: "constant", name: "hasty", to: "chat", rps: 1, timeout: "1s" };
  const load = [{
    ...hasty,
    prompt: { kind: "fixed", tokens: 50 },
    output: { kind: "fixed", tokens: 2 },
  }];
  const { rows } = clients([
    networkDelay({ on: pods().all(), latency: "2s", when: "2m", permanent: true }),
  ], { load });
  const late = rows.filter(({ arrivedUs }) => arrivedUs > 120e6);
  assert.ok(late.length > 400);
  assert.ok(
    late.every(({ reason, at, arrivedUs }) => reason === "timeout" && at - arrivedUs === 1e6),
  );
});

Deno.test("plan() refuses a jitter above the latency, and planText() says what is delayed", () => {
  const fault = networkDelay({
    on: pods({ service: "chat" }).percent(50),
    ...{ latency: "20ms", jitter: "5ms", when: "1m", for: "1m" },
  });
  assert.deepEqual(problems(smallScenario({ faults: [{ ...fault, jitter: "30ms" }] })), {
    "faults[0].jitter": "jitter is longer than the latency: nothing arrives before it was sent",
  });
  assert.match(
    planText(planned(smallScenario({ faults: [fault] }))),
    /network delay of 20ms ± 5ms on 50% of pods of chat for 1m, at 1m/,
  );
});
