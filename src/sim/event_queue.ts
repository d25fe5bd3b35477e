/**
 * The set of pending events, earliest first, with the same order on every run; it knows nothing of
 * what an event does or what time it is now.
 */

/** A pending event. Once it has fired or was cancelled, the handle is stale for ever and harmless. */
export type EventHandle = number & { readonly EventHandle: unique symbol };

/**
 * A handle is generation × 2^24 + slot, below 2^53. A slot whose generations run out is retired
 * instead of starting again at 0, so that no stale handle ever meets a new event.
 */
const SLOT_LIMIT = 2 ** 24;
const GENERATION_LIMIT = 2 ** 29;

/**
 * A rank is priority × 2^45 + sequence, below 2^53: one comparison settles a tie of times. At ten
 * million events a second the sequence lasts 40 days of wall time.
 */
const SEQUENCE_LIMIT = 2 ** 45;

/** Below so many cancelled events, compacting costs more than the memory is worth. */
const COMPACT_MINIMUM = 64;

const INITIAL_CAPACITY = 64;

/**
 * Events ordered by (time, priority, sequence): a heap of typed columns, where a node is a time and
 * a slot, and a slot keeps what does not move: rank, generation, action.
 *
 * Two things are put off until they are cheap. A popped root stays in place, since the event that
 * just fired mostly schedules the next one, which then takes over node and slot in one sift. A
 * cancelled event stays as well, until it comes to the root or until half the heap is such events.
 */
export class EventQueue {
  #times = new Float64Array(INITIAL_CAPACITY);
  #slots = new Uint32Array(INITIAL_CAPACITY);
  #length = 0;
  #rootTaken = false;
  #cancelled = 0;

  #ranks = new Float64Array(INITIAL_CAPACITY);
  #generations = new Uint32Array(INITIAL_CAPACITY);
  readonly #actions: ((() => void) | undefined)[] = [];
  readonly #freeSlots: number[] = [];

  #sequence = 0;
  #lastTimeUs = 0;
  #lastRank = 0;

  /** How many events are pending. */
  get size(): number {
    return this.#length - this.#cancelled - (this.#rootTaken ? 1 : 0);
  }

  /** The time of the event that `pop` returned last, in µs. */
  get lastTimeUs(): number {
    return this.#lastTimeUs;
  }

  /** The priority of the event that `pop` returned last; 0 before the first. */
  get lastPriority(): number {
    return Math.floor(this.#lastRank / SEQUENCE_LIMIT);
  }

  /**
   * Adds an event at `timeUs`, an integer from 0 to 2^53 − 1, with `priority`, an integer from 0
   * (first) to 255. Both are the caller's to check. Throws a RangeError above 2^24 pending events.
   */
  push(timeUs: number, priority: number, action: () => void): EventHandle {
    if (this.#sequence === SEQUENCE_LIMIT) {
      throw new RangeError(`Cannot add an event: ${SEQUENCE_LIMIT} were added before it`);
    }
    const slot = this.#rootTaken ? this.#slots[0]! : this.#takeSlot();
    this.#ranks[slot] = priority * SEQUENCE_LIMIT + this.#sequence++;
    this.#actions[slot] = action;
    if (this.#rootTaken) {
      this.#rootTaken = false;
      this.#siftDown(0, timeUs, slot);
    } else {
      if (this.#length === this.#times.length) this.#growHeap();
      this.#siftUp(this.#length++, timeUs, slot);
    }
    return this.#generations[slot]! * SLOT_LIMIT + slot as EventHandle;
  }

  /** Takes the event out; false if it has already fired or was cancelled. */
  cancel(handle: EventHandle): boolean {
    if (!this.has(handle)) return false;
    this.#actions[handle % SLOT_LIMIT] = undefined;
    this.#generations[handle % SLOT_LIMIT]! += 1;
    this.#cancelled++;
    if (this.#cancelled > COMPACT_MINIMUM && this.#cancelled * 2 > this.#length) this.#compact();
    return true;
  }

  /**
   * Moves the event to `timeUs` with the same action and priority, as if cancelled and pushed now;
   * undefined if it has already fired or was cancelled.
   */
  reschedule(handle: EventHandle, timeUs: number): EventHandle | undefined {
    if (!this.has(handle)) return undefined;
    const slot = handle % SLOT_LIMIT;
    const action = this.#actions[slot]!;
    const priority = Math.floor(this.#ranks[slot]! / SEQUENCE_LIMIT);
    this.cancel(handle);
    return this.push(timeUs, priority, action);
  }

  /** Whether the event is pending. */
  has(handle: EventHandle): boolean {
    const slot = handle % SLOT_LIMIT;
    return slot < this.#actions.length && this.#actions[slot] !== undefined &&
      this.#generations[slot] === Math.floor(handle / SLOT_LIMIT);
  }

  /** The time of the earliest event in µs; Infinity when none is pending. */
  peekTimeUs(): number {
    this.#settle();
    return this.#length === 0 ? Infinity : this.#times[0]!;
  }

  /** Takes the earliest event out and returns its action; its time is then `lastTimeUs`. */
  pop(): (() => void) | undefined {
    this.#settle();
    if (this.#length === 0) return undefined;
    const slot = this.#slots[0]!;
    const action = this.#actions[slot];
    this.#lastTimeUs = this.#times[0]!;
    this.#lastRank = this.#ranks[slot]!;
    this.#actions[slot] = undefined;
    this.#generations[slot]! += 1;
    this.#rootTaken = this.#generations[slot]! < GENERATION_LIMIT;
    if (!this.#rootTaken) this.#removeRoot();
    return action;
  }

  /** Does what was put off at the root, so that the root is the earliest pending event. */
  #settle(): void {
    if (this.#rootTaken) {
      this.#rootTaken = false;
      this.#removeRoot();
    }
    while (this.#cancelled > 0 && this.#actions[this.#slots[0]!] === undefined) {
      this.#cancelled--;
      this.#removeRoot();
    }
  }

  #removeRoot(): void {
    this.#freeSlot(this.#slots[0]!);
    const last = --this.#length;
    if (last > 0) this.#siftDown(0, this.#times[last]!, this.#slots[last]!);
  }

  /** Drops the cancelled events from the heap and orders the rest anew, in linear time. */
  #compact(): void {
    this.#settle();
    let kept = 0;
    for (let node = 0; node < this.#length; node++) {
      const slot = this.#slots[node]!;
      if (this.#actions[slot] === undefined) {
        this.#freeSlot(slot);
      } else {
        this.#times[kept] = this.#times[node]!;
        this.#slots[kept++] = slot;
      }
    }
    this.#length = kept;
    this.#cancelled = 0;
    for (let node = (kept >> 1) - 1; node >= 0; node--) {
      this.#siftDown(node, this.#times[node]!, this.#slots[node]!);
    }
  }

  #siftUp(start: number, timeUs: number, slot: number): void {
    const times = this.#times, slots = this.#slots, ranks = this.#ranks;
    let node = start;
    while (node > 0) {
      const parent = (node - 1) >> 1;
      const parentTimeUs = times[parent]!;
      if (parentTimeUs < timeUs) break;
      if (parentTimeUs === timeUs && ranks[slots[parent]!]! < ranks[slot]!) break;
      times[node] = parentTimeUs;
      slots[node] = slots[parent]!;
      node = parent;
    }
    times[node] = timeUs;
    slots[node] = slot;
  }

  /**
   * The earlier child is chosen by adding a comparison to its index: as a branch it would be
   * mispredicted at every second level, which costs a third of the speed.
   */
  #siftDown(start: number, timeUs: number, slot: number): void {
    const times = this.#times, slots = this.#slots, ranks = this.#ranks, length = this.#length;
    let node = start;
    for (;;) {
      const left = 2 * node + 1, right = left + 1;
      if (left >= length) break;
      let child = left;
      if (right < length) {
        const leftTimeUs = times[left]!, rightTimeUs = times[right]!;
        child += +(rightTimeUs < leftTimeUs);
        if (leftTimeUs === rightTimeUs) child += +(ranks[slots[right]!]! < ranks[slots[left]!]!);
      }
      const childTimeUs = times[child]!;
      if (childTimeUs > timeUs) break;
      if (childTimeUs === timeUs && ranks[slots[child]!]! > ranks[slot]!) break;
      times[node] = childTimeUs;
      slots[node] = slots[child]!;
      node = child;
    }
    times[node] = timeUs;
    slots[node] = slot;
  }

  #takeSlot(): number {
    const slot = this.#freeSlots.pop() ?? this.#actions.length;
    if (slot === SLOT_LIMIT) throw new RangeError(`Cannot add an event: ${slot} are pending`);
    if (slot === this.#ranks.length) this.#growSlots();
    return slot;
  }

  #freeSlot(slot: number): void {
    if (this.#generations[slot]! < GENERATION_LIMIT) this.#freeSlots.push(slot);
  }

  #growHeap(): void {
    this.#times = doubled(this.#times, Float64Array);
    this.#slots = doubled(this.#slots, Uint32Array);
  }

  #growSlots(): void {
    this.#ranks = doubled(this.#ranks, Float64Array);
    this.#generations = doubled(this.#generations, Uint32Array);
  }
}

function doubled<Column extends Float64Array | Uint32Array>(
  column: Column,
  Type: new (length: number) => Column,
): Column {
  const grown = new Type(column.length * 2);
  grown.set(column);
  return grown;
}
