// The objects that KServe keeps for one member, told when they come or change, with an event each.

import { type JsonObject, type KubeObject, objectKey } from "../kube/object.ts";
import { routedChildren, routerChildren, workloadChildren } from "./children/children.ts";
import type { WeightedMember } from "./children/http_route.ts";
import { made, type Owner } from "./children/metadata.ts";
import { replicaSetObject } from "./children/replica_set.ts";
import { routerSpec } from "./children/router_spec.ts";
import { workloadObject } from "./children/workload.ts";
import { type Network, parentsOf } from "./network.ts";
import { observedRouter } from "./observed_router.ts";
import type { Cluster } from "./pod_template.ts";
import { type Routed, type RouterReport, routerReport } from "./router_report.ts";
import type { Workload } from "./workload.ts";

/** Who tells what KServe does. */
export const CONTROLLER = "llmisvc-controller";

export class MemberChildren {
  readonly #host: Cluster;
  #spec: JsonObject | undefined;
  #members: readonly WeightedMember[] | undefined;
  #report: RouterReport = { conditions: {} };
  #routed: Routed = {};
  #observed: JsonObject = {};
  /** What was made for this spec and these members was told. */
  #told = false;

  constructor(host: Cluster) {
    this.#host = host;
  }

  /** What was found on the way through the gateways. */
  get report(): RouterReport {
    return this.#report;
  }

  /** `status.url`, `.addresses` and `.router`; nothing where nothing was made. */
  get observed(): JsonObject {
    return this.#observed;
  }

  /** Looks at its routing again, where its spec or the members of its group changed. */
  look(owner: Owner, members?: readonly WeightedMember[]): void {
    if (owner.spec === this.#spec && members === this.#members) return;
    this.#spec = owner.spec;
    this.#members = members;
    this.#told = false;
    const { network } = this.#host;
    const own = accepted(owner, network, routedChildren(owner, members));
    this.#report = routerReport(owner, network, own);
    this.#routed = this.#report.nothingMade ? {} : own;
    this.#observed = this.#report.nothingMade ? {} : observedRouter(owner, network, own);
  }

  /** `news`: they are made now, they were not there before. */
  tell(owner: Owner, workloads: readonly Workload[], news: boolean): void {
    if (!this.#told) this.#keep(owner, workloadChildren(owner), news);
    for (const workload of workloads) this.#keepWorkload(owner, workload, news);
    if (this.#told) return;
    this.#told = true;
    if (this.#report.nothingMade) return;
    const { pool, route } = this.#routed;
    this.#keep(owner, routerChildren(owner), news);
    this.#keep(owner, [...(pool ? [pool] : []), ...(route ? [route] : [])], news);
  }

  /** What comes of a service that is stopped: its workloads, its endpoint picker and its route go. */
  stop(owner: Owner, workloads: readonly Workload[]): void {
    const { pool, route } = this.#routed;
    const objects = [...(route ? [route] : []), ...(pool ? [pool] : []), ...routerChildren(owner)];
    for (const object of objects) this.#drop(owner, object);
    for (const workload of workloads) {
      const object = made(workloadObject(owner, workload));
      for (const set of workload.replicaSets) {
        this.#host.journal.delete(made(replicaSetObject(object, set)));
      }
      this.#drop(owner, object);
    }
  }

  /** All that was made for it. */
  delete(owner: Owner, workloads: readonly Workload[]): void {
    this.stop(owner, workloads);
    for (const object of workloadChildren(owner)) this.#host.journal.delete(object);
  }

  #drop(owner: Owner, object: KubeObject): void {
    const { journal } = this.#host;
    if (journal.state.objects[objectKey(object)] === undefined) return;
    journal.delete(object);
    const { name, namespace = "" } = object.metadata;
    const message = `Deleted v1.${object.kind} ${namespace}/${name}`;
    journal.event("Normal", "Deleted", owner, message, CONTROLLER);
  }

  /** A Deployment's ReplicaSets are its controller's, not KServe's. */
  #keepWorkload(owner: Owner, workload: Workload, news: boolean): void {
    const object = made(workloadObject(owner, workload));
    this.#keep(owner, [object], news);
    for (const set of workload.replicaSets) {
      this.#host.journal.apply(made(replicaSetObject(object, set)));
    }
  }

  #keep(owner: Owner, objects: readonly KubeObject[], news: boolean): void {
    const { journal } = this.#host;
    for (const object of objects) {
      const isNew = journal.state.objects[objectKey(object)] === undefined;
      journal.apply(object);
      if (!isNew || !news) continue;
      const { name, namespace = "" } = object.metadata;
      // Go's name of its type: of all that KServe makes the version is v1.
      const message = `Created v1.${object.kind} ${namespace}/${name}`;
      journal.event("Normal", "Created", owner, message, CONTROLLER);
    }
  }
}

/** With what the gateways say of them that its routes lead through. */
function accepted(owner: Owner, network: Network, { pool, route }: Routed): Routed {
  const parents = [
    ...(route ? parentsOf(route) : []),
    ...routerSpec(owner).routeRefs.flatMap((ref) => {
      const other = network.route(ref);
      return other ? parentsOf(other) : [];
    }),
  ];
  return {
    ...(pool ? { pool: network.routed(pool, parents) } : {}),
    ...(route ? { route: network.routed(route, parents) } : {}),
  };
}
