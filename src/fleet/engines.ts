// The model servers of pods: which engines there are in one, on which GPUs, or why it cannot start.

import type { Role } from "../kube/names.ts";
import { coefficientsOf } from "../serving/coefficients.ts";
import { EngineGroup, type ServingEngine } from "../serving/data_parallel.ts";
import { Engine } from "../serving/engine.ts";
import type { GpuFacts } from "../serving/gpus.ts";
import type { HostMemory } from "../serving/kv_offload.ts";
import type { EngineLimits, EngineWindows } from "../serving/limits.ts";
import { hostLink } from "../serving/links.ts";
import { SharedLink } from "../serving/shared_link.ts";
import { physicalStepTime, slowedStepTime, type StepTime } from "../serving/step_time.ts";
import type { Clock } from "../sim/clock.ts";
import {
  engineLimits,
  offloadedBytesPerBlock,
  outOfMemory,
  type ServingPlan,
} from "./engine_limits.ts";
import { type KvLayout, kvLayoutOf } from "./kv_layout.ts";
import { type KvPlace, senderOf } from "./kv_sender.ts";
import type { CannotStart } from "./pod_template.ts";
import type { Regressions } from "./regressions.ts";
import type { RequestHost } from "./request_host.ts";
import type { ServeOf } from "./revision.ts";

/** What a service's pods serve, by the role of their workload. */
export interface ServedPlan {
  readonly name: string;
  readonly serving?: ServingPlan;
  readonly prefill?: ServingPlan;
  readonly gpuBytes?: number;
}

/** What a server's step times depend on, read whenever they are made. */
interface Pace {
  gpus(): readonly (GpuFacts | undefined)[];
  /** So many times as long as the GPUs let it take. */
  slowness(): number;
}

export class Engines {
  readonly #clock: Clock;
  readonly #requests: RequestHost;
  /** Brings a server's step times up to how its GPUs are. */
  readonly #retimes = new WeakMap<ServingEngine, () => void>();

  readonly #regressions: Regressions;

  constructor(clock: Clock, requests: RequestHost, regressions: Regressions) {
    this.#clock = clock;
    this.#requests = requests;
    this.#regressions = regressions;
  }

  /** The servers of a revision's pods. */
  serveOf(plan: ServedPlan, revision: string): ServeOf {
    const { serving, prefill, gpuBytes } = plan;
    return ({ role, image }, windows) => {
      if (role === "scheduler" || role === "tokenizer") return () => undefined;
      const served = role === "prefill" ? prefill : serving;
      return (node, pod, place) => {
        const gpu = node.gpuOf(pod);
        if (!gpu) return undefined;
        if (!served) return outOfMemory(gpuBytes, gpu);
        if (place?.place === "worker") return worker(served, gpu);
        const gpus = () => [node.gpuOf(pod), ...place?.workerGpus() ?? []];
        const version = { service: plan.name, revision, image };
        const slowness = () => this.#regressions.stepFactor(version);
        const engine = this.#server(served, { gpus, slowness }, windows, role);
        if (!engine || "cannotStart" in engine) return engine;
        const { server, stepTime } = engine;
        const at = { service: plan.name, revision, pod };
        this.#requests.watch(server, at, stepTime, windows);
        const layout = kvLayoutOf(image, served);
        this.#connect(server, gpu, plan, role, layout, { service: plan.name, revision });
        return server;
      };
    };
  }

  /** The GPUs of a server, or what it runs, are slower or faster than they were. */
  retime(server: ServingEngine): void {
    this.#retimes.get(server)?.();
  }

  /**
   * The engines behind one API server: of several pods they are one server, the leader's, and each rank
   * computes on the GPUs of its own pod. A pipeline over several pods is one engine; it steps as on its
   * leader's GPUs and holds what the smallest of them can.
   */
  #server(
    serving: ServingPlan,
    { gpus: gpusNow, slowness }: Pace,
    windows: EngineWindows,
    role: Role,
  ): { server: ServingEngine; stepTime: StepTime } | CannotStart | undefined {
    const places = gpusNow().map((gpu) => gpu && placeOf(serving, gpu));
    const failed = places.find((place) => place === undefined || "cannotStart" in place);
    const known = places.flatMap((place) => place && "limits" in place ? [place] : []);
    if (known.length < places.length) return failed as CannotStart | undefined;
    const { dataParallel: ranks = 1 } = serving;
    const stepTimes = stepTimesOf(serving, known.map(({ gpu }) => gpu), slowness());
    const engines = Array.from({ length: ranks }, (_, rank) => {
      const { gpu, limits } = known[Math.floor(rank * known.length / ranks)]!;
      const kvBlocks = ranks === 1
        ? Math.min(...known.map(({ limits }) => limits.kvBlocks))
        : limits.kvBlocks;
      const own = { ...limits, kvBlocks, ...(role === "prefill" ? { role } : {}) };
      const host = hostMemory(this.#clock, serving, gpu);
      const stepTime = stepTimes[rank]!;
      return new Engine(this.#clock, this.#requests.table, stepTime, own, windows, host);
    });
    const server = engines.length === 1 ? engines[0]! : new EngineGroup(engines);
    this.#retimes.set(server, () => {
      // A pod that is gone has none: the others of its group go down with it.
      const gpus = gpusNow().filter((gpu) => gpu !== undefined);
      if (gpus.length < known.length) return;
      for (const [rank, stepTime] of stepTimesOf(serving, gpus, slowness()).entries()) {
        engines[rank]!.retime(stepTime);
      }
    });
    return { server, stepTime: stepTimes[0]! };
  }

  /** Prefill and decode engines of a service that has both know each other. */
  #connect(
    engine: ServingEngine,
    gpu: GpuFacts,
    plan: ServedPlan,
    role: Role,
    layout: KvLayout,
    of: KvPlace,
  ): void {
    const { serving, prefill } = plan;
    if (!serving || !prefill) return;
    const { handOffs } = this.#requests;
    if (role !== "prefill") handOffs.addDecode(engine, layout);
    else {
      const sender = senderOf(this.#clock, gpu, prefill, serving);
      handOffs.addPrefill(engine, { ...sender, of }, layout);
    }
  }
}

/** A worker's engines are the leader's; it says itself where they cannot start on its GPUs. */
function worker(serving: ServingPlan, gpu: GpuFacts): CannotStart | undefined {
  const limits = engineLimits(serving, gpu);
  return "cannotStart" in limits ? limits : undefined;
}

interface Place {
  readonly gpu: GpuFacts;
  readonly limits: EngineLimits;
}

function placeOf(serving: ServingPlan, gpu: GpuFacts): Place | CannotStart {
  const limits = engineLimits(serving, gpu);
  if ("cannotStart" in limits) return limits;
  return { gpu, limits };
}

/**
 * Of each rank, on the GPUs of its own pod. One engine over several pods steps as on its leader's GPUs,
 * where none of them is slowed; all wait for the slowest.
 */
function stepTimesOf(
  serving: ServingPlan,
  gpus: readonly GpuFacts[],
  slowness: number,
): StepTime[] {
  const { dataParallel: ranks = 1 } = serving;
  const times = new Map<GpuFacts, StepTime>();
  return Array.from({ length: ranks }, (_, rank) => {
    const gpu = ranks === 1 ? slowest(gpus) : gpus[Math.floor(rank * gpus.length / ranks)]!;
    const vector = coefficientsOf(gpu, serving.vectors);
    const stepTime = times.get(gpu) ??
      slowedStepTime(physicalStepTime({ ...serving, gpu, vector }), slowness);
    times.set(gpu, stepTime);
    return stepTime;
  });
}

/** The leader's, or of others of its kind one that is slower now. */
function slowest([leader, ...others]: readonly GpuFacts[]): GpuFacts {
  return others.filter(({ name }) => name === leader!.name).reduce((slow, gpu) => ({
    ...slow,
    ...(gpu.bf16Tflops < slow.bf16Tflops ? gpu : {}),
    ...(slow.linkGBps === undefined
      ? {}
      : { linkGBps: Math.min(slow.linkGBps, gpu.linkGBps ?? slow.linkGBps) }),
  }), leader!);
}

/** Each engine has GPUs of its own, and these a link each. */
function hostMemory(clock: Clock, serving: ServingPlan, gpu: GpuFacts): HostMemory | undefined {
  if (serving.offloadBytes === undefined) return undefined;
  const link = new SharedLink(clock, hostLink(gpu));
  return { link, bytesPerBlock: offloadedBytesPerBlock(serving) };
}
