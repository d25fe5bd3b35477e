// The stages of a pod's life and what moves it between them: the words of the table in `pod_table.ts`.

import type { Process } from "../sim/process.ts";
import type { EventReason } from "./event_reasons.ts";
import type { PodLife } from "./pod_life.ts";

/** No node has it. */
export const UNPLACED = ["Pending", "Unschedulable"] as const;

/** A kubelet has it, and its server's container is not made yet. */
export const PREPARING = [
  "Scheduled",
  "Mounting",
  "Downloading",
  "InitError",
  "InitCrashLoopBackOff",
  "ImageNeeded",
  "Pulling",
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ImageReady",
] as const;

/** The process runs and no startup probe has passed. */
export const STARTING = ["Importing", "Loading", "Initialising", "Answering"] as const;

/** The container is started, whether or not its readiness probe passes. */
const STARTED = [
  "Started",
  "Ready",
  "ReadinessFailing",
  "NotReady",
  "ReadinessPassing",
  "Hung",
  "HungNotReady",
] as const;

/** The kubelet ends the container to start another one. */
const KILLED = ["Killing"] as const;

/** The process is gone and another one will be started. */
const DOWN = ["Dead", "Terminated", "CrashLoopBackOff"] as const;

/** Deleted, and the container still runs. */
export const LEAVING = ["PreStop", "Stopping"] as const;

/** The kubelet says nothing: not noticed yet, or given up by the node controller. */
export const SILENT = ["NodeSilent", "NodeLost"] as const;

/** Nothing follows: of an evicted pod the object stays. */
export const OVER = ["Evicted", "Gone"] as const;

export const RUNNING = [...STARTING, ...STARTED] as const;

export const PLACED = [...PREPARING, ...RUNNING, ...KILLED, ...DOWN] as const;

export const POD_STAGES = [...UNPLACED, ...PLACED, ...LEAVING, ...SILENT, ...OVER] as const;
export type PodStage = typeof POD_STAGES[number];

/** How a container's process ended, as the API tells it. */
export interface Ending {
  /** `Error`, `OOMKilled`, `Unknown` after a reboot. */
  readonly word: string;
  readonly exitCode: number;
  /** Its last words. */
  readonly message?: string;
}

/** A container's process that is over. */
export interface Ended extends Ending {
  readonly startedUs: number | undefined;
  readonly finishedUs: number;
}

/** What comes from outside. */
export type Trigger =
  | { readonly kind: "deleted" }
  | { readonly kind: "died"; readonly ending: Ending }
  | { readonly kind: "initFailed"; readonly ending: Ending }
  | { readonly kind: "pullFailed"; readonly message: string }
  | { readonly kind: "startupFailed" }
  | { readonly kind: "readinessFailed" }
  | { readonly kind: "readinessPassed" }
  | { readonly kind: "stalled" }
  | { readonly kind: "evicted"; readonly message: string }
  | { readonly kind: "nodeSilent" }
  | { readonly kind: "nodeLost" }
  | { readonly kind: "nodeBack" }
  | { readonly kind: "nodeRemoved" };

/** A Kubernetes Event about the pod: type, reason, message, source. */
export type Told = readonly ["Normal" | "Warning", EventReason, string, string];

export interface Transition {
  readonly from: PodStage | readonly PodStage[];
  readonly to: PodStage;
  /** In a word, Kubernetes' own where it has one. */
  readonly reason: string;
  /** Comes about from outside; absent: by itself. */
  readonly on?: Trigger["kind"];
  /** Read when `from` is entered, or when the trigger comes; the first row that holds is taken. */
  readonly when?: (life: PodLife) => boolean;
  /** The delay; absent: none. */
  readonly takes?: (life: PodLife) => Process;
  readonly does?: (life: PodLife, trigger: Trigger | undefined) => void;
  /** Read after `does`. */
  readonly tells?: (life: PodLife) => readonly Told[];
}
