import assert from "node:assert/strict";
import { rpsOf, withLimits, withRate, withReplicas } from "../../../src/scenario/sizing.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, smallScenario } from "./small_run.ts";

const [LOAD] = smallScenario().load;
const TWO = smallScenario({
  services: [llm("chat", { replicas: 2 }), llm("other", { replicas: 1 })],
  load: [
    LOAD,
    { ...LOAD, name: "more", rps: 1 },
    { ...LOAD, name: "others", to: "other", rps: 5 },
  ],
});

Deno.test("withReplicas() changes one service, in both roles where it is asked to", () => {
  const replicas = (data: unknown) =>
    planned(data).services.map(({ workloads }) => workloads.map(({ replicas }) => replicas));
  assert.deepEqual(replicas(withReplicas(TWO, "chat", { replicas: 7 })), [[7], [1]]);
  const [chat, other] = TWO.services as ReturnType<typeof llm>[];
  const { template } = chat!.spec;
  const apart = { ...chat!, spec: { ...chat!.spec, prefill: { replicas: 2, template } } };
  const data = { ...TWO, services: [apart, other] };
  assert.deepEqual(replicas(withReplicas(data, "chat", { replicas: 7 })), [[7, 2], [1]]);
  assert.deepEqual(replicas(withReplicas(data, "chat", { replicas: 1, prefill: 5 })), [[1, 5], [
    1,
  ]]);
});

Deno.test("withRate() raises all that is sent to a service alike, and nothing else", () => {
  const plan = planned(TWO);
  assert.deepEqual(rpsOf(plan, "chat"), { rps: 3 });
  const { load } = withRate(TWO, plan, "chat", 2) as typeof TWO;
  assert.deepEqual(load.map(({ rps }) => rps), [4, 2, 5]);
});

Deno.test("rpsOf() says why a rate is no one number", () => {
  const users = { ...LOAD, kind: "users", users: 4, rps: undefined };
  const { rps: _, ...closed } = users;
  const problem = (load: unknown[]) => rpsOf(planned(smallScenario({ load })), "chat");
  assert.deepEqual(problem([closed]), {
    problem: 'the load "users" (users) has no one rate',
  });
  assert.deepEqual(problem([]), { problem: 'nothing is sent to "chat"' });
});

Deno.test("withLimits() sets limits beside those that are there", () => {
  const data = smallScenario({
    slo: { chat: { ttft: { p95: "2s", p99: "5s" }, e2e: { p95: "1m" } } },
  });
  const { slo } = withLimits(data, "chat", { ttft: { p95: "1s" }, itl: { p95: "60ms" } }) as {
    slo: unknown;
  };
  assert.deepEqual(slo, {
    chat: { ttft: { p95: "1s", p99: "5s" }, e2e: { p95: "1m" }, itl: { p95: "60ms" } },
  });
  assert.equal(withLimits(data, "chat", {}), data);
});
