// Argo's further steps and options of a canary as whole runs, and which of them a route group cannot do.
import assert from "node:assert/strict";
import { STEP_KINDS } from "../../../src/rollout/steps/steps.ts";
import { FETCHING, llm, LOADING, SECOND } from "../fleet/small_fleet.ts";
import { problems, type Run, run, smallScenario } from "../scenario/small_run.ts";

const AT_S = 60;
const READY_S = (AT_S * SECOND + FETCHING + LOADING) / SECOND;
const setWeight = (weight: number) => ({ kind: "setWeight", weight });
const pause = (duration?: string) => ({ kind: "pause", ...(duration ? { duration } : {}) });
const scale = (replicas: number) => ({ kind: "setCanaryScale", replicas });
const errors = (of: string, threshold = "5%") => ({
  ...{ kind: "metric", metric: "errorRate", comparison: "below" },
  ...{ of, threshold },
});
const analysis = (checks: readonly object[], fields: object = {}) => ({
  ...{ kind: "analysis", name: "guard", every: "10s", consecutiveErrorLimit: 100, checks },
  ...fields,
});

function scenario(steps: readonly object[], options: object = {}, fields: object = {}) {
  return smallScenario({
    duration: "30m",
    cluster: { nodes: [{ count: 4, gpus: "8xH100-SXM" }] },
    services: [llm("chat", { replicas: 2 })],
    rollouts: [{
      ...{ kind: "canary", service: "chat", at: `${AT_S}s`, to: { image: "vllm:2" }, steps },
      ...options,
    }],
    ...fields,
  });
}

const rolloutOf = ({ state }: Run) => state.rollouts["rollouts[0]"]!;
const revisionsOf = ({ state }: Run) => state.services["chat"]!.revisions;

function scales({ of }: Run, revision: string): [number, number][] {
  return of("scale").filter((event) => event.revision === revision && event.at > 0)
    .map(({ at, replicas }) => [at / SECOND, replicas]);
}

Deno.test("STEP_KINDS have each its kind once and a sentence", () => {
  assert.equal(new Set(STEP_KINDS.map(({ kind }) => kind)).size, STEP_KINDS.length);
  for (const { about } of STEP_KINDS) assert.match(about, /^\S.{20,}$/);
});

Deno.test("setMirrorRoute() copies requests to the canary until it is told off", () => {
  const result = run(scenario([
    scale(1),
    { kind: "setMirrorRoute", percentage: 100 },
    pause("2m"),
    { kind: "setMirrorRoute" },
    pause("2m"),
    setWeight(50),
    pause(),
  ]));
  const { requests } = revisionsOf(result)["canary"]!.mirrored!;
  assert.ok(Math.abs(requests.arrived - 240) < 80, String(requests.arrived));
  const copied = result.of("window").filter(({ mirrored }) => mirrored?.requests.arrived);
  assert.ok(copied.every(({ at }) => at / SECOND <= Math.ceil(READY_S + 120)));
});

Deno.test("setMirrorRoute() ends with the abort of its rollout", () => {
  const result = run(
    scenario([scale(1), { kind: "setMirrorRoute", percentage: 100 }, pause()], {}, {
      changes: [{ kind: "act", act: "abort", service: "chat", when: "10m" }],
    }),
  );
  const copied = result.of("window").filter(({ mirrored }) => mirrored?.requests.arrived);
  assert.ok(copied.length > 0 && copied.every(({ at }) => at <= 600 * SECOND));
});

const EXPERIMENT = {
  kind: "experiment",
  templates: [
    { name: "baseline", specRef: "stable", weight: 10 },
    { name: "challenger", specRef: "canary", weight: 10 },
  ],
  duration: "4m",
};

Deno.test("experiment() runs a baseline and a challenger with weight for its duration", () => {
  const result = run(scenario([EXPERIMENT, setWeight(50), pause()]));
  const { baseline, challenger } = revisionsOf(result);
  for (const revision of [baseline!, challenger!]) {
    assert.ok(revision.measured.requests.completed > 20);
    assert.equal(revision.measured.requests.failed + revision.measured.requests.rejected, 0);
    assert.equal(revision.replicas, 0);
  }
  const during = result.of("weight").find(({ weights }) => weights["challenger"] === 10)!;
  assert.deepEqual(during.weights, { stable: 80, canary: 0, baseline: 10, challenger: 10 });
  const images = Object.entries(result.state.objects)
    .filter(([key]) => /LLMInferenceService\/default\/chat-(baseline|challenger)$/.test(key))
    .map(([, { spec }]) => JSON.stringify(spec!["template"]).includes("vllm:2"));
  assert.deepEqual(images, [false, true]);
  const [, begun] = scales(result, "challenger");
  assert.deepEqual(begun, [READY_S + 240, 0]);
  assert.equal(rolloutOf(result).step, 2);
});

Deno.test("experiment() aborts when its analysis fails, and takes its pods and weights away", () => {
  const strict = analysis([{ ...errors("challenger"), metric: "ttft", threshold: "1us" }]);
  const result = run(scenario([{ ...EXPERIMENT, analyses: [strict] }, setWeight(50)]));
  assert.equal(rolloutOf(result).phase, "Degraded");
  assert.deepEqual(result.state.services["chat"]!.weights, {
    ...{ stable: 100, canary: 0, baseline: 0, challenger: 0 },
  });
  assert.deepEqual(scales(result, "baseline").at(-1)![1], 0);
});

Deno.test("experiment() without a duration ends with its analyses", () => {
  const { duration: _, ...open } = EXPERIMENT;
  const counted = analysis([errors("challenger")], { count: 3 });
  const result = run(scenario([{ ...open, analyses: [counted] }, setWeight(50), pause()]));
  assert.equal(rolloutOf(result).step, 2);
  const [ended] = result.of("phase").filter(({ phase }) => phase === "Successful");
  assert.equal(scales(result, "challenger").at(-1)![0], ended!.at / SECOND);
});

Deno.test("replicaProgressThreshold() lets steps go on with a part of the replicas", () => {
  // 4 GPUs: two for stable, two for the canary's first replicas, none for its third and fourth.
  const cluster = { nodes: [{ count: 1, gpus: "4xH100-SXM" }] };
  const steps = [scale(4), setWeight(50), pause()];
  const strict = run(scenario(steps, {}, { cluster }));
  assert.equal(rolloutOf(strict).step, 0);
  const threshold = { kind: "replicaProgressThreshold", type: "Percent", value: 50 };
  const lenient = run(scenario([threshold, ...steps], {}, { cluster }));
  assert.equal(rolloutOf(lenient).step, 3);
});

Deno.test("startingStep is the step with which the background analysis begins", () => {
  const background = analysis([errors("canary")]);
  const steps = [setWeight(50), pause("1m"), setWeight(75), pause("1m")];
  const { of } = run(scenario(steps, { analysis: background, startingStep: 1 }));
  assert.equal(of("phase")[0]!.at, of("step").find(({ step }) => step === 1)!.at);
});

Deno.test("abortScaleDownDelay 0s keeps the pods, another one takes them later", () => {
  const changes = [{ kind: "act", act: "abort", service: "chat", when: "10m" }];
  const kept = run(scenario([setWeight(50), pause()], { abortScaleDownDelay: "0s" }, { changes }));
  assert.equal(revisionsOf(kept)["canary"]!.replicas, 1);
  const late = run(scenario([setWeight(50), pause()], { abortScaleDownDelay: "2m" }, { changes }));
  assert.deepEqual(scales(late, "canary").at(-1), [720, 0]);
});

Deno.test("scaleDownDelay keeps the old pods for so long", () => {
  const result = run(scenario([setWeight(50)], { scaleDownDelay: "3m" }));
  const { completedAt } = rolloutOf(result);
  assert.deepEqual(scales(result, "stable"), [[completedAt! / SECOND + 180, 0]]);
});

Deno.test("dynamicStableScale gives up stable's replicas, and an abort waits for them", () => {
  const services = [llm("chat", { replicas: 4 })];
  const steps = [setWeight(50), pause("1m"), setWeight(75), pause()];
  const changes = [{ kind: "act", act: "abort", service: "chat", when: "16m" }];
  const result = run(scenario(steps, { dynamicStableScale: true }, { services, changes }));
  assert.deepEqual(scales(result, "stable").map(([, replicas]) => replicas), [2, 1, 4]);
  const back = result.of("weight").filter(({ at }) => at >= 960 * SECOND)
    .map(({ at, weights }) => [at / SECOND, weights["canary"]!] as const);
  const falling = back.map(([, weight]) => weight);
  assert.deepEqual(falling, [...falling].sort((a, b) => b - a));
  const [backS] = back.find(([, weight]) => weight === 0)!;
  assert.ok(backS > 960 + LOADING / SECOND, "not before its pods are there again");
  assert.deepEqual(scales(result, "canary").at(-1), [backS + 30, 0]);
});

Deno.test("progressDeadline tells of a canary that finds no GPU, and may abort it", () => {
  const cluster = { nodes: [{ count: 1, gpus: "2xH100-SXM" }] };
  const stalled = run(scenario([setWeight(50)], {}, { cluster }));
  const { phase, message, stalledAt, abortedAt } = rolloutOf(stalled);
  assert.deepEqual([phase, stalledAt, abortedAt], ["Degraded", (AT_S + 600) * SECOND, undefined]);
  assert.match(
    message,
    /^ProgressDeadlineExceeded: ReplicaSet "chat-canary-kserve-\w+" has timed out progressing\.$/,
  );
  const told = stalled.of("event").filter(({ reason }) => reason === "ProgressDeadlineExceeded");
  assert.equal(told.length, 1);
  const options = { progressDeadline: "3m", progressDeadlineAbort: true, rollback: true };
  const aborted = run(scenario([setWeight(50)], options, { cluster }));
  assert.equal(rolloutOf(aborted).abortedAt, (AT_S + 180) * SECOND);
  assert.match(rolloutOf(aborted).message, /^undone/);
});

Deno.test("progressDeadline is over when the pods come all the same", () => {
  const result = run(scenario([setWeight(50), pause()], { progressDeadline: "30s" }));
  assert.deepEqual([rolloutOf(result).phase, rolloutOf(result).step], ["Paused", 1]);
  assert.equal(rolloutOf(result).stalledAt, (AT_S + 30) * SECOND);
});

Deno.test("a canary may have other arguments, environment and replicas", () => {
  const to = { args: ["--max-num-seqs=1"], env: { VLLM_USE_V1: "1" }, replicas: 3 };
  const result = run(scenario([setWeight(50), pause("1m")], { to }));
  assert.equal(revisionsOf(result)["canary"]!.replicas, 3);
  const member = result.state.objects["serving.kserve.io/LLMInferenceService/default/chat-canary"]!;
  const { containers: [main] } = member.spec!["template"] as unknown as {
    containers: { image: string; args: string[]; env: object[] }[];
  };
  assert.deepEqual([main!.image, main!.args, main!.env], [
    "vllm:1",
    ["--max-num-seqs=1"],
    [{ name: "VLLM_USE_V1", value: "1" }],
  ]);
  const running = result.of("window").filter(({ revision }) => revision === "canary")
    .flatMap(({ pods }) => pods.running);
  assert.equal(Math.max(...running), 1);
});

Deno.test("plan() says of steps that a route group cannot do why", () => {
  const found = problems(scenario([
    { kind: "setHeaderRoute", name: "x", match: [] },
    { kind: "plugin", name: "x" },
    { kind: "setMirrorRoute", percentage: 5, match: [{}] },
  ]));
  assert.match(found["rollouts[0].steps[0]"]!, /^Cannot route by headers: the members of/);
  assert.match(found["rollouts[0].steps[1]"]!, /^Cannot run a plugin of Argo's controller/);
  assert.match(found["rollouts[0].steps[2].match"]!, /^Cannot match: a RequestMirror/);
});

Deno.test("plan() refuses steps that cannot be meant", () => {
  const found = problems(scenario([
    { kind: "setMirrorRoute", percentage: 5 },
    setWeight(90),
    EXPERIMENT,
    {
      kind: "experiment",
      templates: [{ name: "b", specRef: "stable" }],
      duration: "1m",
      analyses: [],
    },
  ], { startingStep: 3 }));
  assert.deepEqual(found, {
    "rollouts[0].steps[0]": "Cannot mirror to a canary without replicas: put setCanaryScale before",
    "rollouts[0].steps[2].templates":
      "Cannot give 20 % to an experiment: the canary has 90 % by then",
    "rollouts[0].startingStep": "Cannot start an analysis at a step: analysis says none",
  });
  const { duration: _, ...open } = EXPERIMENT;
  const endless = problems(scenario([{ ...open, analyses: [analysis([errors("baseline")])] }]));
  assert.deepEqual(Object.keys(endless), ["rollouts[0].steps[0].analyses[0].count"]);
  const twice = problems(scenario([EXPERIMENT, EXPERIMENT]));
  assert.deepEqual(twice, {
    "rollouts[0].steps[1].templates":
      'Cannot use "baseline" twice: each template is a revision of its own',
  });
  const none = problems(scenario([setWeight(50)], { to: { image: "vllm:2", replicas: 0 } }));
  assert.deepEqual(Object.keys(none), ["rollouts[0].to.replicas"]);
  const named = problems(
    scenario([{ ...EXPERIMENT, templates: [{ name: "canary", specRef: "stable" }] }]),
  );
  assert.deepEqual(named, {
    "rollouts[0].steps[0].templates[0].name": "there is such a revision already",
  });
});
