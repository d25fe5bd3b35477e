// Shadows as whole runs: copies that nobody reads, judged by themselves, and what becomes of the revision.
import assert from "node:assert/strict";
import { FETCHING, llm, LOADING, SECOND } from "../fleet/small_fleet.ts";
import { problems, run, smallScenario } from "../scenario/small_run.ts";

const READY_S = (60 * SECOND + FETCHING + LOADING) / SECOND;

function scenario(options: object = {}, fields: object = {}) {
  return smallScenario({
    duration: "25m",
    cluster: { nodes: [{ count: 4, gpus: "8xH100-SXM" }] },
    services: [llm("chat", { replicas: 2 })],
    rollouts: [{
      ...{ kind: "shadow", service: "chat", at: "60s", to: { image: "vllm:2" } },
      ...{ percent: 50, for: "5m" },
      ...options,
    }],
    ...fields,
  });
}

const guard = (check: object, fields: object = {}) => ({
  ...{ kind: "analysis", name: "guard", every: "10s", consecutiveErrorLimit: 10 },
  checks: [{ kind: "metric", of: "shadow", comparison: "below", ...check }],
  ...fields,
});

Deno.test("shadow() copies its share for its time, gets no traffic, and goes", () => {
  const { state, of } = run(scenario());
  const { phase, completedAt, strategy } = state.rollouts["rollouts[0]"]!;
  assert.deepEqual([phase, strategy], ["Healthy", "shadow"]);
  assert.equal(completedAt! / SECOND, READY_S + 300);
  const { stable, shadow } = state.services["chat"]!.revisions;
  const copies = shadow!.mirrored!.requests;
  // Two requests a second for five minutes, half of them copied.
  assert.ok(
    Math.abs(copies.arrived - 300) < 3.29 * Math.sqrt(600 * 0.25) + 60,
    String(copies.arrived),
  );
  assert.equal(copies.completed, copies.arrived);
  assert.equal(shadow!.measured.requests.arrived, 0);
  assert.equal(stable!.measured.requests.failed, 0);
  assert.ok(of("weight").every(({ weights }) => weights["stable"] === 100));
  const scales = of("scale").filter(({ revision, at }) => revision === "shadow" && at > 0);
  assert.deepEqual(scales.map(({ at, replicas }) => [at / SECOND, replicas]), [
    [60, 1],
    [READY_S + 330, 0],
  ]);
  const copied = of("window").filter(({ mirrored }) => mirrored?.requests.arrived);
  assert.ok(copied.every(({ at }) => at / SECOND <= Math.ceil(READY_S + 300)));
});

Deno.test("shadow() is aborted by its copies' own latencies, which no user sees", () => {
  const analysis = guard({ metric: "ttft", threshold: "1us" });
  const { state, of } = run(scenario({ analysis }));
  const { phase, message } = state.rollouts["rollouts[0]"]!;
  assert.equal(phase, "Degraded");
  assert.match(message, /metric "ttft p95 below 1us of shadow" assessed Failed/);
  const { abortedAt } = state.rollouts["rollouts[0]"]!;
  const copied = of("window").filter(({ mirrored }) => mirrored?.requests.arrived);
  assert.ok(copied.length > 0 && copied.every(({ at }) => at <= abortedAt! + SECOND));
  assert.equal(state.services["chat"]!.revisions["shadow"]!.replicas, 0);
});

Deno.test("shadow() holds with a bound that its copies keep, and promotes where it is to", () => {
  const analysis = guard({ metric: "ttft", threshold: "10s" });
  const { state } = run(scenario({ analysis, promote: true }));
  assert.equal(state.rollouts["rollouts[0]"]!.phase, "Healthy");
  assert.deepEqual(state.services["chat"]!.weights, { stable: 0, shadow: 100 });
  const { stable, shadow } = state.services["chat"]!.revisions;
  assert.deepEqual([stable!.replicas, shadow!.replicas], [0, 2]);
});

Deno.test("plan() refuses shadows of nothing, for no time, and canaries in their checks", () => {
  const found = problems(scenario({ percent: 0, for: "0s" }));
  assert.deepEqual(found, {
    "rollouts[0].percent": "write 1 to 100 percent",
    "rollouts[0].for": "a shadow cannot last 0s",
  });
  const of = problems(
    scenario({ analysis: guard({ metric: "ttft", threshold: "1s", of: "canary" }) }),
  );
  assert.match(of["rollouts[0].analysis.checks[0].of"]!, /Cannot find the revision "canary"/);
});

Deno.test("plan() knows which service a revision is of", () => {
  const errors = { kind: "metric", metric: "errorRate", comparison: "below", threshold: "5%" };
  const found = problems(scenario({}, {
    services: [llm("chat"), llm("code")],
    expect: [
      { ...errors, service: "chat", of: "shadow" },
      { ...errors, service: "code", of: "shadow" },
      { ...errors, service: "chat", comparedTo: { service: "code", of: "shadow" } },
      { kind: "weight", service: "code", revision: "shadow", weight: 0 },
    ],
    faults: [{
      kind: "pod-kill",
      on: { kind: "pods", service: "code", of: "shadow", mode: "all" },
      when: "1m",
    }],
  }));
  assert.deepEqual(Object.keys(found), [
    "faults[0].on.of",
    "expect[1].of",
    "expect[2].comparedTo.of",
    "expect[3].revision",
  ]);
});
