import assert from "node:assert/strict";
import type { Endpoints } from "../../../../src/fleet/picker/endpoints.ts";
import { InFlight } from "../../../../src/fleet/picker/in_flight.ts";
import {
  ACTIVE_REQUEST_DEFAULTS,
  activeRequestScorer,
  TOKEN_LOAD_THRESHOLD,
  tokenLoadScorer,
} from "../../../../src/fleet/picker/load_scorers.ts";
import { loraAffinityScorer } from "../../../../src/fleet/picker/lora_affinity.ts";
import {
  kvCacheScorer,
  LOAD_AWARE_THRESHOLD,
  loadAwareScorer,
  queueScorer,
  runningRequestsScorer,
} from "../../../../src/fleet/picker/metric_scorers.ts";
import { NoHitLru } from "../../../../src/fleet/picker/no_hit_lru.ts";
import { NOBODY } from "../../../../src/fleet/picker/ports.ts";
import {
  PREFIX_SCORER_DEFAULTS,
  prefixScorer,
  rankedPrefixScorer,
} from "../../../../src/fleet/picker/prefix_scorer.ts";
import { SessionAffinity } from "../../../../src/fleet/picker/session_affinity.ts";
import { candidatesOf, endpointsOf, found, request, scoresOf } from "./picker_rig.ts";

Deno.test("queueScorer() is (max − waiting) / (max − min), and 1 when all wait alike", () => {
  const endpoints = endpointsOf({ waiting: 2 }, { waiting: 10 }, { waiting: 4 });
  assert.deepEqual(scoresOf(queueScorer(endpoints), endpoints), [1, 0, 0.75]);
  const alike = endpointsOf({ waiting: 3 }, { waiting: 3 });
  assert.deepEqual(scoresOf(queueScorer(alike), alike), [1, 1]);
});

Deno.test("runningRequestsScorer() does the same with running requests", () => {
  const endpoints = endpointsOf({ running: 0, waiting: 9 }, { running: 4 }, { running: 1 });
  assert.deepEqual(scoresOf(runningRequestsScorer(endpoints), endpoints), [1, 0, 0.75]);
});

Deno.test("kvCacheScorer() is 1 − usage", () => {
  const endpoints = endpointsOf({ usedBlocks: 25 }, { usedBlocks: 100 }, {});
  assert.deepEqual(scoresOf(kvCacheScorer(endpoints), endpoints), [0.75, 0, 1]);
});

Deno.test("loadAwareScorer() falls from 0.5 to 0 at the threshold", () => {
  const waiting = [0, 32, 64, 128, 1000].map((count) => ({ waiting: count }));
  const endpoints = endpointsOf(...waiting);
  const scorer = loadAwareScorer(LOAD_AWARE_THRESHOLD, endpoints);
  assert.deepEqual(scoresOf(scorer, endpoints), [0.5, 0.375, 0.25, 0, 0]);
});

Deno.test("prefixScorer() is the matched share of the prompt's blocks", () => {
  const endpoints = endpointsOf({}, {}, {});
  const scorer = prefixScorer(PREFIX_SCORER_DEFAULTS, found(8, [2, 8, 0]));
  assert.deepEqual(scoresOf(scorer, endpoints), [0.25, 1, 0]);
  const none = prefixScorer(PREFIX_SCORER_DEFAULTS, found(0, [0, 0, 0]));
  assert.deepEqual(scoresOf(none, endpoints), [0, 0, 0]);
});

Deno.test("prefixScorer() weighs the square of the matched length when asked to", () => {
  const endpoints = endpointsOf({});
  const parameters = { prefixLengthWeight: 0.5, maxModelLen: 256 };
  // 2 blocks of 64 tokens are half of 256: 0.5 · 0.5² + 0.5 · 2/4.
  const scorer = prefixScorer(parameters, found(4, [2]));
  assert.deepEqual(scoresOf(scorer, endpoints), [0.375]);
});

function lru(endpoints: Endpoints, matched: number[], size = 1024) {
  return new NoHitLru(size, endpoints, found(4, matched));
}

Deno.test("NoHitLru.score() is neutral when a candidate has some of the prompt", () => {
  const endpoints = endpointsOf({}, {}, {});
  assert.deepEqual(scoresOf(lru(endpoints, [0, 1, 0]), endpoints), [0.5, 0.5, 0.5]);
});

Deno.test("NoHitLru.score() prefers who never got a cold request, then the longest ago", () => {
  const endpoints = endpointsOf({}, {}, {});
  const scorer = lru(endpoints, [0, 0, 0]);
  const pick = (slot: number) => scorer.picked(request(), { slot, prefillSlot: NOBODY });
  assert.deepEqual(scoresOf(scorer, endpoints), [1, 0.5, 0]);
  pick(1);
  assert.deepEqual(scoresOf(scorer, endpoints), [1, 0, 0.5]);
  pick(0);
  assert.deepEqual(scoresOf(scorer, endpoints), [0, 0.5, 1]);
  pick(2);
  pick(1);
  assert.deepEqual(scoresOf(scorer, endpoints), [1, 0, 0.5]);
});

Deno.test("NoHitLru.picked() does not count requests that found something", () => {
  const endpoints = endpointsOf({}, {});
  const matched = [0, 0];
  const prefix = found(4, matched);
  const scorer = new NoHitLru(1024, endpoints, prefix);
  prefix.matched[0] = 1;
  scoresOf(scorer, endpoints);
  scorer.picked(request(), { slot: 0, prefillSlot: NOBODY });
  prefix.matched[0] = 0;
  assert.deepEqual(scoresOf(scorer, endpoints), [1, 0]);
});

Deno.test("NoHitLru.score() is 1 for a single candidate", () => {
  const endpoints = endpointsOf({});
  assert.deepEqual(scoresOf(lru(endpoints, [0]), endpoints), [1]);
});

Deno.test("NoHitLru.picked() forgets the longest ago when it remembers enough", () => {
  const endpoints = endpointsOf({}, {}, {});
  const scorer = lru(endpoints, [0, 0, 0], 1);
  for (const slot of [0, 1]) {
    scoresOf(scorer, endpoints);
    scorer.picked(request(), { slot, prefillSlot: NOBODY });
  }
  assert.deepEqual(scoresOf(scorer, endpoints), [1, 0, 0.5]);
});

function flights(endpoints: Endpoints, adapters = false) {
  const inFlight = new InFlight(endpoints, () => undefined, adapters);
  const send = (slot: number, given = request(), prefillSlot = NOBODY) =>
    inFlight.begin(given, { slot, prefillSlot });
  return { inFlight, send };
}

Deno.test("activeRequestScorer() gives idle endpoints 1 and busy ones less the more they have", () => {
  const endpoints = endpointsOf({}, {}, {});
  const { send } = flights(endpoints);
  for (const slot of [1, 2, 2, 2, 2]) send(slot);
  const scorer = activeRequestScorer(ACTIVE_REQUEST_DEFAULTS, endpoints);
  assert.deepEqual(scoresOf(scorer, endpoints), [1, 0.75, 0]);
  const gap = activeRequestScorer({ idleThreshold: 1, maxBusyScore: 0.5 }, endpoints);
  assert.deepEqual(scoresOf(gap, endpoints), [1, 1, 0]);
  const none = activeRequestScorer({ idleThreshold: 0, maxBusyScore: 0 }, endpoints);
  assert.deepEqual(scoresOf(none, endpoints), [1, 0, 0]);
});

Deno.test("tokenLoadScorer() is 1 − tokens in flight / threshold, not below 0", () => {
  const endpoints = endpointsOf({}, {}, {});
  const { send } = flights(endpoints);
  send(1, request({ promptTokens: TOKEN_LOAD_THRESHOLD / 4 }));
  send(2, request({ promptTokens: TOKEN_LOAD_THRESHOLD * 2 }));
  const scorer = tokenLoadScorer(TOKEN_LOAD_THRESHOLD, endpoints);
  assert.deepEqual(scoresOf(scorer, endpoints), [1, 0.75, 0]);
});

Deno.test("InFlight.begin() counts what an endpoint has not of a prompt, until the first token", () => {
  const endpoints = endpointsOf({}, {});
  const inFlight = new InFlight(endpoints, () => found(4, [0, 1]), false);
  const flight = inFlight.begin(request({ promptTokens: 200 }), { slot: 1, prefillSlot: NOBODY });
  assert.deepEqual([endpoints.requests[1], endpoints.tokens[1]], [1, 136]);
  flight.id = 7;
  inFlight.release((id) => id !== 7);
  assert.equal(endpoints.tokens[1], 136);
  inFlight.release((id) => id === 7);
  assert.deepEqual([endpoints.requests[1], endpoints.tokens[1]], [1, 0]);
  inFlight.end(flight);
  inFlight.end(flight);
  assert.deepEqual([endpoints.requests[1], endpoints.tokens[1]], [0, 0]);
});

Deno.test("InFlight.begin() counts a request for both endpoints, its prompt where it is computed", () => {
  const endpoints = endpointsOf({}, {});
  const { inFlight, send } = flights(endpoints);
  const flight = send(0, request({ promptTokens: 70 }), 1);
  assert.deepEqual([...endpoints.requests.subarray(0, 2)], [1, 1]);
  assert.deepEqual([...endpoints.tokens.subarray(0, 2)], [0, 70]);
  inFlight.end(flight);
  assert.deepEqual([...endpoints.requests.subarray(0, 2)], [0, 0]);
});

Deno.test("Flight.sent() ends the flight and tells the client", () => {
  const endpoints = endpointsOf({});
  const { send } = flights(endpoints);
  const ends: string[] = [];
  const flight = send(0, request({ onEnd: (outcome) => ends.push(outcome), session: 3 }));
  const sent = flight.sent();
  assert.equal(sent.session, 3);
  sent.onEnd!("completed");
  assert.deepEqual([endpoints.requests[0], ends], [0, ["completed"]]);
});

Deno.test("loraAffinityScorer() ranks active, free, waiting and full", () => {
  const endpoints = endpointsOf({}, {}, {}, {});
  const { inFlight, send } = flights(endpoints, true);
  const ask = (adapter: string) => request({ kind: { adapter } });
  for (const adapter of ["a", "b"]) send(0, ask(adapter));
  send(1, ask("b"));
  for (const adapter of ["b", "c", "a"]) send(2, ask(adapter));
  for (const adapter of ["b", "c"]) send(3, ask(adapter));
  const scorer = loraAffinityScorer(2, inFlight);
  assert.deepEqual(scoresOf(scorer, endpoints, ask("a")), [1, 0.8, 0.6, 0]);
  // The model itself is no adapter: a free slot is as good as ever, and none is needed.
  assert.deepEqual(scoresOf(scorer, endpoints), [0, 0.8, 0, 0]);
});

Deno.test("SessionAffinity binds a session to the endpoint of its last request", () => {
  const endpoints = endpointsOf({}, {}, {});
  const affinity = new SessionAffinity(endpoints);
  const mine = request({ session: 1 });
  assert.deepEqual(scoresOf(affinity, endpoints, mine), [0, 0, 0]);
  affinity.picked(mine, { slot: 2, prefillSlot: NOBODY });
  assert.deepEqual(scoresOf(affinity, endpoints, mine), [0, 0, 1]);
  assert.deepEqual(scoresOf(affinity, endpoints, request({ session: 2 })), [0, 0, 0]);
  assert.deepEqual(scoresOf(affinity, endpoints), [0, 0, 0]);
  const candidates = candidatesOf(endpoints);
  affinity.filter(mine, candidates);
  assert.deepEqual([candidates.count, candidates.slots[0]], [1, 2]);
  const without = { slots: Int32Array.of(0, 1), count: 2 };
  affinity.filter(mine, without);
  assert.equal(without.count, 2);
});

Deno.test("rankedPrefixScorer() ranks who has some of a prompt between the least and the most", () => {
  const endpoints = endpointsOf({}, {}, {}, {});
  const scored = (matched: number[]) =>
    scoresOf(rankedPrefixScorer(found(140, matched)), endpoints);
  // One with the shared prefix alone is no better than one without.
  assert.deepEqual(scored([125, 140, 0, 130]), [0, 1, 0, 1 / 3]);
  assert.deepEqual(scored([125, 0, 0, 125]), [1, 0, 0, 1]);
  assert.deepEqual(scored([0, 0, 0, 0]), [0, 0, 0, 0]);
});
