// An endpoint picker as data: what its configuration says, with every reference resolved.

import type { Balancing } from "./balancing.ts";
import type { FlowPlan } from "./flow_control.ts";
import type { PluginType } from "./plugin_type.ts";

export interface PluginPlan {
  readonly name: string;
  readonly type: string;
  /** As the plugin type's schema gives them. */
  readonly parameters: unknown;
  /** Its type, where the registry has none of that name: a scorer of the scenario's own code. */
  readonly own?: PluginType;
}

export interface ProfilePlan {
  readonly name: string;
  readonly filters: readonly string[];
  readonly scorers: readonly { readonly plugin: string; readonly weight: number }[];
  /** Absent: max-score-picker. */
  readonly picker?: string;
}

export type HandlerPlan =
  | { readonly kind: "single"; readonly profile: string }
  | {
    readonly kind: "disaggregated";
    readonly decode: string;
    readonly prefill?: string;
    readonly decider?: string;
  };

export interface PickerPlan {
  readonly plugins: readonly PluginPlan[];
  readonly profiles: readonly ProfilePlan[];
  readonly handler: HandlerPlan;
  /** By name; absent: utilization-detector as it comes. */
  readonly saturationDetector?: string;
  /** Absent: the feature gate is off. */
  readonly flowControl?: FlowPlan;
  /** `--refresh-metrics-interval`. */
  readonly refreshUs: number;
}

/** How the requests of a service find a pod. */
export interface Routing {
  /** What balances where there is no picker, or none that answers. */
  readonly balancing: Balancing;
  readonly picker?: PickerPlan;
  /** What the pool says of a picker that does not answer. */
  readonly failureMode: "FailOpen" | "FailClose";
  /** Adapters that a pod has room for; 0 without LoRA. */
  readonly loraSlots: number;
}

/** Of a service that says nothing. */
export const NO_PICKER: Routing = {
  balancing: "round-robin",
  failureMode: "FailOpen",
  loraSlots: 0,
};
