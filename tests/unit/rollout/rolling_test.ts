// Rolling updates as whole runs: what they tell, what keeps serving meanwhile, and where they are stuck.
import assert from "node:assert/strict";
import type { FleetEvent } from "../../../src/fleet/events.ts";
import type { FleetState } from "../../../src/fleet/state.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import { SECOND } from "../fleet/small_fleet.ts";
import { problems, run, smallScenario } from "../scenario/small_run.ts";

const IMAGE = "vllm:2";

function rollingScenario(
  fields: Readonly<Record<string, unknown>> = {},
  scenario: Readonly<Record<string, unknown>> = {},
) {
  return smallScenario({
    duration: "20m",
    rollouts: [{
      kind: "rolling",
      service: "chat",
      name: "update",
      at: "1m",
      to: { image: IMAGE },
      ...fields,
    }],
    ...scenario,
  });
}

interface PodLooks {
  readonly image: string;
  readonly ready: boolean;
  readonly terminating: boolean;
}

function looksOf({ metadata, spec, status }: KubeObject): PodLooks {
  const [main] = spec!["containers"] as unknown as { image: string }[];
  const conditions = status!["conditions"] as unknown as { type: string; status: string }[];
  return {
    image: main!.image,
    ready: conditions.some(({ type, status }) => type === "Ready" && status === "True"),
    terminating: metadata.deletionTimestamp !== undefined,
  };
}

function podsOf({ objects }: FleetState): PodLooks[] {
  return Object.values(objects).filter(({ kind }) => kind === "Pod").map(looksOf);
}

function deploymentOf({ objects }: FleetState): KubeObject {
  return Object.values(objects).find(({ kind }) => kind === "Deployment")!;
}

function conditionsOf(object: KubeObject): Record<string, string> {
  const conditions = object.status!["conditions"] as unknown as {
    type: string;
    status: string;
    reason: string;
  }[];
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [
    type,
    `${status} ${reason}`,
  ]));
}

/** Most live pods and fewest ready ones at the end of any instant. */
function extremes(data: unknown) {
  let most = 0;
  let fewest = Infinity;
  let last: { at: number; state: FleetState } | undefined;
  const look = ({ state }: { state: FleetState }) => {
    const pods = podsOf(state).filter(({ terminating }) => !terminating);
    most = Math.max(most, pods.length);
    fewest = Math.min(fewest, pods.filter(({ ready }) => ready).length);
  };
  const whole = run(data, {
    each: ({ at }: FleetEvent, state) => {
      if (last && last.at < at && podsOf(state).length > 0) look(last);
      last = { at, state: structuredClone(state) };
    },
  });
  return { most, fewest, whole };
}

Deno.test("startRolling() replaces all pods, one surged at a time, and nothing fails", () => {
  const { whole, most, fewest } = extremes(rollingScenario({}, { load: [] }));
  assert.deepEqual([most, fewest], [3, 2]);
  assert.ok(podsOf(whole.state).every(({ image, ready }) => image === IMAGE && ready));
  const scaled = whole.of("event").filter(({ reason }) => reason === "ScalingReplicaSet")
    .map(({ message }) => message.replace(/ replica set chat-kserve-\w+/, ""));
  assert.deepEqual(scaled, [
    "Scaled up from 0 to 1",
    "Scaled down from 2 to 1",
    "Scaled up from 1 to 2",
    "Scaled down from 1 to 0",
  ]);
  const deployment = deploymentOf(whole.state);
  assert.deepEqual(conditionsOf(deployment), {
    Available: "True MinimumReplicasAvailable",
    Progressing: "True NewReplicaSetAvailable",
  });
  assert.equal(deployment.metadata["generation" as keyof KubeObject["metadata"]], 2);
});

Deno.test("startRolling() loses no request of a service that has room to surge", () => {
  const { state } = run(rollingScenario());
  const { requests } = state.services["chat"]!.revisions["stable"]!.measured;
  assert.ok(requests.arrived > 1000);
  assert.deepEqual([requests.failed, requests.rejected], [0, 0]);
});

Deno.test("startRolling() tells kubectl's words, Progressing and then Healthy", () => {
  const { of, state } = run(rollingScenario());
  const steps = of("step").map(({ phase, message }) => `${phase}: ${message}`);
  assert.equal(
    steps[0],
    'Progressing: Waiting for deployment "chat-kserve" rollout to finish: 1 out of 2 new replicas ' +
      "have been updated...",
  );
  assert.equal(steps.at(-1), 'Healthy: deployment "chat-kserve" successfully rolled out');
  assert.ok(state.rollouts["update"]!.completedAt! > 60 * SECOND);
});

Deno.test("startRolling() is stuck where no GPU is free to surge, and the old pods serve on", () => {
  const cluster = { nodes: [{ count: 1, gpus: "2xH100-SXM" }] };
  const { state, of } = run(rollingScenario({}, { cluster }));
  const pods = podsOf(state);
  assert.deepEqual(pods.map(({ image, ready }) => `${image} ${ready}`).sort(), [
    "vllm:1 true",
    "vllm:1 true",
    "vllm:2 false",
  ]);
  assert.deepEqual(conditionsOf(deploymentOf(state)), {
    Available: "True MinimumReplicasAvailable",
    Progressing: "False ProgressDeadlineExceeded",
  });
  const [rollout] = Object.values(state.rollouts);
  assert.equal(rollout!.phase, "Degraded");
  assert.equal(rollout!.message, 'deployment "chat-kserve" exceeded its progress deadline');
  // 600 s after the surged pod was made, and the second that the controller adds.
  assert.equal(of("step").at(-1)!.at, (60 + 601) * SECOND);
  const ready = (state.objects["serving.kserve.io/LLMInferenceService/default/chat"]!
    .status!["conditions"] as unknown as { type: string; status: string }[])
    .find(({ type }) => type === "MainWorkloadReady");
  assert.equal(ready!.status, "True");
});

Deno.test("startRolling() needs no free GPU where pods may be unavailable", () => {
  const cluster = { nodes: [{ count: 1, gpus: "2xH100-SXM" }] };
  const { state, of } = run(rollingScenario({ maxSurge: 0, maxUnavailable: 1 }, { cluster }));
  assert.ok(podsOf(state).every(({ image, ready }) => image === IMAGE && ready));
  assert.equal(of("step").at(-1)!.phase, "Healthy");
});

Deno.test("startRolling() puts back what was before when it is undone", () => {
  const cluster = { nodes: [{ count: 1, gpus: "2xH100-SXM" }] };
  const { state, of } = run(rollingScenario({ undo: "5m" }, { cluster }));
  assert.deepEqual(podsOf(state).map(({ image, ready }) => `${image} ${ready}`), [
    "vllm:1 true",
    "vllm:1 true",
  ]);
  const last = of("step").at(-1)!;
  assert.equal(last.message, 'undone: deployment "chat-kserve" successfully rolled out');
  assert.deepEqual([last.at, last.aborted], [300 * SECOND, true]);
  assert.equal(state.rollouts["update"]!.completedAt, undefined);
});

Deno.test("startRolling() serves with the new flags in the new pods and the old ones in the old", () => {
  const to = { args: ["--max-num-seqs=1"] };
  const { of } = run(rollingScenario({ to }, {
    load: [{
      kind: "poisson",
      name: "users",
      to: "chat",
      rps: 6,
      prompt: { kind: "fixed", tokens: 200 },
      output: { kind: "fixed", tokens: 200 },
    }],
  }));
  const most = new Map<string, number>();
  for (const { pods } of of("window")) {
    for (const [index, name] of pods.name.entries()) {
      most.set(name, Math.max(most.get(name) ?? 0, pods.running[index]!));
    }
  }
  const byTemplate = Map.groupBy(most, ([name]) => name.split("-")[2]);
  const running = [...byTemplate.values()].map((pods) => Math.max(...pods.map(([, n]) => n)));
  assert.equal(running.length, 2);
  assert.ok(running[0]! > 1 && running[1] === 1, String(running));
});

Deno.test("startRolling() changes the replicas as well", () => {
  const { state, of } = run(rollingScenario({ to: { image: IMAGE, replicas: 3 } }));
  assert.equal(podsOf(state).length, 3);
  assert.equal(of("scale").at(-1)!.replicas, 3);
  assert.equal(of("scale").at(-1)!.by, "update");
});

Deno.test("plan() refuses a rolling update to what no node of the cluster could start", () => {
  const found = problems(rollingScenario({ to: { args: ["--max-model-len=100000000"] } }));
  assert.deepEqual(Object.keys(found), ["rollouts[0].to"]);
});

Deno.test("plan() refuses a rolling update that cannot move or that changes nothing", () => {
  const still = problems(rollingScenario({ maxSurge: 0, maxUnavailable: "0%" }));
  assert.equal(
    still["rollouts[0]"],
    "maxUnavailable and maxSurge cannot both be zero; this would prevent any rolling update progress",
  );
  const nothing = problems(rollingScenario({ to: {} }));
  assert.match(JSON.stringify(nothing), /say what changes/);
  const nobody = problems(rollingScenario({ service: "chta" }));
  assert.match(nobody["rollouts[0].service"]!, /Cannot find the service "chta"/);
});

Deno.test("plan() says what a rolling update would not start with, at the update", () => {
  const found = problems(rollingScenario({ to: { args: ["--max-num-seqs=none"] } }));
  assert.deepEqual(Object.keys(found), ["rollouts[0].to"]);
});
