// What placing pods costs: 10,000 of 1,000 workloads on 2,000 nodes, then 1,000 that wait in a full cluster.
import { Journal } from "../../src/fleet/journal.ts";
import { type Node, type NodePlan, Nodes } from "../../src/fleet/nodes.ts";
import { needsOf } from "../../src/fleet/scheduling/needs_of.ts";
import type { Placing } from "../../src/fleet/scheduling/placing.ts";
import { capacityOf } from "../../src/scenario/machines.ts";
import { findGpu } from "../../src/serving/gpus.ts";
import { Clock } from "../../src/sim/clock.ts";
import { judged } from "./processes.ts";
import { describe } from "./simulated.ts";

const NODES = 2000;
const WORKLOADS = 1000;
const REPLICAS = 10;
const PENDING = 1000;
/** Of a run of an hour of such a cluster, at most so much. */
const MAX_SECONDS = 2;

/** Three kinds of nodes in four zones; one in five is tainted and nobody tolerates it. */
function plans(): NodePlan[] {
  const gpus = ["H100-SXM", "L40S", "A100-SXM-80GB"];
  return Array.from({ length: NODES }, (_, index) => {
    const name = gpus[index % gpus.length]!;
    return {
      name: `node-${index}`,
      gpu: findGpu(name),
      gpus: 8,
      capacity: capacityOf(name, 8),
      labels: { "topology.kubernetes.io/zone": `zone-${index % 4}` },
      ...(index % 5 === 0 ? { taints: [{ key: "reserved", effect: "NoSchedule" }] } : {}),
    } satisfies NodePlan;
  });
}

function workload(index: number, gpus: number): Placing[] {
  const limits = { cpu: 4 + index % 5, memory: `${16 + index % 7}Gi`, "nvidia.com/gpu": gpus };
  const needs = needsOf({ containers: [{ resources: { limits } }] });
  const images = [{ name: `vllm:${index % 3}`, bytes: 5e9 }];
  return Array.from({ length: REPLICAS }, (_, ordinal) => ({
    pod: `chat-${index}-kserve-5t6cq7559w-${ordinal}`,
    needs,
    images,
  }));
}

function timed<T>(what: string, count: number, work: () => T): { value: T; ms: number } {
  const startMs = performance.now();
  const value = work();
  const ms = performance.now() - startMs;
  const each = `${describe(ms * 1000 / count, "µs", 1)} each`;
  console.log(`  ${describe(ms, "ms").padStart(9)}  ${count} ${what}, ${each}`);
  return { value, ms };
}

const nodes = new Nodes(plans(), new Journal(new Clock(), () => {}));
const pods = Array.from({ length: WORKLOADS }, (_, index) => workload(index, 1)).flat();
const placed: [Placing, Node][] = [];
const { ms: placeMs } = timed("pods placed", pods.length, () => {
  for (const pod of pods) {
    const node = nodes.place(pod);
    if (node) placed.push([pod, node]);
    for (const { name } of pod.images ?? []) node?.images.add(name);
  }
});
if (placed.length < pods.length) throw new Error(`Only ${placed.length} pods found a node`);

const large = Array.from({ length: PENDING / REPLICAS }, (_, i) => workload(WORKLOADS + i, 8))
  .flat();
let left = 0;
const { ms: waitMs } = timed("pods that need a whole node, placed or told why not", PENDING, () => {
  for (const pod of large) {
    const node = nodes.place(pod);
    if (node) continue;
    left++;
    nodes.unschedulableMessage(pod);
    nodes.retry(pod).once(() => left--);
  }
});
console.log(`  ${left} of ${PENDING} wait`);
const { ms: goneMs } = timed("pods gone, and those woken that fit now", placed.length, () => {
  for (const [pod, node] of placed) nodes.release(pod, node);
});
console.log(`  ${left} of ${PENDING} still wait`);
const seconds = (placeMs + waitMs + goneMs) / 1000;
console.log(
  `  ${describe(seconds, "s", 2)} in all, limit ${MAX_SECONDS}: ${judged(seconds, MAX_SECONDS)}`,
);
