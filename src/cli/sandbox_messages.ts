// What the program and the worker that holds a stranger's scenario say to each other.

import type { RunResult } from "./runner.ts";

/** From the program to the worker. */
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
  | { readonly say: "progress"; readonly virtualUs: number; readonly lines: readonly string[] }
  | { readonly say: "ended"; readonly result: RunResult };
