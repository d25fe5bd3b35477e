// A scenario through the public path (plan, then Simulation), its time taken part by part.

import type { FleetEvent } from "../../src/fleet/events.ts";
import { Fleet } from "../../src/fleet/fleet.ts";
import type { Totals } from "../../src/metrics/totals.ts";
import { type Plan, plan } from "../../src/scenario/plan.ts";
import { Simulation } from "../../src/scenario/run.ts";
import { root } from "./processes.ts";

/** A service of one H100 a replica, with vLLM's defaults. */
export function service(replicas: number) {
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name: "chat", namespace: "default" },
    spec: {
      model: {
        uri: "hf://meta-llama/Llama-3.1-8B-Instruct",
        name: "meta-llama/Llama-3.1-8B-Instruct",
      },
      replicas,
      template: {
        containers: [{
          name: "main",
          image: "vllm/vllm-openai:v0.19.0",
          resources: { limits: { "nvidia.com/gpu": "1" } },
        }],
      },
    },
  };
}

/** When a revision's windows are closed: each second as in any run, or only when the run ends. */
export type WindowPace = "each second" | "at the end";

export interface Measured {
  readonly planMs: number;
  /** The plan set in motion: streams, pods, the first events. */
  readonly startMs: number;
  /** From virtual 0 to the end of the run, windows and log included. */
  readonly simulateMs: number;
  /** The part of it in which windows are closed, told, folded, encoded and hashed. */
  readonly windowsMs: number;
  readonly virtualSeconds: number;
  readonly events: number;
  readonly logBytes: number;
  readonly windows: number;
  readonly totals: Totals;
  /** Mean number of requests in the house, by Little's law of those that completed. */
  readonly concurrency: number;
  readonly preemptions: number;
  readonly hash: string;
}

export interface MeasureOptions {
  readonly windows?: WindowPace;
  /** Called every so many virtual seconds. */
  readonly progress?: { readonly everySeconds: number; tell(virtualSeconds: number): void };
}

export function planned(data: unknown): Plan {
  const result = plan(data);
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result;
}

/** Runs a scenario to its end; `data` is what `scenario(…)` returned. */
export function measure(data: unknown, options: MeasureOptions = {}): Measured {
  const windows = timeWindows(options.windows ?? "each second");
  const log = new LogCounts();
  const startMs = performance.now();
  const thePlan = planned(data);
  const plannedMs = performance.now();
  const simulation = new Simulation(thePlan, { data, sink: (event, line) => log.add(event, line) });
  const startedMs = performance.now();
  advance(simulation, options.progress);
  windows.last();
  simulation.finish();
  const endMs = performance.now();
  const { measured, preemptions } = simulation.state.services["chat"]!.revisions["stable"]!;
  return {
    planMs: plannedMs - startMs,
    startMs: startedMs - plannedMs,
    simulateMs: endMs - startedMs,
    windowsMs: windows.spentMs(),
    virtualSeconds: simulation.durationUs / 1e6,
    events: simulation.events,
    logBytes: log.bytes,
    windows: log.windows,
    totals: measured,
    concurrency: measured.latencyUs.e2e.sum / simulation.durationUs,
    preemptions,
    hash: simulation.hash,
  };
}

function advance(simulation: Simulation, progress: MeasureOptions["progress"]): void {
  const { durationUs } = simulation;
  const stepUs = progress ? progress.everySeconds * 1e6 : durationUs;
  for (let untilUs = stepUs; simulation.nowUs < durationUs; untilUs += stepUs) {
    simulation.advance(untilUs);
    progress?.tell(simulation.nowUs / 1e6);
  }
}

class LogCounts {
  bytes = 0;
  windows = 0;

  add(event: FleetEvent, line: string): void {
    this.bytes += line.length + 1;
    if (event.kind === "window") this.windows++;
  }
}

/**
 * Stands between the clock and the fleet's windows: there is no other way to know their part of the time
 * of a run as it is, or to leave them out of it.
 */
function timeWindows(pace: WindowPace) {
  const close = Fleet.prototype.closeWindows;
  let isLast = false;
  let spentMs = 0;
  Fleet.prototype.closeWindows = function (this: Fleet): void {
    if (pace === "at the end" && !isLast) return;
    const startMs = performance.now();
    close.call(this);
    spentMs += performance.now() - startMs;
  };
  return {
    last: () => void (isLast = true),
    spentMs: () => {
      Fleet.prototype.closeWindows = close;
      return spentMs;
    },
  };
}

/** Runs this file again in a process of its own with these arguments, and gives what it printed. */
export async function inFreshProcess<T>(file: string, args: readonly string[]): Promise<T> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--lock=tests/deno.lock", "--no-prompt", "--allow-read", file, ...args],
    cwd: root,
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

export function describe(value: number, unit: string, digits = 0): string {
  const text = value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${text} ${unit}`;
}
