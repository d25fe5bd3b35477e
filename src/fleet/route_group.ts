// A route group as KServe keeps it: its members and their weights, and the routes that a gateway has of it.

import { isConditionTrue } from "../kube/conditions.ts";
import type { Clock } from "../sim/clock.ts";
import { parseTimestamp } from "../sim/timestamp.ts";
import type { Journal } from "./journal.ts";
import type { Revision } from "./revision.ts";
import { Route, type RouteStreams, type RouteTable } from "./route.ts";
import { WeightedDraw } from "./route_draw.ts";
import { type GatewayPlan, GatewayPush } from "./route_gateway.ts";
import {
  backendsOf,
  byPrecedence,
  type GroupView,
  isRoutable,
  MAX_WEIGHT,
  modelOf,
  modelSet,
  modelsOf,
  type RouteMember,
  viewOf,
} from "./route_members.ts";
import { policiesOf, type RoutePolicies, type RoutePolicy } from "./route_policy.ts";

const US_PER_SECOND = 1_000_000;

export class GroupMember implements RouteMember {
  readonly revision: Revision;
  readonly namespace: string;
  readonly name: string;
  createdUs: number;
  readonly original: boolean;
  readonly model: string;
  readonly models: readonly string[];
  readonly policies: RoutePolicies;
  weight: number;
  phase: RouteMember["phase"] = "live";
  /** Who gets copies of its route's requests, besides those whom its own rules name. */
  mirror: RouteTable["mirrors"] = [];

  constructor(revision: Revision, weight: number, original: boolean) {
    const { name, namespace = "default", creationTimestamp = "" } = revision.object.metadata;
    this.revision = revision;
    this.namespace = namespace;
    this.name = name;
    this.createdUs = parseTimestamp(creationTimestamp) ?? 0;
    this.original = original;
    this.model = modelOf(revision.owner);
    this.models = modelsOf(revision.owner);
    this.policies = policiesOf(revision.owner);
    this.weight = weight;
  }

  get routable(): boolean {
    return isRoutable(
      isConditionTrue(this.revision.object, "RouterReady"),
      this.revision.readyByWorkload,
    );
  }
}

/** A route as the cluster's objects want it. */
interface Wanted {
  readonly owner: GroupMember;
  readonly backends: readonly GroupMember[];
  readonly weights: readonly number[];
}

export interface GroupContext {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly gateway: GatewayPlan;
  readonly streams: RouteStreams;
  /** The way to a member alone, which may be known before there is one. */
  path(revision: Revision): Route;
  /** The member behind a Service or an InferencePool of this name. */
  backend(namespace: string, name: string): Revision | undefined;
}

/**
 * A service that names no group is one with its own further members. Each set of models in it has a
 * route of its own, that of its oldest member; each member has a path of its own too, which no weight
 * bears on.
 */
export class RouteGroup {
  /** `namespace/name` of a group that services share; undefined: that of one service. */
  readonly name: string | undefined;
  readonly #context: GroupContext;
  readonly #push: GatewayPush;
  readonly #members: GroupMember[] = [];
  /** By set of models, see `modelSet`. */
  readonly #routes = new Map<string, Route>();
  readonly #wanted = new Map<string, Wanted | undefined>();
  /** The set of models of each revision that ever was a member. */
  readonly #sets = new Map<Revision, string>();
  /** Members that had a weight above 0 once: the gateway has their backends, from that time on. */
  readonly #warmUs = new Map<Revision, number>();
  /** What was told last of each service. */
  readonly #told = new Map<string, string>();
  /** A member came, went or was stopped since the routes were looked at. */
  #membersChanged = false;

  readonly #listeners: (() => void)[] = [];
  #seen = "";

  constructor(name: string | undefined, context: GroupContext) {
    this.name = name;
    this.#context = context;
    this.#push = new GatewayPush(context.clock, context.gateway, () => this.#publish());
  }

  /** Its services' names and members, as they joined. */
  get members(): readonly GroupMember[] {
    return this.#members;
  }

  /** `original`: it was there before the run. */
  add(revision: Revision, weight: number, original: boolean): void {
    const { streams } = this.#context;
    const member = new GroupMember(revision, weight, original);
    this.#members.push(member);
    this.#membersChanged = true;
    const set = modelSet(member.models);
    this.#sets.set(revision, set);
    if (!this.#routes.has(set)) this.#routes.set(set, new Route(revision, streams));
  }

  member(revision: Revision): GroupMember {
    return this.#members.find((member) => member.revision === revision)!;
  }

  setPhase(revision: Revision, phase: RouteMember["phase"]): void {
    const member = this.member(revision);
    if (member.phase === phase) return;
    if (!hasRoute(member.phase) && hasRoute(phase)) {
      // Its HTTPRoute is made anew, and is younger than those of its peers; stable's is made first.
      member.createdUs = Math.floor(this.#context.clock.nowUs / US_PER_SECOND) * US_PER_SECOND;
    }
    member.phase = phase;
    this.#membersChanged = true;
  }

  /** It is gone for good: its own path leads nowhere. */
  remove(revision: Revision): void {
    this.#members.splice(this.#members.indexOf(this.member(revision)), 1);
    this.#membersChanged = true;
    this.#context.path(revision).set(undefined);
  }

  /** Throws a RangeError when a weight is no integer from 0 to 1,000,000. */
  setWeight(revision: Revision, weight: number): void {
    if (!Number.isSafeInteger(weight) || weight < 0 || weight > MAX_WEIGHT) {
      throw new RangeError(
        `Cannot set weight of "${revision.member}": ${weight} is no integer from 0 to ${MAX_WEIGHT}`,
      );
    }
    this.member(revision).weight = weight;
  }

  /** From now on a share of what takes this member's routes, in millionths, is copied to another; 0: nothing. */
  setMirror(revision: Revision, to: Revision, ppm: number): void {
    this.member(revision).mirror = [{ to: () => to, ppm }];
    this.#push.changed();
  }

  /** The way to what serves the same as this member, by weight. */
  route(revision: Revision): Route {
    return this.#routes.get(this.#sets.get(revision)!)!;
  }

  /** What a member sees of the group. */
  view(revision: Revision): GroupView<GroupMember> {
    return viewOf(this.member(revision), this.#members);
  }

  /** Calls `listener` when what a member sees of the group may be another. */
  onView(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** What all views are made from. */
  #look(): void {
    const seen = this.#members.map(({ weight, phase, routable }) =>
      `${weight} ${phase} ${routable}`
    )
      .join();
    if (seen === this.#seen) return;
    this.#seen = seen;
    for (const listener of this.#listeners) listener();
  }

  /** Looks at the members again: tells who gets what, and brings it to the gateway. */
  refresh(): void {
    const routed = new Set<GroupMember>();
    let changed = this.#membersChanged;
    this.#membersChanged = false;
    for (const set of this.#routes.keys()) {
      const before = this.#wanted.get(set);
      const wanted = this.#want(set, before);
      for (const backend of wanted?.backends ?? []) routed.add(backend);
      if (this.#wanted.has(set) && sameWanted(before, wanted)) continue;
      this.#wanted.set(set, wanted);
      changed = true;
    }
    this.#tell(routed);
    this.#look();
    if (changed) this.#push.changed();
  }

  /** The route that wins for a set of models; one whose owner is being deleted stays as it was. */
  #want(set: string, before: Wanted | undefined): Wanted | undefined {
    const owner = this.#members
      .filter(({ models, phase }) => hasRoute(phase) && modelSet(models) === set)
      .sort(byPrecedence)[0];
    if (!owner) return undefined;
    if (owner.phase === "leaving" && before?.owner === owner) return before;
    const backends = backendsOf(owner, this.#members);
    return { owner, backends, weights: backends.map(({ weight }) => weight) };
  }

  #tell(routed: ReadonlySet<GroupMember>): void {
    const byService = Map.groupBy(this.#members, ({ revision }) => revision.service);
    // Of those that were deleted there is nothing more to say.
    for (const service of this.#told.keys()) {
      if (!byService.has(service)) byService.set(service, []);
    }
    for (const [service, members] of byService) {
      const weights = Object.fromEntries(
        members.map(({ revision, weight }) => [revision.name, weight]),
      );
      const eligible = members.filter((member) => routed.has(member))
        .map(({ revision }) => revision.name);
      const said = JSON.stringify([weights, eligible]);
      if (this.#told.get(service) === said) continue;
      this.#told.set(service, said);
      const group = this.name === undefined ? {} : { group: this.name };
      this.#context.journal.tell({ kind: "weight", service, weights, eligible, ...group });
    }
  }

  #publish(): void {
    for (const [set, wanted] of this.#wanted) {
      this.#routes.get(set)!.set(wanted && this.#tableOf(wanted));
    }
    for (const member of this.#members) {
      const { revision, phase, policies } = member;
      const draw = new WeightedDraw([revision], () => 1);
      const table = { owner: revision, draw, ...this.#rules(member, policies.path) };
      this.#context.path(revision).set(hasRoute(phase) ? table : undefined);
    }
  }

  /** What the rule of a member's HTTPRoute says besides its backends. */
  #rules(
    { namespace, mirror }: GroupMember,
    policy: RoutePolicy,
  ): Pick<RouteTable, "policy" | "mirrors"> {
    const { requestUs, backendRequestUs, retry, mirrors = [] } = policy;
    const own = mirrors.map(({ backend, ppm }) => {
      // It may be made later than the route that names it.
      let found: Revision | undefined;
      return { to: () => found ??= this.#context.backend(namespace, backend), ppm };
    });
    const limited = requestUs ?? backendRequestUs ?? retry;
    return {
      ...(limited === undefined ? {} : { policy }),
      mirrors: [...own, ...mirror].filter(({ ppm }) => ppm > 0),
    };
  }

  #tableOf({ owner, backends, weights }: Wanted): RouteTable {
    const weightOf = new Map(backends.map(({ revision }, index) => [revision, weights[index]!]));
    const draw = new WeightedDraw([...weightOf.keys()], (revision) => weightOf.get(revision)!);
    const { revision } = owner;
    const { nowUs } = this.#context.clock;
    for (const each of draw.members) {
      if (this.#warmUs.has(each)) continue;
      this.#warmUs.set(each, nowUs === 0 ? 0 : nowUs + this.#context.gateway.coldUs);
    }
    const cold = draw.members.filter((each) => this.#warmUs.get(each)! > nowUs);
    const table = { owner: revision, draw, ...this.#rules(owner, owner.policies.model) };
    if (cold.length === 0) return table;
    return {
      ...table,
      coldUntilUs: new Map(cold.map((each) => [each, this.#warmUs.get(each)!])),
    };
  }
}

function hasRoute(phase: RouteMember["phase"]): boolean {
  return phase === "live" || phase === "leaving";
}

function sameWanted(a: Wanted | undefined, b: Wanted | undefined): boolean {
  if (a === b) return true;
  if (!a || !b || a.owner !== b.owner || a.backends.length !== b.backends.length) return false;
  return a.backends.every((backend, index) =>
    backend === b.backends[index] && a.weights[index] === b.weights[index]
  );
}
