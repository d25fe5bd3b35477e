// The first of a report's two readings of a log: how much there is of what a page has columns for.

import type { EventOf, FleetEvent } from "../../fleet/events.ts";
import { type Extent, MOST_REVISIONS } from "./grid.ts";

export class ExtentReading {
  #endUs = 0;
  /** Requests by service, and its revisions. */
  readonly #services = new Map<string, { arrived: number; revisions: Set<string> }>();
  readonly #pods = new Set<string>();

  take(event: FleetEvent): void {
    this.#endUs = event.at;
    switch (event.kind) {
      case "window":
        this.#window(event);
        break;
      case "scale":
        this.#service(event.service).revisions.add(event.revision);
        break;
      case "object.applied":
        if (event.object?.kind === "Pod") this.#pods.add(event.key);
        break;
    }
  }

  /** Where there are too many services, those that were asked most are shown. */
  get extent(): Extent {
    const most = [...this.#services].sort(([, a], [, b]) => b.arrived - a.arrived);
    const services = new Set<string>();
    let revisions = 0;
    for (const [name, service] of most) {
      if (revisions + service.revisions.size > MOST_REVISIONS) break;
      revisions += service.revisions.size;
      services.add(name);
    }
    return {
      endUs: this.#endUs,
      services,
      servicesLeftOut: this.#services.size - services.size,
      revisions,
      pods: this.#pods.size,
    };
  }

  #window({ service, revision, measured, warmup, mirrored }: EventOf<"window">): void {
    const known = this.#service(service);
    known.revisions.add(revision);
    if (mirrored) known.revisions.add(`${revision} mirrored`);
    known.arrived += (measured?.requests.arrived ?? 0) + (warmup?.requests.arrived ?? 0);
  }

  #service(name: string): { arrived: number; revisions: Set<string> } {
    let known = this.#services.get(name);
    if (!known) this.#services.set(name, known = { arrived: 0, revisions: new Set() });
    return known;
  }
}
