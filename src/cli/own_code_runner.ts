// Simulates a scenario that has code of its own: in its worker, whose events are judged and folded here.

import { basename } from "node:path";
import { z } from "zod";
import { type FleetEvent, fleetEventSchema } from "../fleet/events.ts";
import { fold } from "../fleet/fold.ts";
import { type FleetState, initialState } from "../fleet/state.ts";
import { RunHash } from "../log/hash.ts";
import type { Plan } from "../scenario/plan.ts";
import type { Console } from "./console.ts";
import { nowMs } from "./drive.ts";
import { CliError, EXIT } from "./exit.ts";
import type { Heard } from "./own_code_worker.ts";
import type { Runner, RunRequest, RunResult } from "./runner.ts";
import {
  failedSchema,
  failure,
  plain,
  printed,
  printedSchema,
  startSandbox,
} from "./sandbox_worker.ts";

const saidSchema = z.discriminatedUnion("say", [
  z.object({ say: z.literal("ready") }),
  z.object({ say: z.literal("lines"), lines: z.array(z.string()) }),
  z.object({ say: z.literal("ended") }),
  failedSchema,
  printedSchema,
]);

/**
 * How the scenario in `path` is run. The code is a stranger's, and runs without permissions; what it tells
 * is taken for a log only as far as each line is an event. Rejects with a `CliError` of 107 when it throws.
 */
export function ownCodeRunner(path: string, console: Console): Runner {
  return (planned, data, request) => new OwnCodeRun(path, console, planned, request).run(data);
}

class OwnCodeRun {
  readonly #name: string;
  readonly #console: Console;
  readonly #plan: Plan;
  readonly #request: RunRequest;
  readonly #worker: Worker;
  readonly #startMs = nowMs();
  readonly #hash = new RunHash();
  #state: FleetState = initialState();
  #events = 0;

  constructor(path: string, console: Console, planned: Plan, request: RunRequest) {
    this.#name = basename(path);
    this.#console = console;
    this.#plan = planned;
    this.#request = request;
    this.#worker = startSandbox(path, "./own_code_worker.ts", "simulateOwnCode");
  }

  async run(data: unknown): Promise<RunResult> {
    const { seed, stop } = this.#request;
    const stopped = Promise.withResolvers<boolean>();
    const stopNow = () => stopped.resolve(false);
    stop?.addEventListener("abort", stopNow);
    if (stop?.aborted) stopNow();
    try {
      const ended = await Promise.race([this.#listen(data), stopped.promise]);
      const { duration } = this.#plan.scenario;
      return {
        seed,
        state: this.#state,
        events: this.#events,
        hash: this.#hash.digest(),
        ended,
        virtualUs: ended ? duration : this.#state.at,
        wallMs: nowMs() - this.#startMs,
      };
    } finally {
      stop?.removeEventListener("abort", stopNow);
      this.#worker.terminate();
    }
  }

  /** Hands the run to the worker and hears it to its end; true when that has come. */
  #listen(data: unknown): Promise<boolean> {
    const { seed, speed, recordRequests = false } = this.#request;
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.#worker.onmessage = ({ data: message }: MessageEvent<unknown>) => {
      const said = saidSchema.safeParse(message).data;
      try {
        switch (said?.say) {
          case "ready": {
            const json = JSON.stringify(data);
            return this.#say({ json, seed, speed, recordRequests });
          }
          case "lines":
            this.#take(said.lines);
            // By way of the event loop, so that signals are heard before the next lines.
            setTimeout(() => this.#say({ taken: true }));
            return;
          case "ended":
            return resolve(this.#state.ended !== undefined);
          case "failed":
            return reject(failure(this.#name, said));
          case "printed":
            return this.#console.err(printed(this.#name, said.text));
        }
      } catch (error) {
        reject(error);
      }
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const message = `The worker of "${this.#name}" ended: ${plain(event.message)}`;
      reject(new CliError(message, EXIT.scenarioThrew));
    };
    return promise;
  }

  #say(message: Heard): void {
    this.#worker.postMessage(message);
  }

  #take(lines: readonly string[]): void {
    for (const line of lines) {
      this.#state = fold(this.#state, this.#event(line));
      this.#hash.add(line);
      this.#events++;
    }
    this.#request.lines?.(lines);
    this.#request.progress(this.#state.at);
  }

  /** Whoever writes the log of a run decides what is believed of it: a line must be the next event. */
  #event(line: string): FleetEvent {
    const parsed = fleetEventSchema.safeParse(json(line));
    const next = parsed.data;
    if (next && next.seq === this.#events && next.at >= this.#state.at) return next;
    const message = `The worker of "${this.#name}" told something that is no event of a run`;
    throw new CliError(message, EXIT.scenarioThrew);
  }
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
