// Blue-green rollouts as whole runs: the switch at once, what may hold it, and what switches back.
import assert from "node:assert/strict";
import { FETCHING, llm, LOADING, SECOND } from "../fleet/small_fleet.ts";
import { problems, type Run, run, smallScenario } from "../scenario/small_run.ts";

/** The new image is new to every node. */
const READY_S = (60 * SECOND + FETCHING + LOADING) / SECOND;

const check = (fields: object) => ({
  ...{ kind: "metric", metric: "errorRate", comparison: "below", threshold: "5%" },
  ...fields,
});
const guard = (fields: object = {}) => ({
  kind: "analysis",
  name: "guard",
  every: "10s",
  count: 3,
  checks: [check({ of: "preview" })],
  ...fields,
});
/** Requests to the new revision past all weights. */
const TRY = {
  kind: "constant",
  name: "try",
  to: { member: "chat", of: "preview" },
  rps: 1,
  start: `${Math.ceil(READY_S)}s`,
  prompt: { kind: "fixed", tokens: 20 },
  output: { kind: "fixed", tokens: 10 },
};

function scenario(options: object = {}, fields: object = {}) {
  return smallScenario({
    duration: "20m",
    cluster: { nodes: [{ count: 4, gpus: "8xH100-SXM" }] },
    services: [llm("chat", { replicas: 2 })],
    rollouts: [{
      ...{ kind: "blueGreen", service: "chat", at: "60s", to: { image: "vllm:2" } },
      ...options,
    }],
    ...fields,
  });
}

function weights({ of }: Run): [number, Record<string, number>][] {
  return of("weight").slice(1).map(({ at, weights }) => [at / SECOND, weights]);
}

function replicas({ of }: Run, revision: string): [number, number][] {
  return of("scale").filter((event) => event.revision === revision && event.at > 0)
    .map(({ at, replicas }) => [at / SECOND, replicas]);
}

const lastWeights = ({ state }: Run) => state.services["chat"]!.weights;

Deno.test("blueGreen() brings up as many replicas, switches at once, and takes the old ones after 30 s", () => {
  const result = run(scenario());
  const { completedAt, phase, strategy } = result.state.rollouts["rollouts[0]"]!;
  assert.deepEqual([phase, strategy, completedAt], ["Healthy", "blueGreen", READY_S * SECOND]);
  const moved = weights(result).filter(([, { preview }]) => preview !== 0);
  assert.deepEqual(moved, [[READY_S, { stable: 0, preview: 100 }]]);
  assert.deepEqual(replicas(result, "preview"), [[60, 2]]);
  assert.deepEqual(replicas(result, "stable"), [[READY_S + 30, 0]]);
  const { stable, preview } = result.state.services["chat"]!.revisions;
  for (const { measured: { requests } } of [stable!, preview!]) {
    assert.ok(requests.completed > 100);
    assert.equal(requests.failed + requests.rejected, 0);
  }
});

Deno.test("blueGreen() waits for a person where it does not promote by itself", () => {
  const waiting = run(scenario({ autoPromotion: false }));
  assert.equal(waiting.state.rollouts["rollouts[0]"]!.phase, "Paused");
  assert.deepEqual(lastWeights(waiting), { stable: 100, preview: 0 });
  const promote = { kind: "act", act: "promote", service: "chat", when: "10m" };
  const promoted = run(scenario({ autoPromotion: false }, { changes: [promote] }));
  assert.deepEqual(lastWeights(promoted), { stable: 0, preview: 100 });
  assert.equal(promoted.state.rollouts["rollouts[0]"]!.completedAt, 600 * SECOND);
});

Deno.test("blueGreen() promotes after a time, unless a person does before", () => {
  const options = { autoPromotion: false, autoPromotionAfter: "5m" };
  const { state } = run(scenario(options));
  assert.equal(state.rollouts["rollouts[0]"]!.completedAt! / SECOND, READY_S + 300);
});

Deno.test("blueGreen() has few replicas for the preview and all of them before the switch", () => {
  const options = { previewReplicas: 1, autoPromotionAfter: "2m" };
  const result = run(scenario(options));
  assert.deepEqual(replicas(result, "preview"), [[60, 1], [READY_S + 120, 2]]);
  const [[switchedS]] = weights(result).filter(([, { preview }]) => preview === 100) as [
    [number, unknown],
  ];
  assert.ok(switchedS > READY_S + 120);
});

Deno.test("blueGreen() does not switch when the analysis before it fails", () => {
  const strict = guard({ checks: [check({ of: "preview", metric: "ttft", threshold: "1us" })] });
  const { state, of } = run(scenario({ prePromotion: strict }, { load: [TRY] }));
  const { phase, abortedAt, message } = state.rollouts["rollouts[0]"]!;
  assert.equal(phase, "Degraded");
  assert.match(
    message,
    /^RolloutAborted: Rollout aborted update to revision preview: metric "ttft/,
  );
  assert.ok(of("weight").every(({ weights }) => (weights["preview"] ?? 0) === 0));
  assert.equal(state.analyses["rollouts[0]/prePromotion"]!.phase, "Failed");
  const told = of("event").find(({ reason }) => reason === "AnalysisRunFailed");
  assert.match(told!.message, /^PrePromotion Analysis Run '.*' Status New: 'Failed'$/);
  assert.equal(of("scale").at(-1)!.at, abortedAt! + 30 * SECOND);
  assert.ok(state.services["chat"]!.revisions["preview"]!.measured.requests.completed > 0);
});

Deno.test("blueGreen() counts its wait from when the preview is ready, the analysis within it", () => {
  const options = { prePromotion: guard({ count: 3 }), autoPromotionAfter: "2m" };
  const { state } = run(scenario(options, { load: [TRY] }));
  assert.equal(state.rollouts["rollouts[0]"]!.completedAt! / SECOND, READY_S + 120);
});

Deno.test("blueGreen() switches back when the analysis after it fails", () => {
  const result = run(scenario({ postPromotion: guard({ count: 30 }) }, {
    faults: [{
      ...{ kind: "gpu-xid", xid: 79, when: { kind: "atStep", step: 2, after: "1m" } },
      on: { kind: "pods", of: "preview", mode: "all" },
    }],
  }));
  const { phase, abortedAt } = result.state.rollouts["rollouts[0]"]!;
  assert.equal(phase, "Degraded");
  assert.deepEqual(weights(result).at(-1), [abortedAt! / SECOND, { stable: 100, preview: 0 }]);
  assert.deepEqual(replicas(result, "stable"), []);
  const events = result.of("event").filter(({ reason }) => reason.startsWith("AnalysisRun"));
  assert.deepEqual(events.map(({ at, message }) => [at, message.split(" ")[0]]), [
    [abortedAt, "PostPromotion"],
  ]);
});

Deno.test("plan() refuses a blue-green analysis that never ends, and revisions that it does not make", () => {
  const { count: _, ...endless } = guard();
  assert.deepEqual(problems(scenario({ prePromotion: endless })), {
    "rollouts[0].prePromotion.count":
      'Cannot wait for the analysis "guard": blue-green\'s prePromotion needs a count',
  });
  const canary = guard({ checks: [check({ of: "canary" })] });
  assert.match(
    problems(scenario({ prePromotion: canary }))["rollouts[0].prePromotion.checks[0].of"]!,
    /Cannot find the revision "canary"/,
  );
  const prefill = problems(scenario({ to: { image: "vllm:2", prefill: { image: "vllm:2" } } }));
  assert.match(prefill["rollouts[0].to.prefill"]!, /Cannot change the prefill pods of "chat"/);
});
