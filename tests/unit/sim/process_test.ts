import assert from "node:assert/strict";
import { Clock } from "../../../src/sim/clock.ts";
import {
  Interrupt,
  join,
  type Process,
  Signal,
  sleep,
  spawn,
  wait,
} from "../../../src/sim/process.ts";

/** A clock and a diary whose entries bear the time. */
function world() {
  const clock = new Clock();
  const diary: string[] = [];
  return { clock, diary, note: (text: string) => void diary.push(`${clock.nowUs} ${text}`) };
}

Deno.test("spawn() begins at the current instant, not before the clock runs", () => {
  const { clock, diary, note } = world();
  clock.runUntil(5);
  const handle = spawn(clock, function* (): Process {
    note("begins");
    yield* sleep(10);
    note("ends");
  });
  assert.deepEqual(diary, []);
  clock.runUntil(14);
  assert.equal(handle.done, false);
  clock.runUntil(15);
  assert.deepEqual(diary, ["5 begins", "15 ends"]);
  assert.equal(handle.done, true);
});

Deno.test("spawn() takes a generator with arguments and runs parts through yield*", () => {
  const { clock, note, diary } = world();
  function* add(a: number, b: number): Process<number> {
    yield* sleep(a);
    return a + b;
  }
  function* outer(a: number): Process {
    note(`sum ${yield* add(a, 2)}`);
  }
  spawn(clock, outer(3));
  clock.runUntil(10);
  assert.deepEqual(diary, ["3 sum 5"]);
});

Deno.test("Signal.fire() wakes all waiters in order with its value, and only those", () => {
  const { clock, diary, note } = world();
  const ready = new Signal<{ readonly pod: string }>();
  for (const name of ["a", "b"]) {
    spawn(clock, function* (): Process {
      const { pod } = yield* wait(ready);
      note(`${name} got ${pod}`);
      const again = yield* wait(ready);
      note(`${name} got ${again.pod}`);
    });
  }
  ready.fire({ pod: "nobody" });
  clock.at(4, () => {
    ready.fire({ pod: "p" });
    note("fired");
  });
  clock.at(6, () => ready.fire({ pod: "q" }));
  clock.runUntil(9);
  assert.deepEqual(diary, ["4 fired", "4 a got p", "4 b got p", "6 a got q", "6 b got q"]);
});

Deno.test("Signal.once() calls its listener for one fire, unless taken back", () => {
  const signal = new Signal<number>();
  const heard: number[] = [];
  signal.once((value) => heard.push(value));
  const takeBack = signal.once((value) => heard.push(-value));
  takeBack();
  signal.fire(1);
  signal.fire(2);
  assert.deepEqual(heard, [1]);
});

Deno.test("join() waits until another process has ended, at once if it has", () => {
  const { clock, diary, note } = world();
  const slow = spawn(clock, () => sleep(7));
  spawn(clock, function* (): Process {
    yield* join(slow);
    note("joined");
    yield* join(slow);
    note("joined again");
  });
  clock.runUntil(10);
  assert.deepEqual(diary, ["7 joined", "7 joined again"]);
});

Deno.test("interrupt() throws its cause into the process and cancels the sleep", () => {
  const { clock, diary, note } = world();
  const handle = spawn(clock, function* (): Process {
    try {
      yield* sleep(100);
    } catch (error) {
      assert.ok(error instanceof Interrupt);
      note(`caught ${error.cause}`);
    }
    yield* sleep(10);
    note("ends");
  });
  clock.at(40, () => {
    handle.interrupt("drain");
    note("interrupted");
  });
  clock.runUntil(200);
  assert.deepEqual(diary, ["40 interrupted", "40 caught drain", "50 ends"]);
});

Deno.test("interrupt() cancels the wait for a signal, fired already or not", () => {
  for (const fireFirst of [false, true]) {
    const { clock, diary, note } = world();
    const signal = new Signal<number>();
    const handle = spawn(clock, function* (): Process {
      try {
        note(`got ${yield* wait(signal)}`);
      } catch {
        note("caught");
      }
      yield* sleep(10);
      note("ends");
    });
    clock.at(5, () => {
      if (fireFirst) signal.fire(1);
      handle.interrupt("x");
      signal.fire(2);
    });
    clock.runUntil(20);
    assert.deepEqual(diary, ["5 caught", "15 ends"]);
  }
});

Deno.test("interrupt() delivers each interrupt of one instant", () => {
  const { clock, diary, note } = world();
  const handle = spawn(clock, function* (): Process {
    for (;;) {
      try {
        yield* sleep(10);
        return note("ends");
      } catch (error) {
        note(String((error as Interrupt).cause));
      }
    }
  });
  clock.at(5, () => ["a", "b"].forEach((cause) => handle.interrupt(cause)));
  clock.runUntil(20);
  assert.deepEqual(diary, ["5 a", "5 b", "15 ends"]);
});

Deno.test("interrupt() ends a process quietly when it is not caught", () => {
  const { clock, diary, note } = world();
  const signal = new Signal();
  const handle = spawn(clock, function* (): Process {
    try {
      yield* wait(signal);
    } finally {
      note("cleans up");
    }
  });
  const unborn = spawn(clock, function* (): Process {
    note("never");
    yield* sleep(1);
  });
  unborn.interrupt("before it began");
  spawn(clock, function* (): Process {
    yield* join(handle);
    note("joined");
  });
  clock.at(3, () => handle.interrupt("x"));
  clock.runUntil(9);
  assert.deepEqual(diary, ["3 cleans up", "3 joined"]);
  assert.ok(handle.done && unborn.done);
  handle.interrupt("after its end");
  clock.runUntil(10);
});

Deno.test("interrupt() of itself arrives at the next wait", () => {
  const { clock, diary, note } = world();
  const self = spawn(clock, function* (): Process {
    self.interrupt("x");
    note("goes on");
    yield* sleep(10);
    note("never");
  });
  clock.runUntil(20);
  assert.deepEqual(diary, ["0 goes on"]);
  assert.ok(self.done);
});

Deno.test("spawn() lets an error out of Clock.runUntil() and ends the process", () => {
  const { clock } = world();
  const handle = spawn(clock, function* (): Process {
    yield* sleep(2);
    throw new TypeError("broken");
  });
  assert.throws(() => clock.runUntil(5), { name: "TypeError", message: "broken" });
  assert.equal(handle.done, true);
});

Deno.test("sleep() lets the process catch the RangeError when the delay is negative", () => {
  const { clock, diary, note } = world();
  spawn(clock, function* (): Process {
    try {
      yield* sleep(-1);
    } catch (error) {
      note(String(error));
    }
  });
  clock.runUntil(5);
  assert.equal(diary.length, 1);
  assert.match(diary[0]!, /^0 RangeError: Cannot schedule at -1 µs/);
});
