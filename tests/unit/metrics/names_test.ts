// The vocabulary: every metric has a unit, and no name stands for two things.
import assert from "node:assert/strict";
import {
  LATENCIES,
  LATENCY_NAMES,
  type MetricName,
  RATES,
  RATIOS,
  unitOf,
  VLLM_METRICS,
} from "../../../src/metrics/names.ts";

const namesOf = <T extends object>(table: T) => Object.keys(table) as (keyof T & MetricName)[];

Deno.test("unitOf() is µs for latencies, ppm for ratios and thousandths for rates", () => {
  for (const name of namesOf(LATENCIES)) assert.equal(unitOf(name), "us");
  for (const name of namesOf(RATIOS)) assert.equal(unitOf(name), "ppm");
  for (const name of namesOf(RATES)) assert.equal(unitOf(name), "milli");
});

Deno.test("LATENCY_NAMES lists each latency, and no name is in two tables", () => {
  assert.deepEqual([...LATENCY_NAMES].sort(), ["e2e", "itl", "queue", "tpot", "ttft"]);
  const all = [LATENCIES, RATIOS, RATES].flatMap((table) => Object.keys(table));
  assert.equal(new Set(all).size, all.length);
});

Deno.test("VLLM_METRICS has every name that a metric of the vocabulary stands for, once", () => {
  const names = VLLM_METRICS.map(({ vllm }) => vllm);
  assert.equal(new Set(names).size, names.length);
  const known = [LATENCIES, RATIOS, RATES].flatMap((table) => Object.values<object>(table));
  const expected = known.flatMap((metric) => "vllm" in metric ? [metric.vllm as string] : []);
  for (const name of expected) assert.ok(names.includes(name), name);
});
