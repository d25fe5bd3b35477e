// The words of a scenario file for faults: whom they hit, and what all of them have in common.

import type { Duration, Tagged, When } from "./builders.ts";
import type { OwnFault } from "./define.ts";
import type { GpuFault } from "./gpu_fault_builders.ts";
import type { NetworkFault } from "./network_fault_builders.ts";
import type { NodeFault } from "./node_fault_builders.ts";
import type { PodFault } from "./pod_fault_builders.ts";
import type { RouterFault } from "./router_fault_builders.ts";
import type { Schedule } from "./schedule_builders.ts";
import type { SupplyFault } from "./supply_fault_builders.ts";

/** Any fault; each family has a file of its own. */
export type Fault =
  | GpuFault
  | NodeFault
  | PodFault
  | SupplyFault
  | NetworkFault
  | RouterFault
  | OwnFault;

export interface FaultOptions {
  /** What events and plans call it; `faults[0]` and so on when left out. */
  readonly name?: string;
  /** Virtual time, `atStep`, `after`, `whenever`, or again and again: `every`, `randomly`. */
  readonly when: When | Schedule;
}

/** How long a fault lasts that does not end by itself. */
export type Lasting =
  | { readonly for: Duration; readonly permanent?: never }
  | { readonly permanent: true; readonly for?: never };

interface Where {
  readonly service?: string;
  readonly of?: string;
}

export type Selection<K extends string> = Tagged<
  K,
  Where & {
    name?: string;
    zone?: string;
    role?: "prefill" | "decode";
    mode: "first" | "all" | "fixed" | "percent" | "random";
    count?: number;
    percent?: number;
  }
>;

interface Selector<K extends string> {
  first(): Selection<K>;
  all(): Selection<K>;
  fixed(count: number): Selection<K>;
  percent(percent: number): Selection<K>;
  random(count?: number): Selection<K>;
}

function selector<K extends string>(
  kind: K,
  where: Pick<Selection<K>, "service" | "of" | "name" | "zone" | "role">,
): Selector<K> {
  return {
    first: () => ({ kind, ...where, mode: "first" }),
    all: () => ({ kind, ...where, mode: "all" }),
    fixed: (count) => ({ kind, ...where, mode: "fixed", count }),
    percent: (percent) => ({ kind, ...where, mode: "percent", percent }),
    random: (count = 1) => ({ kind, ...where, mode: "random", count }),
  };
}

/**
 * Pods of a service or of one revision, those that answer or those of role `"prefill"`: `.first() .all()
 * .fixed(n) .percent(n) .random(n)`.
 */
export const pods = (
  where: Where & { readonly role?: "prefill" | "decode" } = {},
): Selector<"pods"> => selector("pods", where);
/** Nodes by name or zone, or those that host such pods. */
export const nodes = (
  where: Where & { readonly name?: string; readonly zone?: string } = {},
): Selector<"nodes"> => selector("nodes", where);
