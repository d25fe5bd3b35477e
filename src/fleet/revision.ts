// One revision of a service: a KServe member with its workloads, its pods and its windows.

import type { KubeObject } from "../kube/object.ts";
import type { Slo } from "../metrics/slo.ts";
import { type PodColumns, WindowAccumulator } from "../metrics/window.ts";
import type { EngineWindows } from "../serving/limits.ts";
import type { Pod, PodBirth, PodHost } from "./pod.ts";
import { podColumns } from "./pod_columns.ts";
import type { FleetRequest, RequestHost } from "./request_host.ts";
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
  /** Computes prompts for the pods of the main one. */
  readonly #prefill: Workload | undefined;
  #nextPrefill = 0;
  #prefillEndpoints: Pod[] = [];
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
    this.#prefill = this.workloads.find(({ plan }) => plan.role === "prefill");
    for (const workload of this.workloads) {
      if (workload !== this.main) workload.replicas = workload.plan.replicas;
    }
  }

  /** Pods of the main workload. */
  get pods(): readonly Pod[] {
    return this.main.pods;
  }

  /** Pods that have engines: of the main workload, then those that prefill for them. */
  get #servers(): readonly Pod[] {
    return this.#prefill ? [...this.pods, ...this.#prefill.pods] : this.pods;
  }

  get replicas(): number {
    return this.main.replicas;
  }

  /** A revision that is taken down needs nobody to prefill for it. */
  set replicas(count: number) {
    this.main.replicas = count;
    for (const workload of this.workloads) {
      const { role, replicas } = workload.plan;
      if (role === "prefill") workload.replicas = count === 0 ? 0 : replicas;
    }
  }

  /** As many pods as are wanted take requests, and prefill for those that do. */
  get complete(): boolean {
    return this.workloads.every(({ plan, readyReplicas, replicas }) =>
      plan.role === "scheduler" || readyReplicas >= replicas
    );
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
    this.#prefillEndpoints = this.#prefill?.pods.filter((pod) => pod.ready) ?? [];
  }

  /** The next prefill pod in turn; llm-d's sidecar goes on without when none answers. */
  #pickPrefill(): Pod | undefined {
    if (this.#prefillEndpoints.length === 0) return undefined;
    this.#nextPrefill = (this.#nextPrefill + 1) % this.#prefillEndpoints.length;
    return this.#prefillEndpoints[this.#nextPrefill];
  }

  /** The next endpoint in turn (round robin); undefined when there is none. */
  pick(): Pod | undefined {
    if (this.#endpoints.length === 0) return undefined;
    this.#nextPod = (this.#nextPod + 1) % this.#endpoints.length;
    return this.#endpoints[this.#nextPod];
  }

  /** One request arrives now; it is served, rejected for want of an endpoint, or lost. */
  submit(request: FleetRequest, host: RequestHost): void {
    this.windows[request.warmup ? 1 : 0].arrived();
    const pod = this.pick();
    if (!pod) this.#refuse("rejected", request, host);
    else if (!pod.engine) this.#refuse("failed", request, host, pod.name);
    else this.#serve(pod, request, host);
  }

  #serve(pod: Pod, request: FleetRequest, host: RequestHost): void {
    const prefill = this.#pickPrefill()?.engine;
    if (!prefill) return host.serve(pod.engine!, request);
    host.serveSplit(
      prefill,
      pod,
      request,
      (arrivedUs) => this.#refuse("failed", request, host, pod.name, arrivedUs),
    );
  }

  /** One request arrives now that no endpoint takes. */
  reject(request: FleetRequest, host: RequestHost): void {
    this.windows[request.warmup ? 1 : 0].arrived();
    this.#refuse("rejected", request, host);
  }

  #refuse(
    how: "rejected" | "failed",
    request: FleetRequest,
    host: RequestHost,
    pod?: string,
    arrivedUs?: number,
  ): void {
    this.windows[request.warmup ? 1 : 0][how]();
    host.refused(how, { service: this.service, revision: this.name, pod }, request, arrivedUs);
  }

  /** Requests that its engines hold now; each is with one of them. */
  get inFlight(): number {
    return this.#servers.reduce(
      (sum, { engine }) => sum + (engine?.inFlight ?? 0),
      0,
    );
  }

  /** Brings the windows up to the present: engines tell what happened only when they must. */
  settle(): void {
    for (const { engine } of this.#servers) engine?.settle();
  }

  /** A column an engine; gauges of now and counts since the last call. */
  podColumns(): PodColumns {
    return podColumns(this.#servers);
  }
}
