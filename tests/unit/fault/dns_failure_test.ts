import assert from "node:assert/strict";
import { dnsFailure } from "../../../src/mod.ts";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "../scenario/small_run.ts";
import { clients, outcomes } from "./network_rig.ts";

Deno.test("dnsFailure() of the gateway fails a share of the requests at once, for its time", () => {
  const { arrived } = clients([
    dnsFailure({ host: "gateway", share: "25%", when: "2m", for: "5m" }),
  ]);
  const during = arrived(120, 420);
  const failed = during.filter(({ reason }) => reason === "dns");
  // 3,000 requests: a standard deviation is 0.8 %.
  assert.ok(
    Math.abs(failed.length / during.length - 0.25) < 0.03,
    JSON.stringify(outcomes(during)),
  );
  assert.ok(failed.every(({ at, arrivedUs, pod }) => at === arrivedUs && pod === undefined));
  assert.deepEqual(Object.keys(outcomes(arrived(420, 600))), ["completed"]);
});

Deno.test("dnsFailure() is tried again by clients that do so", () => {
  const { rows } = clients([
    dnsFailure({ host: "gateway", share: "50%", when: "0s", permanent: true }),
  ], {
    load: [{
      ...{ kind: "constant", name: "users", to: "chat", rps: 5, end: "5m" },
      ...{ prompt: { kind: "fixed", tokens: 20 }, output: { kind: "fixed", tokens: 2 } },
      retries: { attempts: 3, on: ["failed"] },
    }],
  });
  const completed = rows.filter(({ outcome }) => outcome === "completed").length;
  assert.ok(Math.abs(completed / 1500 - (1 - 0.5 ** 3)) < 0.03, `${completed} of 1500`);
});

/** When a pod that is added at 2m is ready, in seconds; and how often its download failed. */
function added(faults: readonly unknown[]) {
  const { of, state } = run(smallScenario({
    duration: "30m",
    services: [llm("chat", { replicas: 1 })],
    rollouts: [{
      ...{ kind: "canary", service: "chat", at: "2m", to: { image: "vllm:2" } },
      steps: [{ kind: "setWeight", weight: 50 }],
    }],
    faults,
  }));
  const first = of("weight").find(({ eligible }) => eligible.includes("canary"));
  const failures = of("event").filter(({ reason, object }) =>
    reason === "BackOff" && object.includes("canary")
  );
  return { atS: (first?.at ?? NaN) / SECOND, failures: failures.length, state };
}

Deno.test("dnsFailure() of the hub keeps new pods from their models, with back-off, until it is over", () => {
  const calm = added([]);
  const without = added([dnsFailure({ host: "hub", when: "0s", for: "10m" })]);
  assert.equal(calm.failures, 0);
  assert.ok(without.failures > 0);
  assert.ok(without.atS > 600 && without.atS > calm.atS + 400, `${calm.atS}, then ${without.atS}`);
  const never = added([dnsFailure({ host: "hub", when: "0s", permanent: true })]);
  assert.ok(Number.isNaN(never.atS));
  const pod = Object.values(never.state.objects).find(({ kind, metadata }) =>
    kind === "Pod" && metadata.name.startsWith("chat-canary")
  );
  assert.match(JSON.stringify(pod!.status), /Temporary failure in name resolution/);
});
