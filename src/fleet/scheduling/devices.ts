// The GPUs of one node and what is handed out of them: whole, in slices, in turns. It knows no scheduler.

import type { GpuResource } from "../../kube/gpu_resources.ts";
import type { GpuFacts } from "../../serving/gpus.ts";
import { hostLink } from "../../serving/links.ts";
import { migSlice } from "../../serving/mig.ts";
import { GpuHealth } from "./gpu_health.ts";
import type { Amounts } from "./pod_needs.ts";

/** How the GPUs of a node are cut: each into the same slices. */
export interface MigPlan {
  /**
   * As NVIDIA's device plugin offers them (`MIG_STRATEGY`): `single` calls every slice `nvidia.com/gpu`, of
   * which all are alike; `mixed` names each by its size, `nvidia.com/mig-1g.10gb`.
   */
  readonly strategy: "single" | "mixed";
  /** Of one GPU, in order: `["3g.40gb", "2g.20gb", "1g.10gb", "1g.10gb"]`. */
  readonly profiles: readonly string[];
}

/** GPUs that are linked faster among themselves than over PCIe: NVLink bridges join pairs. */
export interface Islands {
  readonly size: number;
  /** To another GPU of the island, one way. */
  readonly linkGBps: number;
}

export interface DevicesPlan {
  readonly gpus: number;
  /** Undefined where nothing is known of them. */
  readonly gpu: GpuFacts | undefined;
  readonly mig?: MigPlan;
  /** Pods that take turns on each GPU (the plugin's `sharing.timeSlicing.replicas`); absent: 1. */
  readonly turns?: number;
  readonly islands?: Islands;
  /** They are not counted resources but devices that are claimed. */
  readonly claimed?: boolean;
  /** What their driver says of each, where it is not what NVIDIA's says. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
}

/** What one pod holds: a GPU, a slice of it, or a turn on it. */
export interface Slot {
  /** Undefined of a device that is claimed. */
  readonly resource: string | undefined;
  readonly gpu: number;
  readonly profile?: string;
  owner: string | undefined;
}

export class Devices {
  readonly slots: readonly Slot[];
  readonly health: GpuHealth;
  readonly #plan: DevicesPlan;
  readonly #resources: readonly string[];
  readonly #slices = new Map<string, GpuFacts | undefined>();

  constructor(plan: DevicesPlan) {
    this.#plan = plan;
    this.health = new GpuHealth(plan.gpus);
    this.slots = Array.from({ length: plan.gpus }, (_, gpu) => slotsOf(plan, gpu)).flat();
    this.#resources = [...new Set(this.slots.flatMap(({ resource }) => resource ?? []))];
  }

  /** By GPU, whether it is not offered. */
  get broken(): readonly boolean[] {
    return this.health.unhealthy;
  }

  /** By resource what the node has, and what of it works. */
  get capacity(): Amounts {
    return this.#count(() => true);
  }

  get allocatable(): Amounts {
    return this.#count(({ gpu }) => !this.broken[gpu]);
  }

  #count(counts: (slot: Slot) => boolean): Amounts {
    return Object.fromEntries(this.#resources.map((resource) => [
      resource,
      this.slots.filter((slot) => slot.resource === resource && counts(slot)).length,
    ]));
  }

  offers(resource: string): boolean {
    return this.#resources.includes(resource);
  }

  /** So many of a resource for a pod; those that it gets work and are nobody else's. */
  take(pod: string, resource: string, count: number): void {
    const free = this.slots.filter((slot) => slot.resource === resource && this.isFree(slot));
    for (const slot of this.#together(free, count)) slot.owner = pod;
  }

  /** These, which were chosen by what they are and not by their number. */
  claim(pod: string, slots: readonly Slot[]): void {
    for (const slot of slots) slot.owner = pod;
  }

  /** Devices that can be claimed and are not. */
  get claimable(): number {
    return this.slots.filter((slot) => slot.resource === undefined && this.isFree(slot)).length;
  }

  isFree({ gpu, owner }: Slot): boolean {
    return owner === undefined && !this.broken[gpu];
  }

  /**
   * As the plugin prefers them (`GetPreferredAllocation`, the best-effort policy): within the island that
   * has just room for all, so that larger ones stay whole; else from the emptiest. Turns are spread.
   */
  #together(free: readonly Slot[], count: number): readonly Slot[] {
    const { islands, turns = 1 } = this.#plan;
    if (turns > 1) return this.#spread(free).slice(0, count);
    if (!islands || count === 0) return free.slice(0, count);
    const groups = Map.groupBy(free, ({ gpu }) => Math.floor(gpu / islands.size));
    const bySize = [...groups.values()].sort((a, b) => a.length - b.length);
    const room = bySize.find(({ length }) => length >= count);
    return (room ?? bySize.reverse().flat()).slice(0, count);
  }

  /** Turns on the GPU with the fewest of them taken first. */
  #spread(free: readonly Slot[]): Slot[] {
    const turns = Map.groupBy(free, ({ gpu }) => gpu);
    return [...free].sort((a, b) =>
      turns.get(b.gpu)!.length - turns.get(a.gpu)!.length || a.gpu - b.gpu
    );
  }

  release(pod: string): void {
    for (const slot of this.slots) if (slot.owner === pod) slot.owner = undefined;
  }

  slotsOf(pod: string): Slot[] {
    return this.slots.filter(({ owner }) => owner === pod);
  }

  /** The GPUs that a pod holds something of, each once, in order. */
  gpusOf(pod: string): number[] {
    return [...new Set(this.slotsOf(pod).map(({ gpu }) => gpu))];
  }

  /** The pods that hold something of a GPU. */
  podsOn(gpu: number): string[] {
    const owners = this.slots.filter((slot) => slot.gpu === gpu)
      .flatMap(({ owner }) => owner ?? []);
    return [...new Set(owners)];
  }

  /** The facts of what a pod holds now: of a slice its share, and the link that joins what it has. */
  factsOf(pod: string): GpuFacts | undefined {
    const { gpu } = this.#plan;
    const slots = this.slotsOf(pod);
    const [first] = slots;
    if (!gpu || !first) return gpu;
    const facts = first.profile === undefined
      ? this.#linked(gpu, slots)
      : this.#slice(gpu, first.profile);
    return facts && this.health.slowed(facts, this.gpusOf(pod));
  }

  #slice(gpu: GpuFacts, profile: string): GpuFacts | undefined {
    if (!this.#slices.has(profile)) this.#slices.set(profile, migSlice(gpu, profile));
    return this.#slices.get(profile);
  }

  #linked(gpu: GpuFacts, slots: readonly Slot[]): GpuFacts {
    const { islands } = this.#plan;
    if (!islands || slots.length === 1) return gpu;
    const of = new Set(slots.map((slot) => Math.floor(slot.gpu / islands.size)));
    const linkGBps = of.size === 1 ? islands.linkGBps : hostLink(gpu).gigabytesPerSecond;
    return { ...gpu, linkGBps };
  }
}

/** What the device plugin of a GPU's maker calls it; of an unknown one NVIDIA's name is taken. */
function gpuResource(gpu: GpuFacts | undefined): GpuResource {
  return gpu?.maker === "AMD" ? "amd.com/gpu" : "nvidia.com/gpu";
}

function slotsOf({ gpu: facts, mig, turns = 1, claimed }: DevicesPlan, gpu: number): Slot[] {
  const whole = gpuResource(facts);
  const owner = undefined;
  if (!mig) {
    const resource = claimed ? undefined : whole;
    return Array.from({ length: turns }, () => ({ resource, gpu, owner }));
  }
  return mig.profiles.map((profile) => {
    const named = mig.strategy === "single" ? whole : `nvidia.com/mig-${profile}`;
    return { resource: claimed ? undefined : named, gpu, profile, owner };
  });
}
