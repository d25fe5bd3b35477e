import assert from "node:assert/strict";
import type { Endpoints } from "../../../../src/fleet/picker/endpoints.ts";
import { isDecode, isPrefill, labelFilter } from "../../../../src/fleet/picker/label_filters.ts";
import { utilizationFilter } from "../../../../src/fleet/picker/limit_filters.ts";
import type { Filter } from "../../../../src/fleet/picker/ports.ts";
import {
  PREFIX_AFFINITY_DEFAULTS,
  prefixAffinityFilter,
} from "../../../../src/fleet/picker/prefix_affinity_filter.ts";
import {
  CONCURRENCY_DEFAULTS,
  ConcurrencyDetector,
  UTILIZATION_DEFAULTS,
  UtilizationDetector,
} from "../../../../src/fleet/picker/saturation.ts";
import { type LabelRequirement, matchesSelector } from "../../../../src/kube/label_selector.ts";
import { Streams } from "../../../../src/sim/streams.ts";
import { candidatesOf, endpointsOf, fakePod, found, request } from "./picker_rig.ts";

function kept(filter: Filter, endpoints: Endpoints): number[] {
  const candidates = candidatesOf(endpoints);
  filter.filter(request(), candidates);
  return [...candidates.slots.subarray(0, candidates.count)];
}

const ROLES = [
  [undefined, true, false],
  ["both", true, false],
  ["decode", true, false],
  ["prefill-decode", true, false],
  ["encode-prefill-decode", true, false],
  ["prefill", false, true],
  ["encode", false, false],
] as const;

for (const [role, decodes, prefills] of ROLES) {
  Deno.test(`isDecode() and isPrefill() tell pods apart when the role is ${role}`, () => {
    const labels: Record<string, string> = role === undefined ? {} : { "llm-d.ai/role": role };
    assert.deepEqual([isDecode(labels), isPrefill(labels)], [decodes, prefills]);
  });
}

Deno.test("labelFilter() keeps the pods whose labels hold, in their order", () => {
  const endpoints = endpointsOf();
  const roles = ["decode", "prefill", "decode"];
  endpoints.update(
    roles.map((role) => ({ pod: fakePod(role), labels: { "llm-d.ai/role": role } })),
    0,
  );
  assert.deepEqual(kept(labelFilter(isDecode, endpoints), endpoints), [0, 2]);
  assert.deepEqual(kept(labelFilter(isPrefill, endpoints), endpoints), [1]);
});

Deno.test("matchesSelector() holds when every label and every expression does", () => {
  const labels = { tier: "a", zone: "x" };
  const holds = (...matchExpressions: LabelRequirement[]) =>
    matchesSelector({ matchExpressions }, labels);
  assert.ok(matchesSelector({}, labels));
  assert.ok(matchesSelector({ matchLabels: { tier: "a" } }, labels));
  assert.ok(!matchesSelector({ matchLabels: { tier: "a", zone: "y" } }, labels));
  assert.ok(holds({ key: "tier", operator: "In", values: ["a", "b"] }));
  assert.ok(!holds({ key: "none", operator: "In", values: ["a"] }));
  assert.ok(!holds({ key: "tier", operator: "NotIn", values: ["a"] }));
  assert.ok(holds({ key: "none", operator: "NotIn", values: ["a"] }));
  assert.ok(holds({ key: "zone", operator: "Exists" }));
  assert.ok(!holds({ key: "constructor", operator: "Exists" }));
  assert.ok(!holds({ key: "zone", operator: "DoesNotExist" }));
});

Deno.test("utilizationFilter() drops who is above a limit, or nobody when told to fall back", () => {
  const endpoints = endpointsOf({ waiting: 3 }, { waiting: 4 }, { usedBlocks: 95 });
  const conditions = [
    { metric: "waiting-queue", maxValue: 3 },
    { metric: "kv-cache-utilization", maxValue: 0.9 },
  ] as const;
  assert.deepEqual(
    kept(utilizationFilter({ conditions, fallbackOnEmpty: false }, endpoints), endpoints),
    [0],
  );
  const strict = [{ metric: "running-requests", maxValue: -1 }] as const;
  const none = utilizationFilter({ conditions: strict, fallbackOnEmpty: false }, endpoints);
  assert.deepEqual(kept(none, endpoints), []);
  const all = utilizationFilter({ conditions: strict, fallbackOnEmpty: true }, endpoints);
  assert.deepEqual(kept(all, endpoints), [0, 1, 2]);
});

function affinity(endpoints: Endpoints, matched: readonly number[], given = {}) {
  const stream = new Streams(3).stream("picker/chat/exploration");
  const parameters = { ...PREFIX_AFFINITY_DEFAULTS, ...given };
  return prefixAffinityFilter(parameters, endpoints, found(10, matched), stream);
}

Deno.test("prefixAffinityFilter() keeps who has most of the prompt, or all when nobody has", () => {
  const endpoints = endpointsOf({}, {}, {});
  assert.deepEqual(kept(affinity(endpoints, [8, 7, 10]), endpoints), [0, 2]);
  assert.deepEqual(kept(affinity(endpoints, [7, 7, 0]), endpoints), [0, 1, 2]);
});

Deno.test("prefixAffinityFilter() keeps all when those would begin too late", () => {
  const endpoints = endpointsOf({}, {});
  // 1000 ms at 15,928 tokens/s.
  const filter = affinity(endpoints, [10, 0], { maxTTFTPenaltyMs: 1000 });
  endpoints.tokens[0] = 15_928;
  assert.deepEqual(kept(filter, endpoints), [0]);
  endpoints.tokens[0] = 15_929;
  assert.deepEqual(kept(filter, endpoints), [0, 1]);
  assert.deepEqual(kept(affinity(endpoints, [10, 0], { maxTTFTPenaltyMs: 0 }), endpoints), [0]);
});

Deno.test("prefixAffinityFilter() explores as often as it is told to", () => {
  const endpoints = endpointsOf({}, {});
  const filter = affinity(endpoints, [10, 0], { explorationProbability: 0.25 });
  const explored = Array.from({ length: 4000 }, () => kept(filter, endpoints).length - 1);
  const share = explored.reduce((a, b) => a + b) / explored.length;
  assert.ok(Math.abs(share - 0.25) < 3.29 * Math.sqrt(0.25 * 0.75 / 4000), `${share}`);
});

Deno.test("UtilizationDetector.saturation() is the mean of the fuller of queue and KV cache", () => {
  const endpoints = endpointsOf({ waiting: 5 }, { usedBlocks: 40 }, { waiting: 1, usedBlocks: 80 });
  const detector = new UtilizationDetector(UTILIZATION_DEFAULTS, endpoints, () => 0);
  assert.equal(detector.saturation(endpoints.pool, 0), (1 + 0.5 + 1) / 3);
  assert.equal(detector.saturation({ slots: new Int32Array(0), count: 0 }, 0), 1);
});

Deno.test("UtilizationDetector takes an endpoint with stale metrics for full", () => {
  const pods = [fakePod("a"), fakePod("b")];
  const endpoints = endpointsOf();
  endpoints.update(pods.map((pod) => ({ pod, labels: {} })), 0);
  endpoints.refresh(0);
  pods[1]!.told.frozen = true;
  let nowUs = 200_000;
  endpoints.refresh(nowUs);
  const detector = new UtilizationDetector(UTILIZATION_DEFAULTS, endpoints, () => nowUs);
  assert.equal(detector.saturation(endpoints.pool, nowUs), 0);
  assert.deepEqual(kept(detector, endpoints), [0, 1]);
  nowUs = 200_001;
  endpoints.refresh(250_000);
  assert.equal(detector.saturation(endpoints.pool, nowUs), 0.5);
  assert.deepEqual(kept(detector, endpoints), [0]);
});

Deno.test("UtilizationDetector.filter() keeps all when all are over their limits", () => {
  const endpoints = endpointsOf({ waiting: 5 }, { usedBlocks: 80 });
  const detector = new UtilizationDetector(UTILIZATION_DEFAULTS, endpoints, () => 0);
  assert.deepEqual(kept(detector, endpoints), [0, 1]);
  const loose = { ...UTILIZATION_DEFAULTS, headroom: 0.2 };
  const some = endpointsOf({ waiting: 5 }, { usedBlocks: 97 });
  assert.deepEqual(kept(new UtilizationDetector(loose, some, () => 0), some), [0]);
});

Deno.test("ConcurrencyDetector counts what is in flight, in requests, tokens or both", () => {
  const endpoints = endpointsOf({}, {});
  endpoints.requests.set([50, 100]);
  endpoints.tokens.set([900_000, 0]);
  const saturation = (concurrencyMode: "requests" | "tokens" | "hybrid") =>
    new ConcurrencyDetector({ ...CONCURRENCY_DEFAULTS, concurrencyMode }, endpoints)
      .saturation(endpoints.pool);
  assert.deepEqual(
    [saturation("requests"), saturation("tokens"), saturation("hybrid")],
    [0.75, 0.45, 0.75],
  );
  assert.deepEqual(kept(new ConcurrencyDetector(CONCURRENCY_DEFAULTS, endpoints), endpoints), [0]);
  const few = {
    ...CONCURRENCY_DEFAULTS,
    concurrencyMode: "tokens",
    maxTokenConcurrency: 10,
  } as const;
  assert.deepEqual(kept(new ConcurrencyDetector(few, endpoints), endpoints), [1]);
});
