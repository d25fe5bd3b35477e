// The Kubernetes Events of a world: as rows that are told together, and as objects for `get`.

import type { FleetEvent } from "../fleet/events.ts";
import { KEPT_EVENTS, type KubeEvent } from "../fleet/state.ts";
import type { KubeObject } from "../kube/object.ts";
import { RESOURCES } from "../kube/resources.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import { aggregateEvents, type EventRow } from "../view/event_table.ts";
import type { World } from "./world.ts";

/** All that the cluster remembers at the instant, by the time of their last change. */
export async function eventRows(world: World): Promise<EventRow[]> {
  return aggregateEvents(await kubeEvents(world), world.nowUs);
}

/** State keeps the last ones only; where it may have let some go, the log has them. */
async function kubeEvents({ state, events }: World): Promise<readonly KubeEvent[]> {
  if (state.events.length < KEPT_EVENTS) return state.events;
  const all: KubeEvent[] = [];
  for await (const batch of events()) {
    all.push(...batch.filter((event: FleetEvent) => event.kind === "event"));
  }
  return all;
}

/** Virtual 0 in nanoseconds since 1970: the names of Events end in such a time. */
const VIRTUAL_ZERO_NS = 1_767_225_600n * 1_000_000_000n;

/**
 * The v1 Event of a row, as client-go's recorder names it: by the time in ns. Virtual time has none
 * below a µs, so that what began at one instant is told apart there.
 */
export function eventObject(row: EventRow): KubeObject {
  const { type, reason, kind, namespace, name, message, source, count, firstUs, lastUs, twins } =
    row;
  const suffix = (VIRTUAL_ZERO_NS + BigInt(firstUs) * 1000n + BigInt(twins)).toString(16);
  const resource = RESOURCES.find((known) => known.kind === kind);
  const group = resource?.group ? `${resource.group}/` : "";
  const involvedNamespace = resource?.namespaced === false ? {} : { namespace };
  const event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: {
      name: `${name}.${suffix}`,
      namespace,
      creationTimestamp: virtualTimestamp(firstUs),
    },
    involvedObject: {
      ...(resource === undefined ? {} : { apiVersion: `${group}${resource.version}` }),
      kind,
      name,
      ...involvedNamespace,
    },
    type,
    reason,
    message,
    source: { component: source },
    reportingComponent: source,
    count,
    firstTimestamp: virtualTimestamp(firstUs),
    lastTimestamp: virtualTimestamp(lastUs),
  };
  return event;
}
