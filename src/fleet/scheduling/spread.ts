// How evenly pods are spread over hosts and zones: kube-scheduler's PodTopologySpread.
//
// After Kubernetes v1.34, plugins/podtopologyspread/{plugin,filtering,scoring}.go. `minDomains`, label keys
// and the policies about affinity and taints are as they default.

import type { NodeView, Refusal } from "./filters.ts";
import type { Placing } from "./placing.ts";
import type { TopologySpread } from "./pod_needs.ts";
import { MAX_SCORE } from "./scores.ts";
import { HOSTNAME, meetsAffinity, meetsAll, ZONE } from "./selectors.ts";

/** For pods that say nothing themselves (`systemDefaultConstraints`): both `ScheduleAnyway`. */
const DEFAULT_SKEWS = { host: 3, zone: 5 };

/** Nodes that fit and are alike, and how many pods of the same controller each of them has. */
export interface Alike<Node extends NodeView = NodeView> {
  /** The first of them. */
  readonly node: Node;
  readonly nodes: number;
  readonly siblings: number;
  /** The same for nodes whose labels, taints and capacity are the same; undefined: it is not known. */
  readonly kind?: number;
}

/** The default's score of each: fewer siblings on the host and in the zone are better. */
export function defaultSpread(
  fitting: readonly Alike[],
  siblingsByZone: ReadonlyMap<string, number>,
): number[] {
  const zones = new Set<string>();
  let hosts = 0;
  for (const { node, nodes } of fitting) {
    hosts += nodes;
    const zone = node.labels[ZONE];
    if (zone !== undefined) zones.add(zone);
  }
  const [hostWeight, zoneWeight] = [Math.log(hosts + 2), Math.log(zones.size + 2)];
  return fitting.map(({ node, siblings }) => {
    const onHost = siblings * hostWeight + DEFAULT_SKEWS.host - 1;
    const zone = node.labels[ZONE];
    if (zone === undefined) return Math.round(onHost);
    const inZone = (siblingsByZone.get(zone) ?? 0) * zoneWeight + DEFAULT_SKEWS.zone - 1;
    return Math.round(onHost + inZone);
  });
}

/** The least crowded gets 100, whatever the figures are. */
export function normalisedSpread(crowds: readonly number[]): number[] {
  let [least, most] = [Infinity, 0];
  for (const crowd of crowds) {
    if (crowd < least) least = crowd;
    if (crowd > most) most = crowd;
  }
  if (most === 0) return crowds.map(() => MAX_SCORE);
  return crowds.map((crowd) => Math.floor(MAX_SCORE * (most + least - crowd) / most));
}

/** A pod that is on a node. */
export interface PlacedPod {
  readonly node: NodeView;
  readonly placing: Placing;
}

/** By the value of a topology key: how many pods of a constraint are there. */
type Domains = ReadonlyMap<string, number>;

/** A pod's own constraints, judged against all nodes and all pods. */
export class OwnSpread {
  readonly #placing: Placing;
  readonly #hard: readonly { readonly constraint: TopologySpread; readonly domains: Domains }[];
  readonly #soft: readonly TopologySpread[];
  readonly #placed: readonly PlacedPod[];

  constructor(placing: Placing, nodes: readonly NodeView[], placed: readonly PlacedPod[]) {
    const { needs } = placing;
    this.#placing = placing;
    this.#placed = placed;
    const hard = needs.spread.filter((one) => one.whenUnsatisfiable === "DoNotSchedule");
    this.#soft = needs.spread.filter((one) => one.whenUnsatisfiable === "ScheduleAnyway");
    const eligible = nodes.filter((node) =>
      meetsAffinity(needs, node.labels, node.name) && hasKeys(node, hard)
    );
    this.#hard = hard.map((constraint) => ({
      constraint,
      domains: this.#count(constraint, eligible),
    }));
  }

  #count(constraint: TopologySpread, nodes: readonly NodeView[]): Domains {
    const { topologyKey, pods } = constraint;
    const names = new Set(nodes.map(({ name }) => name));
    const domains = new Map(nodes.map((node) => [node.labels[topologyKey]!, 0]));
    for (const { node, placing } of this.#placed) {
      if (!names.has(node.name) || !sameNamespace(placing, this.#placing)) continue;
      if (!meetsAll(pods, placing.labels ?? {})) continue;
      const domain = node.labels[topologyKey]!;
      domains.set(domain, (domains.get(domain) ?? 0) + 1);
    }
    return domains;
  }

  refuse(node: NodeView): Refusal | undefined {
    const reason = "node(s) didn't match pod topology spread constraints";
    for (const { constraint: { topologyKey, maxSkew, pods }, domains } of this.#hard) {
      const domain = node.labels[topologyKey];
      if (domain === undefined) {
        return { reasons: [`${reason} (missing required label)`], resolvable: false };
      }
      const self = meetsAll(pods, this.#placing.labels ?? {}) ? 1 : 0;
      const least = Math.min(...domains.values());
      if ((domains.get(domain) ?? 0) + self - least > maxSkew) {
        return { reasons: [reason], resolvable: true };
      }
    }
    return undefined;
  }

  /** Nodes without a constraint's label get nothing. */
  scores(fitting: readonly NodeView[]): number[] {
    if (this.#soft.length === 0) return fitting.map(() => 0);
    const eligible = fitting.filter((node) => hasKeys(node, this.#soft));
    const parts = this.#soft.map((constraint) => {
      const domains = this.#count(constraint, eligible);
      const size = constraint.topologyKey === HOSTNAME ? eligible.length : domains.size;
      return { constraint, domains, weight: Math.log(size + 2) };
    });
    const crowds = eligible.map((node) =>
      Math.round(
        parts.reduce((sum, { constraint: { topologyKey, maxSkew }, domains, weight }) =>
          sum + (domains.get(node.labels[topologyKey]!) ?? 0) * weight + maxSkew - 1, 0),
      )
    );
    const scores = new Map(normalisedSpread(crowds).map((score, i) => [eligible[i]!, score]));
    return fitting.map((node) => scores.get(node) ?? 0);
  }
}

function hasKeys({ labels }: NodeView, constraints: readonly TopologySpread[]): boolean {
  return constraints.every(({ topologyKey }) => labels[topologyKey] !== undefined);
}

export function sameNamespace(a: Placing, b: Placing): boolean {
  return (a.namespace ?? "default") === (b.namespace ?? "default");
}
