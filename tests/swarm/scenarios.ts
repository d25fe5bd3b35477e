// A random small scenario for each seed: loads, replicas, a canary or none, faults of every kind.
import { Streams } from "../../src/sim/streams.ts";
import { otherwise } from "./changes.ts";
import { budgets, hardwareFault } from "./hardware_faults.ts";
import { networkFault } from "./network_faults.ts";
import { podFault } from "./pod_faults.ts";
import { type Data, Random } from "./random.ts";
import { acts, revisionOf, rollout } from "./rollouts.ts";

interface Shape {
  readonly model: string;
  readonly gpus: number;
  readonly args: readonly string[];
  /** Each with a data-parallel rank of its own. */
  readonly nodes?: number;
}

/** Shapes of service, from one that fits anywhere to one that crash-loops on half of the nodes. */
const SHAPES: readonly Shape[] = [
  { model: "meta-llama/Llama-3.1-8B", gpus: 1, args: ["--max-model-len=4096"] },
  { model: "meta-llama/Llama-3.1-8B", gpus: 1, args: ["--max-model-len=65536"] },
  { model: "meta-llama/Llama-3.1-8B", gpus: 2, args: ["--max-num-seqs", "4"] },
  { model: "meta-llama/Llama-2-7b-hf", gpus: 1, args: ["--gpu-memory-utilization=0.8"] },
  { model: "meta-llama/Llama-3.3-70B-Instruct", gpus: 4, args: [] },
  { model: "meta-llama/Llama-3.1-8B", gpus: 1, args: [], nodes: 2 },
];

/** Every cluster has room for each shape on at least one node. */
const CLUSTERS = [
  [{ count: 2, gpus: "4xH100-SXM" }],
  [{ count: 1, gpus: "4xH100-SXM" }, { count: 2, gpus: "2xL4" }],
  [{ count: 1, gpus: "2xL4" }, { count: 3, gpus: "8xH100-SXM" }],
  [{ count: 2, gpus: "8xH100-SXM", nvlink: { island: 4 }, spot: "gcp", zone: "a" }],
  [
    { count: 1, gpus: "4xH100-SXM", taints: ["team=a:PreferNoSchedule"], zone: "a" },
    { count: 2, gpus: "4xH100-SXM", mig: "all-3g.40gb", migStrategy: "single", zone: "b" },
    { count: 1, gpus: "2xL4", timeSlicing: 3 },
  ],
];

/** The scenario of a seed: plain data, the same for the same seed. */
export function randomScenario(seed: number): Data {
  const random = new Random(new Streams(seed).stream("swarm"));
  const services = random.some(1, 2, (index) => service(random, index === 0 ? "chat" : "code"));
  const names = services.map(({ metadata }) => metadata.name);
  const durationS = random.between(60, 1500);
  const rollouts = random.coin() ? [rollout(random, services, durationS)] : [];
  const nodes = random.pick<readonly Data[]>(CLUSTERS);
  const around = { names, services, nodes, durationS, rollouts };
  const faults = random.some(0, 3, (index) => fault(random, index, around));
  const scenario = {
    kind: "scenario",
    name: `swarm-${seed}`,
    seed,
    duration: random.coin() ? `${durationS}s` : `${durationS * 1000 + random.between(1, 999)}ms`,
    warmup: `${random.between(0, Math.floor(durationS / 2))}s`,
    cluster: { nodes, ...(random.coin() ? { budgets: budgets(random, names) } : {}) },
    services,
    slo: random.coin() ? { chat: { ttft: { p95: "500ms" }, itl: { p95: "30ms" } } } : {},
    load: random.some(1, 3, (index) => load(random, index, names)),
    rollouts,
    changes: [
      ...(random.coin() ? [] : changes(random, names, durationS)),
      ...rollouts.flatMap((each) => acts(random, each, durationS)),
    ],
    faults,
    expect: rollouts.length > 0
      ? [{ kind: "rollout", service: rollouts[0]!["service"], outcome: "aborted", within: "1m" }]
      : [],
  };
  const { cluster, slo } = scenario;
  const more = otherwise(seed, { services, rollouts, slo, nodes, durationS });
  return {
    ...scenario,
    cluster: { ...cluster, nodes: [...nodes, ...more.nodes] },
    changes: [...scenario.changes, ...more.changes],
  };
}

/** What a person does: stops a service and resumes it, sends copies of one's requests to the other. */
function changes(random: Random, names: readonly string[], durationS: number): Data[] {
  const service = random.pick(names);
  const stopS = random.between(0, durationS);
  const [first, second] = names;
  return [
    { kind: "change", service, stopped: true, when: `${stopS}s` },
    { kind: "change", service, stopped: false, when: `${stopS + random.between(0, 300)}s` },
    ...(second === undefined ? [] : [{
      kind: "change",
      service: first,
      mirror: { to: second, percent: random.between(0, 100) },
      when: `${random.between(0, durationS)}s`,
    }]),
  ];
}

function service(random: Random, name: string) {
  const { model, gpus, args, nodes } = random.pick<Shape>(SHAPES);
  const template = { containers: [{ name: "main", image: "vllm:1", args }] };
  const ranks = nodes === undefined ? {} : { data: nodes, dataLocal: 1 };
  const workload = {
    parallelism: { tensor: gpus, ...ranks },
    template,
    ...(nodes === undefined ? {} : { worker: template }),
  };
  // Ranks of prefill are not modelled.
  const prefills = nodes === undefined && random.between(0, 5) === 0;
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name },
    spec: {
      model: { uri: `hf://${model}` },
      ...size(random, prefills),
      ...workload,
      ...(prefills ? { prefill: { replicas: random.between(0, 2), ...workload } } : {}),
      ...(prefills || random.coin() ? { router: router(random) } : {}),
    },
  };
}

/** So many replicas for ever, or as many as an autoscaler wants. */
function size(random: Random, prefills: boolean): Data {
  if (prefills || random.between(0, 3) > 0) return { replicas: random.between(0, 4) };
  const minReplicas = random.between(1, 2);
  const actuator = random.pick<Data>([
    { wva: { hpa: {} } },
    { wva: { keda: { pollingInterval: random.between(5, 60) } } },
    { keda: { triggers: [{ type: "prometheus", metadata: trigger(random) }] } },
  ]);
  return { scaling: { minReplicas, maxReplicas: random.between(minReplicas, 5), ...actuator } };
}

function trigger(random: Random): Data {
  return {
    serverAddress: "http://prometheus:9090",
    query: random.pick([
      'sum(vllm:num_requests_waiting{llm_isvc_name="chat"})',
      "avg(vllm:kv_cache_usage_perc)",
    ]),
    threshold: String(random.between(1, 5)),
  };
}

/** A route before the pods, and an endpoint picker of their own. */
function router(random: Random): Data {
  return { route: {}, gateway: {}, ...(random.coin() ? { scheduler: {} } : {}) };
}

function load(random: Random, index: number, names: readonly string[]): Data {
  const length = () =>
    random.pick<Data>([
      { kind: "fixed", tokens: random.between(1, 3000) },
      { kind: "uniform", min: 1, max: random.between(1, 4500) },
      { kind: "lognormal", mean: 200, p99: 1500 },
    ]);
  return {
    ...arrivals(random),
    name: `load-${index}`,
    to: random.pick(names),
    ...(random.coin()
      ? { prompt: length(), output: length() }
      : { requests: groups(random, length) }),
    ...(random.coin() ? { start: `${random.between(0, 60)}s` } : {}),
    ...(random.coin() ? { end: `${random.between(60, 900)}s` } : {}),
    ...(random.coin() ? { timeout: `${random.between(1, 60_000)}ms` } : {}),
    ...(random.coin() ? { retries: { attempts: random.between(2, 5) } } : {}),
    ...(random.coin() ? { slo: { e2e: { p95: "9s" } } } : {}),
  };
}

/** When requests come, of every kind but traces. */
function arrivals(random: Random): Data {
  const rps = random.between(1, 40) / 10;
  const span = () => `${random.between(1, 300)}s`;
  return random.pick<Data>([
    { kind: "poisson", rps },
    { kind: "constant", rps },
    { kind: "gamma", rps, burstiness: random.between(1, 30) / 10 },
    { kind: "stages", stages: [{ rps, for: span() }, { rampTo: rps + 1, for: span() }] },
    { kind: "spike", rps, peak: 9, at: `${random.between(60, 200)}s`, for: span() },
    { kind: "diurnal", low: 0, high: rps, period: span(), arrivals: "constant" },
    {
      kind: "users",
      users: random.between(1, 20),
      think: random.pick<unknown>(["0s", "2s", { mean: "3s" }]),
    },
  ]);
}

function groups(random: Random, length: () => Data): Data {
  return {
    kind: "sharedPrefix",
    groups: random.between(1, 4),
    usersPerGroup: random.between(1, 4),
    systemTokens: random.between(1, 2000),
    questionTokens: length(),
    outputTokens: length(),
    multiTurn: random.pick<unknown>([false, true, { maxTurns: 3 }]),
  };
}

interface Around {
  readonly names: readonly string[];
  readonly services: readonly ReturnType<typeof service>[];
  readonly nodes: readonly Data[];
  readonly durationS: number;
  readonly rollouts: readonly Data[];
}

function fault(random: Random, index: number, around: Around): Data {
  const how = random.pick<Data>([
    { mode: "first" },
    { mode: "all" },
    { mode: "random", count: random.between(1, 3) },
    { mode: "percent", percent: random.between(1, 100) },
  ]);
  const made = revisionOf(around.rollouts[0]);
  const of = made !== undefined && random.coin() ? { of: made } : {};
  // A revision is one of the service that is rolled out.
  const names = "of" in of ? [String(around.rollouts[0]!["service"])] : around.names;
  const service: Data = random.coin() ? { service: random.pick(names) } : {};
  const schedule = random.coin() ? scheduleOf(random, around.durationS) : undefined;
  const when = schedule ?? whenOf(random, index, around);
  const end = !schedule && random.coin()
    ? { permanent: true }
    : { for: `${random.between(1, 500)}s` };
  const family = random.pick(["hardware", "hardware", "network", "pods", "pods"]);
  const named = service["service"];
  const meant = around.services.filter(({ metadata: { name } }) =>
    named === undefined || name === named
  );
  const specs = meant.map(({ spec }) => spec);
  if (family === "network") {
    return { ...networkFault(random, { service, of, how, specs }), when, ...end };
  }
  if (family === "pods") {
    return podFault(random, { service, of, how, names, when, end });
  }
  const prefills = specs.some((spec) => "prefill" in spec);
  return hardwareFault(random, { service, of, how, prefills, nodes: around.nodes, when, end });
}

function scheduleOf(random: Random, durationS: number): Data {
  const gap = `${random.between(1, durationS)}s`;
  const from = `${random.between(0, durationS)}s`;
  return random.pick<Data>([
    { kind: "every", interval: gap, times: random.between(1, 20), jitter: "1s" },
    { kind: "every", interval: gap, from },
    { kind: "randomly", mean: gap },
    { kind: "randomly", mean: gap, from, until: `${durationS + 1}s` },
  ]);
}

function whenOf(random: Random, index: number, { names, durationS, rollouts }: Around): unknown {
  const busy = {
    kind: "metric",
    service: random.pick(names),
    metric: "kvCacheUsage",
    comparison: "above",
    threshold: "1%",
  };
  const kinds: unknown[] = [
    `${random.between(0, durationS)}s`,
    { kind: "whenever", check: busy },
  ];
  if (index > 0) {
    const delay = `${random.between(0, 60)}s`;
    kinds.push({ kind: "after", fault: { ref: `faults[${index - 1}]` }, delay });
  }
  const steps = rollouts[0]?.["steps"] as readonly unknown[] | undefined;
  if (rollouts.length > 0) kinds.push({ kind: "atStep", step: 0, after: "20s" });
  if (steps) {
    kinds.push({ kind: "atStep", step: random.between(0, steps.length - 1), after: "20s" });
  }
  return random.pick(kinds);
}
