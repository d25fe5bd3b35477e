// A gateway's tries: how many, how far apart, for how long, and how they are counted.
import assert from "node:assert/strict";
import type { FleetRequest } from "../../../src/fleet/fleet_request.ts";
import { deadlineOf, nextTry } from "../../../src/fleet/request_tries.ts";
import type { RoutePolicy } from "../../../src/fleet/route_policy.ts";
import { Streams } from "../../../src/sim/streams.ts";
import { llm, SECOND, smallFleet } from "./small_fleet.ts";

function request(policy: RoutePolicy): FleetRequest {
  return {
    ...{ promptTokens: 1, outputTokens: 1, warmup: false, kind: {}, content: undefined },
    policy,
  };
}

const BASE = 25_000;
const THRICE = { retry: { attempts: 3, backoffUs: BASE } };

Deno.test("nextTry() tries again as often as the route says, and waits as Envoy does", () => {
  const jitter = new Streams(1).stream("jitter");
  const longest = [0, 0, 0];
  for (let each = 0; each < 2000; each++) {
    let current = request(THRICE);
    for (const index of longest.keys()) {
      const next = nextTry(current, 7, 100, () => jitter)!;
      assert.deepEqual(next.request.gatewayTry, { number: index + 2, arrivedUs: 7 });
      longest[index] = Math.max(longest[index]!, next.delayUs);
      current = next.request;
    }
    assert.equal(nextTry(current, 7, 100, () => jitter), undefined);
  }
  for (const [index, most] of longest.entries()) {
    const bound = BASE * (2 ** (index + 1) - 1);
    assert.ok(most < bound && most > 0.98 * bound, `${most} of ${bound}`);
  }
});

Deno.test("nextTry() tries nothing again without a retry, or after the route's time", () => {
  const jitter = () => new Streams(1).stream("jitter");
  assert.equal(nextTry(request({}), 0, 0, jitter), undefined);
  const limited = request({ ...THRICE, requestUs: SECOND });
  assert.ok(nextTry(limited, 0, SECOND - BASE, jitter));
  assert.equal(nextTry(limited, 0, SECOND, jitter), undefined);
});

Deno.test("deadlineOf() is the earlier of a try's and the whole's, which runs from the arrival", () => {
  const policy = { requestUs: 10, backendRequestUs: 4 };
  assert.equal(deadlineOf(request({}), 100), undefined);
  assert.equal(deadlineOf(request(policy), 100), 104);
  const gatewayTry = { number: 3, arrivedUs: 100 };
  assert.equal(deadlineOf({ ...request(policy), gatewayTry }, 108), 110);
});

/** `chat` of two pods, its route with such a rule; each request is told. */
function routed(rule: object, replicas = 2) {
  const chat = llm("chat", { replicas });
  const router = { route: { http: { spec: { rules: [rule] } } } };
  const small = smallFleet({
    services: [{ ...chat, spec: { ...chat.spec, router } }],
    recordRequests: true,
  });
  const rows = () =>
    small.of("request").map(({ outcome, reason, status, gatewayTry, again }) =>
      [outcome, reason, status, gatewayTry, again].filter((each) => each !== undefined).join(" ")
    );
  return { ...small, rows };
}

/** Requests in all windows of `chat`, summed. */
function counts({ of, fleet }: ReturnType<typeof routed>) {
  fleet.closeWindows();
  const sum = { arrived: 0, completed: 0, failed: 0, rejected: 0, retried: 0, retriedByGateway: 0 };
  for (const { measured } of of("window")) {
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) {
      sum[key] += measured?.requests[key] ?? 0;
    }
  }
  return sum;
}

Deno.test("RequestRouter tries a request again that found nobody at its pod, and its client never knows", () => {
  const small = routed({ retry: { attempts: 5, backoff: "10ms" } });
  small.clock.runUntil(SECOND);
  small.pod(0).die("test");
  small.clock.runUntil(small.clock.nowUs + 1);
  const ends: string[] = [];
  for (let index = 0; index < 20; index++) {
    small.fleet.submit("chat", 100, 10, {}, { onEnd: (outcome) => void ends.push(outcome) });
  }
  small.clock.runUntil(20 * SECOND);
  const { arrived, completed, failed, retried, retriedByGateway } = counts(small);
  assert.deepEqual(ends, Array.from({ length: 20 }, () => "completed"));
  assert.equal(completed, 20);
  assert.equal(arrived, 20 + failed);
  assert.deepEqual([retried, retriedByGateway], [failed, failed]);
  assert.ok(failed >= 10, `${failed}`);
  assert.ok(small.rows().includes("failed lost true"), String(small.rows()));
  assert.ok(small.rows().includes("completed 2"), String(small.rows()));
});

Deno.test("RequestRouter loses what finds nobody at its pod when the route tries nothing again", () => {
  const small = routed({});
  small.clock.runUntil(SECOND);
  small.pod(0).die("test");
  small.clock.runUntil(small.clock.nowUs + 1);
  for (let index = 0; index < 20; index++) small.fleet.submit("chat", 100, 10);
  small.clock.runUntil(20 * SECOND);
  const { arrived, completed, failed, retried } = counts(small);
  assert.deepEqual([arrived, completed, failed, retried], [20, 10, 10, 0]);
});

Deno.test("RequestRouter does not try again what a pod took with it: it may have been processed", () => {
  const small = routed({ retry: { attempts: 5, backoff: "1ms" } }, 1);
  small.clock.runUntil(SECOND);
  small.fleet.submit("chat", 100, 1000);
  small.clock.runUntil(SECOND + SECOND / 100);
  small.pod(0).die("test");
  small.clock.runUntil(2 * SECOND);
  assert.deepEqual(small.rows(), ["failed lost"]);
});

Deno.test("RequestRouter gives up after the last try, which its client hears of once", () => {
  const small = routed({ retry: { attempts: 2, backoff: "1ms" } }, 1);
  small.clock.runUntil(SECOND);
  small.pod(0).die("test");
  small.clock.runUntil(small.clock.nowUs + 1);
  const ends: string[] = [];
  small.fleet.submit("chat", 100, 10, {}, { onEnd: (outcome) => void ends.push(outcome) });
  small.clock.runUntil(SECOND + SECOND / 2);
  assert.deepEqual(ends, ["failed"]);
  assert.deepEqual(small.rows(), ["failed lost true", "failed lost 2 true", "failed lost 3"]);
  const { arrived, failed, retried } = counts(small);
  assert.deepEqual([arrived, failed, retried], [3, 3, 2]);
});

Deno.test("RequestHost answers 504 when the route's time is over, and tells the client at once", () => {
  const small = routed({ timeouts: { request: "2s" } }, 1);
  small.clock.runUntil(SECOND);
  const ends: [number, string][] = [];
  const onEnd = (outcome: string) => void ends.push([small.clock.nowUs / SECOND, outcome]);
  small.fleet.submit("chat", 100, 2000, {}, { onEnd });
  small.fleet.submit("chat", 100, 2, {}, { onEnd });
  small.clock.runUntil(10 * SECOND);
  assert.deepEqual(ends.map(([, outcome]) => outcome), ["completed", "failed"]);
  assert.equal(ends[1]![0], 3);
  assert.deepEqual(small.rows(), ["completed", "failed gateway-timeout 504"]);
});

Deno.test("RequestHost tries again what had no token in a try's time, and not what its client reads", () => {
  const small = routed({
    timeouts: { backendRequest: "1s" },
    retry: { attempts: 1, backoff: "1ms" },
  });
  small.clock.runUntil(SECOND);
  const hanging = small.pod(0);
  hanging.hang();
  const ends: string[] = [];
  const onEnd = (outcome: string) => void ends.push(outcome);
  for (let index = 0; index < 2; index++) small.fleet.submit("chat", 100, 2, {}, { onEnd });
  for (let index = 0; index < 2; index++) small.fleet.submit("chat", 100, 2000, {}, { onEnd });
  small.clock.runUntil(9 * SECOND);
  const { completed, retriedByGateway } = counts(small);
  assert.equal(completed, ends.filter((outcome) => outcome === "completed").length);
  assert.ok(completed >= 1 && ends.includes("failed"), String(ends));
  assert.equal(ends.length, 4, String(ends));
  assert.ok(retriedByGateway >= 1 && retriedByGateway <= 2, String(retriedByGateway));
});

Deno.test("RequestRouter does not try again for a client that gave up in between", () => {
  const small = routed({ retry: { attempts: 3, backoff: "1s" } }, 1);
  small.clock.runUntil(SECOND);
  small.pod(0).die("test");
  small.clock.runUntil(small.clock.nowUs + 1);
  const ends: string[] = [];
  const kind = { timeoutUs: 1 };
  small.fleet.submit("chat", 100, 10, kind, { onEnd: (outcome) => void ends.push(outcome) });
  small.clock.runUntil(4 * SECOND);
  assert.deepEqual(ends, ["timeout"]);
  assert.deepEqual(small.rows(), ["failed lost true", "failed timeout 2"]);
});
