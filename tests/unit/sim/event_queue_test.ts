import assert from "node:assert/strict";
import { type EventHandle, EventQueue } from "../../../src/sim/event_queue.ts";
import fc from "../../fast_check.ts";

interface Pending {
  readonly id: number;
  readonly timeUs: number;
  readonly priority: number;
  readonly handle: EventHandle;
}

/** What the queue must equal: a list, sorted stably each time, in the order of pushing. */
class Model {
  pending: Pending[] = [];

  first(): Pending | undefined {
    return this.pending.toSorted((a, b) => a.timeUs - b.timeUs || a.priority - b.priority)[0];
  }

  remove(id: number): void {
    this.pending = this.pending.filter((event) => event.id !== id);
  }
}

interface Change {
  readonly do: "cancel" | "reschedule";
  /** Which pending event, modulo their number. */
  readonly pick: number;
  readonly timeUs: number;
}

type Command =
  | { readonly do: "push"; readonly timeUs: number; readonly priority: number }
  | Change
  | { readonly do: "pop" }
  | { readonly do: "peek" };

const time = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.maxSafeNat());

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("push"), timeUs: time, priority: fc.nat(255) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel"), pick: fc.nat(), timeUs: time }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("reschedule"), pick: fc.nat(), timeUs: time }),
  },
  { weight: 3, arbitrary: fc.constantFrom({ do: "pop" }, { do: "peek" }) },
);

/** Runs commands on queue and model side by side, then drains both. */
function compare(commands: readonly Command[]): void {
  const queue = new EventQueue();
  const model = new Model();
  const stale: EventHandle[] = [];
  let popped = -1;
  let ids = 0;

  const push = (timeUs: number, priority: number) => {
    const id = ids++;
    const handle = queue.push(timeUs, priority, () => popped = id);
    model.pending.push({ id, timeUs, priority, handle });
  };
  const pop = () => {
    const expected = model.first();
    const action = queue.pop();
    assert.equal(action === undefined, expected === undefined);
    if (action === undefined || expected === undefined) return;
    action();
    assert.equal(popped, expected.id);
    assert.equal(queue.lastTimeUs, expected.timeUs);
    model.remove(expected.id);
    stale.push(expected.handle);
  };
  const change = (command: Change) => {
    const victim = model.pending[command.pick % model.pending.length];
    if (victim === undefined) return;
    model.remove(victim.id);
    stale.push(victim.handle);
    if (command.do === "cancel") return assert.equal(queue.cancel(victim.handle), true);
    const handle = queue.reschedule(victim.handle, command.timeUs);
    assert.ok(handle !== undefined);
    model.pending.push({ ...victim, timeUs: command.timeUs, handle });
  };

  for (const command of commands) {
    if (command.do === "push") push(command.timeUs, command.priority);
    else if (command.do === "pop") pop();
    else if (command.do === "peek") {
      assert.equal(queue.peekTimeUs(), model.first()?.timeUs ?? Infinity);
    } else change(command);
    assert.equal(queue.size, model.pending.length);
  }
  for (const handle of stale) {
    assert.equal(queue.cancel(handle), false);
    assert.equal(queue.reschedule(handle, 0), undefined);
  }
  while (model.pending.length > 0) pop();
  pop();
  assert.equal(queue.size, 0);
}

Deno.test("EventQueue.pop() equals a stable sort when pushes, cancels and reschedules mix", () => {
  fc.assert(fc.property(fc.array(command, { maxLength: 200 }), compare), { numRuns: 500 });
});

Deno.test("EventQueue.pop() equals a stable sort when hundreds are cancelled at once", () => {
  const commands = fc.tuple(fc.array(command, { minLength: 300, maxLength: 600 }), fc.nat(300)).map(
    ([mixed, cancels]): Command[] => [
      ...mixed,
      ...Array.from({ length: cancels }, (_, i): Command => (
        { do: "cancel", pick: i * 7919, timeUs: 0 }
      )),
      ...mixed,
    ],
  );
  fc.assert(fc.property(commands, compare), { numRuns: 30 });
});

Deno.test("EventQueue.pop() gives the rest in order when more than half are cancelled", () => {
  const times = fc.uniqueArray(fc.nat(1_000_000), { minLength: 150, maxLength: 400 });
  fc.assert(
    fc.property(times, fc.integer({ min: 2, max: 9 }), (times, keepOneIn) => {
      const queue = new EventQueue();
      const handles = times.map((timeUs) => queue.push(timeUs, 0, () => {}));
      const kept = times.filter((_, i) => i % keepOneIn === 0 || !queue.cancel(handles[i]!));
      const popped: number[] = [];
      while (queue.pop() !== undefined) popped.push(queue.lastTimeUs);
      assert.deepEqual(popped, kept.toSorted((a, b) => a - b));
    }),
    { endOnFailure: true }, // Shrinking hundreds of times takes minutes.
  );
});

Deno.test("EventQueue.pop() returns undefined when empty", () => {
  const queue = new EventQueue();
  assert.equal(queue.pop(), undefined);
  assert.equal(queue.peekTimeUs(), Infinity);
  queue.push(3, 0, () => {});
  queue.pop();
  assert.equal(queue.pop(), undefined);
  assert.equal(queue.size, 0);
});

Deno.test("EventQueue.cancel() returns false when the handle's slot holds a later event", () => {
  const queue = new EventQueue();
  const first = queue.push(1, 0, () => {});
  queue.pop();
  const second = queue.push(2, 0, () => {});
  assert.equal(queue.cancel(first), false);
  assert.equal(queue.size, 1);
  assert.equal(queue.cancel(second), true);
  assert.equal(queue.cancel(second), false);
  assert.equal(queue.peekTimeUs(), Infinity);
});

Deno.test("EventQueue.reschedule() frees what it leaves when one event moves a million times", () => {
  const queue = new EventQueue();
  for (let id = 0; id < 10; id++) queue.push(id, 0, () => {});
  let handle = queue.push(100, 0, () => {});
  let highestSlot = 0;
  for (let move = 0; move < 1_000_000; move++) {
    handle = queue.reschedule(handle, 100 + move)!;
    highestSlot = Math.max(highestSlot, handle % 2 ** 24);
  }
  assert.ok(highestSlot < 256, `slots grew to ${highestSlot}`);
  assert.equal(queue.size, 11);
});
