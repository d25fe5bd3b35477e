// What people do about rollouts, as whole runs: what each act does, and when it does nothing.
import assert from "node:assert/strict";
import { ACTS } from "../../../src/fleet/acts.ts";
import { FETCHING, llm, LOADING, SECOND } from "../fleet/small_fleet.ts";
import { problems, type Run, run, smallScenario } from "../scenario/small_run.ts";

const READY_S = (60 * SECOND + FETCHING + LOADING) / SECOND;
const setWeight = (weight: number) => ({ kind: "setWeight", weight });
const pause = (duration?: string) => ({ kind: "pause", ...(duration ? { duration } : {}) });
const act = (act: string, when: unknown = "8m") => ({ kind: "act", act, service: "chat", when });

/** A canary of `chat` that stands at 50 % until somebody promotes, from READY_S on. */
function scenario(changes: readonly object[], rollout: object = {}, fields: object = {}) {
  return smallScenario({
    duration: "30m",
    cluster: { nodes: [{ count: 4, gpus: "8xH100-SXM" }] },
    services: [llm("chat", { replicas: 2 })],
    rollouts: [{
      ...{ kind: "canary", service: "chat", at: "60s", to: { image: "vllm:2" } },
      steps: [setWeight(50), pause(), setWeight(75), pause("2m")],
      ...rollout,
    }],
    changes,
    ...fields,
  });
}

const rolloutOf = ({ state }: Run) => state.rollouts["rollouts[0]"]!;
const weightsOf = ({ state }: Run) => state.services["chat"]!.weights;

function replicasOf({ state }: Run) {
  const { stable, canary } = state.services["chat"]!.revisions;
  return [stable!.replicas, canary!.replicas];
}

/** `[second, canary's weight]` where it changed. */
function moves({ of }: Run): [number, number][] {
  return of("weight").map(({ at, weights }) => [at / SECOND, weights["canary"] ?? 0])
    .filter(([, weight], index, all) => index > 0 && weight !== all[index - 1]![1]) as [
      number,
      number,
    ][];
}

function lostOf({ state }: Run): number {
  return Object.values(state.services["chat"]!.revisions)
    .reduce((sum, { measured: { requests } }) => sum + requests.failed + requests.rejected, 0);
}

Deno.test("promote() ends a pause without an end, and is told as an action", () => {
  const result = run(scenario([act("promote")]));
  assert.equal(rolloutOf(result).phase, "Healthy");
  assert.deepEqual(result.of("action").map(({ at, action, argument }) => [at, action, argument]), [
    [480 * SECOND, "promote", { rollout: "rollouts[0]", service: "chat" }],
  ]);
  const begun = result.of("step").find(({ step }) => step === 2)!;
  assert.equal(begun.at, 480 * SECOND);
});

Deno.test("promoteFull() skips all steps and the analysis that are left", () => {
  const analysis = {
    ...{ kind: "analysis", name: "guard", every: "10s" },
    checks: [{ kind: "metric", metric: "errorRate", comparison: "below", threshold: "5%" }],
  };
  const result = run(scenario([act("promoteFull")], { analysis }));
  assert.equal(rolloutOf(result).phase, "Healthy");
  assert.ok(result.of("step").every(({ step }) => step < 2));
  assert.equal(result.of("phase").at(-1)!.at, 480 * SECOND);
  assert.equal(lostOf(result), 0);
});

Deno.test("abort() gives all traffic back at once, and retry() begins with step 0", () => {
  const aborted = run(scenario([act("abort")]));
  assert.deepEqual([rolloutOf(aborted).phase, rolloutOf(aborted).abortedAt], [
    "Degraded",
    480 * SECOND,
  ]);
  assert.deepEqual(moves(aborted), [[READY_S, 50], [480, 0]]);
  assert.deepEqual(replicasOf(aborted), [2, 0]);
  const retried = run(scenario([act("abort"), act("retry", "10m"), act("promote", "20m")]));
  assert.equal(rolloutOf(retried).phase, "Healthy");
  assert.equal(rolloutOf(retried).abortedAt, undefined);
  assert.deepEqual(moves(retried).map(([, weight]) => weight), [50, 0, 50, 75, 100]);
  const begun = retried.of("step").filter(({ step }) => step === 0);
  assert.deepEqual(begun.map(({ at }) => at / SECOND), [60, 600]);
});

Deno.test("pauseRollout() lets the step end and no other begin before resume()", () => {
  const steps = [setWeight(50), pause("1m"), setWeight(75), pause("1m")];
  const during = READY_S + 30;
  const held = run(
    scenario([act("pauseRollout", `${Math.floor(during)}s`), act("resume", "15m")], { steps }),
  );
  const [next] = held.of("step").filter(({ step }) => step === 2);
  assert.equal(next!.at, 900 * SECOND);
  assert.deepEqual(
    held.of("step").find(({ message }) => message === "paused by a person")!.phase,
    "Paused",
  );
  assert.equal(rolloutOf(held).phase, "Healthy");
});

Deno.test("undo() puts back the old revision from the steps, and after all of them with its pods", () => {
  const early = run(scenario([act("undo")]));
  assert.deepEqual(moves(early), [[READY_S, 50], [480, 0]]);
  assert.match(rolloutOf(early).message, /^undone/);
  assert.deepEqual([rolloutOf(early).phase, rolloutOf(early).completedAt], ["Healthy", undefined]);
  const late = run(scenario([act("promoteFull"), act("undo", "15m")]));
  assert.deepEqual(replicasOf(late), [2, 0]);
  assert.deepEqual(weightsOf(late), { stable: 100, canary: 0 });
  const [backS] = moves(late).at(-1)!;
  assert.ok(backS >= 900 + LOADING / SECOND, "its pods had to come up first");
  assert.equal(lostOf(late), 0);
});

Deno.test("rollback puts the spec back after an abort", () => {
  const result = run(scenario([act("abort"), act("retry", "10m")], { rollback: true }));
  const { phase, abortedAt, message } = rolloutOf(result);
  assert.deepEqual([phase, abortedAt], ["Healthy", 480 * SECOND]);
  assert.match(message, /^undone/);
  const [, retry] = result.of("action");
  assert.deepEqual(
    (retry!.argument as { refused: string }).refused,
    "Cannot retry the rollout: it is undone",
  );
});

Deno.test("acts that cannot be done now are told with the reason, and change nothing", () => {
  const early = ACTS.map((name) => act(name, "10s"));
  const result = run(scenario(early, {}, { duration: "4m" }));
  const plain = run(scenario([], {}, { duration: "4m" }));
  const refused = result.of("action").map(({ argument }) =>
    (argument as { refused?: string }).refused
  );
  assert.equal(refused.length, ACTS.length);
  assert.ok(refused.every((why) => why?.endsWith("it has not begun")), refused.join());
  assert.deepEqual(moves(result), moves(plain));
  assert.equal(result.events.length, plain.events.length + ACTS.length);
});

Deno.test("a rolling update can be undone, and nothing else be done about it", () => {
  const rollout = { kind: "rolling", service: "chat", at: "60s", to: { image: "vllm:2" } };
  const fields = { rollouts: [rollout] };
  const result = run(scenario([act("promote", "70s"), act("undo", "20m")], {}, fields));
  const [promote, undo] = result.of("action").map(({ argument }) =>
    argument as { refused?: string }
  );
  assert.match(promote!.refused!, /it updates in place and has no steps, undo it instead$/);
  assert.equal(undo!.refused, undefined);
  assert.equal(rolloutOf(result).abortedAt, 1200 * SECOND);
  assert.match(rolloutOf(result).message, /^undone: .* successfully rolled out$/);
});

Deno.test("plan() refuses acts about what has no rollout", () => {
  const found = problems(scenario([{ ...act("promote"), service: "chta" }, act("launch")]));
  assert.match(found["changes[0].service"]!, /Cannot find the service "chta"/);
  assert.ok("changes[1].act" in found, JSON.stringify(found));
  const none = problems(scenario([act("promote")], {}, { rollouts: [] }));
  assert.match(none["changes[0].service"]!, /Cannot find a rollout of "chat"/);
});
