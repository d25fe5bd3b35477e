// Who held GPUs for how long and what they did meanwhile: folded out of pods and windows. Knows no price.

import type { KubeObject } from "../kube/object.ts";
import type { PodColumns } from "../metrics/window.ts";
import { gpuShareOf } from "./gpu_shares.ts";
import type { FleetState } from "./state.ts";

/** GPU-µs: two GPUs for a second are 2,000,000. After the warm-up, like all that a summary tells. */
export interface GpuTime {
  /** From a pod's scheduling to its deletion, whether or not it serves. */
  heldUs: number;
  /** With a step of the engine in progress. */
  busyUs: number;
  /** Of the busy ones those with prompt tokens in the step. */
  prefillUs: number;
}

/** What the pods of one LLMInferenceService held, by the GPU's name; `?` where its node has no such label. */
export interface MemberGpus {
  byGpu: Record<string, GpuTime>;
  /** Some window did not say how busy its pods were: logs of mtop before it told that. */
  untold?: true;
}

/** GPUs that a pod holds now. */
export interface HeldGpus {
  readonly member: string;
  readonly gpu: string;
  /** A slice and a turn are a part of one. */
  readonly gpus: number;
  readonly sinceUs: number;
}

/** A pod was told, or what changed about it: from its scheduling on it holds what it asks for. */
export function holdGpus(state: FleetState, key: string, pod: KubeObject, atUs: number): void {
  if (pod.kind !== "Pod" || state.held[key] !== undefined) return;
  const service = pod.metadata.labels?.["app.kubernetes.io/name"];
  const share = service === undefined ? undefined : gpuShareOf(pod, state.objects);
  if (share === undefined) return;
  const member = `${pod.metadata.namespace ?? "default"}/${service}`;
  state.held[key] = { member, ...share, sinceUs: atUs };
}

/** A pod is gone: its GPUs are free. */
export function releaseGpus(state: FleetState, key: string, atUs: number): void {
  const held = state.held[key];
  if (!held) return;
  timeOf(state, held).heldUs += heldUs(state, held, atUs);
  delete state.held[key];
}

/** One second of a revision's pods after the warm-up. */
export function spendGpus(state: FleetState, member: string | undefined, pods: PodColumns): void {
  if (member === undefined) return;
  const { name, busyUs, prefillUs } = pods;
  if (busyUs === undefined) {
    if (name.length > 0) membersGpus(state, member).untold = true;
    return;
  }
  const namespace = member.slice(0, member.indexOf("/"));
  for (let index = 0; index < name.length; index++) {
    const held = state.held[`/Pod/${namespace}/${name[index]}`];
    if (!held) continue;
    const time = timeOf(state, held);
    time.busyUs += Math.round(held.gpus * busyUs[index]!);
    time.prefillUs += Math.round(held.gpus * (prefillUs?.[index] ?? 0));
  }
}

/** What a member's pods held up to `atUs`, those that hold it still included. */
export function gpuTimeOf(state: FleetState, member: string, atUs: number): MemberGpus {
  const { byGpu = {}, ...rest } = state.gpus[member] ?? {};
  const times = Object.fromEntries(
    Object.entries(byGpu).map(([gpu, time]) => [gpu, { ...time }]),
  );
  for (const held of Object.values(state.held)) {
    if (held.member !== member) continue;
    const time = times[held.gpu] ??= { heldUs: 0, busyUs: 0, prefillUs: 0 };
    time.heldUs += heldUs(state, held, atUs);
  }
  return { byGpu: times, ...rest };
}

function heldUs({ run }: FleetState, { gpus, sinceUs }: HeldGpus, atUs: number): number {
  return Math.round(gpus * Math.max(0, atUs - Math.max(sinceUs, run?.warmupUs ?? 0)));
}

function timeOf(state: FleetState, { member, gpu }: HeldGpus): GpuTime {
  return membersGpus(state, member).byGpu[gpu] ??= { heldUs: 0, busyUs: 0, prefillUs: 0 };
}

function membersGpus(state: FleetState, member: string): MemberGpus {
  return state.gpus[member] ??= { byGpu: {} };
}
