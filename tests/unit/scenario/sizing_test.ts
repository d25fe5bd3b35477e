import assert from "node:assert/strict";
import {
  replicasOf,
  rpsOf,
  withLimits,
  withRate,
  withReplicas,
} from "../../../src/scenario/sizing.ts";
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

Deno.test("withReplicas() changes one service, and replicasOf() reads it", () => {
  const sized = withReplicas(TWO, "chat", 7);
  assert.equal(replicasOf(sized, "chat"), 7);
  assert.equal(replicasOf(sized, "other"), 1);
  assert.equal(replicasOf(TWO, "chat"), 2);
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
