// The closed loop: never more requests open than users, each user's next one after the last has ended.
import assert from "node:assert/strict";
import type { AttemptOutcome } from "../../../src/load/load.ts";
import fc from "../../fast_check.ts";
import { type Answer, type Arrival, arrivalsOf, complaintsAbout, S } from "./load_rig.ts";

const users = (fields: object = {}) => ({
  kind: "users",
  name: "people",
  to: "m",
  users: 4,
  prompt: { kind: "fixed", tokens: 100 },
  output: { kind: "fixed", tokens: 20 },
  ...fields,
});
const pathsOf = (load: unknown) => complaintsAbout(load).map(({ path }) => path);

const OUTCOMES: readonly AttemptOutcome[] = [
  "completed",
  "failed",
  "rejected",
  "timeout",
  "invalid",
];

/** The most of these that are open at one instant; one that ends as another begins is over. */
function mostOpen(arrivals: readonly Arrival[], answer: (index: number) => Answer): number {
  const changes = arrivals.flatMap(({ atUs }, index) => [
    { atUs, by: 1 },
    { atUs: atUs + answer(index).afterUs, by: -1 },
  ]);
  changes.sort((a, b) => a.atUs - b.atUs || a.by - b.by);
  let open = 0;
  return Math.max(0, ...changes.map(({ by }) => open += by));
}

Deno.test("Users never have more requests open than there are of them", () => {
  const answers = fc.array(
    fc.record({
      afterUs: fc.integer({ min: 20_000, max: S }),
      outcome: fc.constantFrom(...OUTCOMES),
    }),
    { minLength: 1, maxLength: 20 },
  );
  const think = fc.constantFrom("0s", "100ms", { mean: "200ms" });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      answers,
      think,
      fc.nat(),
      (count, given, think, seed) => {
        const answer = (index: number) => given[index % given.length]!;
        const load = users({ users: count, think, rampUp: "500ms" });
        const arrivals = arrivalsOf([load], { seed, startUs: S, endUs: 6 * S, answer });
        assert.ok(arrivals.length >= count);
        assert.ok(arrivals.every(({ atUs }) => atUs >= S && atUs < 6 * S));
        assert.ok(mostOpen(arrivals, answer) <= count);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("A user sends again when the last answer is there and thought over", () => {
  const times = (fields: object) =>
    arrivalsOf([users({ users: 1, ...fields })], {
      endUs: 10 * S,
      answer: () => ({ afterUs: 2 * S }),
    }).map(({ atUs }) => atUs / S);
  assert.deepEqual(times({}), [0, 2, 4, 6, 8]);
  assert.deepEqual(times({ think: "1s" }), [0, 3, 6, 9]);
});

Deno.test("Users come evenly over the ramp-up", () => {
  const arrivals = arrivalsOf([users({ rampUp: "8s" })], { endUs: 20 * S });
  assert.deepEqual(arrivals.map(({ atUs }) => atUs / S), [0, 2, 4, 6]);
  assert.deepEqual(arrivals.map(({ session }) => session), [0, 1, 2, 3]);
});

Deno.test("A user who was turned away at once waits half a second, whatever the think time", () => {
  const times = (outcome: AttemptOutcome, think: string) =>
    arrivalsOf([users({ users: 1, think })], {
      endUs: 2 * S,
      answer: () => ({ afterUs: 0, outcome }),
    }).map(({ atUs }) => atUs / S);
  for (const outcome of ["rejected", "failed", "invalid"] as const) {
    assert.deepEqual(times(outcome, "0s"), [0, 0.5, 1, 1.5]);
    assert.deepEqual(times(outcome, "800ms"), [0, 0.8, 1.6]);
  }
});

Deno.test("Users think for exponential times when they say a mean", () => {
  const load = users({ users: 50, think: { mean: "2s" } });
  const answer = () => ({ afterUs: S });
  const { length } = arrivalsOf([load], { endUs: 3000 * S, answer });
  // 50 users, each every 3 s.
  assert.ok(Math.abs(length / 50_000 - 1) < 0.02, `${length} requests`);
});

Deno.test("Users with conversations send all that was said, and share it with themselves alone", () => {
  const load = users({ users: 2, multiTurn: { maxTurns: 3 } });
  const arrivals = arrivalsOf([load], { endUs: 4 * S, answer: () => ({ afterUs: S }) });
  const mine = arrivals.filter(({ session }) => session === 0);
  assert.deepEqual(mine.map(({ prompt }) => prompt), [100, 220, 340, 100]);
  assert.deepEqual(mine.map(({ content }) => content?.ends), [
    [120],
    [120, 240],
    [120, 240, 360],
    [120],
  ]);
  const ids = (session: number) =>
    new Set(
      arrivals.filter((each) => each.session === session).flatMap(({ content }) =>
        Array.from(content!.ids)
      ),
    );
  assert.equal(ids(0).size, 4);
  assert.equal(ids(0).intersection(ids(1)).size, 0);
});

Deno.test("loadSchema says where when users are wrong", () => {
  assert.deepEqual(pathsOf(users({ think: { mean: "1s" }, multiTurn: true })), []);
  for (const count of [0, -1, 1.5, NaN, "4"]) {
    assert.deepEqual(pathsOf(users({ users: count })), ["users"], String(count));
  }
  assert.deepEqual(pathsOf(users({ think: "soon" })), ["think"]);
  assert.deepEqual(pathsOf(users({ rampUp: 4 })), ["rampUp"]);
  assert.deepEqual(pathsOf(users({ multiTurn: { maxTurns: 0 } })), ["multiTurn.maxTurns"]);
});
