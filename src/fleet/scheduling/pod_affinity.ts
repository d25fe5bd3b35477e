// Pods that want to be near others or far from them: kube-scheduler's InterPodAffinity.
//
// After Kubernetes v1.34, plugins/interpodaffinity/{filtering,scoring}.go; terms are of the pod's own
// namespace, and those that are preferred count for the pod that has them.

import type { NodeView, Refusal } from "./filters.ts";
import type { Placing } from "./placing.ts";
import type { PodAffinityTerm } from "./pod_needs.ts";
import { MAX_SCORE } from "./scores.ts";
import { meetsAll } from "./selectors.ts";
import { type PlacedPod, sameNamespace } from "./spread.ts";

export class PodAffinity {
  readonly #placing: Placing;
  readonly #placed: readonly PlacedPod[];
  /** Domains, as `key=value`: where one of the pods is that each required term wants. */
  readonly #near: readonly ReadonlySet<string>[];
  readonly #far: ReadonlySet<string>;
  /** Where pods are that do not want this one near. */
  readonly #unwelcome: ReadonlySet<string>;

  constructor(placing: Placing, placed: readonly PlacedPod[]) {
    this.#placing = placing;
    this.#placed = placed;
    const { affinity, antiAffinity } = placing.needs;
    this.#near = affinity.map((term) => this.#domains([term]));
    this.#far = this.#domains(antiAffinity);
    this.#unwelcome = new Set(
      placed.flatMap(({ node, placing: other }) =>
        other.needs.antiAffinity.filter((term) => wants(term, other, placing))
          .flatMap(({ topologyKey }) => domainOf(node, topologyKey) ?? [])
      ),
    );
  }

  #domains(terms: readonly PodAffinityTerm[]): Set<string> {
    return new Set(
      terms.flatMap((term) =>
        this.#placed.filter(({ placing }) => wants(term, this.#placing, placing))
          .flatMap(({ node }) => domainOf(node, term.topologyKey) ?? [])
      ),
    );
  }

  refuse(node: NodeView): Refusal | undefined {
    const { affinity, antiAffinity } = this.#placing.needs;
    if (!this.#isFirst() && !affinity.every((term, i) => isIn(node, term, this.#near[i]!))) {
      return { reasons: ["node(s) didn't match pod affinity rules"], resolvable: false };
    }
    if (affinity.some(({ topologyKey }) => node.labels[topologyKey] === undefined)) {
      return { reasons: ["node(s) didn't match pod affinity rules"], resolvable: false };
    }
    if (antiAffinity.some((term) => isIn(node, term, this.#far))) {
      return { reasons: ["node(s) didn't match pod anti-affinity rules"], resolvable: true };
    }
    const unwelcome = [...this.#unwelcome].some((domain) => isDomainOf(node, domain));
    return unwelcome
      ? { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], resolvable: true }
      : undefined;
  }

  /** The first of pods that want to be together has nobody to go to. */
  #isFirst(): boolean {
    return this.#near.every(({ size }) => size === 0) &&
      this.#placing.needs.affinity.every((term) => wants(term, this.#placing, this.#placing));
  }

  scores(fitting: readonly NodeView[]): number[] {
    const { preferredAffinity, preferredAntiAffinity } = this.#placing.needs;
    const sums = new Map<string, number>();
    const add = (term: PodAffinityTerm, weight: number) => {
      for (const { node, placing } of this.#placed) {
        const domain = domainOf(node, term.topologyKey);
        if (domain === undefined || !wants(term, this.#placing, placing)) continue;
        sums.set(domain, (sums.get(domain) ?? 0) + weight);
      }
    };
    for (const { term, weight } of preferredAffinity) add(term, weight);
    for (const { term, weight } of preferredAntiAffinity) add(term, -weight);
    const own = fitting.map((node) =>
      [...sums].reduce((sum, [domain, one]) => sum + (isDomainOf(node, domain) ? one : 0), 0)
    );
    const [least, most] = [Math.min(...own), Math.max(...own)];
    if (least === most) return own.map(() => 0);
    return own.map((sum) => Math.floor(MAX_SCORE * (sum - least) / (most - least)));
  }
}

/** Whether any of the pods that are placed has a say in where this one goes, or it in where they are. */
export function hasPodAffinity({ needs }: Placing): boolean {
  return needs.affinity.length + needs.antiAffinity.length > 0 ||
    needs.preferredAffinity.length + needs.preferredAntiAffinity.length > 0;
}

function wants({ pods }: PodAffinityTerm, owner: Placing, other: Placing): boolean {
  return sameNamespace(owner, other) && meetsAll(pods, other.labels ?? {});
}

function domainOf({ labels }: NodeView, key: string): string | undefined {
  return labels[key] === undefined ? undefined : `${key}=${labels[key]}`;
}

function isIn(node: NodeView, { topologyKey }: PodAffinityTerm, domains: ReadonlySet<string>) {
  const domain = domainOf(node, topologyKey);
  return domain !== undefined && domains.has(domain);
}

function isDomainOf({ labels }: NodeView, domain: string): boolean {
  const equals = domain.indexOf("=");
  return labels[domain.slice(0, equals)] === domain.slice(equals + 1);
}
