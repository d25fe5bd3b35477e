import assert from "node:assert/strict";
import { canarySchema } from "../../../src/rollout/canary.ts";
import { FETCHING, llm, LOADING, SECOND } from "../fleet/small_fleet.ts";
import { type Run, run, smallScenario } from "../scenario/small_run.ts";

/** The canary's image is new to every node. */
const READY_S = (FETCHING + LOADING) / SECOND;
/** When a canary that is made at a second is ready, in seconds of the log's exact µs. */
const readyFrom = (second: number) => (second * SECOND + FETCHING + LOADING) / SECOND;
const AT_S = 60;

const GUARD = {
  kind: "analysis",
  name: "guard",
  every: "10s",
  checks: [{
    ...{ kind: "metric", metric: "errorRate", of: "canary" },
    ...{ comparison: "below", threshold: "5%" },
  }],
};
const setWeight = (weight: number) => ({ kind: "setWeight", weight });
const pause = (duration: string) => ({ kind: "pause", duration });
const setCanaryScale = (scale: object) => ({ kind: "setCanaryScale", ...scale });

interface Options {
  readonly replicas?: number;
  readonly steps: readonly unknown[];
  readonly analysis?: unknown;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A canary of `chat` that begins at one minute. */
function roll({ replicas = 2, steps, analysis, fields = {} }: Options): Run {
  return run(smallScenario({
    duration: "20m",
    cluster: { nodes: [{ count: 4, gpus: "8xH100-SXM" }] },
    services: [llm("chat", { replicas })],
    rollouts: [{
      kind: "canary",
      service: "chat",
      at: `${AT_S}s`,
      to: { image: "vllm:2" },
      steps,
      ...(analysis === undefined ? {} : { analysis }),
    }],
    ...fields,
  }));
}

/** `[second, replicas]` that a revision was told to have. */
function scales({ of }: Run, revision = "canary"): [number, number][] {
  return of("scale").filter((event) => event.revision === revision && event.at > 0)
    .map(({ at, replicas }) => [at / SECOND, replicas]);
}

/** `[second, weight of the canary]`, where it changed. */
function weights({ of }: Run): [number, number][] {
  const all = of("weight").map(({ at, weights }) =>
    [at / SECOND, weights["canary"] ?? 0] as [number, number]
  );
  return all.filter(([, weight], index) => index > 0 && weight !== all[index - 1]![1]);
}

function steps({ of }: Run): string[] {
  return of("step").map(({ at, step, phase }) => `${at / SECOND} ${step} ${phase}`);
}

/** Kills the canary's pods so many seconds after a step began. */
function killCanary(step: number, after: string) {
  return {
    kind: "gpu-xid",
    xid: 79,
    on: { kind: "pods", of: "canary", mode: "all" },
    when: { kind: "atStep", step, after },
  };
}

for (
  const [stable, weight, canary] of [[2, 1, 1], [3, 34, 2], [3, 66, 2], [4, 25, 1], [4, 26, 2], [
    10,
    70,
    7,
  ]]
) {
  Deno.test(`setWeight() asks for ${canary} canary replicas at ${weight} % of ${stable}`, () => {
    const result = roll({ replicas: stable!, steps: [setWeight(weight!), { kind: "pause" }] });
    assert.deepEqual(scales(result), [[AT_S, canary]]);
  });
}

Deno.test("setWeight() waits until the canary's replicas are ready", () => {
  const result = roll({ steps: [setWeight(30), pause("1m"), setWeight(60), { kind: "pause" }] });
  const first = readyFrom(AT_S);
  // 60 % of 2 are 2 replicas: the second one has its image on the node or pulls it.
  const [second] = result.of("step").filter(({ step }) => step === 3);
  assert.deepEqual(weights(result), [[first, 30], [second!.at / SECOND, 60]]);
  assert.ok(second!.at / SECOND >= first + 60 + LOADING / SECOND);
  assert.deepEqual(steps(result).slice(0, 4), [
    `${AT_S} -1 Progressing`,
    `${AT_S} 0 Progressing`,
    `${first} 1 Paused`,
    `${first + 60} 2 Progressing`,
  ]);
  assert.deepEqual(scales(result), [[AT_S, 1], [first + 60, 2]]);
});

Deno.test("setCanaryScale() keeps its replicas until the weight is matched again", () => {
  const result = roll({
    replicas: 4,
    steps: [
      setCanaryScale({ replicas: 3 }),
      setWeight(10),
      setCanaryScale({ weight: 50 }),
      setWeight(100),
      setCanaryScale({ matchTrafficWeight: true }),
      { kind: "pause" },
    ],
  });
  assert.deepEqual(scales(result).map(([, replicas]) => replicas), [3, 2, 4]);
  assert.deepEqual(weights(result).map(([, weight]) => weight), [10, 100]);
});

Deno.test("setCanaryScale() takes exactly one of its fields", () => {
  const parse = (scale: object) =>
    canarySchema.safeParse({
      ...{ kind: "canary", service: "chat", at: "1m", to: { image: "x" } },
      steps: [setCanaryScale(scale)],
    }).success;
  assert.deepEqual(
    [{ replicas: 0 }, { weight: 5 }, { matchTrafficWeight: true }].map(parse),
    [true, true, true],
  );
  assert.equal(parse({}), false);
  assert.equal(parse({ replicas: 1, weight: 5 }), false);
});

Deno.test("setWeight() takes whole percents, since a log holds integers", () => {
  const result = canarySchema.safeParse({
    ...{ kind: "canary", service: "chat", at: "1m", to: { image: "x" } },
    steps: [setWeight(12.5)],
  });
  assert.deepEqual(result.error?.issues.map(({ path }) => path), [["steps", 0, "weight"]]);
});

Deno.test("pause() without a duration waits for ever", () => {
  const { state } = roll({ steps: [setWeight(50), { kind: "pause" }, setWeight(100)] });
  const rollout = state.rollouts["rollouts[0]"]!;
  assert.deepEqual([rollout.phase, rollout.step, rollout.completedAt], ["Paused", 1, undefined]);
  assert.deepEqual(state.services["chat"]!.weights, { stable: 50, canary: 50 });
});

Deno.test("startCanary() promotes: all weight, Healthy, and the old member goes after 30 s", () => {
  const result = roll({ replicas: 2, steps: [setWeight(50), pause("1m")], analysis: GUARD });
  const { state } = result;
  const { completedAt, phase } = state.rollouts["rollouts[0]"]!;
  assert.equal(phase, "Healthy");
  assert.deepEqual(weights(result).at(-1), [completedAt! / SECOND, 100]);
  assert.deepEqual(scales(result, "stable"), [[completedAt! / SECOND + 30, 0]]);
  assert.equal(scales(result).at(-1)![1], 2);
  const { stable, canary } = state.services["chat"]!.revisions;
  assert.deepEqual([stable!.replicas, canary!.replicas], [0, 2]);
  assert.deepEqual(state.services["chat"]!.weights, { stable: 0, canary: 100 });
  assert.deepEqual(
    [stable!.measured, canary!.measured].map(({ requests }) => requests.failed + requests.rejected),
    [0, 0],
  );
});

Deno.test("startCanary() counts an analysis that it ends before it is over as Successful", () => {
  const { of } = roll({ steps: [setWeight(50), pause("1m")], analysis: GUARD });
  const [running, ended] = of("phase");
  assert.equal(running!.phase, "Running");
  assert.equal(ended!.phase, "Successful");
  const healthy = of("step").find(({ phase }) => phase === "Healthy")!;
  assert.equal(ended!.at, healthy.at);
  assert.ok(of("measurement").every(({ at }) => at <= healthy.at));
});

Deno.test("startCanary() begins the background analysis with the first weight in force", () => {
  const { of } = roll({ steps: [pause("30s"), setWeight(50), pause("1m")], analysis: GUARD });
  assert.equal(of("phase")[0]!.at / SECOND, readyFrom(AT_S + 30));
});

Deno.test("startCanary() aborts at once when the analysis fails, and scales down after 30 s", () => {
  const result = roll({
    steps: [setWeight(50), pause("5m"), setWeight(100)],
    analysis: GUARD,
    fields: { faults: [killCanary(1, "1m")] },
  });
  const { state, of } = result;
  const failed = of("phase").find(({ phase }) => phase === "Failed")!;
  const { abortedAt, phase, message } = state.rollouts["rollouts[0]"]!;
  assert.equal(abortedAt, failed.at);
  assert.equal(phase, "Degraded");
  assert.match(
    message,
    /^RolloutAborted: .* assessed Failed due to failed \(1\) > failureLimit \(0\)$/,
  );
  assert.deepEqual(weights(result).at(-1), [failed.at / SECOND, 0]);
  assert.deepEqual(scales(result).at(-1), [failed.at / SECOND + 30, 0]);
  assert.deepEqual(scales(result, "stable"), []);
  assert.equal(state.services["chat"]!.revisions["stable"]!.replicas, 2);
  const member = state.objects["serving.kserve.io/LLMInferenceService/default/chat-canary"]!;
  const [container] = (member.spec!["template"] as { containers: { image: string }[] }).containers;
  assert.equal(container!.image, "vllm:2", "the spec is not rolled back");
});

Deno.test("startCanary() aborts on Error when the canary dies and leaves no samples", () => {
  const [load] = smallScenario().load;
  const { state, of } = roll({
    steps: [setWeight(50), pause("10m"), setWeight(100)],
    analysis: GUARD,
    fields: {
      // Nobody asks any more when the canary dies, so that no request fails.
      load: [{ ...load, end: "6m" }],
      faults: [killCanary(1, "1m30s")],
    },
  });
  const { revisions } = state.services["chat"]!;
  assert.equal(revisions["canary"]!.measured.requests.failed, 0);
  assert.ok(revisions["canary"]!.measured.requests.completed > 0);
  const [, ended] = of("phase");
  assert.equal(ended!.phase, "Error");
  assert.deepEqual(of("measurement").slice(-5).map(({ phase }) => phase), Array(5).fill("Error"));
  assert.equal(of("measurement").at(-1)!.at - of("measurement").at(-5)!.at, 40 * SECOND);
  assert.equal(state.rollouts["rollouts[0]"]!.abortedAt, ended!.at);
});

const INLINE = { kind: "analysisStep", analysis: { ...GUARD, name: "gate", count: 3 } };

Deno.test("analyze() holds the next step back until its analysis is Successful", () => {
  const result = roll({ steps: [setWeight(50), INLINE, setWeight(100), { kind: "pause" }] });
  const begun = result.of("step").find(({ step }) => step === 1)!;
  const next = result.of("step").find(({ step }) => step === 2)!;
  const ended = result.of("phase").find(({ phase }) => phase === "Successful")!;
  assert.equal(next.at, ended.at);
  assert.ok(next.at >= begun.at + 20 * SECOND);
  assert.equal(result.of("measurement").filter(({ phase }) => phase === "Successful").length, 3);
});

Deno.test("analyze() aborts when its analysis fails, and the background one is Successful", () => {
  const strict = {
    ...INLINE.analysis,
    checks: [{ ...GUARD.checks[0]!, metric: "ttft", threshold: "1us" }],
  };
  const { state, of } = roll({
    steps: [setWeight(50), { kind: "analysisStep", analysis: strict }, setWeight(100)],
    analysis: GUARD,
  });
  assert.match(state.rollouts["rollouts[0]"]!.message, /metric "ttft p95 below 1us of canary"/);
  assert.equal(state.analyses["rollouts[0]/1"]!.phase, "Failed");
  assert.equal(state.analyses["rollouts[0]/guard"]!.phase, "Successful");
  assert.equal(of("phase").length, 4);
});

Deno.test("analyze() ends its analysis when the background one aborts the rollout", () => {
  const long = { ...INLINE.analysis, count: 100, failureLimit: 100, consecutiveErrorLimit: 1000 };
  const { state, of } = roll({
    steps: [setWeight(50), { kind: "analysisStep", analysis: long }, setWeight(100)],
    analysis: GUARD,
    fields: { faults: [killCanary(1, "1m")] },
  });
  const { abortedAt } = state.rollouts["rollouts[0]"]!;
  assert.equal(state.analyses["rollouts[0]/1"]!.phase, "Successful");
  assert.ok(of("measurement").every(({ at }) => at <= abortedAt!));
});

Deno.test("startCanary() aborts when the analysis fails while the promotion waits for pods", () => {
  const { state } = roll({
    replicas: 4,
    // The promotion asks for three more replicas, and the first one dies meanwhile.
    steps: [setWeight(25), pause("1m")],
    analysis: GUARD,
    fields: { faults: [killCanary(1, "90s")] },
  });
  const { phase, abortedAt } = state.rollouts["rollouts[0]"]!;
  assert.equal(phase, "Degraded");
  assert.ok(abortedAt !== undefined);
  assert.equal(state.services["chat"]!.weights["canary"], 0);
  assert.equal(state.services["chat"]!.revisions["stable"]!.replicas, 4);
});

Deno.test("startCanary() lets a rollout wait for a step of another", () => {
  const second = { kind: "atStep", rollout: "chat", step: 1 };
  const { of } = run(smallScenario({
    duration: "15m",
    cluster: { nodes: [{ count: 4, gpus: "8xH100-SXM" }] },
    services: [llm("chat"), llm("code")],
    rollouts: [
      ...[["chat", "0s"], ["code", second]].map(([service, at]) => ({
        ...{ kind: "canary", service, at, to: { image: "vllm:2" } },
        steps: [setWeight(50), pause("1m")],
      })),
    ],
  }));
  const begun = of("step").filter(({ step, service }) => service === "code" && step === -1);
  assert.deepEqual(begun.map(({ at }) => at / SECOND), [READY_S]);
});
