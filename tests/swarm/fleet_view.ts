// What a log says of nodes and pods, kept up as its events are folded: nothing else is looked at.
import type { FleetEvent } from "../../src/fleet/events.ts";
import { fold } from "../../src/fleet/fold.ts";
import { type FleetState, initialState } from "../../src/fleet/state.ts";
import type { KubeObject } from "../../src/kube/object.ts";

export interface PodView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string | undefined;
  /** Whole devices of each extended resource that its containers are given. */
  readonly devices: Readonly<Record<string, number>>;
  /** As endpoints have it: Ready, and not deleted. */
  readonly ready: boolean;
  readonly terminating: boolean;
  /** Its containers ended for good, or it was evicted: it holds nothing. */
  readonly over: boolean;
}

/** Resources that are counted by the piece: `nvidia.com/gpu`, `nvidia.com/mig-1g.10gb`. */
const EXTENDED = /^[a-z0-9.-]+\.[a-z]+\//;

export class FleetView {
  readonly state: FleetState = initialState();
  readonly #pods = new Map<string, PodView>();
  readonly #onNode = new Map<string, Set<string>>();
  /** Nodes of which something changed since the last call of {@linkcode settled}. */
  readonly #changedNodes = new Set<string>();
  #changed = false;

  /** Folds an event; the nodes whose pods or capacity it changed. */
  read(event: FleetEvent): string[] {
    const key = event.kind === "object.applied" || event.kind === "object.deleted"
      ? event.key
      : undefined;
    const before = key === undefined ? undefined : this.#pods.get(key);
    fold(this.state, event);
    if (event.kind !== "window" && event.kind !== "event") this.#changed = true;
    if (key === undefined) return [];
    const touched = key.startsWith("/Pod/") ? this.#readPod(key, before) : nodeOf(key);
    for (const node of touched) this.#changedNodes.add(node);
    return touched;
  }

  /** Whether anything but a window or an Event came, and about which nodes, since the last call. */
  settled(): { changed: boolean; nodes: string[] } {
    const was = { changed: this.#changed, nodes: [...this.#changedNodes] };
    this.#changed = false;
    this.#changedNodes.clear();
    return was;
  }

  get pods(): Iterable<PodView> {
    return this.#pods.values();
  }

  podsOn(node: string): PodView[] {
    return [...this.#onNode.get(node) ?? []].map((key) => this.#pods.get(key)!);
  }

  node(name: string): KubeObject | undefined {
    return this.state.objects[`/Node//${name}`];
  }

  #readPod(key: string, before: PodView | undefined): string[] {
    const object = this.state.objects[key];
    const after = object && podView(object);
    if (after) this.#pods.set(key, after);
    else this.#pods.delete(key);
    if (before?.node !== undefined && before.node !== after?.node) {
      this.#onNode.get(before.node)?.delete(key);
    }
    if (after?.node !== undefined) {
      const there = this.#onNode.get(after.node) ?? new Set();
      this.#onNode.set(after.node, there.add(key));
    }
    return [before?.node, after?.node].filter((node) => node !== undefined);
  }
}

function nodeOf(key: string): string[] {
  return key.startsWith("/Node//") ? [key.slice("/Node//".length)] : [];
}

interface Container {
  readonly resources?: { readonly limits?: Readonly<Record<string, string | number>> };
}

function podView({ metadata, spec, status }: KubeObject): PodView {
  const containers = (spec?.["containers"] ?? []) as unknown as readonly Container[];
  const devices: Record<string, number> = {};
  for (const { resources } of containers) {
    for (const [resource, count] of Object.entries(resources?.limits ?? {})) {
      if (EXTENDED.test(resource)) devices[resource] = (devices[resource] ?? 0) + Number(count);
    }
  }
  const phase = status?.["phase"];
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    node: spec?.["nodeName"] as string | undefined,
    devices,
    ready: isReady(status) && metadata.deletionTimestamp === undefined,
    terminating: metadata.deletionTimestamp !== undefined,
    over: phase === "Failed" || phase === "Succeeded",
  };
}

/** Of a pod or a node. */
export function isReady(status: KubeObject["status"]): boolean {
  const conditions = (status?.["conditions"] ?? []) as unknown as {
    type: string;
    status: string;
  }[];
  return conditions.some((condition) => condition.type === "Ready" && condition.status === "True");
}
