// One revision of a service: a KServe member with its workloads, its pods and its windows.

import type { Verdict } from "../kube/conditions.ts";
import type { AppliedConfig } from "../kube/effective_spec.ts";
import type { Role } from "../kube/names.ts";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import type { PodColumns } from "../metrics/window.ts";
import type { EngineWindows } from "../serving/limits.ts";
import type { Owner } from "./children/metadata.ts";
import type { FailureReason } from "./events.ts";
import type { FleetRequest } from "./fleet_request.ts";
import type { MemberRequests } from "./member_requests.ts";
import type { PoolMember } from "./picker/endpoints.ts";
import type { Routing } from "./picker/plan.ts";
import type { Pod } from "./pod.ts";
import { podColumns } from "./pod_columns.ts";
import type { PodBirth, PodHost } from "./pod_template.ts";
import { RequestRouter, type RouterContext } from "./request_router.ts";
import type { GatewayRejection } from "./route_rejections.ts";
import { tellOpen } from "./unfinished_requests.ts";
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

export class Revision {
  /** `stable`, `canary`: its name within the service. */
  readonly name: string;
  readonly service: string;
  readonly requests: MemberRequests;
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
  readonly #router: RequestRouter;
  #readyReplicas = 0;

  /** The first of `plans` is the main workload; `serve` says how a pod of it serves on a node. */
  constructor(
    requests: MemberRequests,
    object: KubeObject,
    plans: readonly WorkloadPlan[],
    serve: ServeOf,
    routing: Routing,
    context: RouterContext,
  ) {
    const { service, name, windows } = requests;
    this.service = service;
    this.name = name;
    this.requests = requests;
    this.object = object;
    this.workloads = plans.map((plan) => new Workload(plan, object, serve(plan, windows)));
    this.main = this.workloads[0]!;
    this.#prefill = this.workloads.find(({ plan }) => plan.role === "prefill");
    for (const workload of this.workloads) {
      if (workload !== this.main) workload.replicas = workload.plan.replicas;
    }
    this.#router = new RequestRouter(routing, context, {
      arrive: (request) => requests.arrive(request),
      refuse: (...refused) => requests.refuse(...refused),
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
      workload.update(plan, serve(plan, this.requests.windows));
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
    this.requests.arrive(request);
    this.#router.submit(request);
  }

  /** One request arrives now that the gateway itself turns away. */
  reject(request: FleetRequest, rejection: GatewayRejection): void {
    this.requests.reject(request, rejection);
  }

  /** One request arrives now that finds no way to the gateway. */
  lose(request: FleetRequest, reason: FailureReason): void {
    this.requests.lose(request, reason);
  }

  /** Requests that its engines hold now, each with one of them, or that are on their way there or back. */
  get inFlight(): number {
    return this.servers.reduce(
      (sum, { engine }) => sum + (engine?.inFlight ?? 0) + (engine?.held?.size ?? 0),
      this.#router.underWay,
    );
  }

  /** Brings the windows up to the present: engines tell what happened only when they must. */
  settle(): void {
    for (const { engine } of this.servers) engine?.settle();
  }

  /** The run ends: requests that wait for an engine or for the network are counted where they are late. */
  tellUnfinished(nowUs: number): void {
    for (const open of this.#router.open) tellOpen(open, this.requests.windows, nowUs);
    for (const { engine } of this.servers) engine?.held?.tellUnfinished(nowUs);
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
