// What the program and the worker that holds a stranger's scenario say to each other.

import type { RunResult } from "./runner.ts";

/** From the program to the worker, over a port that the scenario never sees. */
export type ToWorker =
  | {
    readonly say: "run";
    readonly seed: number | undefined;
    readonly speed: number;
    readonly lines: boolean;
  }
  | { readonly say: "stop" };

/** From the worker to the program. */
export type FromWorker =
  | { readonly say: "loaded"; readonly data: unknown }
  /** The file threw, or has no scenario to give. */
  | { readonly say: "failed"; readonly name: string; readonly message: string; readonly at: string }
  /** What the file wrote to its console. */
  | { readonly say: "printed"; readonly text: string }
  | { readonly say: "progress"; readonly virtualUs: number; readonly lines: readonly string[] }
  | { readonly say: "ended"; readonly result: RunResult };

export type Failure = Extract<FromWorker, { say: "failed" }>;
