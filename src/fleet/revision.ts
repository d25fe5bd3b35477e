// One revision of a service: a KServe member with its workloads, its pods and its windows.

import type { Verdict } from "../kube/conditions.ts";
import type { AppliedConfig } from "../kube/effective_spec.ts";
import type { Role } from "../kube/names.ts";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import type { Slo } from "../metrics/slo.ts";
import type { PodColumns } from "../metrics/window.ts";
import { type EngineWindows, engineWindows } from "../serving/limits.ts";
import type { Owner } from "./children/metadata.ts";
import type { FailureReason } from "./events.ts";
import { classOf, type FleetRequest, isRetried } from "./fleet_request.ts";
import type { PoolMember } from "./picker/endpoints.ts";
import type { Routing } from "./picker/plan.ts";
import type { Pod } from "./pod.ts";
import { podColumns } from "./pod_columns.ts";
import type { PodBirth, PodHost } from "./pod_template.ts";
import { outcomeOf } from "./request_host.ts";
import { RequestRouter, type RouterContext } from "./request_router.ts";
import type { RefusedFate } from "./request_rows.ts";
import type { GatewayRejection } from "./route_rejections.ts";
import { type Serve, Workload, type WorkloadPlan } from "./workload.ts";

/** The spec that KServe's controller works with, and what it was merged from. */
export interface Effective {
  readonly spec: JsonObject;
  /** In the order in which they were merged; what `status.appliedConfigs` lists. */
  readonly applied: readonly AppliedConfig[];
  /** Presets that the service keeps, `status.annotations`. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** How a pod of a workload serves on a node, its requests counted in `windows`. */
export type ServeOf = (plan: WorkloadPlan, windows: EngineWindows) => Serve;

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
  /** What KServe's controller works with; undefined: its own spec. */
  effective: Effective | undefined;
  /** What its autoscalers say of themselves, by the condition that KServe makes of it. */
  scaling: { readonly [type in "ScalingReady" | "PrefillScalingReady"]?: Verdict } = {};
  /** Computes prompts for the pods of the main one. */
  readonly #prefill: Workload | undefined;
  readonly #context: RouterContext;
  readonly #router: RequestRouter;
  #readyReplicas = 0;

  /** The first of `plans` is the main workload; `serve` says how a pod of it serves on a node. */
  constructor(
    service: string,
    name: string,
    object: KubeObject,
    slo: Slo | undefined,
    plans: readonly WorkloadPlan[],
    serve: ServeOf,
    routing: Routing,
    context: RouterContext,
  ) {
    this.service = service;
    this.name = name;
    this.object = object;
    this.windows = engineWindows(slo);
    this.workloads = plans.map((plan) => new Workload(plan, object, serve(plan, this.windows)));
    this.main = this.workloads[0]!;
    this.#prefill = this.workloads.find(({ plan }) => plan.role === "prefill");
    for (const workload of this.workloads) {
      if (workload !== this.main) workload.replicas = workload.plan.replicas;
    }
    this.#context = context;
    this.#router = new RequestRouter(routing, context, {
      arrive: (request) => this.windows[classOf(request)].arrived(request.kind.countedAs),
      refuse: (...refused) => this.#refuse(...refused),
    });
  }

  /** Pods of the main workload. */
  get pods(): readonly Pod[] {
    return this.main.pods;
  }

  /** Those that compute prompts for them; none where they do so themselves. */
  get prefillPods(): readonly Pod[] {
    return this.#prefill?.pods ?? [];
  }

  /** Pods that have engines: of the main workload, then those that prefill for them. */
  get servers(): readonly Pod[] {
    return this.#prefill ? [...this.pods, ...this.#prefill.pods] : this.pods;
  }

  get replicas(): number {
    return this.main.replicas;
  }

  /** A revision that is taken down needs nobody to prefill for it. */
  set replicas(count: number) {
    this.main.replicas = count;
    for (const workload of this.workloads) {
      const { role, replicas, scaling } = workload.plan;
      if (role !== "prefill") continue;
      const scaled = scaling && workload.replicas > 0 ? workload.replicas : replicas;
      workload.replicas = count === 0 ? 0 : scaled;
    }
  }

  /** Whether an autoscaler decides on its main workload. */
  get autoscaled(): boolean {
    return this.main.plan.scaling !== undefined;
  }

  /** Requests that wait for an endpoint; undefined where nobody may. */
  get waiting(): number | undefined {
    return this.#router.waiting;
  }

  /** Calls back for every request that has to wait for an endpoint. */
  onWait(callback: () => void): void {
    this.#router.onWait(callback);
  }

  /** As many pods as are wanted take requests, and prefill for those that do. */
  get complete(): boolean {
    return this.workloads.every(({ plan, readyReplicas, replicas }) =>
      isRouting(plan.role) || readyReplicas >= replicas
    );
  }

  get readyReplicas(): number {
    return this.#readyReplicas;
  }

  /** Ready replicas of each workload that it has. */
  get readyByWorkload(): readonly number[] {
    return this.workloads.map((workload) =>
      workload === this.main ? this.#readyReplicas : workload.readyReplicas
    );
  }

  /** Its object with the spec that KServe's controller works with. */
  get owner(): Owner {
    return this.effective ? { ...this.object, spec: this.effective.spec } : this.object;
  }

  get member(): string {
    return this.object.metadata.name;
  }

  /**
   * Another object from now on, with the same workloads, which go to their new templates. Requests find
   * their pods as before: an endpoint picker is told nothing new.
   */
  update(object: KubeObject, plans: readonly WorkloadPlan[], serve: ServeOf): void {
    this.object = object;
    for (const [index, workload] of this.workloads.entries()) {
      const plan = plans[index]!;
      const before = workload.plan.replicas;
      workload.update(plan, serve(plan, this.windows));
      // The main one is scaled by who owns its replicas.
      if (workload !== this.main && plan.replicas !== before) workload.replicas = plan.replicas;
    }
  }

  reconcile(host: PodHost, birth?: PodBirth): void {
    for (const workload of this.workloads) workload.reconcile(host, birth);
  }

  /** Reads again which pods take requests. */
  refreshEndpoints(): void {
    this.#readyReplicas = this.main.readyReplicas;
    this.#router.update({
      main: membersOf(this.main),
      prefill: this.#prefill ? membersOf(this.#prefill) : [],
      // A gateway's stream to a process that died breaks at once.
      pickerAnswers: this.workloads.some(({ plan, endpoints }) =>
        plan.role === "scheduler" && endpoints.some(({ alive }) => alive)
      ),
    });
  }

  /** One request arrives now; it is served, rejected for want of an endpoint, or lost. */
  submit(request: FleetRequest): void {
    this.windows[classOf(request)].arrived(request.kind.countedAs);
    this.#router.submit(request);
  }

  /** One request arrives now that the gateway itself turns away. */
  reject(request: FleetRequest, { status, reason }: GatewayRejection): void {
    this.windows[classOf(request)].arrived(request.kind.countedAs);
    this.#refuse({ outcome: "rejected", reason, status }, request);
  }

  /** One request arrives now that finds no way to the gateway. */
  lose(request: FleetRequest, reason: FailureReason): void {
    this.windows[classOf(request)].arrived(request.kind.countedAs);
    this.#refuse({ outcome: "failed", reason }, request);
  }

  #refuse(fate: RefusedFate, request: FleetRequest, arrivedUs?: number, pod?: string): void {
    const window = this.windows[classOf(request)];
    const { countedAs } = request.kind;
    window[fate.outcome](countedAs);
    if (fate.again) window.retried(true, countedAs);
    else if (isRetried(request, outcomeOf(fate))) window.retried(false, countedAs);
    const place = { service: this.service, revision: this.name, pod };
    this.#context.host.refused(fate, place, request, arrivedUs);
  }

  /** Requests that its engines hold now, each with one of them, or that are on their way there or back. */
  get inFlight(): number {
    return this.servers.reduce(
      (sum, { engine }) => sum + (engine?.inFlight ?? 0) + (engine?.held?.size ?? 0),
      this.#router.underWay,
    );
  }

  /** Nobody was sent to it who has not ended, and all that happened was told. */
  get idle(): boolean {
    // Asked of every revision each second: without a closure, without an iterator.
    const { windows } = this;
    return windows[0].idle && windows[1].idle && windows[2].idle;
  }

  /** Brings the windows up to the present: engines tell what happened only when they must. */
  settle(): void {
    for (const { engine } of this.servers) engine?.settle();
  }

  /** A column a pod with a part of an engine; gauges of now and counts since the last call. */
  podColumns(): PodColumns {
    return podColumns(this.servers, (pod) => pod.workers);
  }
}

/** It serves no tokens. */
function isRouting(role: Role): boolean {
  return role === "scheduler" || role === "tokenizer";
}

/** Its pods that take requests, each with the labels by which a picker knows it. */
function membersOf(workload: Workload): PoolMember[] {
  const labels = workload.labels(workload.plan.groupSize === undefined ? undefined : "leader");
  return workload.endpoints.map((pod) => ({ pod, labels }));
}
