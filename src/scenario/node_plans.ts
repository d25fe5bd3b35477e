// From what a scenario says of its nodes to the nodes, or why there can be no such nodes.

import type { NodePlan } from "../fleet/nodes.ts";
import type { Islands, MigPlan } from "../fleet/scheduling/devices.ts";
import { ZONE } from "../fleet/scheduling/selectors.ts";
import { isTaintedSpot, spotLabels, spotPlan } from "../fleet/scheduling/spot.ts";
import { findGpu, GPU_NAMES, type GpuFacts } from "../serving/gpus.ts";
import { hostLink } from "../serving/links.ts";
import { cutProblem, migProfiles } from "../serving/mig.ts";
import { allocatableOf, capacityOf } from "./machines.ts";
import type { ScenarioNodes } from "./node_schema.ts";
import { type Problem, suggestion } from "./problem.ts";

/** All nodes of a scenario; `unknown` are the problems of those that cannot be. */
export function planNodes(
  groups: readonly ScenarioNodes[],
): { nodes: NodePlan[]; unknown: Problem[] } {
  const nodes: NodePlan[] = [];
  const unknown: Problem[] = [];
  for (const [index, group] of groups.entries()) {
    const at = (field: string) => `cluster.nodes[${index}].${field}`;
    const planned = planGroup(group, at);
    if ("problems" in planned) {
      unknown.push(...planned.problems);
      continue;
    }
    for (let i = 0; i < group.count; i++) {
      nodes.push({ ...planned, name: `${group.name ?? "node"}-${nodes.length + 1}` });
    }
  }
  return { nodes, unknown };
}

type At = (field: string) => string;

function planGroup(
  group: ScenarioNodes,
  at: At,
): Omit<NodePlan, "name"> | { problems: Problem[] } {
  const { gpus: { count: gpus, gpu: name } = { count: 0, gpu: "" } } = group;
  const gpu = findGpu(name);
  if (gpus > 0 && !gpu) {
    const message = `Cannot use the GPU "${name}": ${suggestion(name, GPU_NAMES)}`;
    return { problems: [{ path: at("gpus"), message }] };
  }
  const problems: Problem[] = [];
  const mig = group.mig === undefined ? undefined : migOf(group, gpu, at, problems);
  const islands = islandsOf(group, gpu, at, problems);
  if (group.timeSlicing !== undefined && mig) {
    const message = "Cannot slice time on GPUs that are cut already: leave out mig or timeSlicing";
    problems.push({ path: at("timeSlicing"), message });
  }
  if (problems.length > 0) return { problems };
  return {
    ...{ gpu, gpus },
    ...amountsOf(group, name, gpus),
    ...marksOf(group),
    ...(mig ? { mig } : {}),
    ...(group.timeSlicing === undefined ? {} : { turns: group.timeSlicing }),
    ...(islands ? { islands } : {}),
    ...(group.dra ? { claimed: true } : {}),
    ...(typeof group.dra === "object" ? { attributes: group.dra.attributes } : {}),
  };
}

function amountsOf(group: ScenarioNodes, gpu: string, gpus: number) {
  const { cpu, memory, storage, resources = {} } = group;
  const capacity = {
    ...capacityOf(gpu, gpus),
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...(storage === undefined ? {} : { "ephemeral-storage": storage }),
  };
  return {
    capacity: { ...capacity, ...resources },
    allocatable: { ...allocatableOf(capacity), ...resources },
  };
}

function marksOf(
  { zone, region, instanceType, labels, taints = [], spot, joins }: ScenarioNodes,
) {
  const plan = spot && spotPlan(spot);
  const own = plan && isTaintedSpot(plan)
    ? Object.entries(spotLabels(plan)).map(([key, value]) =>
      ({ key, value, effect: "NoSchedule" }) as const
    )
    : [];
  const all = {
    ...(zone === undefined ? {} : { [ZONE]: zone }),
    ...(region === undefined ? {} : { "topology.kubernetes.io/region": region }),
    ...(instanceType === undefined ? {} : { "node.kubernetes.io/instance-type": instanceType }),
    ...(plan ? spotLabels(plan) : {}),
    ...labels,
  };
  return {
    ...(Object.keys(all).length > 0 ? { labels: all } : {}),
    ...(taints.length + own.length > 0 ? { taints: [...own, ...taints] } : {}),
    ...(plan ? { spot: plan } : {}),
    ...(joins === undefined ? {} : { joinsUs: joins }),
  };
}

/** Of mig-parted's `all-balanced` for GPUs of seven slices: two small ones, one of two, one of three. */
const BALANCED = [1, 1, 2, 3];

function migOf(
  { mig, migStrategy }: ScenarioNodes,
  gpu: GpuFacts | undefined,
  at: At,
  problems: Problem[],
): MigPlan | undefined {
  if (!gpu) {
    problems.push({ path: at("mig"), message: "Cannot cut GPUs of a node that has none" });
    return undefined;
  }
  const profiles = typeof mig === "string" ? allOf(gpu.name, mig.slice("all-".length)) : mig!;
  const problem = cutProblem(gpu.name, profiles);
  if (problem !== undefined) {
    problems.push({ path: at("mig"), message: `Cannot cut the GPUs so: ${problem}` });
    return undefined;
  }
  const alike = new Set(profiles).size === 1;
  const strategy = migStrategy ?? (alike ? "single" : "mixed");
  if (strategy === "single" && !alike) {
    const message = "Cannot offer slices of several sizes as one: use migStrategy mixed";
    problems.push({ path: at("migStrategy"), message });
    return undefined;
  }
  return { strategy, profiles };
}

/** As many of one profile as a GPU has room for. */
function allOf(gpu: string, name: string): readonly string[] {
  const known = migProfiles(gpu);
  if (name === "balanced") {
    const smallest = (slices: number) => known.find((profile) => profile.slices === slices)?.name;
    return BALANCED.map((slices) => smallest(slices) ?? `${slices}g`);
  }
  const profiles = [name];
  while (known.length > 0 && cutProblem(gpu, [...profiles, name]) === undefined) {
    profiles.push(name);
  }
  return profiles;
}

/** One way, in GB/s: half of what the bridges' pages give for both (A100, H100: 600; A30: 200). */
const BRIDGES: Readonly<Record<string, number>> = { "H100-PCIe": 300, "A30": 100 };

function islandsOf(
  { nvlink }: ScenarioNodes,
  gpu: GpuFacts | undefined,
  at: At,
  problems: Problem[],
): Islands | undefined {
  if (!nvlink) return undefined;
  const linkGBps = gpu && linkOf(gpu);
  if (linkGBps === undefined) {
    const message = `Cannot link GPUs of "${gpu?.name ?? ""}" in islands: they have no NVLink`;
    problems.push({ path: at("nvlink"), message });
    return undefined;
  }
  return { size: nvlink.island, linkGBps };
}

/** Over a bridge, or what its datasheet's link is where that is faster than PCIe. */
function linkOf(gpu: GpuFacts): number | undefined {
  const { linkGBps = 0, name } = gpu;
  return BRIDGES[name] ?? (linkGBps > hostLink(gpu).gigabytesPerSecond ? linkGBps : undefined);
}
