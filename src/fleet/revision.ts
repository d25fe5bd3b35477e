// One revision of a service: a KServe member with its Deployment, its pods and its windows.

import type { KubeObject } from "../kube/object.ts";
import { PPM } from "../metrics/names.ts";
import type { Slo } from "../metrics/slo.ts";
import { type PodColumns, WindowAccumulator } from "../metrics/window.ts";
import type { EngineWindows } from "../serving/engine.ts";
import type { RequestTable } from "../serving/requests.ts";
import { Pod, type PodHost, type PodTemplate } from "./pod.ts";

/** What becomes of its requests is counted in `windows`, which the fleet closes every second. */
export class Revision {
  /** `stable`, `canary`: its name within the service. */
  readonly name: string;
  readonly service: string;
  readonly template: Omit<PodTemplate, "owner">;
  readonly windows: EngineWindows;
  /** The LLMInferenceService that declares it. */
  object: KubeObject;
  pods: Pod[] = [];
  replicas = 0;
  #nextPod = 0;
  #nextOrdinal = 0;
  #endpoints: Pod[] = [];

  constructor(
    service: string,
    name: string,
    object: KubeObject,
    slo: Slo | undefined,
    template: (windows: EngineWindows) => Omit<PodTemplate, "owner">,
  ) {
    this.service = service;
    this.name = name;
    this.object = object;
    this.windows = [new WindowAccumulator(slo), new WindowAccumulator(slo)];
    this.template = template(this.windows);
  }

  get readyReplicas(): number {
    return this.#endpoints.length;
  }

  get member(): string {
    return this.object.metadata.name;
  }

  /** Makes or ends pods until there are as many as wanted, like a Deployment's ReplicaSet. */
  reconcile(host: PodHost, started = false): void {
    this.pods = this.pods.filter((pod) => !pod.gone);
    const live = this.pods.filter((pod) => !pod.terminating);
    for (let missing = this.replicas - live.length; missing > 0; missing--) {
      const template = { owner: this.object, ...this.template };
      this.pods.push(new Pod(template, this.#nextOrdinal++, host, started));
    }
    // Those that are not ready go first, then the youngest.
    const surplus = live.map((pod, age) => ({ pod, age }))
      .sort((a, b) => Number(a.pod.ready) - Number(b.pod.ready) || b.age - a.age)
      .slice(0, Math.max(0, live.length - this.replicas));
    for (const { pod } of surplus) pod.terminate();
  }

  /** Reads again which pods take requests. */
  refreshEndpoints(): void {
    this.#endpoints = this.pods.filter((pod) => pod.ready);
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
