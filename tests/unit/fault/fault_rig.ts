// A run with faults, and what its tests read out of it: requests, ready pods, restarts, Kubernetes Events.
import assert from "node:assert/strict";
import { isConditionTrue } from "../../../src/kube/conditions.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import {
  type MetricsSummary,
  type ServiceSummary,
  summarize,
} from "../../../src/report/summary.ts";
import { SECOND } from "../fleet/small_fleet.ts";
import { problems, type Run, run, smallScenario } from "../scenario/small_run.ts";

/** As many as were asked for, three in most tests. */
type Times = readonly [number, number, number, ...number[]];

export interface Hit extends Run {
  /** Asserts how many pods are ready one after the other; returns since when each, in seconds. */
  ready(...counts: readonly number[]): Times;
  /** Kubernetes Events of a reason, as `[second, message]`. */
  told(reason: string): [number, string][];
  /** When the first Event of a reason was told whose message matches, in seconds. */
  firstAt(reason: string, message?: RegExp): number;
  /** Of one service, by default `chat`. */
  metrics(service?: string): MetricsSummary;
  /** The same with its revisions. */
  service(service?: string): ServiceSummary;
  /** Restarts of the container `main`, all pods together. */
  readonly restarts: number;
  pods(): KubeObject[];
  /** How long the phases of each start took, in seconds, by the pods' own objects. */
  phases(): Readonly<Record<"importing" | "loading" | "initialising", readonly number[]>>;
}

/** Some ten requests are in each of two pods at any time. */
const LOAD = {
  ...{ kind: "constant", name: "users", to: "chat", rps: 4 },
  ...{ prompt: { kind: "fixed", tokens: 200 }, output: { kind: "fixed", tokens: 500 } },
};

/** A small scenario with these faults; `fields` stand for its own. */
export function hit(
  faults: readonly unknown[],
  fields: Readonly<Record<string, unknown>> = {},
  options: { readonly recordRequests?: boolean } = {},
): Hit {
  const ready: [number, number][] = [];
  const result = run(smallScenario({ load: [LOAD], ...fields, faults }), {
    ...options,
    each: (event, state) => {
      if (ready.length > 0 && !("key" in event && event.key.startsWith("/Pod/"))) return;
      const count = podsOf(state.objects).filter(isEndpoint).length;
      if (ready.at(-1)?.[1] === count) return;
      // Only the last of what changes within an instant is seen by anybody.
      if (ready.at(-1)?.[0] === event.at / SECOND) ready.pop();
      ready.push([event.at / SECOND, count]);
    },
  });
  const told = (reason: string) =>
    result.of("event").filter((event) => event.reason === reason)
      .map(({ at, message }): [number, string] => [at / SECOND, message]);
  const pods = () => podsOf(result.state.objects);
  return {
    ...result,
    ready: (...counts) => {
      assert.deepEqual(ready.map(([, count]) => count), counts, JSON.stringify(ready));
      return ready.map(([at]) => at) as unknown as Times;
    },
    told,
    firstAt: (reason, message = /(?:)/) => {
      const found = told(reason).find(([, text]) => message.test(text));
      return found?.[0] ?? assert.fail(`no Event ${reason} ${message}`);
    },
    service: (service = "chat") => summarize(result.state).services[service]!,
    metrics: (service = "chat") => summarize(result.state).services[service]!,
    restarts: pods().reduce((sum, pod) => sum + restartsOf(pod), 0),
    pods,
    phases: () => phasesOf(result),
  };
}

function phasesOf({ of }: Run) {
  const took: Record<"importing" | "loading" | "initialising", number[]> = {
    ...{ importing: [], loading: [], initialising: [] },
  };
  const begun = new Map<string, { phase: keyof typeof took; atUs: number }>();
  for (const { at, key, object, patch } of of("object.applied")) {
    const { annotations } = ((object ?? patch) as { metadata?: { annotations?: Told | null } })
      .metadata ?? {};
    if (!key.startsWith("/Pod/") || annotations === undefined) continue;
    const before = begun.get(key);
    if (before) took[before.phase].push((at - before.atUs) / SECOND);
    begun.delete(key);
    const phase = annotations?.["mtop.dev/start-phase"]?.split(" ")[0] as keyof typeof took;
    if (phase) begun.set(key, { phase, atUs: at });
  }
  return took;
}

interface Told {
  readonly "mtop.dev/start-phase"?: string | null;
}

function podsOf(objects: Readonly<Record<string, KubeObject>>): KubeObject[] {
  return Object.values(objects).filter(({ kind }) => kind === "Pod");
}

/** Ready, and not on its way out. */
function isEndpoint(pod: KubeObject): boolean {
  return isConditionTrue(pod, "Ready") && pod.metadata.deletionTimestamp === undefined;
}

function restartsOf({ status }: KubeObject): number {
  const { containerStatuses = [] } = status as { containerStatuses?: { restartCount: number }[] };
  return containerStatuses[0]?.restartCount ?? 0;
}

/** Problems of a small scenario with one fault, by their paths. */
export function faultProblems(fault: unknown): Record<string, string> {
  return problems(smallScenario({ faults: [fault] }));
}
