// KServe's own test of a canary as a scenario (kserve 12ff898, `test/e2e/llmisvc/test_llm_canary_lifecycle.py`):
// two members of a route group, weights 9:1, then 7:3, then 0:9, under traffic that names the model.
import assert from "node:assert/strict";
import type { EventOf } from "../../../src/fleet/events.ts";
import { plan } from "../../../src/scenario/plan.ts";
import { Simulation } from "../../../src/scenario/run.ts";

/** KServe's three pairs of backends: plain Services, InferencePools with endpoint pickers, one of each. */
export const BACKENDS = ["service", "pool", "mixed"] as const;

export interface LifecycleOptions {
  readonly backend: (typeof BACKENDS)[number];
  /** Requests of a phase, which lasts 20 s: 40 are KServe's 2 a second. */
  readonly requests: number;
  readonly seed?: number;
}

export interface Phase {
  readonly name: string;
  /** Of the canary. */
  readonly share: number;
  readonly requests: number;
  readonly canary: number;
  readonly errors: number;
}

export interface Lifecycle {
  readonly phases: readonly Phase[];
  /** Requests of the 5 s after each change, which KServe leaves out, and their errors. */
  readonly mutations: { readonly requests: number; readonly errors: number };
  /** From the last change to the last request that still went to the old member, in µs. */
  readonly convergedUs: number;
}

const PHASE_S = 20;
/** KServe's `gateway convergence delay` after each mutation. */
const CONVERGENCE_S = 5;
const SECOND = 1_000_000;

const PHASES = [
  { name: "baseline", v1: 9, v2: 1 },
  { name: "canary", v1: 7, v2: 3 },
  { name: "promote", v1: 0, v2: 9 },
] as const;

function member(name: string, weight: number, scheduler: boolean, replicas: number) {
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name },
    spec: {
      model: { uri: "hf://meta-llama/Llama-3.1-8B", name: "tiny-llama" },
      replicas,
      router: {
        route: { group: "tiny-llama", weight, http: {} },
        ...(scheduler ? { scheduler: {} } : {}),
      },
      template: { containers: [{ name: "main", image: "vllm:1" }] },
    },
  };
}

function scenario({ backend, requests, seed = 1 }: LifecycleOptions) {
  const rps = requests / PHASE_S;
  const replicas = requests > 1000 ? 4 : 1;
  const cycle = PHASE_S + CONVERGENCE_S;
  const load = (name: string, startS: number, endS: number) => ({
    kind: "constant",
    name,
    to: { model: "tiny-llama" },
    rps,
    start: `${startS}s`,
    end: `${endS}s`,
    prompt: { kind: "fixed", tokens: 5 },
    output: { kind: "fixed", tokens: 5 },
  });
  return {
    kind: "scenario",
    name: "canary-lifecycle",
    seed,
    duration: `${3 * cycle + 30}s`,
    // Istio's PILOT_DEBOUNCE_AFTER.
    cluster: {
      nodes: [{ count: 2, gpus: "8xH100-SXM" }],
      gateway: { propagation: "100ms" },
    },
    services: [
      member("canary-v1", PHASES[0].v1, backend === "pool", replicas),
      member("canary-v2", PHASES[0].v2, backend !== "service", replicas),
    ],
    load: PHASES.flatMap(({ name }, index) => {
      const startS = index * cycle;
      return [
        load(name, startS, startS + PHASE_S),
        ...(index === 0 ? [] : [load(`${name}-mutation`, startS - CONVERGENCE_S, startS)]),
      ];
    }),
    changes: PHASES.slice(1).flatMap(({ v1, v2 }, index) => {
      const when = `${index * cycle + PHASE_S}s`;
      return [
        { kind: "change", service: "canary-v2", when, weight: v2 },
        { kind: "change", service: "canary-v1", when, weight: v1 },
      ];
    }),
  };
}

export function lifecycle(options: LifecycleOptions): Lifecycle {
  const data = scenario(options);
  const planned = plan(data);
  if ("problems" in planned) assert.fail(JSON.stringify(planned.problems, null, 2));
  const rows: EventOf<"request">[] = [];
  const simulation = new Simulation(planned, {
    data,
    recordRequests: true,
    sink: (event) => event.kind === "request" && rows.push(event),
  });
  simulation.advance(simulation.durationUs);
  simulation.finish();
  const errorsOf = (some: typeof rows) =>
    some.filter(({ outcome }) => outcome !== "completed").length;
  const phases = PHASES.map(({ name, v1, v2 }): Phase => {
    const mine = rows.filter(({ load }) => load === name);
    return {
      name,
      share: v2 / (v1 + v2),
      requests: mine.length,
      canary: mine.filter(({ service }) => service === "canary-v2").length,
      errors: errorsOf(mine),
    };
  });
  const between = rows.filter(({ load }) => load!.endsWith("-mutation"));
  const promotedUs = (PHASE_S * 2 + CONVERGENCE_S) * SECOND;
  const late = rows.filter(({ service, arrivedUs }) =>
    service === "canary-v1" && arrivedUs >= promotedUs
  );
  return {
    phases,
    mutations: { requests: between.length, errors: errorsOf(between) },
    convergedUs: Math.max(0, ...late.map(({ arrivedUs }) => arrivedUs - promotedUs)),
  };
}

/** The smallest and largest counts of a binomial that has 99 % between them: 0.5 % lie on either side at most. */
export function binomialBand(n: number, p: number): { low: number; high: number } {
  if (p === 0 || p === 1) return { low: n * p, high: n * p };
  const odds = Math.log(p) - Math.log1p(-p);
  let log = n * Math.log1p(-p);
  let below = 0;
  let low = -1;
  for (let k = 0; k <= n; k++) {
    const upTo = below + Math.exp(log);
    if (low < 0 && upTo > 0.005) low = k;
    if (upTo >= 0.995) return { low, high: k };
    below = upTo;
    log += odds + Math.log((n - k) / (k + 1));
  }
  return { low, high: n };
}
