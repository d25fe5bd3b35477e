// What a pod is made from and what it uses of its cluster: types alone.

import type { JsonObject, KubeObject, OwnerReference } from "../kube/object.ts";
import type { ServingEngine } from "../serving/data_parallel.ts";
import type { StartupPlan } from "../serving/startup.ts";
import type { Clock } from "../sim/clock.ts";
import type { Process } from "../sim/process.ts";
import type { Addresses } from "./addresses.ts";
import type { Journal } from "./journal.ts";
import type { Network } from "./network.ts";
import type { Node, Nodes } from "./nodes.ts";
import type { PodTroubles } from "./pod_troubles.ts";
import type { Quotas } from "./quotas.ts";
import type { Residents } from "./residents.ts";
import type { PodNeeds } from "./scheduling/pod_needs.ts";
import type { SupplyLines } from "./supply_lines.ts";
import type { Trouble } from "./trouble.ts";

/** Why a server cannot start on a node, in its own words. */
export interface CannotStart {
  readonly cannotStart: string;
  /** It shows before the weights are fetched: the empty model alone does not fit. */
  readonly beforeLoading?: true;
  /** Absent: 1. */
  readonly exitCode?: number;
}

/** What a pod is made from; the same for all pods of a workload. */
export interface PodTemplate {
  readonly owner: KubeObject;
  /** Its ReplicaSet or LeaderWorkerSet; absent: nobody would make it again. */
  readonly controller?: OwnerReference;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  /** What the container asks for. */
  readonly resources: JsonObject;
  /** Its PodSpec as rendered: containers, probes, tolerations, affinity, claims, grace. */
  readonly template: JsonObject;
  /** What the pod asks of a node. */
  readonly needs: PodNeeds;
  readonly startup: StartupPlan;
  /**
   * A server on this node's GPUs, or why it cannot start there (then the container crashes); undefined
   * for a container that comes up and whose serving is not simulated.
   */
  engine(node: Node, pod: string): ServingEngine | CannotStart | undefined;
  /** The others of its group; absent: it works alone. */
  readonly peers?: Peers;
}

/** What the pods of a group hear of each other at once. */
export interface Peers {
  /** Names of the pods whose GPUs are those of this pod's engine as well; none of a worker. */
  workersOf(pod: string): readonly string[];
  /** Goes on when every pod of the group has got this far. */
  join(): Process;
  /** The leader's, which computes on the GPUs of all. */
  server(): ServingEngine | undefined;
  /** The process of one of them ended. */
  died(): void;
  /** The node of one of them went silent. */
  hung(): void;
}

/** When a pod came to be, in µs (below 0 is before the run), and whether it was up before the run. */
export interface PodBirth {
  readonly createdUs: number;
  readonly started: boolean;
}

/** What pods and services use of the cluster. */
export interface Cluster {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly nodes: Nodes;
  readonly lines: SupplyLines;
  readonly network: Network;
  readonly addresses: Addresses;
  readonly residents: Residents;
  readonly quotas: Quotas;
  /** What is wrong with how pods start. */
  readonly troubles: PodTroubles;
  /** What is wrong between the cluster's parts. */
  readonly trouble: Trouble;
}

/** A pod's cluster, and whom it tells that its readiness changed or that it is gone. */
export interface PodHost extends Cluster {
  changed(): void;
}
