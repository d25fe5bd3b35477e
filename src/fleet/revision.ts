// One revision of a service: a KServe member with its workloads, its pods and its windows.

import type { KubeObject } from "../kube/object.ts";
import { PPM } from "../metrics/names.ts";
import type { Slo } from "../metrics/slo.ts";
import { type PodColumns, WindowAccumulator } from "../metrics/window.ts";
import type { EngineWindows } from "../serving/engine.ts";
import type { RequestTable } from "../serving/requests.ts";
import type { Pod, PodBirth, PodHost } from "./pod.ts";
import { type Serve, Workload, type WorkloadPlan } from "./workload.ts";

/** What becomes of its requests is counted in `windows`, which the fleet closes every second. */
export class Revision {
  /** `stable`, `canary`: its name within the service. */
  readonly name: string;
  readonly service: string;
  readonly windows: EngineWindows;
  /** The workload that takes the requests. */
  readonly main: Workload;
  /** The main one, prefill, the endpoint picker. */
  readonly workloads: readonly Workload[];
  /** The LLMInferenceService that declares it. */
  object: KubeObject;
  #nextPod = 0;
  #endpoints: Pod[] = [];
  #readyReplicas = 0;

  /** The first of `plans` is the main workload; `serve` says how a pod of it serves on a node. */
  constructor(
    service: string,
    name: string,
    object: KubeObject,
    slo: Slo | undefined,
    plans: readonly WorkloadPlan[],
    serve: (plan: WorkloadPlan, windows: EngineWindows) => Serve,
  ) {
    this.service = service;
    this.name = name;
    this.object = object;
    this.windows = [new WindowAccumulator(slo), new WindowAccumulator(slo)];
    this.workloads = plans.map((plan) => new Workload(plan, object, serve(plan, this.windows)));
    this.main = this.workloads[0]!;
    for (const workload of this.workloads) {
      if (workload !== this.main) workload.replicas = workload.plan.replicas;
    }
  }

  /** Pods of the main workload. */
  get pods(): readonly Pod[] {
    return this.main.pods;
  }

  get replicas(): number {
    return this.main.replicas;
  }

  set replicas(count: number) {
    this.main.replicas = count;
  }

  get readyReplicas(): number {
    return this.#readyReplicas;
  }

  get member(): string {
    return this.object.metadata.name;
  }

  reconcile(host: PodHost, birth: PodBirth): void {
    for (const workload of this.workloads) workload.reconcile(host, birth);
  }

  /** Reads again which pods take requests. */
  refreshEndpoints(): void {
    this.#endpoints = this.pods.filter((pod) => pod.ready);
    this.#readyReplicas = this.main.readyReplicas;
  }

  /** The next endpoint in turn (round robin); undefined when there is none. */
  pick(): Pod | undefined {
    if (this.#endpoints.length === 0) return undefined;
    this.#nextPod = (this.#nextPod + 1) % this.#endpoints.length;
    return this.#endpoints[this.#nextPod];
  }

  /** One request arrives now; it is served, rejected for want of an endpoint, or lost. */
  submit(
    table: RequestTable,
    arrivedUs: number,
    promptTokens: number,
    outputTokens: number,
    warmup: boolean,
  ): void {
    const window = this.windows[warmup ? 1 : 0];
    window.arrived();
    const pod = this.pick();
    if (!pod) window.rejected();
    else if (!pod.engine) window.failed();
    else pod.engine.submit(table.add(arrivedUs, promptTokens, outputTokens, warmup));
  }

  /** One request arrives now that no endpoint takes. */
  reject(warmup: boolean): void {
    const window = this.windows[warmup ? 1 : 0];
    window.arrived();
    window.rejected();
  }

  /** Requests that its engines hold now. */
  get inFlight(): number {
    return this.pods.reduce(
      (sum, { engine }) => sum + (engine ? engine.running + engine.waiting : 0),
      0,
    );
  }

  /** A column an engine; gauges of now and counts since the last call. */
  podColumns(): PodColumns {
    const serving = this.pods.flatMap(({ name, engine }) => engine ? [{ name, engine }] : []);
    const counts = serving.map(({ engine }) => engine.takeCounts());
    return {
      name: serving.map(({ name }) => name),
      running: serving.map(({ engine }) => engine.running),
      waiting: serving.map(({ engine }) => engine.waiting),
      kvPpm: serving.map(({ engine }) => Math.round(engine.usedBlocks * PPM / engine.kvBlocks)),
      outputTokens: counts.map((count) => count.outputTokens),
      preemptions: counts.map((count) => count.preemptions),
    };
  }
}
