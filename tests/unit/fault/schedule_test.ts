import assert from "node:assert/strict";
import { every, randomly } from "../../../src/mod.ts";
import { planText } from "../../../src/report/plan_text.ts";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { planned, problems, run, smallScenario } from "../scenario/small_run.ts";

type Fields = Readonly<Record<string, unknown>>;

const loss = (when: unknown, fields: Fields = { for: "30s" }) => ({
  ...{ kind: "node-loss", name: "loss", on: { kind: "nodes", mode: "first" }, when },
  ...fields,
});

const scheduled = (fault: unknown, fields: Fields = {}) =>
  smallScenario({ services: [llm("chat", { replicas: 1 })], faults: [fault], ...fields });

/** Seconds at which it began and ended. */
function spans(when: unknown, fields?: Fields, seed = 1): [string, number][] {
  return run(scheduled(loss(when, fields)), { seed }).of("fault")
    .map(({ phase, at }) => [phase, at / SECOND]);
}

const begins = (told: [string, number][]) =>
  told.filter(([phase]) => phase === "begin").map(([, at]) => at);

Deno.test("every() begins and ends the fault on its beat, first after an interval", () => {
  assert.deepEqual(spans(every("4m")), [
    ["begin", 240],
    ["end", 270],
    ["begin", 480],
    ["end", 510],
  ]);
  assert.deepEqual(begins(spans(every("2m", { from: "10s", times: 3 }))), [10, 130, 250]);
});

Deno.test("every() passes over what falls due while the fault is in force", () => {
  assert.deepEqual(spans(every("1m", { from: "1m", times: 5 }), { for: "90s" }), [
    ["begin", 60],
    ["end", 150],
    ["begin", 180],
    ["end", 270],
    ["begin", 300],
    ["end", 390],
  ]);
});

Deno.test("every() with jitter is late by no more than that, and by another amount on another seed", () => {
  const beats = begins(spans(every("2m", { jitter: "50s" })));
  assert.equal(beats.length, 4);
  for (const [index, at] of beats.entries()) {
    const late = at - (index + 1) * 120;
    assert.ok(late >= 0 && late <= 50, `${late} s late`);
  }
  assert.notDeepEqual(beats, begins(spans(every("2m", { jitter: "50s" }), undefined, 2)));
});

Deno.test("randomly() has exponential gaps of its mean, the same on the same seed", () => {
  const draw = (seed: number) => begins(spans(randomly({ mean: "20s" }), { for: "1s" }, seed));
  assert.deepEqual(draw(1), draw(1));
  const counts = Array.from({ length: 8 }, (_, index) => draw(index + 1).length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  // 8 runs of 10 minutes in gaps of 20 s, less the second that each lasts: 229 of a Poisson process.
  assert.ok(Math.abs(total - 229) < 4 * Math.sqrt(229), `${total} in 80 minutes`);
});

Deno.test("randomly() keeps within its bounds", () => {
  const at = begins(spans(randomly({ mean: "10s", from: "3m", until: "4m" }), { for: "1s" }));
  assert.ok(at.length > 0 && at.every((second) => second >= 180 && second < 240), String(at));
});

Deno.test("a schedule draws from its fault's stream alone: the requests stay as they were", () => {
  const arrivals = (fault: unknown) =>
    run(scheduled(fault)).of("window").map(({ at, measured }) => [at, measured?.requests.arrived])
      .filter(([, arrived]) => arrived);
  const none = { for: "1s", on: { kind: "nodes", name: "node-3", mode: "first" } };
  assert.deepEqual(
    arrivals(loss(randomly({ mean: "30s" }), none)),
    arrivals(loss("5m", none)),
  );
});

Deno.test("after() a fault that happens again means its first time, and so does state", () => {
  const { state, of } = run(smallScenario({
    faults: [
      loss(every("2m", { times: 2 })),
      { ...loss({ kind: "after", fault: { ref: "loss" }, delay: "3m" }), name: "next" },
    ],
  }));
  assert.deepEqual(
    of("fault").filter(({ fault }) => fault === "next").map(({ at }) => at / SECOND),
    [
      300,
      330,
    ],
  );
  const { beganAt, lastBeganAt, endedAt, times } = state.faults["loss"]!;
  assert.deepEqual([beganAt, lastBeganAt, endedAt].map((us) => us! / SECOND), [120, 240, 270]);
  assert.equal(times, 2);
});

Deno.test("plan() refuses schedules that cannot be, with their paths", () => {
  const of = (when: unknown, fields?: Fields) => problems(scheduled(loss(when, fields)));
  assert.deepEqual(of(every("4m"), { permanent: true }), {
    "faults[0].permanent": "Cannot be permanent and happen every 4m: say how long, for",
  });
  assert.deepEqual(of({ ...every("10s"), interval: "10ms" }), {
    "faults[0].when.interval": "write 1s or more: what happens more often is one fault that lasts",
  });
  assert.deepEqual(of(every("10s", { jitter: "20s" })), {
    "faults[0].when.jitter": "jitter is longer than the interval: write less",
  });
  assert.deepEqual(of(randomly({ mean: "10s", from: "5m", until: "4m" })), {
    "faults[0].when.until": "until is not after from: nothing would happen",
  });
});

Deno.test("plan() warns of a schedule that begins after the run", () => {
  const { warnings } = planned(scheduled(loss(every("20m"))));
  assert.deepEqual(warnings, [
    { path: "faults[0].when", message: "This never happens: the run ends first" },
  ]);
});

Deno.test("planText() says a schedule in words", () => {
  const text = (when: unknown) =>
    planText(planned(scheduled(loss(when)))).match(/for 30s, (.*)/)![1];
  assert.equal(
    text(every("4m", { from: "1m", times: 3, jitter: "10s" })),
    "every 4m from 1m, 3 times, each up to 10s late",
  );
  assert.equal(
    text(randomly({ mean: "3m", until: "9m" })),
    "at random, 3m apart in the mean until 9m",
  );
});
