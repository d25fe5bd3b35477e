// The windows of all members of services: what happened in a second is told, of each in which something did.

import type { Slo } from "../metrics/slo.ts";
import { engineWindows } from "../serving/limits.ts";
import type { Journal } from "./journal.ts";
import { MemberRequests } from "./member_requests.ts";
import { podColumns } from "./pod_columns.ts";
import type { RequestHost } from "./request_host.ts";
import type { Revision } from "./revision.ts";
import type { Service } from "./service.ts";

export interface WindowsContext {
  readonly journal: Journal;
  readonly services: ReadonlyMap<string, Service>;
  readonly host: RequestHost;
  /** What its requests are held against now. */
  slo(service: string): Slo | undefined;
}

export class MemberWindows {
  readonly #context: WindowsContext;
  /** By `service/member`: requests to members that are not there yet. */
  readonly #awaited = new Map<string, MemberRequests>();
  #closedUs = 0;

  constructor(context: WindowsContext) {
    this.#context = context;
  }

  /** Requests to a member that is not there yet. */
  awaited(service: string, name: string): MemberRequests {
    const key = `${service}/${name}`;
    const known = this.#awaited.get(key);
    if (known) return known;
    const { host } = this.#context;
    const windows = engineWindows(this.#context.slo(service));
    const requests = new MemberRequests(service, name, windows, host);
    this.#awaited.set(key, requests);
    return requests;
  }

  /** Whatever ends from now on is held against this. */
  judge(service: string, slo: Slo): void {
    const known = this.#context.services.get(service)?.revisions.values() ?? [];
    for (const { requests } of known) requests.judge(slo);
    for (const requests of this.#awaited.values()) {
      if (requests.service === service) requests.judge(slo);
    }
  }

  /** The member is made: they are its own from now on. */
  made(service: string, name: string): MemberRequests {
    const requests = this.awaited(service, name);
    this.#awaited.delete(`${service}/${name}`);
    return requests;
  }

  /** The run ends: of what is in flight it is counted how much is late already. */
  tellUnfinished(nowUs: number): void {
    for (const service of this.#context.services.values()) {
      for (const revision of service.revisions.values()) {
        if (revision.requests.idle) continue;
        revision.settle();
        revision.tellUnfinished(nowUs);
      }
    }
    this.#context.host.unfinished.tell(nowUs);
  }

  /** Tells what happened since the last window of each member; an empty window is not written. */
  close(nowUs: number): void {
    // At the end of a run its last second is closed twice: what is held is told once.
    const again = this.#closedUs === nowUs;
    this.#closedUs = nowUs;
    for (const service of this.#context.services.values()) {
      for (const revision of service.revisions.values()) {
        this.#close(revision.requests, again, revision);
      }
    }
    for (const requests of this.#awaited.values()) this.#close(requests, again);
  }

  #close(requests: MemberRequests, again: boolean, revision?: Revision): void {
    if (requests.idle) return;
    revision?.settle();
    const { service, name, windows } = requests;
    const measured = windows[0].take();
    const warmup = windows[1].take();
    const mirrored = windows[2].take();
    const isEmpty = !measured && !warmup && !mirrored;
    if (isEmpty && (again || !revision || revision.inFlight === 0)) return;
    this.#context.journal.tell({
      kind: "window",
      service,
      revision: name,
      ...(measured ? { measured } : {}),
      ...(warmup ? { warmup } : {}),
      ...(mirrored ? { mirrored } : {}),
      pods: revision?.podColumns() ?? podColumns([]),
    });
  }
}
