// Servers of several pods: how a group comes up, serves, dies as a whole, and is updated from the top.
import assert from "node:assert/strict";
import type { Pod } from "../../../src/fleet/pod.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import { run } from "../scenario/small_run.ts";
import { MINUTE, SECOND, smallFleet } from "./small_fleet.ts";

interface GroupOptions {
  readonly replicas?: number;
  readonly parallelism?: Readonly<Record<string, number>>;
  readonly gpus?: number;
}

/** An 8B model in two stages, each on the one GPU of a pod, unless it says otherwise. */
function groups(
  { replicas = 1, parallelism = { pipeline: 2 }, gpus = 1 }: GroupOptions = {},
) {
  const containers = [{
    name: "main",
    image: "vllm:1",
    resources: { limits: { "nvidia.com/gpu": String(gpus) } },
  }];
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name: "chat" },
    spec: {
      model: { uri: "hf://meta-llama/Llama-3.1-8B" },
      replicas,
      parallelism,
      template: { containers },
      worker: { containers },
    },
  };
}

/** KServe names a preset for pipelines and ships none: somebody has to put it there. */
const CONFIGS = [{
  apiVersion: "serving.kserve.io/v1alpha2",
  kind: "LLMInferenceServiceConfig",
  metadata: { name: "kserve-config-llm-worker-pipeline-parallel" },
  spec: {},
}];

function small(options: GroupOptions = {}, count = 6, gpus = "1xH100-SXM") {
  return smallFleet({ nodes: [{ count, gpus }], services: [groups(options)], configs: CONFIGS });
}

function names(pods: readonly Pod[]): string[] {
  return pods.map(({ name }) => name);
}

Deno.test("LeaderWorkerSet has groups whose leaders alone take requests, for all of their GPUs", () => {
  const { fleet, clock, load, requests, of } = small({ replicas: 2 });
  assert.deepEqual(names(fleet.pods()), [
    "chat-kserve-mn-0",
    "chat-kserve-mn-0-1",
    "chat-kserve-mn-1",
    "chat-kserve-mn-1-1",
  ]);
  assert.deepEqual(fleet.pods().map(({ engine }) => engine !== undefined), [
    true,
    false,
    true,
    false,
  ]);
  load(40, SECOND / 4, 50);
  clock.runUntil(MINUTE);
  assert.deepEqual(requests(), { arrived: 40, completed: 40, failed: 0, rejected: 0 });
  const { pods } = of("window")[1]!;
  assert.deepEqual(pods.name, names(fleet.pods()));
  assert.equal(pods.busyUs![1], pods.busyUs![0]);
  assert.ok(pods.busyUs![0]! > 0);
  assert.deepEqual([pods.running[1], pods.outputTokens[1]], [0, 0]);
});

Deno.test("LeaderWorkerSet labels its pods as LWS and KServe do", () => {
  const { journal } = small();
  const labels = (pod: string) => journal.state.objects[`/Pod/default/${pod}`]!.metadata.labels!;
  const [leader, worker] = [labels("chat-kserve-mn-0"), labels("chat-kserve-mn-0-1")];
  assert.equal(leader["leaderworkerset.sigs.k8s.io/worker-index"], "0");
  assert.equal(worker["leaderworkerset.sigs.k8s.io/worker-index"], "1");
  assert.equal(worker["leaderworkerset.sigs.k8s.io/group-index"], "0");
  assert.equal(worker["leaderworkerset.sigs.k8s.io/name"], "chat-kserve-mn");
  assert.equal(leader["kserve.io/component"], "workload");
  assert.equal(worker["kserve.io/component"], undefined);
});

Deno.test("Fleet spreads data-parallel ranks over the pods of a group, an engine each", () => {
  const one = smallFleet({
    nodes: [{ count: 1, gpus: "1xH100-SXM" }],
    services: [{ ...groups(), spec: { ...groups().spec, parallelism: {}, worker: undefined } }],
  });
  const parallelism = { data: 4, dataLocal: 2 };
  const { fleet } = small({ parallelism, gpus: 2 }, 2, "2xH100-SXM");
  assert.equal(fleet.pods().length, 2);
  const [leader] = fleet.pods();
  const blocks = leader!.engine!.kvBlocks / one.pod().engine!.kvBlocks;
  assert.ok(blocks > 3.95 && blocks <= 4, String(blocks));
});

Deno.test("LeaderWorkerSet ends a group of which a process died, and makes it anew", () => {
  const { fleet, clock, load, requests, told, journal } = small({ replicas: 2 });
  load(400, SECOND / 10, 200);
  clock.runUntil(5 * SECOND);
  const [leader, worker, other] = fleet.pods();
  worker!.die("Xid 79");
  clock.runUntil(5 * SECOND + 1);
  assert.deepEqual([leader!.alive, leader!.engine], [false, undefined]);
  const { failed } = requests();
  assert.ok(failed > 0);
  clock.runUntil(7 * SECOND);
  assert.ok(leader!.terminating && worker!.terminating && !other!.terminating);
  clock.runUntil(10 * MINUTE);
  assert.deepEqual(names(fleet.pods()), [
    "chat-kserve-mn-0",
    "chat-kserve-mn-0-1",
    "chat-kserve-mn-1",
    "chat-kserve-mn-1-1",
  ]);
  assert.ok(fleet.pods().every((pod) => pod.ready));
  assert.ok(fleet.pods()[0] !== leader && fleet.pods()[2] === other);
  // Those that come while the endpoint is still there fail; nobody later does.
  assert.equal(requests().failed - failed < 20, true);
  const set = Object.values(journal.state.objects).find(({ kind }) => kind === "LeaderWorkerSet")!;
  assert.equal(set.status!["readyReplicas"], 2);
  const ready = told("AllGroupsReady").map(([, name]) => name);
  assert.deepEqual(ready, ["chat-kserve-mn"]);
});

// A StatefulSet makes no pod of a name anew while the old one is there, and a node that does not answer
// never confirms that it is gone: the group waits for the node (or for somebody who deletes it).
Deno.test("LeaderWorkerSet's requests hang when a worker's node is lost, and its group waits for the node", () => {
  const { fleet, clock, load, requests } = small();
  load(20, SECOND / 10, 2000);
  clock.runUntil(3 * SECOND);
  const [leader, worker] = fleet.pods();
  fleet.nodeLife.lose(worker!.node!);
  clock.runUntil(20 * SECOND);
  assert.ok(leader!.ready);
  const { completed, failed } = requests();
  assert.deepEqual([completed, failed], [0, 0]);
  clock.runUntil(20 * MINUTE);
  assert.equal(requests().failed, 20);
  assert.deepEqual(fleet.pods(), [worker]);
  fleet.nodeLife.recover(worker!.node!);
  clock.runUntil(40 * MINUTE);
  assert.ok(fleet.pods().length === 2 && fleet.pods().every((pod) => pod.ready));
  assert.ok(!fleet.pods().includes(leader!));
});

Deno.test("LeaderWorkerSet waits for the last pod of a group before any of it serves", () => {
  const { fleet, clock, journal } = small({}, 1);
  clock.runUntil(20 * MINUTE);
  const [leader, worker] = fleet.pods();
  assert.deepEqual([leader!.node, leader!.ready, worker!.engine], [undefined, false, undefined]);
  const service = journal.state.objects["serving.kserve.io/LLMInferenceService/default/chat"]!;
  const conditions = service.status!["conditions"] as unknown as Record<string, string>[];
  const workers = conditions.find(({ type }) => type === "WorkerWorkloadReady");
  assert.equal(workers!["status"], "False");
});

Deno.test("startRolling() replaces groups from the highest index down, one at a time", () => {
  const whole = run({
    kind: "scenario",
    name: "groups",
    duration: "40m",
    cluster: { nodes: [{ count: 6, gpus: "1xH100-SXM" }] },
    services: [groups({ replicas: 3 })],
    configs: CONFIGS,
    load: [],
    rollouts: [{ kind: "rolling", service: "chat", at: "1m", to: { image: "vllm:2" } }],
  });
  const updating = whole.of("event").filter(({ reason }) => reason === "GroupsUpdating");
  assert.deepEqual(updating.map(({ message }) => message), [
    "Updating replicas 3 to 2",
    "Rolling Upgrade is in progress, with 2 groups ready of total 3 groups",
    "Updating replicas 2 to 1",
    "Updating replicas 1 to 0",
  ]);
  const made = whole.of("object.applied").filter(({ key, object }) =>
    object && key.startsWith("/Pod/") && imageOf(object) === "vllm:2"
  );
  assert.deepEqual(made.map(({ key }) => key.slice("/Pod/default/chat-kserve-mn-".length)), [
    "2",
    "2-1",
    "1",
    "1-1",
    "0",
    "0-1",
  ]);
  const [rollout] = Object.values(whole.state.rollouts);
  assert.equal(rollout!.phase, "Healthy");
  const set = Object.values(whole.state.objects).find(({ kind }) => kind === "LeaderWorkerSet")!;
  const conditions = set.status!["conditions"] as unknown as Record<string, string>[];
  const now = Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
  assert.deepEqual(now, { Available: "True", Progressing: "False", UpdateInProgress: "False" });
});

function imageOf({ spec }: KubeObject): string {
  const [main] = spec!["containers"] as unknown as { image: string }[];
  return main!.image;
}
