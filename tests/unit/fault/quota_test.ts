import assert from "node:assert/strict";
import { type Duration, type Lasting, podKill, pods, quota, rolling } from "mtop";
import { llm } from "../fleet/small_fleet.ts";
import { problems, smallScenario } from "../scenario/small_run.ts";
import { faultProblems, hit } from "./fault_rig.ts";

const GPU = "requests.nvidia.com/gpu";
const four = (when: Duration, end: Lasting = { permanent: true }) =>
  quota({ name: "gpus", hard: { [GPU]: 4 }, when, ...end });
const scale = (replicas: number) => [{ kind: "change", service: "chat", replicas, when: "1m" }];

Deno.test("quota refuses pods beyond it in the API server's words, and tries again later and later", () => {
  const result = hit([four("0s")], { changes: scale(6), duration: "15m" });
  result.ready(2, 3, 4);
  const refused = result.told("FailedCreate");
  assert.match(
    refused[0]![1],
    /^Error creating: pods "chat-kserve-\w+-\w+" is forbidden: exceeded quota: gpus, requested: requests\.nvidia\.com\/gpu=1, used: requests\.nvidia\.com\/gpu=4, limited: requests\.nvidia\.com\/gpu=4$/,
  );
  const gaps = refused.slice(1).map(([at], index) => Math.round((at - refused[index]![0]) * 1000));
  assert.deepEqual(gaps.slice(0, 6), [5, 10, 20, 40, 80, 160]);
  assert.ok(refused.length > 8 && refused.length < 40, `${refused.length} tries`);
  const { status } = result.state.objects["apps/Deployment/default/chat-kserve"]!;
  const conditions = status!["conditions"] as unknown as { type: string; reason: string }[];
  assert.ok(
    conditions.some(({ type, reason }) => type === "ReplicaFailure" && reason === "FailedCreate"),
  );
  const { spec, status: used } = result.state.objects["/ResourceQuota/default/gpus"]!;
  assert.deepEqual(spec, { hard: { [GPU]: "4" } });
  assert.deepEqual(used, { hard: { [GPU]: "4" }, used: { [GPU]: "4" } });
});

Deno.test("quota that is lifted lets pods come with the next try", () => {
  const result = hit([four("0s", { for: "5m" })], { changes: scale(6), duration: "20m" });
  const [, , , six] = result.ready(2, 3, 4, 6);
  assert.ok(six! > 300 + 157, `six at ${six}`);
  const last = result.told("FailedCreate").at(-1)![0];
  assert.ok(last < 300);
  assert.equal(result.state.objects["/ResourceQuota/default/gpus"], undefined);
  const { status } = result.state.objects["apps/Deployment/default/chat-kserve"]!;
  assert.ok(!JSON.stringify(status).includes("ReplicaFailure"));
});

Deno.test("quota below what is there takes nothing away, and a pod that ends is not replaced", () => {
  const tight = quota({ hard: { pods: 1 }, when: "1m", permanent: true });
  hit([tight]).ready(2);
  const killed = podKill({ on: pods({ service: "chat" }).first(), when: "2m" });
  const result = hit([tight, killed]);
  result.ready(2, 1);
  assert.match(
    result.told("FailedCreate")[0]![1],
    /requested: pods=1, used: pods=2, limited: pods=1$/,
  );
});

Deno.test("quota that leaves no room for a surge stops a rolling update", () => {
  const rollouts = [
    rolling("chat", { at: "1m", to: { image: "vllm:2" }, maxSurge: 1, maxUnavailable: 0 }),
  ];
  const two = quota({ hard: { [GPU]: 2 }, when: "0s", permanent: true });
  const stopped = hit([two], { rollouts, duration: "20m" });
  stopped.ready(2);
  const images = ({ pods }: typeof stopped) =>
    pods().map(({ spec }) => (spec!["containers"] as unknown as { image: string }[])[0]!.image);
  assert.deepEqual(images(stopped), ["vllm:1", "vllm:1"]);
  assert.deepEqual(images(hit([], { rollouts, duration: "20m" })), ["vllm:2", "vllm:2"]);
});

Deno.test("quota refuses groups of a LeaderWorkerSet as a whole", () => {
  const service = llm("chat", { replicas: 1 });
  const template = service.spec.template;
  const spec = {
    ...service.spec,
    parallelism: { tensor: 1, data: 2, dataLocal: 1 },
    worker: template,
  };
  const result = hit([quota({ hard: { [GPU]: 3 }, when: "0s", permanent: true })], {
    services: [{ ...service, spec }],
    changes: scale(2),
  });
  result.ready(2);
  assert.match(
    result.told("FailedCreate")[0]![1],
    /^create Pod chat-kserve-mn-1 in StatefulSet chat-kserve-mn failed error: pods "chat-kserve-mn-1" is forbidden: exceeded quota/,
  );
});

Deno.test("quota names a namespace with services, and resources that pods can ask for", () => {
  assert.deepEqual(faultProblems({ ...four("0s"), namespace: "research" }), {
    "faults[0].namespace": 'Cannot find the namespace "research": services are in default',
  });
  assert.deepEqual(Object.keys(faultProblems({ ...four("0s"), hard: { memory: 3 } })), [
    "faults[0].hard.memory",
  ]);
  assert.deepEqual(Object.keys(faultProblems({ ...four("0s"), hard: {} })), ["faults[0].hard"]);
});

Deno.test("quota says nothing of its namespace when no service could be read", () => {
  const found = problems(
    smallScenario({ services: [{}], faults: [{ ...four("0s"), namespace: "x" }] }),
  );
  assert.equal(found["faults[0].namespace"], undefined);
});
