/**
 * Processes in SimPy's manner: a generator that yields what it waits for and goes on when that has
 * come; it knows nothing of what the processes do.
 *
 * Everything a process does happens in an event of the clock, so order at one instant is the
 * clock's: (time, priority, scheduling).
 */
import { type Clock, type EventHandle, PRIORITY } from "./clock.ts";

/**
 * What a process yields: called once when the wait begins, with the function that wakes the process
 * so many µs from then on. What it returns is called if the wait is interrupted.
 */
export type Wait = (wakeAfter: (delayUs: number) => undefined) => (() => void) | undefined;

/** A generator to be spawned, or to be waited for from another one with `yield*`. */
export type Process<Result = void> = Generator<Wait, Result, void>;

/** Thrown into a process by `interrupt`; `cause` is what the interrupter gave. */
export class Interrupt extends Error {
  override readonly name = "Interrupt";

  constructor(cause: unknown) {
    super("The process was interrupted", { cause });
  }
}

/** Something that happens now and then, and wakes those who wait for it just then. */
export class Signal<Value = void> {
  #listeners = new Set<(value: Value) => void>();

  /** Wakes all waiters at the current instant, in the order in which they began to wait. */
  fire(value: Value): void {
    const listeners = this.#listeners;
    this.#listeners = new Set();
    for (const listener of listeners) listener(value);
  }

  /** Calls `listener` within the next `fire` only; returns what takes that back. */
  once(listener: (value: Value) => void): () => void {
    const listeners = this.#listeners;
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }
}

/** Waits `delayUs` µs of virtual time: `yield* sleep(1_000_000)`. */
export function* sleep(delayUs: number): Process {
  yield (wakeAfter) => wakeAfter(delayUs);
}

/** Waits for the next `fire` and returns its value: `const pod = yield* wait(podReady)`. */
export function* wait<Value>(signal: Signal<Value>): Process<Value> {
  let received!: Value;
  yield (wakeAfter) =>
    signal.once((value) => {
      received = value;
      wakeAfter(0);
    });
  return received;
}

/** Waits for the next `fire`, but no longer than `delayUs` µs; true when it came in time. */
export function* waitAtMost(signal: Signal, delayUs: number): Process<boolean> {
  let fired = false;
  let forget: () => void;
  yield (wakeAfter) => {
    wakeAfter(delayUs);
    return forget = signal.once(() => {
      fired = true;
      wakeAfter(0);
    });
  };
  forget!();
  return fired;
}

/** Waits until another process has ended, however it ended; goes on at once if it has already. */
export function* join(process: ProcessHandle): Process {
  if (!process.done) yield* wait(process.ended);
}

/** A spawned process. */
export class ProcessHandle {
  /** Fires when the process ends: by return, by interrupt or by an error. */
  readonly ended: Signal = new Signal();

  readonly #clock: Clock;
  readonly #process: Process;
  readonly #priority: number;
  #done = false;
  #wakeEvent: EventHandle | undefined;
  #stopWaiting: (() => void) | undefined;

  /** Use `spawn`. */
  constructor(clock: Clock, process: Process, priority: number) {
    this.#clock = clock;
    this.#process = process;
    this.#priority = priority;
    this.#wakeAfter(0);
  }

  /** Whether the process has ended. */
  get done(): boolean {
    return this.#done;
  }

  /**
   * Ends what the process waits for and throws an `Interrupt` with this cause into it, in an event
   * of its own at the current instant. A process that does not catch it ends quietly; one that has
   * ended already is left alone.
   */
  interrupt(cause: unknown): void {
    this.#endWait();
    const deliver = () => {
      if (this.#done) return;
      this.#endWait(); // An earlier interrupt of this instant may have made it wait again.
      this.#advance(() => this.#process.throw(new Interrupt(cause)));
    };
    if (!this.#done) this.#clock.after(0, deliver, this.#priority);
  }

  /** The last call counts: one that is woken earlier than it meant to is woken once. */
  readonly #wakeAfter = (delayUs: number): undefined => {
    if (this.#wakeEvent !== undefined) this.#clock.cancel(this.#wakeEvent);
    this.#wakeEvent = this.#clock.after(delayUs, this.#wake, this.#priority);
  };

  readonly #wake = (): void => {
    this.#wakeEvent = undefined;
    this.#stopWaiting = undefined;
    this.#advance(() => this.#process.next());
  };

  #advance(step: () => IteratorResult<Wait, void>): void {
    let result: IteratorResult<Wait, void>;
    try {
      result = step();
    } catch (error) {
      this.#end();
      if (error instanceof Interrupt) return;
      throw error;
    }
    if (result.done) this.#end();
    else this.#beginWait(result.value);
  }

  /** A wait that cannot begin, such as a sleep of -1 µs, is an error at its `yield`. */
  #beginWait(wait: Wait): void {
    try {
      this.#stopWaiting = wait(this.#wakeAfter);
    } catch (error) {
      this.#advance(() => this.#process.throw(error));
    }
  }

  #endWait(): void {
    if (this.#wakeEvent !== undefined) this.#clock.cancel(this.#wakeEvent);
    this.#stopWaiting?.();
    this.#wakeEvent = undefined;
    this.#stopWaiting = undefined;
  }

  #end(): void {
    this.#done = true;
    this.ended.fire();
  }
}

/**
 * Starts a process in an event at the current instant; all its events have `priority`. An error that
 * it does not catch, other than an `Interrupt`, comes out of `Clock.runUntil`.
 */
export function spawn(
  clock: Clock,
  process: Process | (() => Process),
  priority: number = PRIORITY.controller,
): ProcessHandle {
  return new ProcessHandle(clock, typeof process === "function" ? process() : process, priority);
}
