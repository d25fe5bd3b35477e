// A small cluster by hand: one or two services, a clock to move, and everything that is told.
import assert from "node:assert/strict";
import type { EventKind, EventOf, FleetEvent } from "../../../src/fleet/events.ts";
import { Fleet } from "../../../src/fleet/fleet.ts";
import { Journal } from "../../../src/fleet/journal.ts";
import type { Pod } from "../../../src/fleet/pod.ts";
import type { GatewayPlan } from "../../../src/fleet/route_gateway.ts";
import { type Plan, plan } from "../../../src/scenario/plan.ts";
import { findModel, weightBytes } from "../../../src/serving/models.ts";
import { phasesAlone, readyAfterUs, startupOf, type Supply } from "../../../src/serving/startup.ts";
import { Clock } from "../../../src/sim/clock.ts";
import { Streams } from "../../../src/sim/streams.ts";

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;

export const START = startupOf(weightBytes(findModel(["meta-llama/llama-3.1-8b"])!));
/** Its phases where nothing is shared. */
export const PHASES = phasesAlone(START);
/** From an assigned node to the container's start. */
export const FETCHING = PHASES.downloading + PHASES.pulling;
/** From a container's start to its readiness: on a beat of the startup probe. */
export const LOADING = readyAfterUs(PHASES, START);

interface ServiceOptions {
  readonly replicas?: number;
  readonly gpus?: number;
  readonly model?: string;
  readonly args?: readonly string[];
}

/** An 8B model on one GPU of every pod, unless it says otherwise. */
export function llm(
  name: string,
  { replicas = 1, gpus = 1, model = "meta-llama/Llama-3.1-8B", args = [] }: ServiceOptions = {},
) {
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name },
    spec: {
      model: { uri: `hf://${model}` },
      replicas,
      parallelism: { tensor: gpus },
      template: { containers: [{ name: "main", image: "vllm:1", args: [...args] }] },
    },
  };
}

export interface SmallOptions {
  readonly nodes?: readonly { readonly count: number; readonly gpus: string }[];
  readonly services?: readonly unknown[];
  readonly configs?: readonly unknown[];
  readonly supply?: Supply;
  readonly gateway?: GatewayPlan;
  readonly recordRequests?: boolean;
}

export function smallPlan(
  { nodes = [{ count: 2, gpus: "2xH100-SXM" }], services = [llm("chat")], configs }: SmallOptions =
    {},
): Plan {
  const planned = plan({
    kind: "scenario",
    name: "small",
    duration: "1h",
    cluster: { nodes },
    services,
    ...(configs && { configs }),
    load: [],
  });
  if ("problems" in planned) assert.fail(JSON.stringify(planned.problems));
  return planned;
}

export interface SmallFleet {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly fleet: Fleet;
  readonly events: FleetEvent[];
  of<K extends EventKind>(kind: K): EventOf<K>[];
  /** Kubernetes Events of a reason, as `[second, object's name]`. */
  told(reason: string): [number, string][];
  /** `count` requests to `chat`, one every `gapUs` from now on. */
  load(count: number, gapUs: number, outputTokens?: number): void;
  /** Requests of `chat` by what became of them, windows not yet closed included. */
  requests(): Record<"arrived" | "completed" | "failed" | "rejected", number>;
  pod(index?: number): Pod;
}

/** `hear` is called with each event once it was folded. */
export function smallFleet(
  options: SmallOptions = {},
  hear: (event: FleetEvent) => void = () => {},
): SmallFleet {
  const { nodes, services } = smallPlan(options);
  const clock = new Clock();
  const events: FleetEvent[] = [];
  const journal = new Journal(clock, (event) => {
    events.push(event);
    hear(event);
  });
  journal.tell({
    kind: "run.started",
    scenario: "small",
    scenarioHash: "",
    durationUs: 60 * MINUTE,
    warmupUs: 0,
    keepSeconds: 60,
    seed: 1,
    calibration: {},
    slo: [],
  });
  const { supply, gateway, recordRequests = false } = options;
  const fleetPlan = {
    ...{ nodes, services, warmupUs: 0, recordRequests },
    ...(supply ? { supply } : {}),
    ...(gateway ? { gateway } : {}),
  };
  const fleet = new Fleet(fleetPlan, clock, new Streams(1), journal);
  const small: SmallFleet = {
    clock,
    journal,
    fleet,
    events,
    of: (kind) => events.filter((event) => event.kind === kind) as never,
    told: (reason) =>
      small.of("event").filter((event) => event.reason === reason)
        .map(({ at, object }) => [at / SECOND, object.slice(object.lastIndexOf("/") + 1)]),
    load: (count, gapUs, outputTokens = 10) => {
      for (let index = 0; index < count; index++) {
        clock.after(index * gapUs, () => fleet.submit("chat", 100, outputTokens));
      }
    },
    requests: () => {
      fleet.closeWindows();
      const counts = { arrived: 0, completed: 0, failed: 0, rejected: 0 };
      for (const { measured } of small.of("window")) {
        if (!measured) continue;
        for (const key of ["arrived", "completed", "failed", "rejected"] as const) {
          counts[key] += measured.requests[key];
        }
      }
      return counts;
    },
    pod: (index = 0) => fleet.pods()[index]!,
  };
  return small;
}
