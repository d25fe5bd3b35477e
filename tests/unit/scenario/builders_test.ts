import assert from "node:assert/strict";
import {
  abort,
  after,
  analysis,
  analyze,
  atStep,
  badImage,
  blueGreen,
  canary,
  configError,
  constant,
  containerKill,
  crashLoop,
  diurnal,
  empirical,
  expect,
  experiment,
  failingRevision,
  fixed,
  gamma,
  gpuXid,
  hubThrottled,
  lognormal,
  metric,
  nodeLoss,
  nodes,
  pause,
  pauseRollout,
  podKill,
  podOom,
  pods,
  poisson,
  promote,
  promoteFull,
  pullThrottled,
  quota,
  readinessFailing,
  registryDown,
  replicaProgressThreshold,
  resume,
  retry,
  rolling,
  scenario,
  type ScenarioOptions,
  setCanaryScale,
  setMirrorRoute,
  setWeight,
  shadow,
  sharedPrefix,
  slowingRevision,
  slowStart,
  spike,
  stages,
  stall,
  trace,
  undo,
  uniform,
  users,
  whenever,
} from "mtop";
import * as mtop from "mtop";
import { canaryFailure } from "../../../scenarios/canary-failure.ts";
import fc from "../../fast_check.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned } from "./small_run.ts";

const guard = analysis("guard", { every: "10s", count: 2, checks: [metric.rps().above(1)] });
const xid79 = gpuXid(79, { on: pods({ service: "chat", of: "canary" }).first(), when: "5m" });
const lost = nodeLoss({ on: nodes({ name: "gpu-1" }).all(), when: after(xid79, "1m"), for: "1m" });

/** Every word of the vocabulary once. */
const OPTIONS: ScenarioOptions = {
  name: "everything",
  about: "Every word once.",
  seed: 7,
  duration: "1h",
  warmup: "1m30s",
  cluster: { nodes: [{ count: 4, gpus: "8xH100-SXM", name: "gpu" }] },
  services: [llm("chat", { replicas: 2 })],
  slo: { chat: { ttft: { p95: "2s" }, itl: { p99: "60ms" }, e2e: { p50: "10s" } } },
  load: [
    poisson("a", { to: "chat", rps: 2, prompt: fixed(10), output: uniform(1, 9) }),
    constant("b", {
      ...{ to: "chat", rps: 0.5, start: "1s", end: "2m", priority: -1, timeout: "30s" },
      ...{ prompt: lognormal({ mean: 9, p99: 90 }), output: fixed(1) },
    }),
    trace("c", {
      to: "chat",
      speedup: 2,
      text: "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n",
    }),
    trace("d", {
      to: "chat",
      text: `{"timestamp": 0, "input_length": 600, "output_length": 5, "hash_ids": [1, 2]}
{"timestamp": 9, "input_length": 700, "output_length": 6, "hash_ids": [1, 3]}`,
    }),
    gamma("e", {
      ...{ to: "chat", rps: 2, burstiness: 0.5, objective: -1, fairness: "tenant" },
      ...{ prompt: empirical([10, 20, 4000]), output: empirical([[5, 1], [9, 2.5]]) },
    }),
    stages("f", {
      ...{ to: "chat", prompt: empirical("120, 5\n80, 1"), output: fixed(9) },
      stages: [{ rps: 5, for: "2m" }, { rampTo: 0, for: "30s" }],
      retries: { attempts: 3, backoff: "1s", maxBackoff: "5s", on: ["rejected", "timeout"] },
      slo: { ttft: { p95: "1s" }, e2e: { p50: "9s" } },
    }),
    spike("g", {
      ...{ to: "chat", rps: 1, peak: 9, at: "5m", for: "1m", ramp: "10s", arrivals: "constant" },
      ...{ prompt: fixed(10), output: fixed(10) },
    }),
    diurnal("h", {
      ...{ to: "chat", low: 0, high: 5, period: "24h", peakAt: "12h" },
      requests: sharedPrefix({
        ...{ groups: 3, usersPerGroup: 5, systemTokens: 600 },
        ...{ questionTokens: 120, outputTokens: uniform(10, 20), multiTurn: true },
      }),
    }),
    users("i", {
      ...{ to: "chat", users: 8, think: "5s", rampUp: "1m", multiTurn: { maxTurns: 4 } },
      ...{ prompt: fixed(10), output: fixed(10) },
    }),
    users("j", {
      ...{ to: "chat", users: 8, think: { mean: "5s" } },
      requests: sharedPrefix({
        ...{ groups: 2, usersPerGroup: 4, systemTokens: 9, questionTokens: 1, outputTokens: 1 },
        multiTurn: { maxTurns: 3, maxTokens: 2000 },
      }),
    }),
  ],
  rollouts: [
    canary("chat", {
      name: "release",
      at: "4m",
      to: { image: "vllm:2" },
      steps: [
        setCanaryScale({ replicas: 1 }),
        setWeight(5),
        setCanaryScale({ weight: 50 }),
        setCanaryScale({ matchTrafficWeight: true }),
        pause("2m"),
        analyze(guard),
        pause(),
        setWeight(100),
      ],
      analysis: analysis("latency", {
        ...{ every: "10s", initialDelay: "5s", failureLimit: 2, consecutiveErrorLimit: 3 },
        checks: [
          metric.ttft("p99", { of: "canary", over: "2m" }).below("2s"),
          metric.itl().below("60ms"),
          metric.tpot("mean").below("60ms"),
          metric.e2e().below("1m"),
          metric.queue("p50").below("1s"),
          metric.errorRate({ service: "chat" }).below("1%"),
        ],
      }),
    }),
  ],
  faults: [
    xid79,
    lost,
    gpuXid(79, { name: "third", on: pods().random(2), when: atStep(2, { after: "30s" }) }),
    gpuXid(79, {
      name: "fourth",
      on: pods().fixed(1),
      when: whenever(metric.kvCacheUsage().above("90%")),
    }),
    nodeLoss({
      on: nodes({ service: "chat" }).percent(50),
      when: atStep(0, { rollout: "chat" }),
      permanent: true,
    }),
    podKill({ on: pods().first(), when: "6m", grace: "5s" }),
    containerKill({ on: pods().random(), when: "6m" }),
    podOom({ on: pods({ of: "stable" }).all(), when: "7m" }),
    stall({ on: pods().first(), when: "8m" }),
    readinessFailing({ on: pods().first(), when: "9m", for: "1m" }),
    crashLoop({
      ...{ on: pods().first(), after: "5s", message: "bye", exitCode: 3 },
      ...{ when: "9m", permanent: true },
    }),
    slowStart({
      ...{ service: "chat", of: "canary", factor: 2, plus: "5s", phases: ["pulling"] },
      ...{ when: "9m", for: "1m" },
    }),
    badImage({ image: "vllm:9", when: "9m", for: "1m" }),
    badImage({ service: "chat", of: "canary", when: "9m", for: "1m" }),
    pullThrottled({ bandwidth: "1GB/s", pulls: 9, per: "1h", when: "9m", for: "1m" }),
    registryDown({ registry: "docker.io", when: "9m", for: "1m" }),
    hubThrottled({ bandwidth: "1GB/s", downloads: 9, per: "1h", when: "9m", for: "1m" }),
    failingRevision({ service: "chat", of: "canary", failing: "5%", when: "9m", permanent: true }),
    slowingRevision({
      ...{ service: "chat", image: "vllm:2", by: "30%", over: "10m" },
      ...{ when: "9m", permanent: true },
    }),
    quota({ namespace: "default", hard: { pods: 4 }, when: "9m", for: "1m" }),
    configError({ service: "chat", message: "no", exitCode: 3, when: "9m", for: "1m" }),
  ],
  expect: [
    expect.aborted("chat", { within: "2m", after: xid79 }),
    expect.completed("chat"),
    expect.weight("chat", "canary", 0),
    metric.goodput().above("95%"),
    metric.waiting({ over: "1m" }).below(10),
  ],
};

Deno.test("scenario() takes every word that mtop has, and plan() understands them", () => {
  const frozen = scenario(OPTIONS);
  const { scenario: parsed } = planned(frozen);
  assert.equal(parsed.load.length, 10);
  assert.equal(parsed.faults.length, 21);
  const [first] = parsed.rollouts;
  assert.equal(first?.kind === "canary" && first.steps.length, 8);
  assert.equal(parsed.duration, 3_600_000_000);
});

Deno.test("scenario() takes rollouts of every strategy and all acts, and plan() understands them", () => {
  const to = { image: "vllm:2", args: ["--max-num-seqs=8"], env: { A: "b" }, replicas: 2 };
  const { changes, rollouts } = planned(scenario({
    ...OPTIONS,
    services: ["chat", "b", "c", "d"].map((name) => llm(name)),
    faults: [],
    rollouts: [
      canary("chat", {
        ...{ at: "4m", to, startingStep: 1, dynamicStableScale: true, analysis: guard },
        ...{ scaleDownDelay: "1m", abortScaleDownDelay: "0s", rollback: true },
        ...{ progressDeadline: "5m", progressDeadlineAbort: true },
        steps: [
          replicaProgressThreshold({ type: "Percent", value: 90 }),
          setCanaryScale({ replicas: 1 }),
          setMirrorRoute(5),
          setMirrorRoute(),
          experiment({
            templates: [{ name: "baseline", specRef: "stable", replicas: 1, weight: 5 }],
            duration: "5m",
            analyses: [guard],
          }),
        ],
      }),
      blueGreen("b", {
        ...{ at: "1m", to, previewReplicas: 1, autoPromotion: false, autoPromotionAfter: "5m" },
        ...{ prePromotion: guard, postPromotion: guard },
      }),
      rolling("c", { at: "1m", to, maxSurge: "25%", rollback: true, analysis: guard }),
      shadow("d", {
        at: "1m",
        to,
        percent: 5,
        for: "5m",
        replicas: 1,
        analysis: guard,
        promote: true,
      }),
    ],
    changes: [
      ...[promote, promoteFull, abort, retry, pauseRollout, resume, undo]
        .map((act) => act("chat", { when: atStep(1, { rollout: "chat" }) })),
    ],
    expect: [expect.stalled("c"), expect.weight("d", "shadow", 0)],
  })).scenario;
  assert.equal(changes.length, 7);
  assert.deepEqual(rollouts.map(({ kind }) => kind), ["canary", "blueGreen", "rolling", "shadow"]);
});

Deno.test("scenario() freezes to the bottom, and leaves what it was given as it was", () => {
  const isFrozen = (value: unknown): boolean =>
    typeof value !== "object" || value === null ||
    (Object.isFrozen(value) && Object.values(value).every(isFrozen));
  assert.ok(isFrozen(scenario(OPTIONS)));
  assert.ok(!Object.isFrozen(OPTIONS));
  assert.ok(!Object.isFrozen(OPTIONS.services[0]));
});

Deno.test("scenario() returns JSON data that survives a round trip", () => {
  for (const frozen of [scenario(OPTIONS), canaryFailure]) {
    const copy = JSON.parse(JSON.stringify(frozen));
    assert.deepEqual(copy, frozen);
    assert.deepEqual(planned(copy), planned(frozen));
  }
});

Deno.test("scenario() turns references to its faults into their ids", () => {
  const { faults, expect: expectations } = scenario(OPTIONS);
  assert.deepEqual(expectations![0], {
    ...{ kind: "rollout", outcome: "aborted", service: "chat", within: "2m" },
    after: { ref: "faults[0]" },
  });
  assert.deepEqual(faults![1]!.when, { kind: "after", fault: { ref: "faults[0]" }, delay: "1m" });
  assert.deepEqual(canaryFailure.expect![0]!, {
    ...{ kind: "rollout", outcome: "aborted", service: "llama-3-70b", within: "2m" },
    after: { ref: "xid79" },
  });
});

Deno.test("scenario() turns a reference to an unlisted fault into one to nothing", () => {
  const { expect: expectations } = scenario({ ...OPTIONS, faults: [] });
  assert.deepEqual((expectations![0] as { after: unknown }).after, { ref: null });
  const { warnings } = planned(scenario({ ...OPTIONS, faults: [] }));
  assert.deepEqual(warnings.map(({ path }) => path), ["expect[0].after"]);
});

Deno.test("scenario() data can be varied by spreading it", () => {
  const { scenario: parsed, warnings } = planned({ ...canaryFailure, faults: [] });
  assert.equal(parsed.faults.length, 0);
  assert.deepEqual(warnings.map(({ path }) => path), ["expect[0].after"]);
  const again = scenario(canaryFailure as ScenarioOptions);
  assert.deepEqual(again, canaryFailure);
});

Deno.test("scenario() never throws, whatever it is given", () => {
  const anything = fc.anything({ withNullPrototype: true, withObjectString: true });
  const options = fc.record({
    faults: fc.oneof(anything, fc.array(anything)),
    expect: anything,
    services: anything,
  });
  fc.assert(fc.property(fc.oneof(anything, options), (given) => {
    scenario(given as ScenarioOptions);
  }));
  const circular: Record<string, unknown> = { name: "x" };
  circular["services"] = [circular];
  scenario(circular as never);
});

Deno.test("builders never throw and return plain data, whatever they are given", () => {
  const { metric: metrics, expect: expectations, main: _, scenario: _freezes, ...functions } = mtop;
  const all = { ...functions, ...metrics, ...expectations };
  for (const [name, build] of Object.entries(all)) {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 3 }), (args) => {
        let built: unknown;
        try {
          built = (build as (...args: unknown[]) => unknown)(...args);
          // A definition's word, which is a builder itself.
          if (typeof built === "function") built = built(...args);
        } catch (error) {
          assert.fail(`${name}(${JSON.stringify(args)}) threw ${error}`);
        }
        assert.equal(typeof built, "object");
      }),
      { numRuns: 30 },
    );
  }
});

Deno.test("trace() keeps what it could not read as a problem for plan()", () => {
  const bad = trace("c", { to: "chat", text: "no trace" });
  assert.match(JSON.stringify(bad), /this is not a trace: line 1 is neither/);
  const { requests } = trace("c", { to: "chat", text: "{}" }) as { requests?: unknown };
  assert.match(JSON.stringify(requests), /line 1 of the trace has no timestamp/);
});
