// Deployments of a fleet as their pods live them: updates on top of updates, scaling and deaths in between.
import assert from "node:assert/strict";
import type { ServicePlan } from "../../../src/fleet/fleet_plan.ts";
import type { Pod } from "../../../src/fleet/pod.ts";
import {
  maxUnavailableOf,
  resolveFenceposts,
  type UpdateStrategy,
} from "../../../src/fleet/update_strategy.ts";
import type { Workload } from "../../../src/fleet/workload.ts";
import type { UpdatePlan } from "../../../src/fleet/workload_plan.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import fc from "../../fast_check.ts";
import { llm, MINUTE, SECOND, type SmallFleet, smallFleet, smallPlan } from "./small_fleet.ts";

/** Longer than a pod takes from its making to its readiness. */
const START = 10 * MINUTE;

interface Rig extends SmallFleet {
  readonly main: Workload;
  /** From now on of this image, and updated so. */
  roll(image: string, update?: UpdatePlan): void;
  scale(replicas: number): void;
}

function rig(replicas: number, gpus: number, update?: UpdatePlan): Rig {
  const options = {
    nodes: [{ count: Math.ceil(gpus / 8), gpus: `${Math.min(gpus, 8)}xH100-SXM` }],
    services: [llm("chat", { replicas })],
  };
  const small = smallFleet(options);
  const [planned] = smallPlan(options).services;
  let known = update;
  const roll = (image: string, update = known) => {
    known = update;
    const [main, ...others] = planned!.workloads;
    const next: ServicePlan = {
      ...planned!,
      workloads: [{ ...main, image, ...(update && { update }) }, ...others],
    };
    small.fleet.update(next, "test");
  };
  const service = small.fleet.services.get("chat")!;
  const stable = service.revision("stable")!;
  return {
    ...small,
    main: stable.main,
    roll,
    scale: (replicas) => service.scale(stable, replicas, "test"),
  };
}

function live(pods: readonly Pod[]): Pod[] {
  return pods.filter((pod) => !pod.terminating && !pod.gone);
}

function imagesOf({ journal }: Rig): string[] {
  return Object.values(journal.state.objects).filter(({ kind }) => kind === "Pod")
    .map(({ spec }) => (spec!["containers"] as unknown as { image: string }[])[0]!.image);
}

function replicaSets({ journal }: Rig): KubeObject[] {
  return Object.values(journal.state.objects).filter(({ kind }) => kind === "ReplicaSet");
}

function rolling(maxSurge: number, maxUnavailable: number): UpdateStrategy {
  return { kind: "RollingUpdate", maxSurge, maxUnavailable };
}

Deno.test("Deployment goes back to a ReplicaSet that it still has, under its old name", () => {
  const small = rig(2, 48);
  const { clock, roll, main } = small;
  const first = main.replicaSet;
  roll("vllm:2");
  clock.runUntil(START);
  assert.notEqual(main.replicaSet, first);
  roll("vllm:1");
  clock.runUntil(2 * START);
  assert.equal(main.replicaSet, first);
  assert.deepEqual(imagesOf(small), ["vllm:1", "vllm:1"]);
  const revisions = replicaSets(small).map(({ metadata, spec }) =>
    `${metadata.annotations!["deployment.kubernetes.io/revision"]}: ${spec!["replicas"]}`
  );
  assert.deepEqual(revisions, ["3: 2", "2: 0"]);
});

Deno.test("Deployment keeps as many old ReplicaSets as its history is long", () => {
  const small = rig(1, 8, { revisionHistoryLimit: 2 });
  for (let version = 2; version <= 6; version++) {
    small.roll(`vllm:${version}`);
    small.clock.runUntil((version - 1) * START);
  }
  assert.deepEqual(
    replicaSets(small).map(({ spec }) => spec!["replicas"]),
    [0, 0, 1],
  );
});

Deno.test("Deployment with Recreate has no new pod before the last old one is gone", () => {
  const small = rig(2, 8, { strategy: { kind: "Recreate" } });
  const { clock, roll, main } = small;
  roll("vllm:2");
  assert.deepEqual([live(main.pods).length, main.pods.length], [0, 2]);
  clock.runUntil(14 * SECOND);
  assert.deepEqual(imagesOf(small), ["vllm:1", "vllm:1"]);
  clock.runUntil(16 * SECOND);
  assert.deepEqual(imagesOf(small), ["vllm:2", "vllm:2"]);
  assert.equal(main.progress.available, 0);
  clock.runUntil(START);
  assert.equal(main.progress.available, 2);
});

Deno.test("Deployment counts a pod as available once it is ready for minReadySeconds", () => {
  const small = rig(2, 8, { strategy: rolling(1, 0), minReadySeconds: 120 });
  const { clock, roll, main } = small;
  const ready = () => main.readyReplicas;
  roll("vllm:2", { strategy: rolling(1, 0), minReadySeconds: 120 });
  while (ready() < 3) clock.runUntil(clock.nowUs + SECOND);
  const readyUs = clock.nowUs;
  clock.runUntil(readyUs + 118 * SECOND);
  assert.deepEqual([ready(), main.pods.length], [3, 3]);
  clock.runUntil(readyUs + 121 * SECOND);
  assert.deepEqual([ready(), live(main.pods).length], [2, 3]);
});

Deno.test("Deployment replaces a template that never gets ready by the next one", () => {
  const small = rig(4, 48);
  const { clock, roll, main } = small;
  roll("registry.invalid/nothing:1");
  clock.runUntil(3 * MINUTE);
  const kinds = new Set(imagesOf(small));
  assert.deepEqual(kinds.size, 2);
  assert.equal(main.readyReplicas, 3);
  roll("vllm:3");
  clock.runUntil(2 * START);
  assert.deepEqual(new Set(imagesOf(small)), new Set(["vllm:3"]));
  assert.equal(main.readyReplicas, 4);
});

Deno.test("Deployment scales old and new pods in proportion in the middle of an update", () => {
  const small = rig(10, 48);
  const { clock, roll, scale, main } = small;
  roll("registry.invalid/nothing:1", { strategy: rolling(3, 2) });
  clock.runUntil(MINUTE);
  const sizes = () => main.replicaSets.map(({ replicas }) => replicas);
  // 13 pods at most, 8 must answer: 5 new ones that do not.
  assert.deepEqual(sizes(), [8, 5]);
  scale(20);
  // 23 at most: 8 · 23 / 13 = 14.2, 5 · 23 / 13 = 8.8.
  assert.deepEqual(sizes(), [14, 9]);
});

const strategies = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
  .filter(([surge, unavailable]) => surge + unavailable > 0)
  .map(([surge, unavailable]) => rolling(surge, unavailable));

const waits = fc.integer({ min: 0, max: 400 }).map((seconds) => seconds * SECOND);
const rolls = fc.record({
  kind: fc.constant("roll" as const),
  version: fc.integer({ max: 4, min: 1 }),
});
const scales = fc.record({
  kind: fc.constant("scale" as const),
  to: fc.integer({ min: 1, max: 8 }),
});
const deaths = fc.record({ kind: fc.constant("die" as const), pod: fc.nat() });

type Act = { kind: "roll"; version: number } | { kind: "scale"; to: number } | {
  kind: "die";
  pod: number;
};

function act(small: Rig, act: Act, strategy: UpdateStrategy): void {
  const { main, roll, scale } = small;
  if (act.kind === "roll") return roll(`vllm:${act.version}`, { strategy });
  if (act.kind === "scale") return scale(act.to);
  main.pods[act.pod % main.pods.length]?.die("by chance");
}

function everySecond({ clock }: Rig, forUs: number, check: () => void): void {
  for (const untilUs = clock.nowUs + forUs; clock.nowUs < untilUs;) {
    clock.runUntil(Math.min(untilUs, clock.nowUs + SECOND));
    check();
  }
}

/** Whatever happens, there are no more pods than surge allows, and each is a ReplicaSet's. */
function checkMost({ main }: Rig, strategy: UpdateStrategy): void {
  const { maxSurge } = resolveFenceposts(strategy, main.replicas);
  const count = live(main.pods).length;
  assert.ok(count <= main.replicas + maxSurge, `${count} pods of ${main.replicas}`);
  const owned = main.replicaSets.flatMap(({ pods }) => pods);
  assert.equal(new Set(owned).size, main.pods.length, "a pod without a ReplicaSet");
}

Deno.test("Deployment is all new in the end and never surges too far, whatever happens to it", () => {
  const acts = fc.array(fc.tuple(fc.oneof(rolls, scales, deaths), waits), { maxLength: 12 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), strategies, acts, (replicas, strategy, acts) => {
      const small = rig(replicas, 48, { strategy });
      small.roll("vllm:1", { strategy });
      let image = "vllm:1";
      for (const [each, waitUs] of acts) {
        act(small, each, strategy);
        if (each.kind === "roll") image = `vllm:${each.version}`;
        checkMost(small, strategy);
        everySecond(small, waitUs, () => checkMost(small, strategy));
      }
      small.clock.runUntil(small.clock.nowUs + 200 * MINUTE);
      const { main } = small;
      const { replicas: all, updated, available, overdue } = main.progress;
      assert.deepEqual([all, updated, available, overdue], [
        ...Array(3).fill(main.replicas),
        false,
      ]);
      assert.deepEqual(new Set(imagesOf(small)), new Set([image]));
    }),
    { numRuns: 40 },
  );
});

Deno.test("Deployment never takes more than may be unavailable by its own doing", () => {
  const acts = fc.array(fc.tuple(rolls, waits), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), strategies, acts, (replicas, strategy, acts) => {
      const small = rig(replicas, 48, { strategy });
      const least = replicas - maxUnavailableOf(strategy, replicas);
      const check = () =>
        assert.ok(small.main.readyReplicas >= least, `${small.main.readyReplicas} of ${replicas}`);
      for (const [each, waitUs] of acts) {
        act(small, each, strategy);
        check();
        everySecond(small, waitUs, check);
      }
    }),
    { numRuns: 40 },
  );
});
