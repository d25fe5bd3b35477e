// Every pod of a run at every instant of the scrubber: what `mtop replay --at` says of it then.

import { PPM } from "../../metrics/names.ts";
import type { PodNow } from "../pods_now.ts";
import type { PodHistory } from "./data.ts";
import { MOST_PODS } from "./grid.ts";
import { clipped } from "./text.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Change = PodHistory["changes"][number];

interface Filling {
  readonly from: number;
  readonly changes: Change[];
  readonly running: (number | null)[];
  readonly waiting: (number | null)[];
  readonly kv: (number | null)[];
  shown: string;
  gone: boolean;
}

export class PodHistories {
  /** By member and name: another namespace may have a pod of the same. */
  readonly #pods = new Map<string, Mutable<Filling> & { readonly name: string }>();
  /** Pods beyond the limit, which have no history. */
  readonly leftOut = new Set<string>();

  /** The pods at the instant of this index; instants come in order, each once. */
  take(index: number, pods: readonly PodNow[]): void {
    const there = new Set<string>();
    for (const pod of pods) {
      const key = `${pod.member} ${pod.name}`;
      const filling = this.#filling(key, pod.name, index);
      if (!filling) continue;
      there.add(key);
      const { ready, status, node = null, gauges } = pod;
      const shown = JSON.stringify([ready, status, node]);
      if (filling.shown !== shown) {
        filling.changes.push([index, ready, clipped(status), node === null ? null : clipped(node)]);
        filling.shown = shown;
        filling.gone = false;
      }
      const place = index - filling.from;
      filling.running[place] = gauges?.running ?? null;
      filling.waiting[place] = gauges?.waiting ?? null;
      filling.kv[place] = gauges ? hundredths(gauges.kvPpm) : null;
    }
    for (const [key, filling] of this.#pods) {
      if (filling.gone || there.has(key)) continue;
      filling.changes.push([index, null]);
      filling.gone = true;
      filling.shown = "";
    }
  }

  get pods(): PodHistory[] {
    return [...this.#pods.values()].map(({ name, from, changes, running, waiting, kv }) => ({
      ...{ name: clipped(name), from, changes },
      ...{ running: whole(running), waiting: whole(waiting), kv: whole(kv) },
    }));
  }

  #filling(key: string, name: string, from: number) {
    const known = this.#pods.get(key);
    if (known) return known;
    if (this.#pods.size >= MOST_PODS) {
      this.leftOut.add(key);
      return undefined;
    }
    const made = {
      ...{ name, from, changes: [], running: [], waiting: [], kv: [] },
      ...{ shown: "", gone: false },
    };
    this.#pods.set(key, made);
    return made;
  }
}

/** As `formatPpm` rounds it. */
function hundredths(ppm: number): number {
  return Number((ppm * 100 / PPM).toFixed(2));
}

/** A pod that was away and came again, under one name, has holes. */
function whole(column: readonly (number | null)[]): (number | null)[] {
  return Array.from(column, (value) => value ?? null);
}
