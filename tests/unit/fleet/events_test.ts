import assert from "node:assert/strict";
import { canaryFailure } from "../../../scenarios/canary-failure.ts";
import { type FleetEvent, fleetEventSchema } from "../../../src/fleet/events.ts";
import { fold } from "../../../src/fleet/fold.ts";
import { type FleetState, initialState } from "../../../src/fleet/state.ts";
import { assertPortable, encodeEvent } from "../../../src/log/codec.ts";
import { stateHash } from "../../../src/log/hash.ts";
import fc from "../../fast_check.ts";
import { run, smallScenario } from "../scenario/small_run.ts";
import { llm } from "./small_fleet.ts";

const NODE_LOSS = {
  kind: "node-loss",
  on: { kind: "nodes", service: "chat", mode: "first" },
  when: "90s",
};

const BUSY = { kind: "metric", metric: "rps", comparison: "above", threshold: 1 };

const CASES: Readonly<Record<string, unknown>> = {
  "canary-failure": canaryFailure,
  "node loss": smallScenario({
    warmup: "1m",
    slo: { chat: { ttft: { p95: "1s" } } },
    faults: [{ ...NODE_LOSS, permanent: true }],
    expect: [{ kind: "metric", metric: "goodput", comparison: "above", threshold: "99.5%" }],
  }),
  "a node that comes back": smallScenario({ faults: [{ ...NODE_LOSS, for: "2m" }] }),
  "a crash loop": smallScenario({
    // On an L4 24 GiB do not hold the weights and a whole context.
    cluster: { nodes: [{ count: 1, gpus: "1xH100-SXM" }, { count: 1, gpus: "2xL4" }] },
    services: [llm("chat", { replicas: 2, args: ["--max-model-len=65536"] })],
    duration: "30m",
  }),
  "unschedulable pods": smallScenario({ services: [llm("chat", { replicas: 9 })] }),
  "an Xid": smallScenario({
    faults: [{
      kind: "gpu-xid",
      xid: 79,
      on: { kind: "pods", mode: "all" },
      when: { kind: "whenever", check: BUSY },
    }],
  }),
};

for (const [name, data] of Object.entries(CASES)) {
  const { events, lines } = run(data);

  Deno.test(`fleetEventSchema reads every event as it was written in a run with ${name}`, () => {
    for (const line of lines) {
      const parsed = fleetEventSchema.safeParse(JSON.parse(line));
      assert.ok(parsed.success, `${line}: ${parsed.error?.message}`);
      assert.equal(encodeEvent(parsed.data), line);
    }
  });

  Deno.test(`Journal.tell() tells nothing but integers and text in a run with ${name}`, () => {
    for (const event of events) assertPortable(event);
  });

  Deno.test(`Journal.tell() counts seq from 0 and never goes back in a run with ${name}`, () => {
    assert.deepEqual(events.map(({ seq }) => seq), [...events.keys()]);
    for (const [index, { at }] of events.entries()) {
      assert.ok(index === 0 || at >= events[index - 1]!.at);
    }
    assert.equal(events[0]!.kind, "run.started");
    assert.equal(events.at(-1)!.kind, "run.ended");
  });

  Deno.test(`fold() gives the live state at any point of a run with ${name}`, () => {
    const points = new Set(fc.sample(fc.nat(events.length - 1), { numRuns: 100, seed: 7 }));
    points.add(events.length - 1);
    const live = new Map<number, string>();
    run(data, {
      each: ({ seq }, state) => points.has(seq) && live.set(seq, stateHash(state)),
    });
    const state = initialState();
    for (const line of lines) {
      const event = JSON.parse(line) as FleetEvent;
      fold(state, event);
      const expected = live.get(event.seq);
      if (expected !== undefined) assert.equal(stateHash(state), expected, `seq ${event.seq}`);
    }
    assert.ok(live.size > 50);
  });

  Deno.test(`fold() gives an object the seq of its last change in a run with ${name}`, () => {
    const state = initialState();
    for (const event of events) {
      fold(state, event);
      if (event.kind !== "object.applied") continue;
      assert.equal(versionOf(state, event.key), String(event.seq));
    }
    assert.ok(Object.keys(state.objects).length > 0);
  });
}

function versionOf(state: FleetState, key: string): string | undefined {
  return state.objects[key]?.metadata.resourceVersion;
}

Deno.test("a run with a crash loop, unschedulable pods or a lost node tells of them", () => {
  const reasons = (name: string) =>
    new Set(
      run(CASES[name]).of("event").map(({ reason }) => reason),
    );
  assert.ok(reasons("a crash loop").has("BackOff"));
  assert.ok(reasons("unschedulable pods").has("FailedScheduling"));
  assert.ok(reasons("node loss").has("NodeNotReady"));
  assert.ok(reasons("an Xid").has("XidCriticalError"));
});

const WINDOW = {
  ...{ at: 1, seq: 1, kind: "window", service: "chat", revision: "stable" },
  measured: {
    requests: { arrived: 1, completed: 0, failed: 0, rejected: 0, good: 0 },
    promptTokens: 0,
    outputTokens: 0,
    latencyUs: { ttft: { sum: 5, buckets: [5, 1] } },
  },
  pods: {
    ...{ name: ["a"], running: [1], waiting: [0], kvPpm: [0], outputTokens: [0], preemptions: [0] },
  },
};

Deno.test("fleetEventSchema refuses what no fold could add up: buckets, columns, patches of nothing", () => {
  const refused = (event: unknown) => !fleetEventSchema.safeParse(event).success;
  assert.equal(refused(WINDOW), false);
  for (const buckets of [[1e15, 1], [5], [5, 1, 4, 1]]) {
    const latencyUs = { ttft: { sum: 5, buckets } };
    assert.ok(refused({ ...WINDOW, measured: { ...WINDOW.measured, latencyUs } }), String(buckets));
  }
  assert.ok(refused({ ...WINDOW, pods: { ...WINDOW.pods, running: [] } }));
  const applied = { at: 1, seq: 1, kind: "object.applied", key: "/Pod/default/a" };
  assert.equal(refused({ ...applied, patch: {} }), false);
  for (const patch of [undefined, null, 5, []]) assert.ok(refused({ ...applied, patch }));
});
