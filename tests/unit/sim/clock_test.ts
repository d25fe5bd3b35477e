import assert from "node:assert/strict";
import { Clock, PAUSE_POLL_EVENTS, PRIORITY } from "../../../src/sim/clock.ts";
import fc from "../../fast_check.ts";

Deno.test("Clock.runUntil() fires events in order of time, priority and scheduling", () => {
  const event = fc.tuple(fc.nat(4), fc.constantFrom(...Object.values(PRIORITY)));
  fc.assert(fc.property(fc.array(event), (events) => {
    const clock = new Clock();
    const fired: number[] = [];
    for (const [id, [timeUs, priority]] of events.entries()) {
      clock.at(timeUs, () => fired.push(id), priority);
    }
    assert.equal(clock.runUntil(10), true);
    const expected = [...events.entries()]
      .toSorted(([, a], [, b]) => a[0] - b[0] || a[1] - b[1]).map(([id]) => id);
    assert.deepEqual(fired, expected);
  }));
});

Deno.test("Clock.runUntil() fires the events of its last instant and stands there", () => {
  const clock = new Clock();
  const firedAtUs: number[] = [];
  for (const timeUs of [5, 10, 11]) clock.at(timeUs, () => firedAtUs.push(clock.nowUs));
  assert.equal(clock.runUntil(10), true);
  assert.deepEqual(firedAtUs, [5, 10]);
  assert.equal(clock.nowUs, 10);
  assert.equal(clock.runUntil(20), true);
  assert.deepEqual(firedAtUs, [5, 10, 11]);
  assert.equal(clock.nowUs, 20);
});

Deno.test("Clock.runUntil() fires what an action schedules at the same instant", () => {
  const clock = new Clock();
  const fired: string[] = [];
  clock.at(7, () => {
    fired.push("controller");
    clock.after(0, () => fired.push("observer"), PRIORITY.observer);
    clock.at(7, () => fired.push("engine"));
  }, PRIORITY.controller);
  clock.runUntil(7);
  assert.deepEqual(fired, ["controller", "engine", "observer"]);
});

Deno.test("Clock.runUntil() loses nothing when paused", () => {
  const clock = new Clock();
  const fired: number[] = [];
  const events = 3 * PAUSE_POLL_EVENTS + 5;
  for (let id = 0; id < events; id++) clock.at(id, () => fired.push(id));
  let polls = 0;
  const pause = () => ++polls === 2;
  assert.equal(clock.runUntil(events, pause), false);
  assert.equal(fired.length, 2 * PAUSE_POLL_EVENTS);
  assert.equal(clock.nowUs, 2 * PAUSE_POLL_EVENTS - 1);
  assert.equal(clock.runUntil(events, pause), true);
  assert.deepEqual(fired, Array.from({ length: events }, (_, id) => id));
});

Deno.test("Clock.runUntil() goes on behind the failed event when an action throws", () => {
  const clock = new Clock();
  let fired = false;
  clock.at(3, () => {
    throw new Error("no");
  });
  clock.at(3, () => fired = true);
  assert.throws(() => clock.runUntil(5), /no/);
  assert.equal(clock.nowUs, 3);
  clock.runUntil(5);
  assert.equal(fired, true);
});

Deno.test("Clock.runUntil() throws when an action calls it or the time is past", () => {
  const clock = new Clock();
  clock.at(3, () => clock.runUntil(4));
  assert.throws(() => clock.runUntil(5), {
    message: "Cannot run until 4 µs: the clock is running",
  });
  clock.runUntil(5);
  assert.throws(() => clock.runUntil(4), {
    name: "RangeError",
    message: "Cannot run until 4 µs: the clock is already at 5 µs",
  });
});

Deno.test("Clock.at() throws a RangeError when time or priority is no good", () => {
  const clock = new Clock();
  clock.runUntil(40);
  const past = "Cannot schedule at 12 µs: the clock is already at 40 µs";
  assert.throws(() => clock.at(12, () => {}), { name: "RangeError", message: past });
  assert.throws(() => clock.after(-28, () => {}), { name: "RangeError", message: past });
  for (const timeUs of [40.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => clock.at(timeUs, () => {}), {
      name: "RangeError",
      message: `Cannot schedule at ${timeUs} µs: virtual time is an integer below 2^53`,
    });
  }
  for (const priority of [-1, 256, 1.5, NaN]) {
    assert.throws(() => clock.at(50, () => {}, priority), RangeError);
  }
});

Deno.test("Clock.cancel() takes a pending event back once", () => {
  const clock = new Clock();
  const handle = clock.after(3, () => assert.fail("fired"));
  assert.equal(clock.cancel(handle), true);
  assert.equal(clock.cancel(handle), false);
  clock.runUntil(5);
});

Deno.test("Clock.reschedule() keeps action and priority", () => {
  const clock = new Clock();
  const fired: string[] = [];
  const moved = clock.at(9, () => fired.push("window"), PRIORITY.window);
  clock.at(4, () => fired.push("controller"), PRIORITY.controller);
  const handle = clock.reschedule(moved, 4);
  clock.runUntil(4);
  assert.deepEqual(fired, ["window", "controller"]);
  assert.throws(() => clock.reschedule(handle, 12), {
    name: "RangeError",
    message: "Cannot reschedule to 12 µs: the event has already fired or was cancelled",
  });
  assert.throws(() => clock.reschedule(handle, 3), /^RangeError: Cannot reschedule to 3 µs: the/);
});
