// A workload without pods that an autoscaler scales, a metric that a test sets, and all that is told.
import type {
  AutoscalerHost,
  MetricReading,
  ScaleTarget,
} from "../../../../src/fleet/autoscale/autoscaler.ts";
import type { FleetEvent } from "../../../../src/fleet/events.ts";
import { Journal } from "../../../../src/fleet/journal.ts";
import { Clock } from "../../../../src/sim/clock.ts";

export const SECOND = 1_000_000;

export class Rig implements ScaleTarget {
  readonly apiVersion = "apps/v1";
  readonly kind = "Deployment";
  readonly name = "chat-kserve";
  readonly owner = {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name: "chat", namespace: "default" },
  };
  readonly clock = new Clock();
  readonly events: FleetEvent[] = [];
  readonly journal = new Journal(this.clock, (event) => void this.events.push(event));
  /** Replicas that it was given, in order. */
  readonly scaled: number[] = [];
  replicas: number;
  changes = 0;
  metric: MetricReading = { milli: 0 };
  /** Fewer than all, where a test says so. */
  ready: number | undefined;

  constructor(replicas: number) {
    this.replicas = replicas;
  }

  get statusReplicas(): number {
    return this.replicas;
  }

  get readyPods(): number {
    return this.ready ?? this.replicas;
  }

  scale(replicas: number): void {
    this.replicas = replicas;
    this.scaled.push(replicas);
  }

  get host(): AutoscalerHost {
    return { clock: this.clock, journal: this.journal, changed: () => void this.changes++ };
  }

  /** Lets the time pass with this metric: the value, or why there is none. */
  run(seconds: number, metric: number | string): void {
    this.metric = typeof metric === "string" ? { error: metric } : { milli: metric * 1000 };
    this.clock.runUntil(this.clock.nowUs + seconds * SECOND);
  }

  /** The objects of a kind that there are. */
  objects(kind: string): { readonly [field: string]: unknown }[] {
    return Object.values(this.journal.state.objects).filter((object) =>
      object.kind === kind
    ) as never;
  }

  /** `[second, reason, message]` of the Kubernetes Events. */
  told(...reasons: string[]): [number, string, string][] {
    return this.events.flatMap((event) =>
      event.kind === "event" && (reasons.length === 0 || reasons.includes(event.reason))
        ? [[event.at / SECOND, event.reason, event.message]]
        : []
    );
  }
}

/** The conditions of an object, by type. */
export function conditions(object: { readonly [field: string]: unknown }) {
  const { status } = object as { status?: { conditions?: Record<string, string>[] } };
  return Object.fromEntries((status?.conditions ?? []).map((each) => [each["type"]!, each]));
}
