// Whether a service lives: stopped, resumed and deleted while it runs, as KServe does it in a group and out of one.

import { STOP_ANNOTATION } from "../kube/stop.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import type { Cluster } from "./pod_template.ts";
import type { Revision } from "./revision.ts";
import type { GroupMember } from "./route_group.ts";
import type { Service } from "./service.ts";
import { type Blocked, type ServiceStatus, STOPPED } from "./service_status.ts";
import { TIMINGS } from "./timings.ts";
import type { Workload } from "./workload.ts";

export class ServiceLife {
  readonly #service: Service;
  readonly #host: Cluster;
  readonly #status: ServiceStatus;
  #phase: GroupMember["phase"];
  #blocked: boolean;
  #deleted = false;
  /** What each workload had before the service was stopped. */
  readonly #before = new Map<Workload, number>();

  constructor(service: Service, host: Cluster, status: ServiceStatus, blocked?: Blocked) {
    this.#service = service;
    this.#host = host;
    this.#status = status;
    this.#blocked = blocked !== undefined;
    this.#phase = blocked === undefined ? "live" : blocked.parts ? "stopped" : "unmade";
  }

  get phase(): GroupMember["phase"] {
    return this.#phase;
  }

  /** A member that refers to a gateway or a route that is not there has none itself. */
  phaseOf(revision: Revision): GroupMember["phase"] {
    return this.#phase === "live" && this.#status.routesNothing(revision) ? "unmade" : this.#phase;
  }

  /** Nothing is made for it. */
  get blocked(): boolean {
    return this.#blocked;
  }

  get deleted(): boolean {
    return this.#deleted;
  }

  /**
   * As by the annotation `serving.kserve.io/stop`: its pods have their grace, its route and all that runs
   * for it go; in its group it stays listed.
   */
  stop(): void {
    const service = this.#service;
    if (this.#blocked || this.#deleted) return;
    for (const revision of service.revisions.values()) {
      this.#annotate(revision, "true");
      for (const workload of revision.workloads) this.#before.set(workload, workload.replicas);
      this.#end(revision, "stop");
    }
    this.#blocked = true;
    this.#status.block(STOPPED, service.revisions.values());
    this.#enter("stopped");
  }

  /** A stopped member has so many when the service is resumed. */
  keepForResume({ main }: Revision, replicas: number): void {
    this.#before.set(main, replicas);
  }

  /** The annotation is taken away: everything is made again. */
  resume(): void {
    const service = this.#service;
    if (this.#phase !== "stopped" || this.#deleted) return;
    this.#blocked = false;
    this.#status.block(undefined, service.revisions.values());
    for (const revision of service.revisions.values()) {
      this.#annotate(revision, null);
      // What was stopped from the beginning, or came while it was so, has what it was made with.
      for (const workload of revision.workloads) {
        workload.replicas = this.#before.get(workload) ?? workload.replicas;
      }
      service.tellScale(revision, revision.replicas, "spec");
    }
    this.#before.clear();
    this.#enter("live");
    for (const revision of service.revisions.values()) {
      if (revision.replicas > 0) service.autoscaling?.on(service, revision, false);
    }
  }

  /**
   * As by `kubectl delete`: its peers take it out of their routes first, for which KServe looks again
   * after 5 s; then it goes with all that was made for it.
   */
  delete(): void {
    const service = this.#service;
    if (this.#deleted || this.#phase === "leaving") return;
    const { clock, journal } = this.#host;
    for (const revision of service.revisions.values()) {
      const deletionTimestamp = virtualTimestamp(clock.nowUs);
      const metadata = { ...revision.object.metadata, deletionTimestamp };
      revision.object = { ...revision.object, metadata };
      journal.apply(revision.object);
    }
    this.#phase = "leaving";
    const peers = service.group.members.filter(({ revision }) =>
      revision.service !== service.name && service.group.view(revision).matching
        .some((each) => each.revision.service === service.name)
    ).map(({ name }) => name).sort();
    for (const revision of service.revisions.values()) service.group.setPhase(revision, "leaving");
    service.group.refresh();
    const [first] = peers;
    if (first === undefined) return this.#finalize();
    for (const revision of service.revisions.values()) this.#status.setAwaits(revision, first);
    clock.after(TIMINGS.finalizationUs, () => this.#finalize());
  }

  #finalize(): void {
    const service = this.#service;
    for (const revision of service.revisions.values()) {
      this.#end(revision, "delete");
      this.#status.delete(revision);
      service.group.remove(revision);
    }
    this.#deleted = true;
    this.#blocked = true;
    service.group.refresh();
    service.changed.fire();
  }

  /** Its pods end, and nobody scales it any more. */
  #end(revision: Revision, by: string): void {
    const service = this.#service;
    service.autoscaling?.off(revision);
    if (revision.replicas > 0) service.tellScale(revision, 0, by);
    for (const workload of revision.workloads) workload.replicas = 0;
    service.podsChanged(revision);
  }

  #enter(phase: GroupMember["phase"]): void {
    const service = this.#service;
    this.#phase = phase;
    for (const revision of service.revisions.values()) service.group.setPhase(revision, phase);
    for (const revision of service.revisions.values()) service.podsChanged(revision);
  }

  #annotate(revision: Revision, value: string | null): void {
    const { [STOP_ANNOTATION]: _, ...others } = revision.object.metadata.annotations ?? {};
    const annotations = value === null ? others : { ...others, [STOP_ANNOTATION]: value };
    const metadata = { ...revision.object.metadata, annotations };
    revision.object = { ...revision.object, metadata };
    this.#host.journal.apply(revision.object);
  }
}
