// Reads what a pod asks for out of its spec, as the API server defaults it and kube-scheduler counts it.
//
// What is no quantity or of the wrong type is left out: whether a spec is valid others have judged.

import { parseQuantity } from "../../kube/quantity.ts";
import {
  type Amounts,
  type ClaimNeed,
  NO_NEEDS,
  type NodeTerm,
  type PodAffinityTerm,
  type PodNeeds,
  type PodTerm,
  type Requirement,
  type TaintEffect,
  type Toleration,
  type TopologySpread,
} from "./pod_needs.ts";
import { withDefaultTolerations } from "./taints.ts";

type Loose = Readonly<Record<string, unknown>>;

/** What a container says of its resources; a sidecar is an init container that is always restarted. */
interface ContainerSpec {
  readonly restartPolicy?: unknown;
  readonly resources?: { readonly limits?: unknown; readonly requests?: unknown } | undefined;
}

/** A pod's `spec`, as much of it as scheduling reads. */
export type PodSpec = Loose & {
  readonly containers?: readonly ContainerSpec[] | undefined;
  readonly initContainers?: readonly ContainerSpec[] | undefined;
};

/** The needs of a pod with this spec; its claims' templates are resolved by others. */
export function needsOf(spec: PodSpec | undefined): PodNeeds {
  if (spec === undefined) return NO_NEEDS;
  const { nodeAffinity, podAffinity, podAntiAffinity } = objectOf(spec["affinity"]) as Readonly<
    Record<string, Loose | undefined>
  >;
  const priority = spec["priority"];
  return {
    ...NO_NEEDS,
    requests: requestsOf(spec),
    nonZero: nonZeroOf(spec),
    nodeSelector: objectOf(spec["nodeSelector"]) as PodNeeds["nodeSelector"],
    nodeTerms: listOf(objectOf(nodeAffinity?.[REQUIRED])["nodeSelectorTerms"]).map(nodeTerm),
    preferredNodes: listOf(nodeAffinity?.[PREFERRED]).map((preferred) => ({
      weight: weightOf(preferred),
      term: nodeTerm(objectOf(preferred["preference"])),
    })),
    tolerations: withDefaultTolerations(listOf(spec["tolerations"]).map(toleration)),
    affinity: listOf(podAffinity?.[REQUIRED]).map(podAffinityTerm),
    antiAffinity: listOf(podAntiAffinity?.[REQUIRED]).map(podAffinityTerm),
    preferredAffinity: listOf(podAffinity?.[PREFERRED]).map(preferredPods),
    preferredAntiAffinity: listOf(podAntiAffinity?.[PREFERRED]).map(preferredPods),
    spread: listOf(spec["topologySpreadConstraints"]).map(spreadOf),
    claims: listOf(spec["resourceClaims"]).map(claimOf),
    priority: typeof priority === "number" ? priority : 0,
  };
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

/**
 * Kubernetes' sum (component-helpers/resource/helpers.go, `PodRequests`): containers and sidecars run
 * together; each other init container runs alone beside the sidecars that were started before it, and
 * the pod asks for the larger of both, resource by resource.
 */
function requestsOf(
  { containers = [], initContainers = [], ...spec }: PodSpec,
  least: Amounts = {},
): Amounts {
  const containerRequests = (container: ContainerSpec) => ({ ...least, ...requested(container) });
  let running: Amounts = {};
  for (const container of containers) running = sum(running, containerRequests(container));
  let sidecars: Amounts = {};
  let most: Amounts = {};
  for (const container of initContainers) {
    const own = containerRequests(container);
    if (container.restartPolicy === "Always") {
      running = sum(running, own);
      sidecars = sum(sidecars, own);
      most = larger(most, sidecars);
    } else most = larger(most, sum(own, sidecars));
  }
  return sum(larger(running, most), amounts(objectOf(spec["overhead"])));
}

/** pkg/scheduler/util/pod_resources.go: what a container that asks for none is counted with. */
const DEFAULT_REQUESTS: Amounts = { cpu: 100, memory: 200 * 2 ** 20 };

function nonZeroOf(spec: PodSpec): PodNeeds["nonZero"] {
  const { cpu = 0, memory = 0 } = requestsOf(spec, DEFAULT_REQUESTS);
  return { cpu, memory };
}

/** A request that is not made is as high as the limit (the API server's default). */
function requested({ resources }: ContainerSpec): Amounts {
  return amounts({ ...objectOf(resources?.limits), ...objectOf(resources?.requests) });
}

/** Quantities as integers, rounded up as the scheduler does; see `Amounts` for the units. */
export function amounts(quantities: Loose): Amounts {
  const found: [string, number][] = [];
  for (const [name, quantity] of Object.entries(quantities)) {
    const value = parseQuantity(quantity);
    if (value === undefined || value < 0) continue;
    // A thousandth that is no double comes out a hair above its integer.
    found.push([name, Math.ceil(name === "cpu" ? Number((value * 1000).toFixed(6)) : value)]);
  }
  return Object.fromEntries(found);
}

function sum(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, (one, other) => one + other);
}

function larger(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, Math.max);
}

function combined(a: Amounts, b: Amounts, of: (one: number, other: number) => number): Amounts {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, of(a[name] ?? 0, b[name] ?? 0)]));
}

function nodeTerm(term: Loose): NodeTerm {
  return {
    labels: listOf(term["matchExpressions"]).map(requirement),
    fields: listOf(term["matchFields"]).map(requirement),
  };
}

function requirement({ key, operator, values }: Loose): Requirement {
  return {
    key: String(key),
    operator: String(operator),
    values: Array.isArray(values) ? values.map(String) : [],
  };
}

const EFFECTS: readonly string[] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

function toleration({ key, operator, value, effect, tolerationSeconds }: Loose): Toleration {
  return {
    ...(typeof key === "string" && key !== "" ? { key } : {}),
    operator: operator === "Exists" ? "Exists" : "Equal",
    value: value === undefined ? "" : String(value),
    ...(EFFECTS.includes(String(effect)) ? { effect: effect as TaintEffect } : {}),
    ...(typeof tolerationSeconds === "number" ? { tolerationSeconds } : {}),
  };
}

/** What is claimed is said elsewhere: by the template, which others look up. */
function claimOf({ name, resourceClaimTemplateName, resourceClaimName }: Loose): ClaimNeed {
  const template = String(resourceClaimTemplateName ?? resourceClaimName ?? "");
  return { name: String(name), template, requests: [] };
}

function preferredPods(preferred: Loose) {
  const term = podAffinityTerm(objectOf(preferred["podAffinityTerm"]));
  return { weight: weightOf(preferred), term };
}

function podAffinityTerm({ topologyKey, labelSelector }: Loose): PodAffinityTerm {
  return { topologyKey: String(topologyKey), pods: podTerm(labelSelector) };
}

function spreadOf(constraint: Loose): TopologySpread {
  const { topologyKey, maxSkew, whenUnsatisfiable, labelSelector } = constraint;
  return {
    topologyKey: String(topologyKey),
    maxSkew: typeof maxSkew === "number" ? maxSkew : 1,
    whenUnsatisfiable: whenUnsatisfiable === "ScheduleAnyway" ? "ScheduleAnyway" : "DoNotSchedule",
    pods: podTerm(labelSelector),
  };
}

/** A selector that is not there matches no pod (`metav1.LabelSelectorAsSelector`). */
function podTerm(selector: unknown): PodTerm {
  if (selector === undefined || selector === null) {
    return [{ key: "", operator: "In", values: [] }];
  }
  const { matchLabels, matchExpressions } = objectOf(selector);
  const equal = Object.entries(objectOf(matchLabels))
    .map(([key, value]) => ({ key, operator: "In", values: [String(value)] }));
  return [...equal, ...listOf(matchExpressions).map(requirement)];
}

function weightOf({ weight }: Loose): number {
  return typeof weight === "number" ? weight : 0;
}

function objectOf(value: unknown): Loose {
  return typeof value === "object" && value !== null ? value as Loose : {};
}

function listOf(value: unknown): readonly Loose[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
