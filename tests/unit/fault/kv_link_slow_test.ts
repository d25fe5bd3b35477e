import assert from "node:assert/strict";
import { kvLinkSlow } from "../../../src/mod.ts";
import { planText } from "../../../src/report/plan_text.ts";
import { planned, problems, smallScenario } from "../scenario/small_run.ts";
import { disaggregated, handedOver } from "./prefill_rig.ts";

const calm = handedOver([]);
const slow = (rate: `${number}GB/s`) => kvLinkSlow({ rate, when: "2m", for: "4m" });

Deno.test("kvLinkSlow() costs each prompt its keys and values at that rate, while it is in force", () => {
  const { meanMs } = handedOver([slow("5GB/s")]);
  const extra = (from: number, to: number) =>
    meanMs("ttftUs", from, to) - calm.meanMs("ttftUs", from, to);
  // 4,000 tokens · 131,072 bytes of an 8B model: 105 ms at 5 GB/s instead of 10.5 at 50.
  assert.ok(Math.abs(extra(121, 355) - 94.4) < 5, `${extra(121, 355)} ms`);
  assert.ok(Math.abs(extra(365, 600)) < 1, `${extra(365, 600)} ms after it`);
});

Deno.test("kvLinkSlow() below what prompts need fills the prefill engine with what waits", () => {
  // 4 prompts a second are 2.1 GB/s.
  const { meanMs } = handedOver([slow("1.5GB/s")]);
  const [early, later] = [meanMs("ttftUs", 122, 140), meanMs("ttftUs", 300, 350)];
  assert.ok(later > 3 * early && later > 30_000, `${early} ms, then ${later} ms`);
});

Deno.test("kvLinkSlow() slows what is under way and what comes up meanwhile", () => {
  const restarted = handedOver([
    slow("5GB/s"),
    kvLinkSlow({
      name: "other",
      rate: "5GB/s",
      service: "chat",
      of: "stable",
      when: "3m",
      for: "1m",
    }),
    { kind: "container-kill", on: { kind: "pods", mode: "first" }, when: "150s" },
  ]);
  const extra = restarted.meanMs("ttftUs", 300, 355) - calm.meanMs("ttftUs", 300, 355);
  assert.ok(Math.abs(extra - 94.4) < 8, `${extra} ms`);
});

Deno.test("kvLinkSlow() that is late costs each prompt that much once, and nothing of the rate", () => {
  const { meanMs } = handedOver([kvLinkSlow({ latency: "150ms", when: "2m", for: "4m" })]);
  const extra = (from: number, to: number) =>
    meanMs("ttftUs", from, to) - calm.meanMs("ttftUs", from, to);
  assert.ok(Math.abs(extra(121, 355) - 150) < 5, `${extra(121, 355)} ms`);
  assert.ok(Math.abs(extra(365, 600)) < 1, `${extra(365, 600)} ms after it`);
});

Deno.test("plan() refuses kvLinkSlow() where nothing prefills; planText() says it in words", () => {
  const fault = kvLinkSlow({ rate: "2GB/s", service: "chat", when: "1m", for: "1m" });
  assert.deepEqual(problems(smallScenario({ faults: [fault] })), {
    "faults[0].service": 'Cannot slow a KV link: "chat" has none, spec.prefill is missing',
  });
  assert.deepEqual(
    problems(smallScenario({
      services: [disaggregated()],
      faults: [{ kind: "kv-link-slow", when: "1m", for: "1m" }],
    })),
    { "faults[0]": 'say how slow: rate: "5GB/s", latency: "2ms", or both' },
  );
  const text = planText(planned(smallScenario({
    cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }] },
    services: [disaggregated()],
    faults: [fault],
  })));
  assert.match(text, /KV link of 2000MB\/s of chat for 1m, at 1m/);
});
