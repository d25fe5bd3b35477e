import assert from "node:assert/strict";
import { expect, fixed, metric, nodes, scenario } from "mtop";
import { canaryFailure } from "../../../scenarios/canary-failure.ts";
import { plan } from "../../../src/scenario/plan.ts";
import fc from "../../fast_check.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, problems, smallScenario } from "./small_run.ts";

const CANARY = {
  kind: "canary",
  service: "chat",
  at: "1m",
  to: { image: "vllm:2" },
  steps: [{ kind: "setWeight", weight: 50 }, { kind: "pause", duration: "1m" }],
};
const XID = {
  kind: "gpu-xid",
  xid: 79,
  on: { kind: "pods", service: "chat", mode: "first" },
  when: "2m",
};
const BETTER_THAN_SMALL = {
  kind: "betterThan",
  than: smallScenario({ name: "other" }),
  measured: { kind: "metric", metric: "e2e", statistic: "p95" },
};
const GOODPUT = { kind: "metric", metric: "goodput", comparison: "above", threshold: "95%" };

function only(fields: Readonly<Record<string, unknown>>): [string, string] {
  const found = Object.entries(problems(smallScenario(fields)));
  assert.equal(found.length, 1, JSON.stringify(found));
  return found[0]!;
}

Deno.test("plan() says that it was given no scenario", () => {
  for (const data of [null, undefined, 42, "scenario", {}, [], () => {}, { name: "x" }]) {
    assert.deepEqual(problems(data), {
      "": "this is not a scenario: export default scenario({ … })",
    });
  }
});

Deno.test("plan() refuses a weight above 100 or below 0", () => {
  const weight = (weight: number) =>
    only({ rollouts: [{ ...CANARY, steps: [{ kind: "setWeight", weight }] }] });
  assert.deepEqual(weight(140), [
    "rollouts[0].steps[0].weight",
    'Cannot set weight of "chat": 140 is above 100',
  ]);
  assert.match(weight(-1)[1], /-1 is below 0$/);
});

Deno.test("plan() refuses a duration of another unit", () => {
  assert.deepEqual(only({ duration: "5 minuts" }), [
    "duration",
    'Invalid duration "5 minuts": write a number and a unit, such as 30s, 5m or 1h30m',
  ]);
  assert.equal(only({ rollouts: [{ ...CANARY, at: "5 minuts" }] })[0], "rollouts[0].at");
  assert.equal(only({ duration: "0s" })[0], "duration");
});

Deno.test("plan() asks whether a near name was meant", () => {
  const on = { ...XID.on, service: "caht" };
  assert.deepEqual(only({ faults: [{ ...XID, on }] }), [
    "faults[0].on.service",
    'Cannot find the service "caht": did you mean "chat"?',
  ]);
  const far = only({ faults: [{ ...XID, on: { ...on, service: "embeddings" } }] });
  assert.match(far[1], /known: chat$/);
});

Deno.test("plan() refuses GPUs and models that it has no facts of", () => {
  const [path, message] = only({ cluster: { nodes: [{ count: 1, gpus: "8xH100-SMX" }] } });
  assert.equal(path, "cluster.nodes[0].gpus");
  assert.match(message, /did you mean "H100-SXM"\?/);
  const model = only({ services: [llm("chat", { model: "meta-llama/Llama-3.1-9B" })] });
  assert.equal(model[0], "services[0].spec.model");
  assert.match(model[1], /did you mean "meta-llama\/llama-3.1-8b"\?/);
});

Deno.test("plan() refuses unknown fields, wherever they stand", () => {
  assert.deepEqual(only({ warmpu: "2m" }), [
    "warmpu",
    'Unknown field "warmpu": did you mean "warmup"?',
  ]);
  const [, known] = only({ slo: { chat: { objective: "95%" } } });
  assert.match(known, /^Unknown field "objective": known: ttft, itl, .*goodput/);
  const [load] = smallScenario().load;
  assert.equal(only({ load: [{ ...load, rsp: 5 }] })[0], "load[0].rsp");
  assert.equal(only({ rollouts: [{ ...CANARY, step: [] }] })[0], "rollouts[0].step");
  const when = { kind: "atStep", step: 0, afetr: "1s" };
  assert.equal(only({ rollouts: [CANARY], faults: [{ ...XID, when }] })[0], "faults[0].when.afetr");
});

Deno.test("plan() names the value that was meant", () => {
  const goodput = { ...GOODPUT, metric: "goodputt" };
  assert.deepEqual(only({ expect: [goodput] }), [
    "expect[0].metric",
    'Unknown value "goodputt": did you mean "goodput"?',
  ]);
  const service = { ...llm("chat"), kind: "LLMInferenceServic" };
  assert.deepEqual(problems(smallScenario({ services: [service] })), {
    "services[0].kind": 'Unknown value "LLMInferenceServic": did you mean "LLMInferenceService"?',
  });
});

Deno.test("plan() says once that a text stands where fields do", () => {
  const found = problems(smallScenario({ expect: [expect.noEvent("BackOff" as never)] }));
  assert.deepEqual(Object.keys(found), ["expect[0].reason", "expect[0]"]);
  assert.match(found["expect[0]"]!, /^This is a text or a list: write \{ … \} with some of reason/);
});

Deno.test("plan() refuses duplicate names", () => {
  const [load] = smallScenario().load;
  assert.deepEqual(only({ load: [load, load] }), [
    "load[1]",
    'Cannot use "users" twice: load[0] has it already',
  ]);
  assert.equal(only({ services: [llm("chat"), llm("chat")] })[0], "services[1]");
  const named = { ...XID, name: "x" };
  assert.equal(only({ faults: [named, named] })[0], "faults[1]");
  assert.equal(only({ rollouts: [CANARY, CANARY] })[0], "rollouts[1]");
  const release = { ...CANARY, name: "release" };
  const services = [llm("chat"), llm("code")];
  const rollouts = [release, { ...release, service: "code" }];
  assert.equal(only({ services, rollouts })[0], "rollouts[1]");
});

Deno.test("plan() refuses services that cannot run anywhere in the cluster", () => {
  const service = (options: Parameters<typeof llm>[1], gpus = "8xH100-SXM") =>
    only({ services: [llm("chat", options)], cluster: { nodes: [{ count: 1, gpus }] } });
  assert.deepEqual(service({ gpus: 3 }), [
    "services[0].spec.parallelism.tensor",
    "ValueError: Total number of attention heads (32) must be divisible by tensor parallel size (3).",
  ]);
  const big = "meta-llama/Llama-3.3-70B-Instruct";
  const [path, message] = service({ model: big, gpus: 1 });
  assert.equal(path, "services[0].spec.model");
  assert.match(message, /^torch.OutOfMemoryError: CUDA out of memory/);
  assert.match(service({}, "1xL4")[1], /more KV cache is needed than/);
  assert.match(service({ gpus: 4 }, "2xH100-SXM")[1], /no node of the cluster has so many$/);
  const limits = { resources: { limits: { "nvidia.com/gpu": "4.5" } } };
  const half = llm("chat", { gpus: 4 });
  const [main] = half.spec.template.containers;
  const template = { containers: [{ ...main, ...limits }] };
  assert.match(
    only({
      services: [{ ...half, spec: { ...half.spec, template } }],
      cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }] },
    })[1],
    /no whole number$/,
  );
});

Deno.test("plan() refuses goodput of a service that has no slo", () => {
  assert.deepEqual(only({ expect: [GOODPUT] }), [
    "expect[0]",
    'Cannot measure goodput of "chat": it has no slo to meet',
  ]);
});

Deno.test("plan() refuses a step beyond the last, and a step of no rollout", () => {
  const at = (step: number) => ({ ...XID, when: { kind: "atStep", step } });
  assert.deepEqual(only({ rollouts: [CANARY], faults: [at(2)] }), [
    "faults[0].when.step",
    "Cannot wait for step 2: the last one is 1",
  ]);
  assert.equal(only({ faults: [at(0)] })[0], "faults[0].when");
  const when = { kind: "atStep", step: 0, rollout: "rollouts[0]" };
  assert.deepEqual(only({ rollouts: [CANARY], faults: [{ ...XID, when }] }), [
    "faults[0].when",
    'Cannot find a rollout of "rollouts[0]": known: chat',
  ]);
});

Deno.test("plan() refuses a name that every object inherits", () => {
  const [path, message] = only({ faults: [{ ...XID, name: "__proto__" }] });
  assert.deepEqual([path, message], [
    "faults[0]",
    'Cannot use the name "__proto__": it is reserved',
  ]);
});

Deno.test("plan() refuses engine flags that it would have to ignore", () => {
  const flags = (args: string[]) => smallScenario({ services: [llm("chat", { args })] });
  assert.deepEqual(problems(flags(["--cpu-offload-gb=10"])), {
    "services[0].spec.template.containers":
      'Cannot simulate "chat": the flag --cpu-offload-gb is not modelled yet',
  });
  planned(flags(["--dtype", "bfloat16", "--kv-cache-dtype=auto"]));
});

Deno.test("plan() refuses a warm-up as long as the run", () => {
  assert.equal(only({ warmup: "10m" })[0], "warmup");
  planned(smallScenario({ warmup: "599s" }));
});

Deno.test("plan() refuses to guess which of several services is meant", () => {
  const services = [llm("chat"), llm("code")];
  const rps = { kind: "metric", metric: "rps", comparison: "above", threshold: 1 };
  const [path, message] = only({ services, expect: [rps] });
  assert.equal(path, "expect[0].service");
  assert.match(message, /one of chat, code$/);
  const when = { kind: "whenever", check: rps };
  assert.equal(only({ services, faults: [{ ...XID, when }] })[0], "faults[0].when.check.service");
});

Deno.test("plan() refuses names that name nothing", () => {
  const weight = { kind: "weight", service: "chat", revision: "canary", weight: 0 };
  assert.equal(only({ expect: [weight] })[0], "expect[0].revision");
  assert.deepEqual(only({ rollouts: [CANARY], expect: [{ ...weight, weight: 130 }] }), [
    "expect[0].weight",
    "Cannot expect a weight of 130: those of a rollout are percent",
  ]);
  const outcome = { kind: "rollout", service: "chat", outcome: "aborted" };
  assert.equal(only({ expect: [outcome] })[0], "expect[0].service");
  assert.equal(only({ slo: { code: {} } })[0], "slo.code");
  const [load] = smallScenario().load;
  assert.equal(only({ load: [{ ...load, to: "code" }] })[0], "load[0].to");
  assert.equal(only({ rollouts: [{ ...CANARY, service: "code" }] })[0], "rollouts[0].service");
});

Deno.test("plan() refuses an inline analysis without a count, and one every 0s", () => {
  const rps = { kind: "metric", metric: "rps", comparison: "above", threshold: 1 };
  const analysis = { kind: "analysis", name: "gate", every: "10s", checks: [rps] };
  const steps = [{ kind: "analysisStep", analysis }];
  assert.equal(
    only({ rollouts: [{ ...CANARY, steps }] })[0],
    "rollouts[0].steps[0].analysis.count",
  );
  const hurried = { ...analysis, every: "0s" };
  assert.equal(
    only({ rollouts: [{ ...CANARY, analysis: hurried }] })[0],
    "rollouts[0].analysis.every",
  );
});

Deno.test("plan() names the number that was written, also when the scenario went through JSON", () => {
  const load = [{
    ...{ kind: "poisson", name: "users", to: "chat", rps: -Infinity, output: fixed(NaN) },
    prompt: { kind: "uniform", min: 1, max: Infinity },
  }];
  const frozen = scenario(smallScenario({ load }) as never);
  for (const data of [frozen, JSON.parse(JSON.stringify(frozen))]) {
    assert.deepEqual(problems(data), {
      "load[0].rps": "Invalid input: expected number, received -Infinity",
      "load[0].prompt.max": "Invalid input: expected number, received Infinity",
      "load[0].output.tokens": "Invalid input: expected number, received NaN",
    });
  }
  const words = smallScenario({ load: [{ ...load[0], rps: "many" }] });
  assert.equal(problems(words)["load[0].rps"], "Invalid input: expected number, received string");
});

Deno.test("plan() says which field is missing, and what it is", () => {
  const found = problems(
    smallScenario({ faults: [{ kind: "quota", when: "5m" }, { kind: "node-pressure" }] }),
  );
  assert.equal(found["faults[0].hard"], 'The field "hard" is missing: it is an object');
  assert.equal(
    found["faults[1].resource"],
    'The field "resource" is missing: write "memory" or "disk"',
  );
  assert.equal(found["faults[1].when"], 'The field "when" is missing: it is a string');
  const unfinished = problems(smallScenario({
    faults: [{ kind: "node-loss", on: nodes(), when: "5m", permanent: true }],
    expect: [metric.ttft("p95"), { kind: "metrics" }],
  }));
  for (const path of ["expect[0].kind", "faults[0].on.kind"]) {
    assert.match(unfinished[path]!, /^This is no entry yet.* \.below\(…\) .* \.first\(\)/, path);
  }
  assert.equal(unfinished["expect[1].kind"], 'Unknown kind "metrics": did you mean "metric"?');
});

Deno.test("plan() says of a manifest which field is missing, in the same words", () => {
  const { apiVersion, kind: _, metadata } = llm("chat");
  assert.deepEqual(problems(smallScenario({ services: [{ apiVersion, metadata, spec: {} }] })), {
    "services[0].kind": 'The field "kind" is missing: write "LLMInferenceService"',
    "services[0].spec.model": 'The field "model" is missing: it is an object',
  });
});

Deno.test("plan() refuses fields of a manifest that KServe does not have, as an API server does", () => {
  const { spec, ...service } = llm("chat");
  const config = {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceServiceConfig",
    metadata: { name: "base" },
    spec: { templat: {} },
  };
  const services = [{ ...service, spec: { ...spec, replcas: 3, nonsense: 1 } }];
  const found = problems(smallScenario({ services, configs: [config] }));
  assert.equal(
    found["services[0].spec.replcas"],
    'Unknown field "replcas": did you mean "replicas"?',
  );
  assert.match(found["services[0].spec.nonsense"]!, /^Unknown field "nonsense": known: .*, router/);
  assert.equal(
    found["configs[0].spec.templat"],
    'Unknown field "templat": did you mean "template"?',
  );
  assert.equal(Object.keys(found).length, 3);
});

Deno.test("plan() tells all problems at once, each with its path", () => {
  const [load] = smallScenario().load;
  const found = problems({
    ...smallScenario(),
    duration: "5 minuts",
    warmpu: "2m",
    cluster: { nodes: [{ count: 1, gpus: "8xH100-SMX" }] },
    services: [
      llm("chat", { gpus: 3 }),
      llm("code", { model: "meta-llama/Llama-3.1-9B" }),
      llm("code"),
      { ...llm("sql"), kind: "Deployment" },
    ],
    slo: { caht: {} },
    load: [{ ...load, rps: "many" }, load, load, { ...load, name: "other", to: "caht" }],
    rollouts: [
      { ...CANARY, steps: [{ kind: "setWeight", weight: "all" }] },
      { ...CANARY, steps: [{ kind: "setWeight", weight: 140 }] },
    ],
    faults: [
      { ...XID, xid: 12 },
      { ...XID, on: { ...XID.on, service: "caht" } },
      { ...XID, when: { kind: "atStep", step: 9 } },
    ],
    expect: [{ ...GOODPUT, threshold: "95" }, { ...GOODPUT, service: "chat" }, GOODPUT],
  });
  assert.deepEqual(Object.keys(found).toSorted(), [
    "cluster.nodes[0].gpus",
    "duration",
    "expect[0].threshold",
    "expect[1]",
    "expect[2].service",
    "faults[0].xid",
    "faults[1].on.service",
    "load[0].rps",
    "load[2]",
    "load[3].to",
    "rollouts[0].steps[0].weight",
    "rollouts[1].steps[0].weight",
    "services[0].spec.parallelism.tensor",
    "services[1].spec.model",
    "services[2]",
    "services[3].kind",
    "slo.caht",
    "warmpu",
  ]);
  assert.match(found["load[2]"]!, /load\[1\] has it already$/);
});

Deno.test("plan() blames nothing on what it could not read", () => {
  const outcome = { kind: "rollout", service: "chat", outcome: "aborted" };
  const weight = { kind: "weight", service: "chat", revision: "canary", weight: 0 };
  const broken = { ...CANARY, steps: "all" };
  const faults = [{ ...XID, when: { kind: "atStep", step: 1 } }];
  assert.deepEqual(
    Object.keys(problems(smallScenario({ rollouts: [broken], faults, expect: [outcome, weight] }))),
    ["rollouts[0].steps"],
  );
  for (const services of [42, [], [42], [{ ...llm("chat"), metadata: {} }]]) {
    const paths = Object.keys(problems(smallScenario({ services })));
    assert.ok(paths.length > 0 && paths.every((path) => path.startsWith("services")), `${paths}`);
  }
  assert.deepEqual(Object.keys(problems(smallScenario({ cluster: { nodes: 5 } }))), [
    "cluster.nodes",
  ]);
  assert.deepEqual(
    Object.keys(problems(smallScenario({ slo: { chat: 5 }, expect: [GOODPUT] }))),
    ["slo.chat"],
  );
});

Deno.test("plan() warns of what never happens", () => {
  const { warnings } = planned(smallScenario({
    rollouts: [{ ...CANARY, at: "10m" }],
    faults: [{ ...XID, when: { kind: "after", fault: { ref: null } } }],
  }));
  assert.deepEqual(warnings.map(({ path }) => path), ["rollouts[0].at", "faults[0].when"]);
});

Deno.test("plan() keeps windows as long as the longest look back, a minute at least", () => {
  const rps = { kind: "metric", metric: "rps", comparison: "above", threshold: 1 };
  const keep = (fields: Readonly<Record<string, unknown>>) =>
    planned(smallScenario(fields)).keepSeconds;
  assert.equal(keep({}), 60);
  assert.equal(keep({ expect: [{ ...rps, over: "150s" }] }), 150);
  const when = (over: string) => ({ kind: "whenever", check: { ...rps, over } });
  assert.equal(keep({ faults: [{ ...XID, when: when("3m") }] }), 180);
  assert.equal(keep({ rollouts: [{ ...CANARY, at: when("4m") }] }), 240);
  const analysis = { kind: "analysis", name: "a", every: "10s", checks: [{ ...rps, over: "5m" }] };
  assert.equal(keep({ rollouts: [{ ...CANARY, analysis }] }), 300);
});

Deno.test("plan() leaves out the status and the version that a service was copied with", () => {
  const copied = {
    ...llm("chat"),
    metadata: { name: "chat", resourceVersion: "8812" },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  };
  assert.equal(
    planned(smallScenario({ services: [copied] })).services[0]!.object.status,
    undefined,
  );
});

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [path, ...entries.flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

/** A copy with the value at a path replaced, or left out when there is none to put there. */
function changed(data: unknown, path: Path, instead: readonly unknown[]): unknown {
  const copy = structuredClone(data) as Record<string | number, unknown>;
  let parent = copy;
  for (const key of path.slice(0, -1)) parent = parent[key] as typeof copy;
  const last = path.at(-1)!;
  if (instead.length > 0) parent[last] = instead[0];
  else if (Array.isArray(parent)) parent.splice(last as number, 1);
  else delete parent[last];
  return copy;
}

const PATHS = pathsOf(canaryFailure).filter((path) => path.length > 0);
const RETYPED = fc.constantFrom<unknown>(null, true, "", "x", 0, -1, 1.5, 1e300, {}, [], [null]);
const INSTEAD = fc.oneof(
  fc.constant([]),
  RETYPED.map((value) => [value]),
  fc.anything({ maxDepth: 2 }).map((value) => [value]),
  fc.constantFrom(...PATHS).map((path) => [valueAt(path)]),
);

function valueAt(path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string, unknown>)[key],
    canaryFailure,
  );
}

Deno.test("plan() never throws, and says where and what, when a field of a scenario is spoilt", () => {
  const outcomes = { planned: 0, refused: 0 };
  const property = fc.property(fc.constantFrom(...PATHS), INSTEAD, (path, instead) => {
    const result = plan(changed(canaryFailure, path, instead));
    if (!("problems" in result)) return void outcomes.planned++;
    outcomes.refused++;
    assert.ok(result.problems.length > 0);
    for (const problem of result.problems) {
      assert.ok(problem.message.length > 0 && problem.message.length < 2000);
      assert.ok(problem.path.length > 0 || path[0] === "kind", problem.message);
      assert.ok(!/undefined|\[object|NaN/.test(problem.path), problem.path);
    }
  });
  fc.assert(property, { numRuns: 300, seed: 1 });
  assert.ok(outcomes.planned > 20 && outcomes.refused > 100, JSON.stringify(outcomes));
});

Deno.test("plan() of every scenario of the library is plain data that can go to a worker", async () => {
  const folder = new URL("../../../scenarios/", import.meta.url);
  const datas: unknown[] = [smallScenario({ expect: [BETTER_THAN_SMALL] })];
  for await (const { name } of Deno.readDir(folder)) {
    datas.push((await import(new URL(name, folder).href)).default);
  }
  assert.ok(datas.length > 20);
  for (const data of datas) {
    const made = planned(data);
    assert.deepEqual(structuredClone(made), made);
    assert.equal(made.policies, undefined);
  }
});
