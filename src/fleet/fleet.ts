// The simulated cluster put together: nodes, services and their engines on one clock and one journal.

import { claimTemplate, managedDevices } from "../kube/managed_dra.ts";
import type { KubeObject } from "../kube/object.ts";
import type { SubmitOptions } from "../load/load.ts";
import type { Target } from "../load/target.ts";
import type { Slo } from "../metrics/slo.ts";
import type { ServingEngine } from "../serving/data_parallel.ts";
import { RequestTable } from "../serving/requests.ts";
import { DEFAULT_SUPPLY } from "../serving/startup.ts";
import { type Clock, PRIORITY } from "../sim/clock.ts";
import type { Streams } from "../sim/streams.ts";
import { Addresses } from "./addresses.ts";
import { Autoscaling } from "./autoscale/autoscaling.ts";
import { Engines } from "./engines.ts";
import type { FleetPlan, ServicePlan } from "./fleet_plan.ts";
import type { ClientKind } from "./fleet_request.ts";
import { GpuLife } from "./gpu_life.ts";
import { GpuRemediation } from "./gpu_remediation.ts";
import type { HandOffs } from "./hand_off.ts";
import type { Journal } from "./journal.ts";
import { memberEffective, memberObject, memberWorkloads } from "./member_object.ts";
import { MemberWindows } from "./member_windows.ts";
import { Network } from "./network.ts";
import { NodeLife } from "./node_life.ts";
import { type Node, Nodes } from "./nodes.ts";
import { NO_PICKER } from "./picker/plan.ts";
import type { Pod } from "./pod.ts";
import type { Cluster } from "./pod_template.ts";
import { PodTroubles } from "./pod_troubles.ts";
import { NO_POLICIES, type Policies } from "./policy/definition.ts";
import { Quotas } from "./quotas.ts";
import { Regressions } from "./regressions.ts";
import { RequestHost } from "./request_host.ts";
import { Residents } from "./residents.ts";
import { Revision } from "./revision.ts";
import { STABLE } from "./revision_names.ts";
import type { Way } from "./route.ts";
import { type GatewayPlan, IMMEDIATE_GATEWAY } from "./route_gateway.ts";
import { Gateway } from "./route_targets.ts";
import { Service } from "./service.ts";
import { SupplyLines } from "./supply_lines.ts";
import { Trouble } from "./trouble.ts";

const WINDOW_US = 1_000_000;
/** The weight of a service that shares its route with nobody. */
const ALL = 100;
const NO_KIND: ClientKind = {};
const NO_OPTIONS: SubmitOptions = {};

export class Fleet {
  readonly clock: Clock;
  readonly streams: Streams;
  readonly journal: Journal;
  readonly nodes: Nodes;
  readonly services = new Map<string, Service>();
  readonly trouble = new Trouble();
  readonly policies: Policies;
  readonly #gateway: Gateway;
  readonly #gatewayPlan: GatewayPlan;
  /** The ways to targets that requests were sent to by their names. */
  readonly #ways = new Map<string, Way>();
  readonly #plan: FleetPlan;
  readonly #updated = new Map<string, ServicePlan>();
  /** What requests are held against, by their service. */
  readonly #slos = new Map<string, Slo>();
  readonly #requests: RequestHost;
  readonly #engines: Engines;
  readonly #host: Cluster;
  /** How images and models come. */
  readonly lines: SupplyLines;
  /** What is wrong with how pods start. */
  readonly podTroubles: PodTroubles;
  readonly quotas: Quotas;
  /** Versions that serve worse than they should. */
  readonly regressions = new Regressions();
  /** What else becomes of nodes. */
  readonly nodeLife: NodeLife;
  /** And of their GPUs. */
  readonly gpuLife: GpuLife;
  readonly gpuRemediation: GpuRemediation;
  readonly #windows: MemberWindows;
  readonly #autoscaling: Autoscaling | undefined;

  constructor(plan: FleetPlan, clock: Clock, streams: Streams, journal: Journal) {
    this.#plan = plan;
    for (const { name, slo } of plan.services) if (slo) this.#slos.set(name, slo);
    this.clock = clock;
    this.streams = streams;
    this.journal = journal;
    this.podTroubles = new PodTroubles(clock);
    this.policies = plan.policies ?? NO_POLICIES;
    this.nodes = new Nodes(plan.nodes, journal, plan.deviceClasses);
    const { recordRequests = false } = plan;
    this.#requests = new RequestHost(new RequestTable(), clock, journal, recordRequests);
    this.#engines = new Engines(clock, this.#requests, this.regressions);
    const lines = new SupplyLines(clock, plan.supply ?? DEFAULT_SUPPLY);
    this.lines = lines;
    const network = new Network(plan.network);
    for (const object of network.objects) journal.apply(object);
    const [addresses, residents] = [new Addresses(), new Residents()];
    this.quotas = new Quotas(journal);
    const { quotas, podTroubles: troubles } = this;
    const { trouble } = this;
    const around = { addresses, residents, network, quotas, troubles, trouble };
    this.#host = { clock, journal, nodes: this.nodes, lines, ...around };
    this.nodeLife = new NodeLife(this.#host);
    for (const node of plan.nodes) {
      if (node.joinsUs !== undefined) clock.at(node.joinsUs, () => this.nodeLife.join(node));
    }
    this.gpuLife = new GpuLife(this.#host, (server) => this.#engines.retime(server));
    this.gpuRemediation = new GpuRemediation(this.#host, this.nodeLife, this.gpuLife);
    const { services } = this;
    this.#gatewayPlan = { ...plan.gateway ?? IMMEDIATE_GATEWAY, trouble };
    const gateway = { clock, journal, streams, services, trouble, plan: this.#gatewayPlan };
    this.#windows = new MemberWindows({
      ...{ journal, services, host: this.#requests },
      slo: (name) => this.#slos.get(name),
    });
    this.#gateway = new Gateway({ ...gateway, windows: this.#windows });
    const workloads = plan.services.flatMap(({ workloads }) => workloads);
    if (workloads.some(({ scaling }) => scaling !== undefined)) {
      this.#autoscaling = new Autoscaling(workloads, clock, streams, journal, trouble.metrics);
    }
    for (const service of plan.services) this.#addService(service);
    clock.at(WINDOW_US, this.#closeSecond, PRIORITY.window);
  }

  #addService(plan: ServicePlan): void {
    const group = this.#gateway.groupOf(plan.name, plan.group?.name);
    const service = new Service(plan.name, this.#host, group, plan.blocked);
    service.autoscaling = this.#autoscaling;
    this.services.set(plan.name, service);
    const [main] = plan.workloads;
    const devices = managedDevices(plan.object.metadata.annotations);
    if (devices) this.journal.apply(claimTemplate(plan.object, devices));
    const stable = this.#revision(plan, STABLE, plan.object);
    stable.effective = plan.effective;
    service.add(stable, plan.group?.weight ?? ALL, true);
    service.begin(stable, main.replicas, plan.birth ?? { createdUs: 0, started: true });
  }

  /**
   * Adds a member to a service: a copy of its object under another name, with another image, or what it
   * is planned to be; absent: the same as the service is now.
   */
  addMember(serviceName: string, name: string, to?: string | ServicePlan): Revision {
    const plan = typeof to === "object" ? to : this.servicePlan(serviceName);
    const [main, ...others] = plan.workloads;
    const image = typeof to === "string" ? to : main.image;
    const copy = memberObject(plan.object, `${serviceName}-${name}`, image, this.clock.nowUs);
    const effective = plan.effective && memberEffective(copy, plan.configs ?? []);
    const own = [{ ...main, image }, ...others] as const;
    const workloads = effective ? memberWorkloads(own, effective.spec) : own;
    const revision = this.#revision({ ...plan, workloads }, name, copy);
    revision.effective = effective;
    this.services.get(serviceName)!.add(revision, 0, false);
    return revision;
  }

  /** What a service is now: as it was planned, or as it was updated last. */
  servicePlan(name: string): ServicePlan {
    return this.#updated.get(name) ?? this.#plan.services.find((plan) => plan.name === name)!;
  }

  /** What ends of a service's requests from now on is held against this. */
  judge(service: string, slo: Slo): void {
    this.#slos.set(service, slo);
    this.#windows.judge(service, slo);
  }

  /**
   * A service's own member gets another spec, with the same workloads. Its replicas change only where
   * they do between the plans: else whoever scaled them keeps them.
   */
  update(plan: ServicePlan, by: string): void {
    const service = this.services.get(plan.name)!;
    const { workloads: [before] } = this.servicePlan(plan.name);
    const [{ replicas }] = plan.workloads;
    this.#updated.set(plan.name, plan);
    const stable = service.revision(STABLE)!;
    const wanted = replicas === before.replicas ? undefined : replicas;
    service.update(stable, plan, this.#engines.serveOf(plan, STABLE), by, wanted);
  }

  #revision(plan: ServicePlan, name: string, object: KubeObject): Revision {
    const { workloads, routing = NO_PICKER } = plan;
    // `picker/chat/ties`, of another member `picker/chat/canary/ties`.
    const owner = name === STABLE ? plan.name : `${plan.name}/${name}`;
    const context = {
      clock: this.clock,
      host: this.#requests,
      gateway: this.#gatewayPlan,
      failureOf: (image: string) =>
        this.regressions.failureOf({ service: plan.name, revision: name, image }),
      stream: (of: string) => this.streams.stream(of.replace("/", `/${owner}/`)),
    };
    const serve = this.#engines.serveOf(plan, name);
    const requests = this.#windows.made(plan.name, name);
    return new Revision(requests, object, workloads, serve, routing, context);
  }

  /** The way to a target, for requests to be sent to it without a search each time. */
  way(target: Target): Way {
    return this.#gateway.way(target);
  }

  /**
   * One request arrives now at a service, or on some other way. One that is tried again belongs to the
   * warm-up if its first attempt did.
   */
  submit(
    to: string | Way,
    promptTokens: number,
    outputTokens: number,
    kind: ClientKind = NO_KIND,
    options: SubmitOptions = NO_OPTIONS,
  ): void {
    const way = typeof to === "string" ? this.#wayTo(to) : to;
    const { nowUs } = this.clock;
    const { content, session, onEnd, attempt } = options;
    const warmup = (attempt?.firstUs ?? nowUs) < this.#plan.warmupUs;
    const request = { promptTokens, outputTokens, warmup, kind, content, session, onEnd, attempt };
    way.submit(request, nowUs);
  }

  #wayTo(service: string): Way {
    const known = this.#ways.get(service);
    if (known) return known;
    const way = this.way(service);
    this.#ways.set(service, way);
    return way;
  }

  readonly #closeSecond = (): void => {
    this.closeWindows();
    this.clock.after(WINDOW_US, this.#closeSecond, PRIORITY.window);
  };

  /** Tells what happened since the last window of each revision; an empty window is not written. */
  closeWindows(): void {
    this.#windows.close(this.clock.nowUs);
  }

  /** The same at the run's end, with what is in flight and can be good no more. */
  closeLastWindows(): void {
    this.#windows.tellUnfinished(this.clock.nowUs);
    this.closeWindows();
  }

  /** Step times of a server are read again: its GPUs or its version are slower or faster. */
  retime(server: ServingEngine): void {
    this.#engines.retime(server);
  }

  /** Requests that engines hold now, by service, counted there. */
  inFlight(): Record<string, number> {
    return Object.fromEntries(
      [...this.services].map(([name, { revisions }]) => [
        name,
        [...revisions.values()].reduce((sum, revision) => sum + revision.inFlight, 0),
      ]),
    );
  }

  /** What prefill engines hand to decode engines, and the links for it. */
  get handOffs(): HandOffs {
    return this.#requests.handOffs;
  }

  /** In the order in which they were placed there. */
  podsOn(node: Node): Pod[] {
    return this.#host.residents.on(node);
  }

  /** Every pod that takes requests, in order of creation within its revision. */
  pods(): Pod[] {
    return this.#revisions().flatMap(({ pods }) => pods);
  }

  /** The same, and those that prefill for them. */
  servers(): Pod[] {
    return this.#revisions().flatMap(({ servers }) => servers);
  }

  #revisions(): Revision[] {
    return [...this.services.values()].flatMap(({ revisions }) => [...revisions.values()]);
  }
}
