// kill -9 at an instant that the test chooses: however slow the machine is, and never without an end.

import { mtopCommand } from "./program.ts";

/** All kills of one test together may take so long, on a machine that does much else as well. */
const BUDGET_MS = 300_000;
const POLL_MS = 5;

/** Kills processes of one test, all within one budget of time. */
export class Killer {
  readonly #cwd: string;
  readonly #deadlineMs: number;

  constructor(cwd: string, budgetMs = BUDGET_MS) {
    this.#cwd = cwd;
    this.#deadlineMs = performance.now() + budgetMs;
  }

  /**
   * Starts `mtop …` and kills it `thenMs` after `isTime` holds, unless it ended before. Throws when the
   * budget is spent; the process is gone in any case.
   */
  async kill(args: readonly string[], isTime: () => boolean, thenMs = 0): Promise<void> {
    const options = { cwd: this.#cwd, stdout: "null", stderr: "null" } as const;
    const child = mtopCommand(args, options).spawn();
    let ended = false;
    const status = child.status.then(() => void (ended = true));
    try {
      while (!ended && !isTime()) {
        if (performance.now() > this.#deadlineMs) {
          throw new Error(`mtop ${args.join(" ")} did not get so far in time`);
        }
        await sleep(POLL_MS);
      }
      if (!ended) await sleep(thenMs);
    } finally {
      kill9(child);
      await status;
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** It may have ended by itself. */
function kill9(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
