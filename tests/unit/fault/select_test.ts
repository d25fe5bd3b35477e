import assert from "node:assert/strict";
import {
  nodeSelectorSchema,
  podSelectorSchema,
  selectNodes,
  selectPods,
} from "../../../src/fault/select.ts";
import { planText } from "../../../src/report/plan_text.ts";
import { Streams } from "../../../src/sim/streams.ts";
import fc from "../../fast_check.ts";
import { llm, SECOND, smallFleet } from "../fleet/small_fleet.ts";
import { planned, problems, smallScenario } from "../scenario/small_run.ts";
import { disaggregated } from "./prefill_rig.ts";

const { fleet, clock } = smallFleet({
  nodes: [{ count: 4, gpus: "4xH100-SXM" }],
  services: [llm("chat", { replicas: 5 }), llm("code", { replicas: 2 })],
});
clock.runUntil(SECOND);

const stream = (seed = 1) => new Streams(seed).stream("fault/x");
const pods = (selector: object, seed = 1) =>
  selectPods(podSelectorSchema.parse({ kind: "pods", ...selector }), fleet, stream(seed));
const nodes = (selector: object, seed = 1) =>
  selectNodes(nodeSelectorSchema.parse({ kind: "nodes", ...selector }), fleet, stream(seed));

Deno.test("selectPods() takes the first, all, so many or a share rounded up", () => {
  const chat = fleet.services.get("chat")!.revision("stable")!.pods;
  assert.deepEqual(pods({ service: "chat", mode: "first" }), chat.slice(0, 1));
  assert.deepEqual(pods({ service: "chat", mode: "all" }), chat);
  assert.deepEqual(pods({ service: "chat", mode: "fixed", count: 2 }), chat.slice(0, 2));
  assert.deepEqual(pods({ service: "chat", mode: "percent", percent: 21 }), chat.slice(0, 2));
  assert.deepEqual(pods({ service: "chat", mode: "percent", percent: 20 }), chat.slice(0, 1));
  assert.equal(pods({ mode: "all" }).length, 7);
  assert.deepEqual(pods({ of: "canary", mode: "all" }), []);
});

Deno.test("selectPods() draws without repetition, by its stream alone", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(1000), (count, seed) => {
    const taken = pods({ mode: "random", count }, seed);
    assert.equal(taken.length, Math.min(count, 7));
    assert.equal(new Set(taken).size, taken.length);
    assert.deepEqual(pods({ mode: "random", count }, seed), taken);
  }));
  const firsts = new Set(
    Array.from({ length: 100 }, (_, seed) => pods({ mode: "random", count: 1 }, seed)[0]!.name),
  );
  assert.equal(firsts.size, 7, "each one is drawn now and then");
});

Deno.test("selectPods() passes over a pod whose process is dead", () => {
  const small = smallFleet({ services: [llm("chat", { replicas: 2 })] });
  small.clock.runUntil(SECOND);
  small.pod(0).die("test");
  small.clock.runUntil(SECOND);
  const all = podSelectorSchema.parse({ kind: "pods", mode: "all" });
  assert.deepEqual(selectPods(all, small.fleet, stream()), [small.pod(1)]);
});

Deno.test("selectNodes() takes nodes by name, by what they host, or any", () => {
  const names = (selector: object) => nodes(selector).map(({ name }) => name);
  assert.deepEqual(names({ mode: "all" }), ["node-1", "node-2", "node-3", "node-4"]);
  assert.deepEqual(names({ name: "node-3", mode: "all" }), ["node-3"]);
  assert.deepEqual(names({ name: "node-9", mode: "all" }), []);
  assert.deepEqual(names({ service: "code", mode: "all" }), ["node-2", "node-3"]);
  assert.deepEqual(names({ of: "canary", mode: "all" }), []);
});

Deno.test("selectPods() takes the pods that prefill when they are meant, else those that answer", () => {
  const small = smallFleet({
    nodes: [{ count: 1, gpus: "4xH100-SXM" }],
    services: [disaggregated(2)],
  });
  small.clock.runUntil(SECOND);
  const roles = (role?: string) => {
    const selector = podSelectorSchema.parse({ kind: "pods", mode: "all", role });
    return selectPods(selector, small.fleet, stream()).map(({ labels }) => labels["llm-d.ai/role"]);
  };
  assert.deepEqual(roles("prefill"), ["prefill", "prefill"]);
  assert.deepEqual(roles("decode"), ["decode", "decode"]);
  assert.deepEqual(roles(), roles("decode"));
});

Deno.test("plan() refuses pods that prefill where no service has any, and names them in its text", () => {
  const on = { kind: "pods", role: "prefill", mode: "first" };
  const faults = [{ kind: "gpu-xid", xid: 31, on, when: "1m" }];
  assert.deepEqual(problems(smallScenario({ faults })), {
    "faults[0].on.role": 'Cannot find pods that prefill: "chat" has none',
  });
  const cluster = { nodes: [{ count: 1, gpus: "8xH100-SXM" }] };
  const service = planned(smallScenario({ cluster, services: [disaggregated()], faults }));
  assert.match(planText(service), /Xid 31 on first prefill pod, at 1m/);
});
