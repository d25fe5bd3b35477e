// Whole runs of services that are routed in different ways: what is found, refused and waited for.
import assert from "node:assert/strict";
import type { EventOf } from "../../../src/fleet/events.ts";
import { BALANCING_ANNOTATION } from "../../../src/fleet/picker/balancing.ts";
import { Simulation } from "../../../src/scenario/run.ts";
import { documents } from "../fault/router_rig.ts";
import { llm, SECOND, smallFleet } from "../fleet/small_fleet.ts";
import { planned, run, smallScenario } from "./small_run.ts";

type Fields = Readonly<Record<string, unknown>>;

interface Changes {
  readonly replicas?: number;
  readonly args?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly scheduler?: unknown;
  readonly prefill?: number;
}

function service({ annotations = {}, scheduler, prefill, ...options }: Changes) {
  const chat = llm("chat", options);
  return {
    ...chat,
    metadata: { ...chat.metadata, annotations },
    spec: {
      ...chat.spec,
      ...(scheduler === undefined ? {} : { router: { scheduler } }),
      ...(prefill === undefined
        ? {}
        : { prefill: { replicas: prefill, template: chat.spec.template } }),
    },
  };
}

/** A scheduler with these plugins, and whatever else its configuration says. */
function picker(plugins: readonly Fields[], fields: Fields = {}) {
  const inline = {
    apiVersion: "llm-d.ai/v1alpha1",
    kind: "EndpointPickerConfig",
    plugins,
    ...fields,
  };
  return { config: { inline } };
}

/** Weights as KServe has them, with prefixes from one producer or another. */
function prefixPicker(producer: Fields, parameters: Fields = {}) {
  const scorers = [["prefix-cache-scorer", 3], ["kv-cache-utilization-scorer", 2], [
    "queue-scorer",
    2,
  ]];
  return picker([
    producer,
    { type: "prefix-cache-scorer", parameters },
    { type: "kv-cache-utilization-scorer" },
    { type: "queue-scorer" },
  ], {
    schedulingProfiles: [{
      name: "default",
      plugins: scorers.map(([pluginRef, weight]) => ({ pluginRef, weight })),
    }],
  });
}

const REQUESTS = 400;

/** Room for about 110,000 tokens a pod: not for all documents, but for its part of them. */
const SMALL_CACHE = ["--gpu-memory-utilization=0.4", "--max-model-len=20000"];

/** Of the prompt tokens, the share that the prefix caches had; and the log's hash. */
function found(changes: Changes) {
  const data = smallScenario({
    duration: "2m",
    cluster: { nodes: [{ count: 2, gpus: "4xH100-SXM" }] },
    services: [service({ replicas: 4, args: SMALL_CACHE, ...changes })],
    load: [documents(REQUESTS)],
  });
  const { state, simulation } = run(data);
  const { prefixHits, prefixQueries, requests } =
    state.services["chat"]!.revisions["stable"]!.measured;
  assert.equal(requests.completed, REQUESTS);
  return { share: prefixHits / prefixQueries, hash: simulation.hash };
}

Deno.test("EndpointPicker finds prefixes: precise no less than estimated, and both far above random", () => {
  const precise = "precise-prefix-cache-producer";
  const preciseShare = found({
    scheduler: prefixPicker({ type: precise }, { prefixMatchInfoProducerName: precise }),
  }).share;
  const approximate = (parameters: Fields) =>
    found({ scheduler: prefixPicker({ type: "approx-prefix-cache-producer", parameters }) }).share;
  const estimated = approximate({});
  // Blind to what tells the documents apart, it is no better than any balancing.
  const blind = approximate({ maxPrefixTokensToMatch: 2048 });
  const random = found({ annotations: { [BALANCING_ANNOTATION]: "random" } }).share;
  const told = JSON.stringify({ preciseShare, estimated, blind, random });
  assert.ok(preciseShare >= estimated, told);
  assert.ok(estimated > random + 0.2, told);
  assert.ok(preciseShare > blind + 0.2, told);
});

Deno.test("EndpointPicker leads to the same log each time", () => {
  assert.equal(found({ scheduler: {} }).hash, found({ scheduler: {} }).hash);
});

/** Requests of `chat` after its endpoint picker died, for as long as that goes unnoticed and after. */
function withoutPicker(failureMode: string) {
  const scheduler = { pool: { spec: { endpointPickerRef: { failureMode } } } };
  const small = smallFleet({ services: [service({ replicas: 2, scheduler })] });
  const stable = small.fleet.services.get("chat")!.revision("stable")!;
  const [main, epp] = stable.workloads;
  small.clock.runUntil(SECOND);
  epp!.pods[0]!.die("test");
  small.clock.runUntil(3 * SECOND);
  for (let index = 0; index < 10; index++) small.fleet.submit("chat", 100, 10);
  const inFlight = main!.pods.map(({ engine }) => engine!.inFlight);
  return { inFlight, rejected: small.requests().rejected };
}

Deno.test("RequestRouter balances over the pool when the picker is down and fails open", () => {
  assert.deepEqual(withoutPicker("FailOpen"), { inFlight: [5, 5], rejected: 0 });
});

Deno.test("RequestRouter rejects when the picker is down and fails closed", () => {
  assert.deepEqual(withoutPicker("FailClose"), { inFlight: [0, 0], rejected: 10 });
});

/** Requests in flight at decode and prefill pods after one request of so many tokens. */
function split(promptTokens: number, scheduler: unknown) {
  const small = smallFleet({
    nodes: [{ count: 2, gpus: "4xH100-SXM" }],
    services: [service({ scheduler, prefill: 1 })],
  });
  small.fleet.submit("chat", promptTokens, 10);
  const { workloads } = small.fleet.services.get("chat")!.revision("stable")!;
  const inFlight = (role: string) =>
    workloads.find(({ plan }) => plan.role === role)!.pods[0]!.engine!.inFlight;
  return { decode: inFlight("decode"), prefill: inFlight("prefill") };
}

Deno.test("EndpointPicker has another pod compute the prompt when its decider says so", () => {
  assert.deepEqual(split(100, {}), { decode: 0, prefill: 1 });
  const scheduler = picker([
    { type: "decode-filter" },
    { type: "prefill-filter" },
    { type: "prefix-based-pd-decider", parameters: { nonCachedTokens: 500 } },
    {
      type: "disagg-profile-handler",
      parameters: { deciders: { prefill: "prefix-based-pd-decider" } },
    },
  ], {
    schedulingProfiles: [
      { name: "decode", plugins: [{ pluginRef: "decode-filter" }] },
      { name: "prefill", plugins: [{ pluginRef: "prefill-filter" }] },
    ],
  });
  assert.deepEqual(split(499, scheduler), { decode: 1, prefill: 0 });
  assert.deepEqual(split(500, scheduler), { decode: 0, prefill: 1 });
});

interface Told {
  readonly rows: readonly EventOf<"request">[];
  readonly rejected: number;
}

function told(fields: Fields): Told {
  const data = smallScenario({ duration: "2m", ...fields });
  const rows: EventOf<"request">[] = [];
  const simulation = new Simulation(planned(data), {
    data,
    recordRequests: true,
    sink: (event) => event.kind === "request" && rows.push(event),
  });
  simulation.advance(simulation.durationUs);
  simulation.finish();
  const { measured } = simulation.state.services["chat"]!.revisions["stable"]!;
  return { rows, rejected: measured.requests.rejected };
}

/** How many rows there are of each load, outcome, reason and status. */
function counted(rows: readonly EventOf<"request">[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { load, outcome, reason = "-", status = "-" } of rows) {
    const kind = `${load} ${outcome} ${reason} ${status}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

const load = (name: string, fields: Fields = {}) => ({
  kind: "constant",
  name,
  to: "chat",
  rps: 1,
  end: "40s",
  prompt: { kind: "fixed", tokens: 1000 },
  output: { kind: "fixed", tokens: 500 },
  ...fields,
});

Deno.test("EndpointPicker tells 503 and its reason when the pool has no endpoints", () => {
  const { rows, rejected } = told({
    services: [service({ replicas: 0, scheduler: {} })],
    load: [load("users")],
  });
  assert.deepEqual(counted(rows), { "users rejected rejected-no-endpoints 503": 40 });
  assert.equal(rejected, 40);
});

Deno.test("EndpointPicker tells 429 when its filters leave nobody", () => {
  const detector = { type: "concurrency-detector", parameters: { maxConcurrency: 2 } };
  const { rows } = told({
    services: [service({ replicas: 1, scheduler: picker([detector]) })],
    load: [load("users", { rps: 10, end: "1s" })],
  });
  assert.deepEqual(counted(rows), {
    "users completed - -": 2,
    "users rejected rejected-saturated 429": 8,
  });
});

for (const prefill of [undefined, 1]) {
  const what = prefill === undefined ? "one pod" : "prefill and decode";
  Deno.test(`InFlight counts no request for longer than it lasts, given up or not, by ${what}`, () => {
    const detector = { type: "concurrency-detector", parameters: { maxConcurrency: 2 } };
    const plugins = [detector, { type: "decode-filter" }];
    const scheduler = prefill === undefined ? picker(plugins) : picker([
      ...plugins,
      { type: "prefill-filter" },
      { type: "always-disagg-pd-decider" },
      {
        type: "disagg-profile-handler",
        parameters: { deciders: { prefill: "always-disagg-pd-decider" } },
      },
    ], {
      schedulingProfiles: ["decode", "prefill"].map((name) => ({
        name,
        plugins: [{ pluginRef: "concurrency-detector" }, { pluginRef: `${name}-filter` }],
      })),
    });
    const { rows } = told({
      services: [service({ replicas: 1, scheduler, ...(prefill ? { prefill } : {}) })],
      load: [
        load("hasty", { rps: 4, timeout: "1s" }),
        load("users", { start: "60s", end: "100s", rps: 0.2 }),
      ],
    });
    const counts = counted(rows);
    assert.ok(counts["hasty failed timeout -"]! > 10, JSON.stringify(counts));
    assert.ok(counts["hasty rejected rejected-saturated 429"]! > 10, JSON.stringify(counts));
    assert.equal(counts["users completed - -"], 8, JSON.stringify(counts));
  });
}

/** Two requests at a time: the others wait in the engine. */
const SLOW = ["--max-num-seqs=2"];

Deno.test("EndpointPicker sheds negative objectives alone when the pool is saturated", () => {
  const { rows } = told({
    services: [service({ replicas: 1, args: SLOW, scheduler: {} })],
    load: [
      load("batch", { rps: 2, objective: -1 }),
      load("users", { rps: 2, objective: 0 }),
    ],
  });
  const counts = counted(rows);
  assert.ok(counts["batch rejected sheddable 429"]! > 10, JSON.stringify(counts));
  assert.ok(Object.keys(counts).every((kind) => !kind.startsWith("users rejected")));
});

function flowControl(fields: Fields = {}) {
  const plugins = [{ type: "queue-scorer" }, { type: "inflight-load-producer" }];
  return picker(plugins, { featureGates: ["flowControl"], flowControl: fields });
}

Deno.test("FlowControl has low objectives wait in the picker, and times out what waits too long", () => {
  const { rows } = told({
    services: [service({
      replicas: 1,
      args: SLOW,
      scheduler: flowControl({ defaultRequestTTL: "20s" }),
    })],
    load: [
      load("batch", { rps: 2, objective: -1 }),
      load("users", { rps: 0.4, objective: 1 }),
    ],
  });
  const counts = counted(rows);
  assert.ok(counts["batch rejected rejected-ttl-expired 429"]! > 10, JSON.stringify(counts));
  assert.equal(counts["users completed - -"], 16, JSON.stringify(counts));
  const ended = rows.filter(({ reason }) => reason === "rejected-ttl-expired");
  assert.ok(ended.every(({ at, arrivedUs }) => at - arrivedUs === 20 * SECOND));
  // What it waited in the picker is part of what its client waited for the first token.
  const longest = Math.max(...rows.map(({ ttftUs = 0, queueUs = 0 }) => ttftUs - queueUs));
  assert.ok(longest > 5 * SECOND, `${longest}`);
});

Deno.test("FlowControl lets go of requests whose clients gave up", () => {
  const { rows } = told({
    services: [service({ replicas: 1, args: SLOW, scheduler: flowControl() })],
    load: [
      load("users", { rps: 4, objective: 1 }),
      load("batch", { start: "5s", end: "20s", timeout: "10s" }),
    ],
  });
  const batch = rows.filter((row) => row.load === "batch");
  assert.deepEqual(counted(batch), { "batch failed timeout -": 15 });
  assert.ok(batch.every(({ at, arrivedUs, pod }) => !pod && at - arrivedUs === 10 * SECOND));
});

Deno.test("FlowControl turns everybody away when the picker dies", () => {
  const scheduler = flowControl();
  const small = smallFleet({ services: [service({ replicas: 0, scheduler })] });
  small.clock.runUntil(SECOND);
  small.fleet.submit("chat", 100, 10);
  assert.equal(small.requests().rejected, 0);
  const { workloads } = small.fleet.services.get("chat")!.revision("stable")!;
  workloads[1]!.pods[0]!.die("test");
  small.clock.runUntil(3 * SECOND);
  assert.equal(small.requests().rejected, 1);
});

Deno.test("EndpointPicker sends what names an adapter where that is active", () => {
  const scheduler = picker([{ type: "lora-affinity-scorer" }]);
  const { rows } = told({
    services: [service({ replicas: 2, args: ["--enable-lora", "--max-loras=1"], scheduler })],
    load: ["red", "blue"].map((adapter) =>
      load(adapter, { rps: 3, adapter, start: adapter === "red" ? "0s" : "1s" })
    ),
  });
  const pods = (adapter: string) =>
    new Set(rows.filter((row) => row.adapter === adapter).map(({ pod }) => pod));
  assert.deepEqual([pods("red").size, pods("blue").size], [1, 1]);
  assert.notDeepEqual(pods("red"), pods("blue"));
});
