// What clients can address at the gateway, and the way that each leads: a service, a member, a group, a model.

import { nameOfChild } from "../kube/names.ts";
import type { Target } from "../load/target.ts";
import type { Clock } from "../sim/clock.ts";
import type { Streams } from "../sim/streams.ts";
import type { Journal } from "./journal.ts";
import type { RouteOwner } from "./member_requests.ts";
import type { MemberWindows } from "./member_windows.ts";
import type { Revision } from "./revision.ts";
import { STABLE } from "./revision_names.ts";
import { Route, RouteChain, type RouteStreams, type Way } from "./route.ts";
import type { GatewayPlan } from "./route_gateway.ts";
import { RouteGroup } from "./route_group.ts";
import { byPrecedence } from "./route_members.ts";
import type { Service } from "./service.ts";
import type { Trouble } from "./trouble.ts";

export interface GatewayContext {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly streams: Streams;
  readonly plan: GatewayPlan;
  readonly services: ReadonlyMap<string, Service>;
  readonly trouble: Trouble;
  readonly windows: Pick<MemberWindows, "awaited">;
}

export class Gateway {
  readonly #context: GatewayContext;
  readonly #groups = new Map<string, RouteGroup>();
  /** By `service/revision`. */
  readonly #paths = new Map<string, Route>();

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  /** The group of a service: one that it shares by its name (`namespace/name`), or its own. */
  groupOf(service: string, shared: string | undefined): RouteGroup {
    const { clock, journal, plan } = this.#context;
    const name = shared === undefined ? service : `${shared} (group)`;
    const known = this.#groups.get(name);
    if (known) return known;
    const group = new RouteGroup(shared, {
      ...{ clock, journal, gateway: plan, streams: this.#streams(name) },
      path: (revision) => this.#path(revision.service, revision.name, revision),
      backend: (namespace, name) => this.#backend(namespace, name),
    });
    this.#groups.set(name, group);
    return group;
  }

  /** The way to a target; `plan` has seen that there is one. */
  way(target: Target): Way {
    if (typeof target === "string") return this.#byModel(this.#stable(target));
    if ("member" in target) {
      const { member, of = STABLE } = target;
      const known = this.#context.services.get(member)!.revision(of);
      return this.#path(member, of, known ?? this.#context.windows.awaited(member, of));
    }
    const { namespace } = target;
    const members = [...this.#groups.values()].flatMap(({ name, members }) =>
      members.map((member) => ({ member, group: name }))
    ).sort((a, b) => byPrecedence(a.member, b.member));
    const meant = members.filter(({ member, group }) =>
      (namespace === undefined || namespace === member.namespace) &&
      ("group" in target
        ? group === `${member.namespace}/${target.group}`
        : member.models.includes(target.model))
    );
    const routes = [...new Set(meant.map(({ member }) => this.#byModel(member.revision)))];
    if ("group" in target || routes.length === 1) return routes[0]!;
    return new RouteChain(routes as [Route, ...Route[]]);
  }

  #streams(name: string): RouteStreams {
    const { streams, trouble } = this.#context;
    return {
      trouble,
      stream: streams.stream(`route/${name}`),
      mirror: streams.stream(`route/${name}/mirror`),
    };
  }

  #backend(namespace: string, name: string): Revision | undefined {
    const members = [...this.#groups.values()].flatMap(({ members }) => members);
    return members.find((member) =>
      member.namespace === namespace && backendNames(member.name).includes(name)
    )?.revision;
  }

  #byModel(revision: Revision): Route {
    return this.#context.services.get(revision.service)!.group.route(revision);
  }

  #stable(service: string): Revision {
    return this.#context.services.get(service)!.revision(STABLE)!;
  }

  #path(service: string, of: string, owner: RouteOwner): Route {
    const key = `${service}/${of}`;
    const known = this.#paths.get(key);
    if (known) return known;
    const route = new Route(owner, this.#streams(service));
    this.#paths.set(key, route);
    return route;
  }
}

/** What an HTTPRoute may call a member: its InferencePool, its workload's Service. */
function backendNames(service: string): string[] {
  return [nameOfChild(service, "pool"), nameOfChild(service, "workloadService")];
}
