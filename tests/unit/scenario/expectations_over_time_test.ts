// Expectations that need a whole run: what is seen on the way, and another run to compare with.
import assert from "node:assert/strict";
import type { FleetEvent } from "../../../src/fleet/events.ts";
import { fold } from "../../../src/fleet/fold.ts";
import { measure } from "../../../src/fleet/measure.ts";
import { initialState } from "../../../src/fleet/state.ts";
import { defineLoad, defineMetric } from "../../../src/scenario/define.ts";
import { expect } from "../../../src/scenario/expectation_builders.ts";
import { scenario } from "../../../src/scenario/scenario.ts";
import fc from "../../fast_check.ts";
import { planned, problems, run, smallScenario } from "./small_run.ts";

const SECOND = 1_000_000;

const metric = (name: string, comparison: string, threshold: string | number, more = {}) => ({
  ...{ kind: "metric", metric: name, comparison, threshold, ...more },
});

/** All of its GPUs are lost at 5 minutes, for 1 minute. */
const LOSS = { kind: "node-loss", name: "loss", when: "5m", for: "1m" };
const ALL_LOST = { ...LOSS, on: { kind: "nodes", mode: "all" } };

function verdicts(expect: readonly unknown[], fields: Readonly<Record<string, unknown>> = {}) {
  return run(smallScenario({ expect, ...fields })).of("verdict");
}

function verdict(expectation: unknown, fields: Readonly<Record<string, unknown>> = {}) {
  return verdicts([expectation], fields)[0]!;
}

Deno.test("expect.always names the first breach and its time, or the second nearest to it", () => {
  const always = (threshold: string, more = {}) => ({
    ...{ kind: "always", check: metric("errorRate", "below", threshold, { over: "10s" }) },
    ...more,
  });
  const [calm, late, early] = verdicts([
    always("1%"),
    always("1%", { after: "9m" }),
    always("1%", { until: "4m" }),
  ], { faults: [ALL_LOST] });
  assert.equal(calm!.passed, false);
  assert.match(calm!.got, /^first \d+(\.\d+)?%$/);
  assert.ok(calm!.whenUs > 300 * SECOND && calm!.whenUs < 360 * SECOND, `${calm!.whenUs}`);
  assert.equal(late!.about, "always errorRate below 1% over 10s after 9m");
  assert.deepEqual([early!.passed, early!.got, early!.marginPpm], [
    ...[true, "at worst 0%", 1_000_000],
  ]);
});

Deno.test("expect.always equals its check at every window of the log", () => {
  const one = fc.record({
    seed: fc.integer({ min: 1, max: 1000 }),
    over: fc.constantFrom("1s", "7s", "45s", undefined),
    threshold: fc.integer({ min: 20, max: 400 }),
  });
  fc.assert(
    fc.property(one, ({ seed, over, threshold }) => {
      const check = metric("ttft", "below", `${threshold}ms`, over === undefined ? {} : { over });
      const data = smallScenario({ expect: [{ kind: "always", check }], duration: "4m", seed });
      const { events, of } = run(data);
      const [expected] = planned(data).scenario.expect;
      assert.ok(expected?.kind === "always");
      const state = initialState();
      let breach: number | undefined;
      let next = SECOND;
      const look = (untilUs: number) => {
        for (; next < untilUs; next += SECOND) {
          const where = { service: "chat", nowUs: next, overUs: 60 * SECOND };
          const value = measure(state, expected.check, where);
          if (value !== undefined && value >= expected.check.limit) breach ??= next;
        }
      };
      for (const event of events) {
        look(event.at);
        fold(state, event);
      }
      look(240 * SECOND + 1);
      const [told] = of("verdict");
      assert.equal(told!.passed, breach === undefined);
      if (breach !== undefined) assert.equal(told!.whenUs, breach);
    }),
    { numRuns: 15 },
  );
});

Deno.test("expect.recovered counts from the fault to the last second that was breached", () => {
  const check = metric("errorRate", "below", "1%", { over: "10s" });
  const recovered = (within: string) => ({
    ...{ kind: "recovered", service: "chat", check, within, after: { ref: "loss" } },
  });
  const [slow, fast] = verdicts([recovered("8m"), recovered("10s")], {
    ...{ faults: [ALL_LOST], duration: "20m" },
  });
  assert.equal(slow!.passed, true, slow!.got);
  assert.equal(fast!.passed, false);
  assert.equal(fast!.got, slow!.got);
  assert.match(slow!.got, /^after (\d+m)?\d+s$/);
  assert.ok(slow!.marginPpm! > 0);
});

Deno.test("expect.recovered fails while it is breached at the end, or when its fault never began", () => {
  const check = metric("ttft", "below", "1ms");
  const never = verdict({ kind: "recovered", service: "chat", check });
  assert.equal(never.passed, false);
  assert.match(never.got, /^breached since .+, \d+ms of 1ms at the end$/);
  const late = { ...LOSS, on: { kind: "nodes", mode: "all" }, when: "1h" };
  const calm = verdict({ kind: "recovered", service: "chat", check, after: { ref: "loss" } }, {
    faults: [late],
  });
  assert.deepEqual([calm.passed, calm.got], [false, "the fault it waits for never began"]);
  const good = metric("ttft", "below", "10s");
  assert.equal(verdict({ kind: "recovered", service: "chat", check: good }).got, "never breached");
});

Deno.test("expect.recovered without a check asks for the service's goodput objective", () => {
  const expect = [{ kind: "recovered", service: "chat" }];
  assert.deepEqual(problems(smallScenario({ expect })), {
    "expect[0]": 'Cannot find an error budget of "chat": say one in slo, ' +
      'such as { goodput: "99%" }',
  });
  const slo = { chat: { e2e: { p95: "1h" }, goodput: "100.0%" } };
  assert.match(problems(smallScenario({ slo }))["slo.chat.goodput"]!, /^Invalid goodput "100.0%"/);
  const fine = verdict(expect[0], { slo: { chat: { e2e: { p95: "1h" }, goodput: "99%" } } });
  assert.deepEqual([fine.passed, fine.about], [true, "chat recovers its objective"]);
});

Deno.test("expect.event counts the Events that are meant, from then on", () => {
  const event = (fields: object) => ({ kind: "event", reason: "NodeNotReady", ...fields });
  const found = verdicts([
    event({}),
    event({ object: "node-0", atMost: 1 }),
    event({ atMost: 0 }),
    event({ within: "1s", after: { ref: "loss" } }),
    event({ after: "9m" }),
    event({ type: "Normal" }),
    event({ atLeast: 100 }),
  ], { faults: [ALL_LOST] });
  assert.deepEqual(found.map(({ passed }) => passed), [
    ...[true, true, false, false, false],
    ...[found[5]!.passed, false],
  ]);
  assert.match(found[2]!.got, /^\d+, the first at 5m\d+s$/);
  assert.equal(found[2]!.expected, "none");
  assert.equal(found[2]!.about, "no event NodeNotReady");
  assert.equal(found[6]!.about, "at least 100 × event NodeNotReady");
});

Deno.test("expect.noRequestLost counts requests that were not tried again", () => {
  const lost = metric("lost", "below", 1);
  assert.equal(verdict(lost).passed, true);
  const { passed, got, expected } = verdict(lost, { faults: [ALL_LOST] });
  assert.deepEqual([passed, expected], [false, "below 1"]);
  assert.ok(Number(got) > 0, got);
});

Deno.test("expect.costBelow holds the GPUs' cost against USD, and says when it is unknown", () => {
  // 2 replicas of 1 GPU for 10 minutes at $6 an hour are $2 when they were scheduled at once.
  const cluster = { nodes: [{ count: 3, gpus: "2xH100-SXM" }], prices: { "H100-SXM": 6 } };
  const [above, below] = verdicts([{ kind: "cost", below: "$2.5" }, { kind: "cost", below: 1.5 }], {
    cluster,
  });
  assert.deepEqual([above!.passed, above!.got, above!.about], [true, "$2", "cost below $2.5"]);
  assert.deepEqual([below!.passed, below!.got], [false, "$2"]);
  assert.equal(above!.marginPpm, 200_000);
  const unpriced = { nodes: [{ count: 3, gpus: "2xL40S" }] };
  const unknown = verdict({ kind: "cost", below: 1 }, { cluster: unpriced });
  assert.deepEqual([unknown.passed, unknown.got], [false, "a GPU without a price"]);
  assert.deepEqual(problems(smallScenario({ expect: [{ kind: "cost", below: "cheap" }] })), {
    "expect[0].below": 'Invalid cost "cheap": write USD, such as 12.5 or "$12.5"',
  });
});

const BETTER = {
  kind: "betterThan",
  measured: { kind: "metric", metric: "e2e", statistic: "p95" },
};

Deno.test("expect.betterThan simulates the other scenario under the same seed", () => {
  const slower = smallScenario({
    ...{ name: "slower", cluster: { nodes: [{ count: 3, gpus: "2xA100-SXM-80GB" }] } },
  });
  const [some, much] = verdicts([
    { ...BETTER, than: slower },
    { ...BETTER, than: slower, by: "95%" },
  ]);
  assert.equal(some!.passed, true, some!.got);
  assert.equal(some!.about, "e2e p95 better than slower");
  assert.equal(much!.passed, false);
  assert.match(much!.expected, /^below [\d.]+m?s$/);
  const alone = run({ ...slower, seed: 1 });
  const theirs = measure(alone.state, { metric: "e2e", statistic: "p95" }, {
    ...{ service: "chat", nowUs: 600 * SECOND, overUs: undefined },
  })!;
  const [, limit] = /, ([\d.]+m?s) in slower$/.exec(some!.got) as unknown as [string, string];
  const ms = limit.endsWith("ms") ? parseFloat(limit) : parseFloat(limit) * 1000;
  assert.equal(Math.round(ms), Math.round(theirs / 1000));
});

Deno.test("expect.betterThan changes nothing in the log but its verdict", () => {
  const lines = (expect: unknown[]) =>
    run(smallScenario({ expect })).events
      .filter(({ kind }) => kind !== "verdict" && kind !== "run.started")
      .map(({ seq: _, ...event }: FleetEvent) => JSON.stringify(event));
  const other = smallScenario({ name: "other", duration: "3m" });
  const more = lines([
    { ...BETTER, than: other },
    { kind: "always", check: metric("ttft", "below", "1s") },
    { kind: "event", reason: "Scheduled" },
  ]);
  assert.deepEqual(more, lines([]));
});

Deno.test("plan() tells the problems of the other scenario below its path", () => {
  const than = smallScenario({ duration: "soon" });
  const found = problems(smallScenario({ expect: [{ ...BETTER, than }] }));
  assert.deepEqual(Object.keys(found), ["expect[0].than.duration"]);
  const unlisted = smallScenario({ services: "text" });
  const measured = { ...BETTER.measured, service: "chat" };
  const expect = [{ ...BETTER, measured, than: unlisted }];
  assert.ok("expect[0].than.services" in problems(smallScenario({ expect })));
  const none = problems(smallScenario({ expect: [{ ...BETTER, than: null }] }));
  assert.deepEqual(none, {
    "expect[0].than": "write the other scenario itself, as scenario({ … }) returns it",
  });
  const misnamed = { ...BETTER, measured: { ...BETTER.measured, service: "chat" } };
  const elsewhere = { ...smallScenario(), services: [], name: "other" };
  const lost = problems(smallScenario({ expect: [{ ...misnamed, than: elsewhere }] }));
  assert.ok("expect[0].measured.service" in lost, JSON.stringify(lost));
  const unread = { ...smallScenario(), services: 5, name: "other" };
  const broken = problems(smallScenario({ expect: [{ ...misnamed, than: unread }] }));
  assert.deepEqual(Object.keys(broken), ["expect[0].than.services"]);
});

Deno.test("expect.recovered takes a second without samples for a breach while requests hang", () => {
  // All nodes are silent from 5m on: nothing ends, so nothing is measured once a minute is over.
  const faults = [{ ...ALL_LOST, for: "20m" }];
  const check = metric("ttft", "below", "10s", { over: "10s" });
  const hung = verdict({ kind: "recovered", service: "chat", check, after: "5m" }, { faults });
  assert.equal(hung.passed, false, hung.got);
  // A load that ends leaves nobody waiting.
  const [users] = smallScenario().load;
  const idle = verdict({ kind: "recovered", service: "chat", check, after: "1m" }, {
    load: [{ ...users, end: "5m" }],
  });
  assert.equal(idle.passed, true, idle.got);
});

Deno.test("expect.recovered and expect.always count the requests that are late at the end", () => {
  // Answers of before end well within the last minute, and prompts of after it never come through.
  const [users] = smallScenario().load;
  const slow = {
    ...{ kind: "network-bandwidth", rate: "1kB/s", when: "580s", permanent: true },
    on: { kind: "pods", mode: "all" },
  };
  const run = {
    ...{ load: [{ ...users, rps: 20 }], faults: [slow] },
    slo: { chat: { ttft: { p95: "2s" }, goodput: "90%" } },
  };
  const goodput = { ...metric("goodput", "above", "90%"), over: "1m" };
  const after = "9m";
  const [recovered, always] = verdicts([
    { kind: "recovered", service: "chat", after },
    { kind: "always", check: goodput, after },
  ], run);
  assert.deepEqual([recovered!.passed, always!.passed], [false, false]);
  assert.match(recovered!.got, /^breached since 10m, \d\d\.\d+% of 90% at the end$/);
});

Deno.test("expect.betterThan compares metrics and loads of a scenario's own code", () => {
  const even = defineLoad({
    name: "even",
    about: "a request a second",
    *requests() {
      while (true) yield { afterSeconds: 1, promptTokens: 100, outputTokens: 10 };
    },
  });
  const tokens = defineMetric({
    name: "tokens-per-answer",
    about: "output tokens of a completed request, on average",
    read: ({ completed, outputTokens }) => completed === 0 ? undefined : outputTokens / completed,
  });
  const { load: _, ...rest } = smallScenario({ name: "short-answers" });
  const short = scenario({ ...rest, load: [even("users", { to: "chat" })] } as never);
  const data = scenario({
    ...smallScenario({ duration: "3m" }),
    expect: [
      expect.betterThan(short, tokens()),
      expect.always(tokens().below(200)),
    ],
  } as never);
  const [better, always] = run(data).of("verdict");
  assert.equal(always!.passed, true, always!.got);
  assert.equal(better!.passed, false);
  assert.match(better!.got, /in short-answers$/);
  assert.match(better!.got, /, (9|10)(\.\d+)? in/);
});

Deno.test("plan() never throws for another scenario that is none", () => {
  const than = fc.record({
    kind: fc.constant("scenario"),
    name: fc.string(),
    services: fc.anything(),
    load: fc.anything(),
    expect: fc.anything(),
    duration: fc.oneof(fc.constant("1m"), fc.anything()),
  });
  fc.assert(fc.property(than, fc.constantFrom(undefined, "chat", "other"), (other, service) => {
    const measured = { ...BETTER.measured, ...(service === undefined ? {} : { service }) };
    const found = problems(smallScenario({ expect: [{ ...BETTER, measured, than: other }] }));
    assert.ok(Object.keys(found).every((path) => path.startsWith("expect[0]")), `${found}`);
  }));
});

Deno.test("plan() refuses an expect.always that has no window", () => {
  const check = metric("ttft", "below", "1s");
  const found = problems(smallScenario({
    warmup: "2m",
    expect: [
      { kind: "always", check, until: "2m" },
      { kind: "always", check, after: "5m", until: "4m" },
      { kind: "always", check, after: "10m" },
      { kind: "always", check, until: "3m" },
    ],
  }));
  assert.deepEqual(found, {
    "expect[0].until": "Cannot hold at every window: there is none before it",
    "expect[1].until": "Cannot hold at every window: there is none before it",
    "expect[2].after": "Cannot expect anything after the run's end",
  });
});

Deno.test("plan() refuses Events that only a summary has, and metrics that look back less than a window", () => {
  const check = { kind: "metric", metric: "ttft", comparison: "below", threshold: "1s" };
  const found = problems(smallScenario({
    expect: [
      { kind: "event", reason: "FaultBegan" },
      { kind: "event", reason: "NodeNotReady" },
      { ...check, over: "0s" },
      { ...check, over: "1s" },
      { kind: "always", check: { ...check, over: "999ms" } },
    ],
  }));
  const late = "Cannot look back less than 1s: what is measured is counted by the second";
  assert.deepEqual(found, {
    "expect[0].reason": "no Kubernetes Event has this reason: expect what comes of it, by a " +
      "metric, an outcome of the rollout or an Event that follows",
    "expect[2].over": late,
    "expect[4].check.over": late,
  });
});

Deno.test("plan() refuses a reason of Events that no Event has, and names the nearest", () => {
  const expect = [
    { kind: "event", reason: "Evictd", atMost: 0 },
    { kind: "event", reason: "Nonsense" },
    { kind: "event", reason: "Evicted", atMost: 0 },
  ];
  const found = problems(smallScenario({ expect }));
  assert.deepEqual(Object.keys(found), ["expect[0].reason", "expect[1].reason"]);
  assert.equal(
    found["expect[0].reason"],
    'No Kubernetes Event has the reason "Evictd": did you mean "Evicted"?',
  );
  assert.match(found["expect[1].reason"]!, /reason "Nonsense": known: Scheduled, .*Evicted/);
});

Deno.test("plan() refuses what is held against itself: it always holds, or never", () => {
  const ttft = { kind: "metric", metric: "ttft", comparison: "below", threshold: "120%" };
  const shift = { kind: "distribution", metric: "ttft", direction: "above" };
  const found = problems(smallScenario({
    expect: [
      { ...ttft, of: "stable", comparedTo: { of: "stable" } },
      { ...ttft, service: "chat", comparedTo: { service: "chat" } },
      { ...ttft, comparedTo: { of: "stable" } },
      { ...shift, of: "stable", against: { of: "stable" } },
      { ...shift, against: {} },
      { ...shift, against: { of: "stable" } },
    ],
  }));
  const itself = "Cannot compare with itself: name another revision, or another service";
  assert.deepEqual(found, {
    "expect[0].comparedTo": itself,
    "expect[1].comparedTo": itself,
    "expect[3].against": itself,
    "expect[4].against": itself,
  });
});
