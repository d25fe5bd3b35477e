/**
 * Virtual time: an integer of µs that moves from event to event; it knows nothing of wall time and
 * nothing of what the events do.
 */
import { type EventHandle, EventQueue } from "./event_queue.ts";

export type { EventHandle };

/**
 * Who acts first at one instant. Engines step after all that comes from outside, so that what arrives
 * in an instant is seen in it. A window closes after the engines have acted, so that it holds all
 * they did up to its end, and before the controllers look, so that they decide on the whole window.
 * Observers see what everyone did.
 */
export const PRIORITY = {
  outside: 10,
  engine: 15,
  window: 20,
  controller: 30,
  observer: 40,
} as const;

/** `runUntil` asks `pause` after every so many events: about 0.1 ms of work. */
export const PAUSE_POLL_EVENTS = 1024;

const PRIORITY_MAXIMUM = 255;

/** Events at one instant fire in the order of (priority, scheduling). */
export class Clock {
  readonly #queue = new EventQueue();
  #nowUs = 0;
  #running = false;
  #instantOver = false;

  /** The present, in µs of virtual time since the start of the run. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** The priority of the event that fires now; the highest when all of this instant have fired. */
  get priority(): number {
    return this.#instantOver ? PRIORITY_MAXIMUM : this.#queue.lastPriority;
  }

  /**
   * Calls `action` at `timeUs`, the present included. Lower priorities, integers from 0 to 255, go
   * first. Throws a RangeError when the time is past or no integer.
   */
  at(timeUs: number, action: () => void, priority: number = PRIORITY.outside): EventHandle {
    this.#checkTime("schedule at", timeUs);
    if (!(Number.isInteger(priority) && priority >= 0 && priority <= PRIORITY_MAXIMUM)) {
      throw new RangeError(
        `Cannot schedule with priority ${priority}: it is no integer from 0 to ${PRIORITY_MAXIMUM}`,
      );
    }
    return this.#queue.push(timeUs, priority, action);
  }

  /** Calls `action` `delayUs` from now; otherwise like `at`. */
  after(delayUs: number, action: () => void, priority: number = PRIORITY.outside): EventHandle {
    return this.at(this.#nowUs + delayUs, action, priority);
  }

  /** Takes the event back; false if it has already fired or was cancelled. */
  cancel(handle: EventHandle): boolean {
    return this.#queue.cancel(handle);
  }

  /**
   * Moves a pending event to `timeUs`, with the same action and priority and as the last scheduled
   * one. The old handle is stale. Throws a RangeError when the time is past or no integer, or when
   * the event is no longer pending.
   */
  reschedule(handle: EventHandle, timeUs: number): EventHandle {
    this.#checkTime("reschedule to", timeUs);
    const moved = this.#queue.reschedule(handle, timeUs);
    if (moved === undefined) {
      throw new RangeError(
        `Cannot reschedule to ${timeUs} µs: the event has already fired or was cancelled`,
      );
    }
    return moved;
  }

  /**
   * Fires every event up to and including `untilUs`, then stands at `untilUs` and returns true. Asks
   * `pause` every `PAUSE_POLL_EVENTS` events; when that says true it returns false and stands at the
   * last event, and the next call goes on from there. What an action throws passes through. Throws
   * a RangeError when `untilUs` is past or no integer, an Error when called by an action.
   */
  runUntil(untilUs: number, pause?: () => boolean): boolean {
    this.#checkTime("run until", untilUs);
    if (this.#running) throw new Error(`Cannot run until ${untilUs} µs: the clock is running`);
    this.#running = true;
    try {
      return this.#fireUntil(untilUs, pause);
    } finally {
      this.#running = false;
    }
  }

  #fireUntil(untilUs: number, pause: (() => boolean) | undefined): boolean {
    const queue = this.#queue;
    for (let fired = 1; queue.peekTimeUs() <= untilUs; fired++) {
      const action = queue.pop()!;
      this.#instantOver = false;
      this.#nowUs = queue.lastTimeUs;
      action();
      if (fired % PAUSE_POLL_EVENTS === 0 && pause?.()) return false;
    }
    this.#nowUs = untilUs;
    this.#instantOver = true;
    return true;
  }

  #checkTime(doing: string, timeUs: number): void {
    if (!Number.isSafeInteger(timeUs)) {
      throw new RangeError(`Cannot ${doing} ${timeUs} µs: virtual time is an integer below 2^53`);
    }
    if (timeUs < this.#nowUs) {
      throw new RangeError(
        `Cannot ${doing} ${timeUs} µs: the clock is already at ${this.#nowUs} µs`,
      );
    }
  }
}
