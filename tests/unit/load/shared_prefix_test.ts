// Groups of users with a system prompt each: what is shared, whose turn it is, what follows what.
import assert from "node:assert/strict";
import fc from "../../fast_check.ts";
import { type Arrival, arrivalsOf, complaintsAbout, S } from "./load_rig.ts";

const fixed = (tokens: number) => ({ kind: "fixed", tokens });
const asked = (fields: object = {}) => ({
  kind: "sharedPrefix",
  groups: 3,
  usersPerGroup: 2,
  systemTokens: 1000,
  questionTokens: { kind: "uniform", min: 100, max: 200 },
  outputTokens: { kind: "uniform", min: 10, max: 20 },
  ...fields,
});
const load = (fields: object = {}, more: object = {}) => ({
  kind: "constant",
  name: "agents",
  to: "m",
  rps: 10,
  requests: asked(fields),
  ...more,
});
const ended = () => ({ afterUs: S / 100 });

function bySession(arrivals: readonly Arrival[]): Arrival[][] {
  return [...Map.groupBy(arrivals, ({ session }) => session).values()];
}

Deno.test("Users of a group share its system prompt, and each the own question with themselves", () => {
  const arrivals = arrivalsOf([load()], { endUs: 3 * S });
  const users = bySession(arrivals);
  assert.deepEqual(users.map(({ length }) => length), [5, 5, 5, 5, 5, 5]);
  for (const requests of users) {
    const [first] = requests as [Arrival];
    for (const { prompt, output, content } of requests) {
      assert.deepEqual([prompt, output, content], [first.prompt, first.output, first.content]);
    }
    assert.deepEqual(first.content!.ends, [1000, first.prompt]);
  }
  const segments = (place: number) => users.map(([one]) => one!.content!.ids[place]!);
  assert.equal(new Set(segments(0)).size, 3);
  assert.equal(new Set(segments(1)).size, 6);
  assert.equal(new Set([...segments(0), ...segments(1)]).size, 9);
});

Deno.test("Users take turns in an order that the seed draws", () => {
  const order = (seed: number) =>
    arrivalsOf([load()], { seed, endUs: 1.2 * S }).map(({ session }) => session);
  const first = order(1);
  assert.equal(new Set(first.slice(0, 6)).size, 6);
  assert.deepEqual(first.slice(6), first.slice(0, 6));
  assert.notDeepEqual(order(1), order(2));
});

Deno.test("A user's next turn has all that was said before it", () => {
  const lengths = { questionTokens: fixed(100), outputTokens: fixed(50), multiTurn: true };
  const arrivals = arrivalsOf([load(lengths)], { endUs: 3 * S, answer: ended });
  for (const requests of bySession(arrivals)) {
    assert.deepEqual(requests.map(({ prompt }) => prompt), [1100, 1250, 1400, 1550, 1700]);
    const { ids, ends } = requests.at(-1)!.content!;
    assert.deepEqual(ends, [1000, 1150, 1300, 1450, 1600, 1750]);
    for (const [turn, { content }] of requests.entries()) {
      assert.deepEqual(content!.ids, Array.from(ids).slice(0, turn + 2));
      assert.deepEqual(content!.ends, Array.from(ends).slice(0, turn + 2));
    }
  }
});

Deno.test("A conversation never goes beyond its bounds, nor a turn before the last has ended", () => {
  const bounds = fc.record({
    maxTurns: fc.integer({ min: 1, max: 5 }),
    maxTokens: fc.integer({ min: 1300, max: 3000 }),
  });
  const outcome = fc.constantFrom("completed", "completed", "failed", "timeout", "invalid");
  const answers = fc.array(
    fc.record({ afterUs: fc.integer({ min: 20_000, max: S }), outcome }),
    { minLength: 1, maxLength: 9 },
  );
  fc.assert(
    fc.property(bounds, answers, fc.boolean(), fc.nat(), (multiTurn, given, isClosed, seed) => {
      const answer = (index: number) => given[index % given.length]! as never;
      const closed = { kind: "users", rps: undefined, users: 9 };
      const { rps: _rps, ...one } = load({ multiTurn }, isClosed ? closed : {});
      const arrivals = arrivalsOf([isClosed ? one : load({ multiTurn })], {
        ...{ seed, endUs: 5 * S, answer },
      });
      const placed = arrivals.map((arrival, index) => ({
        ...arrival,
        ...given[index % given.length]!,
      }));
      for (const requests of [...Map.groupBy(placed, ({ session }) => session).values()]) {
        for (const [turn, { atUs, prompt, output, content }] of requests.entries()) {
          assert.ok(prompt + output <= multiTurn.maxTokens);
          assert.ok(content!.ids.length <= 1 + multiTurn.maxTurns);
          const before = requests[turn - 1];
          if (before) assert.ok(atUs >= before.atUs + before.afterUs);
        }
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("A conversation begins anew before the model's context is full", () => {
  const lengths = { questionTokens: fixed(100), outputTokens: fixed(50), multiTurn: true };
  const one = { groups: 1, usersPerGroup: 1, ...lengths };
  const options = { endUs: S, contextTokens: 1300, answer: ended };
  const arrivals = arrivalsOf([load(one)], options);
  assert.deepEqual(arrivals.slice(0, 5).map(({ prompt }) => prompt), [
    1100,
    1250,
    1100,
    1250,
    1100,
  ]);
});

Deno.test("A question without a whole answer is forgotten, and one that is wrong ends it all", () => {
  const lengths = { questionTokens: fixed(100), outputTokens: fixed(50), multiTurn: true };
  const one = { groups: 1, usersPerGroup: 1, ...lengths };
  const outcomes = ["completed", "timeout", "completed", "invalid", "completed"] as const;
  const answer = (index: number) => ({ afterUs: 1000, outcome: outcomes[index % 5]! });
  const arrivals = arrivalsOf([load(one)], { endUs: S / 2, answer });
  assert.deepEqual(arrivals.map(({ prompt }) => prompt), [1100, 1250, 1250, 1400, 1100]);
  // The one that was forgotten and the one after it are not the same words.
  assert.notEqual(arrivals[1]!.content!.ids[2], arrivals[2]!.content!.ids[2]);
});

Deno.test("Turns that wait for an answer are sent one after the other, and none after the end", () => {
  const one = { groups: 1, usersPerGroup: 1, multiTurn: true };
  const answer = () => ({ afterUs: 400_000 });
  const arrivals = arrivalsOf([load(one)], { endUs: S, answer });
  // Ten were due, one each 0.1 s.
  assert.deepEqual(arrivals.map(({ atUs }) => atUs / S), [0, 0.4, 0.8]);
});

Deno.test("Two loads share no segment and no session with each other", () => {
  const two = ["a", "b"].map((name) => load({ multiTurn: true }, { name }));
  const arrivals = arrivalsOf(two, { endUs: 3 * S, answer: ended });
  const of = (name: string) => {
    const mine = arrivals.filter((arrival) => arrival.load === name);
    return {
      sessions: new Set(mine.map(({ session }) => session)),
      segments: new Set(mine.flatMap(({ content }) => Array.from(content!.ids))),
    };
  };
  assert.equal(of("a").sessions.intersection(of("b").sessions).size, 0);
  assert.equal(of("a").segments.intersection(of("b").segments).size, 0);
});

Deno.test("A load of shared prefixes sends the same when another is added", () => {
  const [mine, other] = ["mine", "other"].map((name) => load({ multiTurn: true }, { name }));
  const sent = (loads: readonly unknown[]) =>
    arrivalsOf(loads, { endUs: 3 * S, answer: ended }).filter((each) => each.load === "mine")
      .map(({ atUs, prompt, output, content }) => [atUs, prompt, output, content!.ends]);
  assert.deepEqual(sent([other, mine]), sent([mine]));
  assert.equal(sent([mine]).length, 30);
});

Deno.test("loadSchema says where when shared prefixes are wrong", () => {
  const complaints = (fields: object) =>
    complaintsAbout(load(fields)).map(({ path, message }) => `${path}: ${message}`);
  assert.deepEqual(complaints({ multiTurn: { maxTokens: 1002 } }), []);
  assert.deepEqual(complaints({ multiTurn: { maxTokens: 1001 } }), [
    "requests.multiTurn.maxTokens: maxTokens leaves no room for a question and an answer after " +
    "systemTokens",
  ]);
  assert.deepEqual(complaints({ groups: 0 }), [
    "requests.groups: Too small: expected number to be >=1",
  ]);
  assert.deepEqual(complaints({ groups: 1001, usersPerGroup: 1000 }), [
    "requests.usersPerGroup: more than 1000000 users (groups × usersPerGroup)",
  ]);
  for (const field of ["groups", "usersPerGroup", "systemTokens"]) {
    for (const value of [0, -1, 1.5, NaN, "7"]) {
      const [complaint] = complaints({ [field]: value });
      assert.ok(complaint?.startsWith(`requests.${field}: `), `${field} ${value}: ${complaint}`);
    }
  }
});
