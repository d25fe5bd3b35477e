// Retries: which ends are tried again, how often, and after how long.
import assert from "node:assert/strict";
import type { AttemptOutcome } from "../../../src/load/load.ts";
import fc from "../../fast_check.ts";
import { arrivalsOf, complaintsAbout, S } from "./load_rig.ts";

const load = (retries: unknown, fields: object = {}) => ({
  kind: "constant",
  name: "chat",
  to: "m",
  rps: 1,
  end: "1s",
  prompt: { kind: "uniform", min: 1, max: 900 },
  output: { kind: "uniform", min: 1, max: 900 },
  retries,
  ...fields,
});
const attempts = (retries: unknown, outcomes: readonly AttemptOutcome[], seed = 1) =>
  arrivalsOf([load(retries)], {
    seed,
    endUs: S,
    answer: (index) => ({ afterUs: 1000, outcome: outcomes[index] ?? "completed" }),
  });

Deno.test("A request is tried again until it is answered, the same each time", () => {
  const sent = attempts({ attempts: 5 }, ["rejected", "failed", "timeout"]);
  assert.deepEqual(sent.map(({ attempt }) => attempt!.number), [1, 2, 3, 4]);
  const [first] = sent;
  for (const { prompt, output, attempt } of sent) {
    assert.deepEqual([prompt, output, attempt!.firstUs], [first!.prompt, first!.output, 0]);
  }
});

Deno.test("A request is given up after its last attempt, which says that no other follows", () => {
  const sent = attempts({ attempts: 3 }, ["rejected", "rejected", "rejected", "rejected"]);
  assert.deepEqual(sent.map(({ attempt }) => attempt!.retryOn), [
    ["rejected", "failed", "timeout"],
    ["rejected", "failed", "timeout"],
    [],
  ]);
});

Deno.test("Only what the load names is tried again, and never what is wrong in itself", () => {
  const count = (on: readonly string[], outcome: AttemptOutcome) =>
    attempts({ attempts: 2, on }, [outcome]).length;
  assert.equal(count(["timeout"], "timeout"), 2);
  assert.equal(count(["timeout"], "rejected"), 1);
  assert.equal(count(["rejected", "failed"], "failed"), 2);
  assert.equal(count(["rejected", "failed", "timeout"], "invalid"), 1);
});

Deno.test("Waits double up to the longest one, less a quarter at most", () => {
  const never = Array.from({ length: 9 }, () => "rejected" as const);
  const drawn = new Set<number>();
  fc.assert(fc.property(fc.nat(), (seed) => {
    const sent = attempts({ attempts: 7, backoff: "1s", maxBackoff: "10s" }, never, seed);
    const waits = sent.slice(1).map(({ atUs }, n) => atUs - sent[n]!.atUs - 1000);
    for (const [n, longest] of [1, 2, 4, 8, 10, 10].entries()) {
      assert.ok(Number.isInteger(waits[n]));
      assert.ok(waits[n]! >= 0.75 * longest * S && waits[n]! <= longest * S, `${waits}`);
    }
    drawn.add(waits[0]!);
  }));
  assert.ok(drawn.size > 10, "the first wait is hardly ever another one");
});

Deno.test("Waits are those of OpenAI's client when the load does not say", () => {
  const sent = attempts({ attempts: 3 }, ["rejected", "rejected"]);
  const [first, second] = sent.slice(1).map(({ atUs }, n) => atUs - sent[n]!.atUs - 1000);
  assert.ok(first! >= 375_000 && first! <= 500_000, `${first}`);
  assert.ok(second! >= 750_000 && second! <= S, `${second}`);
});

Deno.test("What was begun before the load's end is tried again after it", () => {
  const sent = attempts({ attempts: 3, backoff: "5s" }, ["rejected", "rejected"]);
  assert.deepEqual(sent.map(({ atUs }) => atUs >= S), [false, true, true]);
});

Deno.test("Retries leave a load's requests and lengths as they were", () => {
  const busy = { rps: 20, end: "10s" };
  const arrivals = (retries: unknown) =>
    arrivalsOf([load(retries, busy)], {
      endUs: 10 * S,
      answer: (index) => ({ afterUs: 1000, outcome: index % 3 === 0 ? "rejected" : "completed" }),
    }).filter(({ attempt }) => (attempt?.number ?? 1) === 1)
      .map(({ atUs, prompt, output }) => [atUs, prompt, output]);
  assert.deepEqual(arrivals({ attempts: 4 }), arrivals(undefined));
});

Deno.test("A user waits for all attempts of a request before the next", () => {
  const users = { kind: "users", users: 1, rps: undefined };
  const { rps: _rps, ...closed } = load({ attempts: 3, backoff: "100ms" }, users);
  const outcomes: AttemptOutcome[] = ["rejected", "timeout", "completed", "completed"];
  const sent = arrivalsOf([closed], {
    endUs: S,
    answer: (index) => ({ afterUs: 1000, outcome: outcomes[index] ?? "completed" }),
  });
  assert.deepEqual(sent.slice(0, 5).map(({ attempt }) => attempt!.number), [1, 2, 3, 1, 1]);
});

Deno.test("loadSchema says where when retries are wrong", () => {
  const complaints = (retries: unknown) => complaintsAbout(load(retries)).map(({ path }) => path);
  assert.deepEqual(complaints({ attempts: 2, backoff: "1s", maxBackoff: "1s" }), []);
  assert.deepEqual(complaintsAbout(load({ attempts: 1 })), [{
    path: "retries.attempts",
    message: "1 attempt is no retry: write 2 or more, or leave retries out",
  }]);
  for (const count of [0, 2.5, NaN, "3", 101]) {
    assert.deepEqual(complaints({ attempts: count }), ["retries.attempts"], String(count));
  }
  assert.deepEqual(complaints({ attempts: 2, backoff: "9s" }), ["retries.backoff"]);
  assert.deepEqual(complaints({ attempts: 2, backoff: "0s" }), ["retries.backoff"]);
  assert.deepEqual(complaints({ attempts: 2, on: [] }), ["retries.on"]);
  assert.deepEqual(complaints({ attempts: 2, on: ["invalid"] }), ["retries.on.0"]);
});
