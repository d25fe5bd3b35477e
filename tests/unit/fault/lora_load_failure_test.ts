import assert from "node:assert/strict";
import { loraLoadFailure, podKill, pods } from "mtop";
import { llm, PHASES, SECOND } from "../fleet/small_fleet.ts";
import { faultProblems, hit } from "./fault_rig.ts";

function served() {
  const service = llm("chat", { replicas: 2 });
  const lora = { adapters: [{ name: "tone", uri: "hf://team/tone" }], maxRank: 16 };
  return {
    services: [{ ...service, spec: { ...service.spec, model: { ...service.spec.model, lora } } }],
  };
}

Deno.test("loraLoadFailure ends servers at the end of each start, until it is over, and none that run", () => {
  const fault = loraLoadFailure({ service: "chat", when: "1m", for: "15m" });
  hit([fault], served()).ready(2);
  const killed = podKill({ on: pods({ service: "chat" }).first(), when: "2m" });
  const result = hit([fault, killed], { ...served(), duration: "35m" });
  const [, , up] = result.ready(2, 1, 2);
  assert.ok(up > 16 * 60);
  assert.ok(result.restarts >= 3, `${result.restarts} restarts`);
  const { initialising } = result.phases();
  assert.ok(initialising.length > result.restarts - 1);
  // The kubelet sees a second later that it is dead.
  assert.equal(initialising[0], PHASES.initialising / SECOND + 1);
  const died = result.of("object.applied").some(({ patch }) =>
    JSON.stringify(patch ?? {}).includes("LoRA rank 64 is greater than max_lora_rank 16")
  );
  assert.ok(died);
});

Deno.test("loraLoadFailure is of a service that has adapters", () => {
  const fault = loraLoadFailure({ service: "chat", when: "1m", permanent: true });
  assert.deepEqual(faultProblems(fault), {
    "faults[0].service":
      'Cannot break an adapter of "chat": it has none, spec.model.lora is missing',
  });
});
