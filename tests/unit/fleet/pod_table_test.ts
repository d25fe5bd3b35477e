// The table of a pod's life: every row of it is walked, and no order of what may happen breaks a rule.
import assert from "node:assert/strict";
import type { Pod } from "../../../src/fleet/pod.ts";
import { POD_STAGES, type Transition } from "../../../src/fleet/pod_stages.ts";
import { TRANSITIONS } from "../../../src/fleet/pod_table.ts";
import { podCells } from "../../../src/view/pod_cells.ts";
import fc from "../../fast_check.ts";
import { llm, MINUTE, SECOND, type SmallFleet, smallFleet } from "./small_fleet.ts";

/** Rows that were crossed since the tests began. */
const crossed = new Set<Transition>();
for (const row of TRANSITIONS as unknown as { does?: Transition["does"] }[]) {
  const does = row.does;
  row.does = (life, trigger) => {
    crossed.add(row as Transition);
    does?.(life, trigger);
  };
}

function withImage(image: string, model?: string, probes: object = {}) {
  const service = llm("chat", { replicas: 0 });
  const template = {
    containers: [{ name: "main", image, startupProbe: { failureThreshold: 15 }, ...probes }],
  };
  const uri = model ?? service.spec.model.uri;
  const annotations = { "mtop.dev/model": "meta-llama/Llama-3.1-8B" };
  const metadata = { ...service.metadata, annotations };
  return { ...service, metadata, spec: { ...service.spec, model: { uri }, template } };
}

function scale(small: SmallFleet, replicas: number): void {
  const chat = small.fleet.services.get("chat")!;
  chat.scale(chat.revision("stable")!, replicas, "test");
}

/** Pods from 5 s on, on one node of one GPU unless it says otherwise; the largest node is the first taken. */
function begin(service: unknown, replicas = 1, ...gpus: string[]): SmallFleet {
  const nodes = (gpus.length > 0 ? gpus : ["1xH100-SXM"]).map((gpus) => ({ count: 1, gpus }));
  const small = smallFleet({ nodes, services: [service] });
  small.clock.runUntil(5 * SECOND);
  scale(small, replicas);
  return small;
}

type Deed = (pod: Pod, small: SmallFleet) => void;

/** Does things to the first pod, each so many seconds after the one before. */
function live(small: SmallFleet, ...deeds: readonly (readonly [seconds: number, deed: Deed])[]) {
  const pod = small.pod();
  for (const [seconds, deed] of deeds) {
    small.clock.runUntil(small.clock.nowUs + seconds * SECOND);
    deed(pod, small);
  }
  small.clock.runUntil(small.clock.nowUs + 20 * MINUTE);
}

const died: Deed = (pod) => pod.die("test");
const stalled: Deed = (pod) => pod.stall();
const unready: Deed = (pod) => pod.failReadiness();
const ready: Deed = (pod) => pod.passReadiness();
const deleted: Deed = (pod) => pod.terminate();
const forced: Deed = (pod) => pod.terminate(undefined, 0);
const evicted: Deed = (pod) => pod.evict("The node was low on resource: memory. ");
const lost: Deed = (pod, { fleet }) => fleet.nodeLife.lose(pod.node!);
const back: Deed = (_pod, { fleet }) => fleet.nodeLife.recover(fleet.nodes.all[0]!);
const removed: Deed = (pod, { fleet }) => fleet.nodeLife.remove(pod.node!);
const initFailed: Deed = (pod) => pod.failInit("404");

Deno.test("TRANSITIONS are all walked", () => {
  const up = () => smallFleet({ nodes: [{ count: 1, gpus: "1xH100-SXM" }] });
  const cold = () => begin(llm("chat", { replicas: 0 }));
  live(begin(llm("chat", { replicas: 0 }), 2), [600, deleted]);
  live(begin(withImage("registry.invalid/vllm:1")), [300, deleted]);
  live(begin(withImage("no:name:1")), [300, deleted]);
  live(begin(withImage("vllm:1", "oci://registry/llama:1")));
  // They fit on the other node: one for its context, one for its weights.
  const long = llm("chat", { replicas: 0, args: ["--max-model-len=65536"] });
  live(begin(long, 1, "1xH100-SXM", "2xL4"));
  const args = ["--max-model-len=8192"];
  const large = llm("chat", { replicas: 0, model: "meta-llama/Llama-3.3-70B-Instruct", args });
  live(begin(large, 1, "1xGB200", "2xL4"));
  live(cold(), [3, initFailed], [3, initFailed]);
  live(cold(), [3, deleted]);
  live(up(), [60, died], [60, died]);
  live(up(), [60, unready], [0.5, ready], [10, unready], [10, ready], [0.2, unready], [9, stalled]);
  live(up(), [60, unready], [10.5, ready]);
  live(up(), [60, stalled]);
  live(up(), [60, stalled], [10, died]);
  live(up(), [60, deleted], [1, died]);
  live(up(), [60, deleted]);
  live(up(), [60, forced]);
  const supplied = (uri: string) => {
    const small = begin(withImage("vllm:1", uri), 0);
    const { troubles } = small.fleet.lines;
    troubles.mounts.add({ claim: undefined, attachUs: 200 * SECOND });
    troubles.downloads.add(() => small.clock.nowUs < 60 * SECOND ? "429" : undefined);
    scale(small, 1);
    return small;
  };
  live(supplied("pvc://models/llama"));
  live(supplied("hf://meta-llama/Llama-3.1-8B"));
  live(cold(), [60, (pod) => pod.failPull("EOF")]);
  const rejecting = cold();
  rejecting.fleet.podTroubles.misconfigured.add({
    ...{ noticed: "initialised", message: "rank", exitCode: 1, hits: () => true },
  });
  live(rejecting);
  // Started, and its readiness probe does not ask yet.
  const gated = withImage("vllm:1", undefined, {
    ...{ startupProbe: {}, readinessProbe: { initialDelaySeconds: 600 } },
  });
  live(begin(gated), [300, unready]);
  live(up(), [60, evicted]);
  live(up(), [60, lost], [20, back]);
  live(up(), [60, lost], [400, back]);
  live(up(), [60, removed]);
  const late = up();
  late.clock.runUntil(60 * SECOND);
  late.fleet.nodeLife.lose(late.fleet.nodes.all[0]!);
  late.pod().forget();
  late.clock.runUntil(61 * SECOND);
  scale(late, 1);
  late.clock.runUntil(70 * SECOND);
  late.fleet.nodeLife.recover(late.fleet.nodes.all[0]!);
  late.clock.runUntil(20 * MINUTE);
  const missed = TRANSITIONS.filter((row) => !crossed.has(row))
    .map(({ from, to, on, reason }) => `${from} → ${to} ${on ?? ""} (${reason})`);
  assert.deepEqual(missed, []);
});

Deno.test("TRANSITIONS lead out of every stage but the last ones", () => {
  const from = new Set(TRANSITIONS.flatMap((row) => row.from));
  assert.deepEqual(POD_STAGES.filter((stage) => !from.has(stage)), ["Evicted", "Gone"]);
  const to = new Set(TRANSITIONS.map((row) => row.to));
  assert.deepEqual(POD_STAGES.filter((stage) => !to.has(stage)), []);
});

const oomKilled: Deed = (pod) => pod.oomKill();
const drained: Deed = (pod, { fleet }) => pod.node && fleet.nodeLife.drain(pod.node);
const uncordoned: Deed = (pod, { fleet }) => pod.node && fleet.nodeLife.uncordon(pod.node);
const losing: Deed = (pod, { fleet }) => pod.node && fleet.nodeLife.lose(pod.node);
const returning: Deed = (_pod, { fleet }) =>
  fleet.nodes.all.forEach((node) => fleet.nodeLife.recover(node));
const loaded: Deed = (_pod, small) => small.load(3, 50_000, 2_000);

const DEEDS: Readonly<Record<string, Deed>> = {
  ...{ died, stalled, unready, ready, deleted, forced, evicted, initFailed, oomKilled },
  ...{ drained, uncordoned, losing, returning, loaded },
};

/** What holds of every pod at any instant. */
function check(small: SmallFleet): void {
  for (const pod of small.fleet.pods()) {
    assert.ok(!(pod.ready && pod.terminating), "a pod that terminates takes requests");
    if (pod.ready) assert.ok(pod.node!.ready, "a pod takes requests on a node that is not ready");
    const { ready, status } = podCells(pod.object(), small.clock.nowUs);
    if (pod.ready && pod.alive) assert.equal(`${ready} ${status}`, "1/1 Running");
  }
  const live = small.fleet.pods().filter(({ terminating, gone }) => !terminating && !gone);
  assert.equal(live.length, 2);
}

Deno.test("Pod() keeps its rules whatever happens to it, and every request ends", () => {
  const deed = fc.tuple(
    fc.integer({ min: 0, max: 300 * SECOND }),
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom(...Object.keys(DEEDS)),
  );
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 25 }), (deeds) => {
      const small = smallFleet({
        nodes: [{ count: 2, gpus: "2xH100-SXM" }],
        services: [llm("chat", { replicas: 2 })],
      });
      const { clock, fleet } = small;
      for (const [delayUs, index, name] of deeds) {
        clock.runUntil(clock.nowUs + delayUs);
        const pods = fleet.pods();
        const pod = pods[index % pods.length];
        if (pod) DEEDS[name]!(pod, small);
        check(small);
        clock.runUntil(clock.nowUs);
        check(small);
      }
      // Everything that is broken is mended, and then all is well.
      clock.runUntil(clock.nowUs + SECOND);
      for (const node of fleet.nodes.all) {
        fleet.nodeLife.recover(node);
        fleet.nodeLife.uncordon(node);
      }
      for (const pod of fleet.pods()) pod.passReadiness();
      clock.runUntil(clock.nowUs + 40 * MINUTE);
      check(small);
      assert.deepEqual(fleet.pods().map((pod) => pod.stage), ["Ready", "Ready"]);
      const { arrived, completed, failed, rejected } = small.requests();
      assert.equal(arrived, completed + failed + rejected);
      assert.deepEqual(fleet.inFlight(), { chat: 0 });
    }),
    { numRuns: 150 },
  );
});
