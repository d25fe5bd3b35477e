// Many runs at once: jobs over workers without permissions, or one after the other where there can be none.

import type { Definition } from "../fleet/policy/definition.ts";
import { definitionsOf, isElsewhere } from "../scenario/own_code.ts";
import type { Plan } from "../scenario/plan.ts";
import { BREATH_MS, nowMs, sleepMs } from "./drive.ts";
import { CliError, EXIT } from "./exit.ts";
import { OtherCode } from "./own_code_source.ts";
import {
  type JobFlags,
  type JobListener,
  planOfJob,
  runJob,
  type SeedJob,
  type SeedResult,
} from "./seed_job.ts";
import { PoolWorker } from "./seed_pool_worker.ts";

export type { JobFlags, JobListener, SeedJob, SeedResult } from "./seed_job.ts";

export interface PoolOptions extends JobFlags {
  /** Workers are started before there is a job for them, while a scenario is still to be loaded. */
  readonly ahead?: boolean;
  /** Most workers at a time; 1 simulates in this thread. Default: as many as there are cores. */
  readonly jobs?: number;
  /** Ends all of it at once: what was not done rejects with a `CliError` of 105. */
  readonly stop: AbortSignal;
}

/** Dispose of it when no more is wanted: that ends its workers. */
export interface SeedPool extends Disposable {
  /** How many jobs run at a time. */
  readonly size: number;
  /**
   * Simulates a job when its turn comes, in the order of the calls. Rejects with a `CliError` of 105
   * when the pool is stopped or disposed of, or its worker ends; with an `Error` when the engine throws.
   */
  run(job: SeedJob, listener?: JobListener): Promise<SeedResult>;
}

/** Opens a pool; nothing starts before the first job, unless `ahead` says so. */
export function openSeedPool(options: PoolOptions): SeedPool {
  const { jobs = navigator.hardwareConcurrency, stop, ahead = false, ...flags } = options;
  if (jobs === 1 || !canStartWorkers()) return new InThread(flags, stop);
  const pool = new WorkerPool(jobs, flags, stop);
  if (ahead) pool.startAll();
  return pool;
}

/** A worker's modules are read with this program's permissions: without any there are no workers. */
function canStartWorkers(): boolean {
  const here = new URL("../", import.meta.url);
  if (here.protocol !== "file:") return false;
  return Deno.permissions.querySync({ name: "read", path: here }).state === "granted";
}

/**
 * Runs jobs and gives their results in the order of the jobs, however they finish; `ended` hears of each
 * as it does. No more jobs are taken than keep the pool busy, so that whoever stops listening has
 * simulated little in vain.
 */
export async function* inOrder<J extends SeedJob>(
  pool: SeedPool,
  jobs: Iterable<J>,
  listenerOf: (job: J) => JobListener = () => ({}),
  ended: (job: J, result: SeedResult) => void = () => {},
): AsyncGenerator<readonly [J, SeedResult]> {
  const ahead: { readonly job: J; readonly result: Promise<SeedResult> }[] = [];
  const source = jobs[Symbol.iterator]();
  const take = () => {
    const { value: job, done } = source.next();
    if (done) return;
    const result = pool.run(job, listenerOf(job));
    // Whoever waits for it is told of an error; whoever went away need not be.
    result.then((result) => ended(job, result), () => {});
    ahead.push({ job, result });
  };
  for (let count = 0; count < 2 * pool.size; count++) take();
  for (let next = ahead.shift(); next; next = ahead.shift()) {
    const result = await next.result;
    take();
    yield [next.job, result];
  }
}

/** What rejects the jobs that a pool does not come to; who counts them says how far it was. */
export class PoolStopped extends CliError {
  constructor() {
    super("Interrupted", EXIT.interrupted);
  }
}

class InThread implements SeedPool {
  readonly size = 1;
  readonly #flags: JobFlags;
  readonly #stop: AbortSignal;
  readonly #disposed = new AbortController();
  #before: Promise<unknown> = Promise.resolve();
  #breathAtMs = nowMs() + BREATH_MS;
  #last: { readonly data: unknown; readonly planned: Plan } | undefined;

  constructor(flags: JobFlags, stop: AbortSignal) {
    this.#flags = flags;
    this.#stop = AbortSignal.any([stop, this.#disposed.signal]);
  }

  run(job: SeedJob, listener: JobListener = {}): Promise<SeedResult> {
    const result = this.#before.then(() => this.#runNow(job, listener));
    this.#before = result.catch(() => {});
    return result;
  }

  async #runNow(job: SeedJob, listener: JobListener): Promise<SeedResult> {
    // Runs too short to breathe, one after the other, would let no signal through.
    if (nowMs() >= this.#breathAtMs) {
      await sleepMs(0);
      this.#breathAtMs = nowMs() + BREATH_MS;
    }
    if (this.#stop.aborted) throw new PoolStopped();
    const result = await runJob(this.#plan(job), job, this.#flags, this.#stop, listener);
    if (!result) throw new PoolStopped();
    return result;
  }

  #plan({ data, planned: known }: SeedJob): Plan {
    if (known) return known;
    if (this.#last && this.#last.data === data) return this.#last.planned;
    const planned = planOfJob(data);
    this.#last = { data, planned };
    return planned;
  }

  [Symbol.dispose](): void {
    this.#disposed.abort();
  }
}

interface Waiting {
  readonly job: SeedJob;
  readonly listener: JobListener;
  readonly resolve: (result: SeedResult | Promise<SeedResult>) => void;
  readonly reject: (error: unknown) => void;
}

class WorkerPool implements SeedPool {
  readonly size: number;
  readonly #flags: JobFlags;
  readonly #stop: AbortSignal;
  readonly #idle: PoolWorker[] = [];
  readonly #workers = new Set<PoolWorker>();
  /** Of runs whose own code is elsewhere each waits for a worker of its own. */
  readonly #lanes: readonly InThread[];
  #lane = 0;
  readonly #waiting: Waiting[] = [];
  /** Own code goes into no worker: it reads it from the file, else that is run here, or where it is. */
  #haveCode: boolean;
  #isEnded = false;

  constructor(size: number, flags: JobFlags, stop: AbortSignal) {
    this.size = size;
    this.#flags = flags;
    this.#haveCode = flags.ownCode !== undefined;
    this.#stop = stop;
    this.#lanes = Array.from({ length: size }, () => new InThread(flags, stop));
    stop.addEventListener("abort", this.#end, { once: true });
    if (stop.aborted) this.#end();
  }

  run(job: SeedJob, listener: JobListener = {}): Promise<SeedResult> {
    const definitions = definitionsOf(job.data);
    if (definitions.length > 0 && !this.#haveCode) {
      return this.#laneFor(definitions).run(job, listener);
    }
    return new Promise((resolve, reject) => {
      if (this.#isEnded) return reject(new PoolStopped());
      this.#waiting.push({ job, listener, resolve, reject });
      this.#give();
    });
  }

  /** In this thread there is room for one: the code of two would share what is refused to both. */
  #laneFor(definitions: readonly Definition[]): InThread {
    this.#lane = isElsewhere(definitions) ? (this.#lane + 1) % this.size : 0;
    return this.#lanes[this.#lane]!;
  }

  /** Jobs to workers, as long as there are both. */
  #give(): void {
    while (this.#waiting.length > 0 && !this.#isEnded) {
      const worker = this.#idle.pop() ?? this.#start();
      if (!worker) return;
      const { job, listener, resolve, reject } = this.#waiting.shift()!;
      worker.run(job, listener).then((result) => {
        this.#idle.push(worker);
        resolve(result);
      }, (error) => {
        // Whatever befell it: the next job gets a fresh one.
        this.#workers.delete(worker);
        worker.end();
        if (error instanceof OtherCode) return this.#runHere({ job, listener, resolve, reject });
        reject(this.#isEnded ? new PoolStopped() : error);
      }).finally(() => this.#give());
    }
  }

  /** It, and all that wait, which the workers cannot run either. */
  #runHere(first: Waiting): void {
    this.#haveCode = false;
    for (const { job, listener, resolve } of [first, ...this.#waiting.splice(0)]) {
      resolve(this.run(job, listener));
    }
  }

  startAll(): void {
    if (this.#isEnded) return;
    for (let worker = this.#start(); worker; worker = this.#start()) this.#idle.push(worker);
  }

  #start(): PoolWorker | undefined {
    if (this.#workers.size >= this.size) return undefined;
    const worker = new PoolWorker(this.#flags);
    this.#workers.add(worker);
    return worker;
  }

  readonly #end = (): void => {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stop.removeEventListener("abort", this.#end);
    for (const worker of this.#workers) worker.end();
    for (const lane of this.#lanes) lane[Symbol.dispose]();
    for (const { reject } of this.#waiting.splice(0)) reject(new PoolStopped());
  };

  [Symbol.dispose](): void {
    this.#end();
  }
}
