// The joint: everything that happens is told here, gets its place in the log, and is folded at once.

import { diffPatch, type Json, type KubeObject, objectKey } from "../kube/object.ts";
import type { Clock } from "../sim/clock.ts";
import type { EventReason } from "./event_reasons.ts";
import type { EventKind, EventOf, Fact, FleetEvent } from "./events.ts";
import { fold } from "./fold.ts";
import { type FleetState, initialState } from "./state.ts";

/** An object without its version, which is the log's to give. */
function unversioned(object: KubeObject): Json {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata } as unknown as Json;
}

/** Of a key `group/Kind/namespace/name`. */
function groupKindOf(key: string): string {
  return key.slice(0, key.indexOf("/", key.indexOf("/") + 1));
}

/** Receives every event in order; a recorder, a hash, a screen. */
export type EventSink = (event: FleetEvent) => void;

export class Journal {
  readonly #clock: Clock;
  readonly #sink: EventSink;
  readonly #listeners = new Map<EventKind, ((event: FleetEvent) => void)[]>();
  /** Keys of the objects there are, by `group/Kind`. */
  readonly #keys = new Map<string, Set<string>>();
  #seq = 0;
  #state: FleetState = initialState();

  constructor(clock: Clock, sink: EventSink) {
    this.#clock = clock;
    this.#sink = sink;
  }

  /** The fold of all that was told so far. Controllers read it; only `tell` changes it. */
  get state(): FleetState {
    return this.#state;
  }

  /** The objects of a kind, such as `policy/PodDisruptionBudget` or `/Pod`, the oldest first. */
  list(groupKind: string): KubeObject[] {
    return [...this.#keys.get(groupKind) ?? []].map((key) => this.#state.objects[key]!);
  }

  get events(): number {
    return this.#seq;
  }

  tell(fact: Fact): void {
    // Copied for the reason that `HistogramAccumulator.take` has.
    const event = { ...{ at: this.#clock.nowUs, seq: this.#seq++ }, ...fact } as FleetEvent;
    this.#state = fold(this.#state, event);
    if (event.kind === "object.applied" && event.object) this.#index(event.key);
    if (event.kind === "object.deleted") this.#keys.get(groupKindOf(event.key))?.delete(event.key);
    this.#sink(event);
    for (const listener of this.#listeners.get(event.kind) ?? []) listener(event);
  }

  #index(key: string): void {
    const groupKind = groupKindOf(key);
    const keys = this.#keys.get(groupKind);
    if (keys) keys.add(key);
    else this.#keys.set(groupKind, new Set([key]));
  }

  /** Calls `listener` after each event of a kind was folded. */
  on<K extends EventKind>(kind: K, listener: (event: EventOf<K>) => void): void {
    const listeners = this.#listeners.get(kind) ?? [];
    listeners.push(listener as (event: FleetEvent) => void);
    this.#listeners.set(kind, listeners);
  }

  /** Tells a new object whole, or the difference to what it was; says nothing when there is none. */
  apply(object: KubeObject): void {
    const key = objectKey(object);
    const known = this.#state.objects[key];
    if (!known) return this.tell({ kind: "object.applied", key, object });
    const patch = diffPatch(unversioned(known), unversioned(object));
    if (patch !== undefined) this.tell({ kind: "object.applied", key, patch });
  }

  delete(object: KubeObject): void {
    const key = objectKey(object);
    if (this.#state.objects[key]) this.tell({ kind: "object.deleted", key });
  }

  /** A Kubernetes Event about an object. */
  event(
    type: "Normal" | "Warning",
    reason: EventReason,
    object: { kind: string; metadata: { name: string; namespace?: string } },
    message: string,
    source: string,
  ): void {
    const { name, namespace = "" } = object.metadata;
    this.tell({
      kind: "event",
      type,
      reason,
      object: `${object.kind}/${namespace}/${name}`,
      message,
      source,
    });
  }
}
