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
import { physicalStepTime, type StepTime } from "../serving/step_time.ts";
import type { Clock } from "../sim/clock.ts";
import {
  engineLimits,
  offloadedBytesPerBlock,
  outOfMemory,
  type ServingPlan,
} from "./engine_limits.ts";
import { senderOf } from "./hand_off.ts";
import { type KvLayout, kvLayoutOf } from "./kv_layout.ts";
import type { CannotStart } from "./pod_template.ts";
import type { RequestHost } from "./request_host.ts";
import type { ServeOf } from "./revision.ts";

/** What a service's pods serve, by the role of their workload. */
export interface ServedPlan {
  readonly name: string;
  readonly serving?: ServingPlan;
  readonly prefill?: ServingPlan;
  readonly gpuBytes?: number;
}

export class Engines {
  readonly #clock: Clock;
  readonly #requests: RequestHost;

  constructor(clock: Clock, requests: RequestHost) {
    this.#clock = clock;
    this.#requests = requests;
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
        const engine = this.#server(served, [gpu, ...place?.workerGpus() ?? []], windows, role);
        if (!engine || "cannotStart" in engine) return engine;
        const { server, stepTime } = engine;
        const at = { service: plan.name, revision, pod };
        this.#requests.watch(server, at, stepTime, windows);
        this.#connect(server, gpu, plan, role, kvLayoutOf(image, served));
        return server;
      };
    };
  }

  /**
   * The engines behind one API server: of several pods they are one server, the leader's, and each rank
   * computes on the GPUs of its own pod. A pipeline over several pods is one engine; it steps as on its
   * leader's GPUs and holds what the smallest of them can.
   */
  #server(
    serving: ServingPlan,
    gpus: readonly (GpuFacts | undefined)[],
    windows: EngineWindows,
    role: Role,
  ): { server: ServingEngine; stepTime: StepTime } | CannotStart | undefined {
    const places = gpus.map((gpu) => gpu && placeOf(serving, gpu));
    const failed = places.find((place) => place === undefined || "cannotStart" in place);
    const known = places.flatMap((place) => place && "limits" in place ? [place] : []);
    if (known.length < places.length) return failed as CannotStart | undefined;
    const { dataParallel: ranks = 1 } = serving;
    const engines = Array.from({ length: ranks }, (_, rank) => {
      const { gpu, limits, stepTime } = known[Math.floor(rank * known.length / ranks)]!;
      const kvBlocks = ranks === 1
        ? Math.min(...known.map(({ limits }) => limits.kvBlocks))
        : limits.kvBlocks;
      const own = { ...limits, kvBlocks, ...(role === "prefill" ? { role } : {}) };
      const host = hostMemory(this.#clock, serving, gpu);
      return new Engine(this.#clock, this.#requests.table, stepTime, own, windows, host);
    });
    const server = engines.length === 1 ? engines[0]! : new EngineGroup(engines);
    return { server, stepTime: known[0]!.stepTime };
  }

  /** Prefill and decode engines of a service that has both know each other. */
  #connect(
    engine: ServingEngine,
    gpu: GpuFacts,
    plan: ServedPlan,
    role: Role,
    layout: KvLayout,
  ): void {
    const { serving, prefill } = plan;
    if (!serving || !prefill) return;
    const { handOffs } = this.#requests;
    if (role !== "prefill") handOffs.addDecode(engine, layout);
    else handOffs.addPrefill(engine, senderOf(this.#clock, gpu, prefill, serving), layout);
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
  readonly stepTime: StepTime;
}

function placeOf(serving: ServingPlan, gpu: GpuFacts): Place | CannotStart {
  const limits = engineLimits(serving, gpu);
  if ("cannotStart" in limits) return limits;
  const vector = coefficientsOf(gpu, serving.vectors);
  return { gpu, limits, stepTime: physicalStepTime({ ...serving, gpu, vector }) };
}

/** Each engine has GPUs of its own, and these a link each. */
function hostMemory(clock: Clock, serving: ServingPlan, gpu: GpuFacts): HostMemory | undefined {
  if (serving.offloadBytes === undefined) return undefined;
  const link = new SharedLink(clock, hostLink(gpu));
  return { link, bytesPerBlock: offloadedBytesPerBlock(serving) };
}
