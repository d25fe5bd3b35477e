// What a simulated cluster is planned to be: its nodes and services, each with what its engines do.

import type { KubeObject } from "../kube/object.ts";
import type { Slo } from "../metrics/slo.ts";
import type { Supply } from "../serving/startup.ts";
import type { ServingPlan } from "./engine_limits.ts";
import type { NodePlan } from "./nodes.ts";
import type { Routing } from "./picker/plan.ts";
import type { PodBirth } from "./pod_template.ts";
import type { Policies } from "./policy/definition.ts";
import type { Effective } from "./revision.ts";
import type { GatewayPlan } from "./route_gateway.ts";
import type { DeviceClassPlan } from "./scheduling/device_classes.ts";
import type { Blocked } from "./service_status.ts";
import type { WorkloadPlan } from "./workload.ts";

export interface ServicePlan {
  /** By which a run knows it; in a scenario the object's name. */
  readonly name: string;
  readonly object: KubeObject;
  /** What KServe's controller works with; absent: the object's own spec. */
  readonly effective?: Effective;
  /** Configs that it may be based on, from which a further member is combined; with `effective` only. */
  readonly configs?: readonly KubeObject[];
  /** The main workload first. */
  readonly workloads: readonly [WorkloadPlan, ...WorkloadPlan[]];
  /** What the main workload's engines do; absent, its pods come up and nothing is sent to them. */
  readonly serving?: ServingPlan;
  /** What the engines of a workload of role prefill do; they compute prompts for the main one's. */
  readonly prefill?: ServingPlan;
  /** How its requests find a pod; absent: balanced in turn. */
  readonly routing?: Routing;
  /** Bytes of weights on each GPU, where they are known and `serving` does not say. */
  readonly gpuBytes?: number;
  readonly slo?: Slo;
  /** When it came to be; a scenario's services are up when the run begins. */
  readonly birth?: PodBirth;
  readonly blocked?: Blocked;
  /** The route group that it shares with others, `namespace/name`, and its weight there. */
  readonly group?: { readonly name: string; readonly weight: number };
}

export interface FleetPlan {
  readonly nodes: readonly NodePlan[];
  readonly services: readonly ServicePlan[];
  /** Gateways, and HTTPRoutes and InferencePools that no service owns; see `Network`. */
  readonly network?: readonly KubeObject[];
  /** Of devices that pods claim, beside those that drivers bring. */
  readonly deviceClasses?: readonly DeviceClassPlan[];
  /** How fast images and weights come; absent: as fast as was measured. */
  readonly supply?: Supply;
  /** How fast the gateway learns of changes; absent: at once. */
  readonly gateway?: GatewayPlan;
  /** Requests that arrive before it are told apart; windows are cut at `durationUs`. */
  readonly warmupUs: number;
  /** What the scenario's own code defines. */
  readonly policies?: Policies;
  /** Each request is told when it ends, see `request_rows.ts`. */
  readonly recordRequests?: boolean;
}
