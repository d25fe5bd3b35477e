// One worker of a pool: starts it, without permissions where Deno lets it, hands it jobs, hears its answers. Knows no queue.

import { CliError, EXIT } from "./exit.ts";
import { OtherCode } from "./own_code_source.ts";
import type {
  FromWorker,
  JobFlags,
  JobListener,
  SeedJob,
  SeedResult,
  ToWorker,
} from "./seed_job.ts";

/**
 * Deno ends a program that asks for a worker's permissions unless its configuration allows the option, as
 * mtop's own does. With another's the worker has what the program has; it runs mtop's code and nobody else's.
 */
function sandbox({ ownCode }: JobFlags): object {
  const isOurs = Deno.mainModule.startsWith(new URL("../../", import.meta.url).href);
  if (!isOurs) return {};
  return { deno: { permissions: ownCode ? READING : "none" } };
}

/** Of a worker that imports the program's own module. */
const READING = {
  ...{ env: false, ffi: false, import: false, net: false, run: false, sys: false, write: false },
  read: "inherit",
};

/** A scenario goes to every worker as JSON, which is written once. */
const jsonOf = new WeakMap<object, string>();

function asJson(data: unknown): string {
  if (typeof data !== "object" || data === null) return JSON.stringify(data);
  const json = jsonOf.get(data) ?? JSON.stringify(data);
  jsonOf.set(data, json);
  return json;
}

/** A plan with own code in it can go nowhere. */
function scenarioOf(
  { data, planned }: SeedJob,
  { ownCode }: JobFlags,
): NonNullable<ToWorker["scenario"]> {
  return { json: asJson(data), ...(planned && !ownCode ? { planned } : {}) };
}

/** The job that the worker is at. */
interface Current {
  readonly id: number;
  readonly job: SeedJob;
  readonly listener: JobListener;
  readonly resolve: (result: SeedResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes one job at a time. After a rejection it is of no use any more: `end` it. */
export class PoolWorker {
  readonly #worker: Worker;
  readonly #flags: JobFlags;
  #sent: unknown;
  #count = 0;
  #current: Current | undefined;

  constructor(flags: JobFlags) {
    this.#flags = flags;
    this.#worker = new Worker(new URL("./seed_worker.ts", import.meta.url), {
      type: "module",
      ...sandbox(flags),
    } as WorkerOptions);
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#hear(data);
    // Unless it is prevented, an error in a worker ends the program.
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
    this.#worker.onmessageerror = () => this.#fail("its answer cannot be read");
  }

  run(job: SeedJob, listener: JobListener): Promise<SeedResult> {
    return new Promise((resolve, reject) => {
      const id = this.#count++;
      this.#current = { id, job, listener, resolve, reject };
      const message: ToWorker = {
        ...{ id, seed: job.seed, flags: this.#flags },
        progress: listener.progress !== undefined,
        lines: listener.lines !== undefined,
        ...(job.acts ? { acts: job.acts } : {}),
        ...(id > 0 && this.#sent === job.data ? {} : { scenario: scenarioOf(job, this.#flags) }),
      };
      this.#sent = job.data;
      this.#worker.postMessage(message);
    });
  }

  /** Ends it at once; a job that it is at rejects. */
  end(): void {
    this.#worker.terminate();
    this.#fail("it was stopped");
  }

  #hear(said: FromWorker): void {
    const current = this.#current;
    if (current?.id !== said.id) return;
    const { listener, resolve, reject } = current;
    switch (said.say) {
      case "progress":
        return listener.progress?.(said.virtualUs);
      case "lines":
        return listener.lines?.(said.lines);
      case "done":
        this.#current = undefined;
        return resolve(said.result);
      case "otherCode":
        this.#current = undefined;
        return reject(new OtherCode());
      case "failed": {
        this.#current = undefined;
        const error = new Error("the engine threw in a worker");
        error.stack = said.stack;
        return reject(error);
      }
    }
  }

  #fail(reason: string): void {
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    const message =
      `Interrupted: the worker that simulated seed ${current.job.seed} ended: ${reason}`;
    current.reject(new CliError(message, EXIT.interrupted));
  }
}
