import assert from "node:assert/strict";
import { problems, run, smallScenario } from "./small_run.ts";

type Fields = Readonly<Record<string, unknown>>;

const LENGTHS = {
  prompt: { kind: "uniform", min: 50, max: 400 },
  output: { kind: "uniform", min: 1, max: 100 },
};
const AGENTS = {
  requests: {
    kind: "sharedPrefix",
    groups: 5,
    usersPerGroup: 4,
    systemTokens: 500,
    questionTokens: { kind: "uniform", min: 10, max: 80 },
    outputTokens: { kind: "uniform", min: 5, max: 60 },
    multiTurn: true,
  },
};
const TRACE = {
  atUs: Array.from({ length: 200 }, (_, index) => index * 1_700_000),
  promptTokens: Array.from({ length: 200 }, (_, index) => 20 + index),
  outputTokens: Array.from({ length: 200 }, (_, index) => 1 + index % 50),
};

function loads(...load: readonly Fields[]) {
  return smallScenario({ duration: "6m", load });
}

/** One load, and the same cut in two where `at` says. */
function cut(load: Fields, at: string, changes: Fields = {}) {
  const whole = { name: "users", to: "chat", ...load };
  return loads(
    { ...whole, end: at },
    { ...whole, name: "users-2", start: at, continues: "users", ...changes },
  );
}

/** The log without what it says of the scenario. */
function linesOf(data: unknown): readonly string[] {
  return run(data).lines.slice(1);
}

const EXACT: Readonly<Record<string, Fields>> = {
  "users": { kind: "users", users: 6, think: { mean: "2s" }, ...LENGTHS },
  "users in conversations": {
    kind: "users",
    users: 6,
    think: "1s",
    rampUp: "1m",
    multiTurn: true,
    ...LENGTHS,
  },
  "users of shared prefixes": { kind: "users", users: 6, think: { mean: "1s" }, ...AGENTS },
  "a trace": { kind: "trace", requests: TRACE },
};

for (const [what, load] of Object.entries(EXACT)) {
  Deno.test(`a load that continues ${what} and changes nothing leaves the log as it was`, () => {
    const whole = linesOf(loads({ name: "users", to: "chat", ...load }));
    for (const at of ["1m", "3m7s"]) assert.deepEqual(linesOf(cut(load, at)), whole, at);
  });
}

Deno.test("a load that continues one of a rate goes on with its draws, at the rate that it says", () => {
  const poisson = { kind: "poisson", rps: 2, ...AGENTS };
  const whole = run(loads({ name: "users", to: "chat", ...poisson }));
  const doubled = run(cut(poisson, "3m", { rps: 6 }));
  const before = ({ at }: { at: number }) => at < 180_000_000;
  assert.deepEqual(
    doubled.events.slice(1).filter(before),
    whole.events.slice(1).filter(before),
  );
  const arrived = (from: number) =>
    doubled.of("window").filter(({ at }) => at > from && at <= from + 180_000_000)
      .reduce((sum, { measured }) => sum + (measured?.requests.arrived ?? 0), 0);
  // Poisson: 360 and 1,080 expected, within four standard deviations; conversations hold some back.
  assert.ok(Math.abs(arrived(0) - 360) < 76, `${arrived(0)} before`);
  assert.ok(Math.abs(arrived(180_000_000) - 1080) < 132, `${arrived(180_000_000)} after`);
});

Deno.test("a load that continues conversations finds their prefixes in the cache", () => {
  const load = { kind: "users", users: 6, think: "1s", ...AGENTS };
  const hits = (data: unknown) =>
    run(data).of("window").filter(({ at }) => at > 190_000_000)
      .reduce((sum, { measured }) => sum + (measured?.prefixHits ?? 0), 0);
  const going = hits(cut(load, "3m", { think: "2s" }));
  const anew = hits(cut(load, "3m", { think: "2s", continues: undefined }));
  assert.ok(going > 1.2 * anew, `${going} against ${anew}`);
});

Deno.test("users that are fewer in the load that continues theirs go when their answer has come", () => {
  const load = { kind: "users", users: 6, ...LENGTHS };
  const { state, of } = run(cut(load, "3m", { users: 2 }));
  const running = (from: number, to: number) =>
    Math.max(
      ...of("window").filter(({ at }) => at > from && at <= to)
        .map(({ pods }) => pods.running.reduce((sum, each) => sum + each, 0)),
    );
  assert.equal(running(100_000_000, 180_000_000), 6);
  assert.equal(running(190_000_000, 360_000_000), 2);
  assert.ok(state.services["chat"]);
  const more = run(cut(load, "3m", { users: 9 }));
  const most = more.of("window").filter(({ at }) => at > 200_000_000)
    .map(({ pods }) => pods.running.reduce((sum, each) => sum + each, 0));
  assert.equal(Math.max(...most), 9);
});

Deno.test("stages go on where the load that is continued was", () => {
  const load = {
    kind: "stages",
    arrivals: "constant",
    stages: [{ rps: 1, for: "2m" }, { rps: 5, for: "2m" }],
    ...LENGTHS,
  };
  const perMinute = (data: unknown) => {
    const counts = [0, 0, 0, 0, 0, 0];
    for (const { at, measured } of run(data).of("window")) {
      counts[Math.ceil(at / 60_000_000) - 1]! += measured?.requests.arrived ?? 0;
    }
    return counts;
  };
  assert.deepEqual(perMinute(cut(load, "3m")), [60, 60, 300, 300, 0, 0]);
});

Deno.test("plan() refuses a load that continues one which is not there, has not ended or is continued", () => {
  const load = { kind: "poisson", name: "a", to: "chat", rps: 1, ...LENGTHS };
  const next = { ...load, name: "b", start: "1m", continues: "a" };
  assert.deepEqual(problems(loads({ ...load, end: "1m" }, { ...next, continues: "aa" })), {
    "load[1].continues": 'Cannot find the load "aa" before this one: did you mean "a"?',
  });
  assert.deepEqual(problems(loads({ ...load, end: "2m" }, next)), {
    "load[1].continues": 'Cannot continue "a" from 1m on: it has not ended by then',
  });
  assert.deepEqual(problems(loads({ ...load, end: "1m" }, next, { ...next, name: "c" })), {
    "load[2].continues": 'Cannot continue "a": "b" does',
  });
});
