import assert from "node:assert/strict";
import { readEnvironment } from "../../../src/cli/settings_env.ts";

async function values(env: Record<string, string>) {
  const layer = await readEnvironment(env);
  assert.deepEqual(layer.problems, []);
  return Object.fromEntries([...layer.values].map(([key, { value }]) => [key, value]));
}

Deno.test("readEnvironment() reads each kind of value", async () => {
  const read = await values({
    MTOP_MODE: "live",
    MTOP_MOCKS: "my mocks",
    MTOP_NAMESPACE: "team-a",
    MTOP_COLUMNS: "NAME, RPS",
    MTOP_REFRESH: "250ms",
    MTOP_THRESHOLDS_KV_CACHE_USAGE_WARN: "0.1%",
    MTOP_THRESHOLDS_WAITING_CRITICAL: "2.5",
    MTOP_GPU_PRICES: "H100-SXM=2.5, L4=1",
    MTOP_LOG: "json",
    HOME: "/home/me",
  });
  assert.deepEqual(read, {
    mode: "live",
    mocks: "my mocks",
    namespace: "team-a",
    columns: ["NAME", "RPS"],
    refresh: 250_000,
    "thresholds.kvCacheUsage.warn": 0.001,
    "thresholds.waiting.critical": 2.5,
    gpuPrices: { "H100-SXM": 2.5, L4: 1 },
    log: "json",
  });
});

Deno.test("readEnvironment() takes LLD_MODE for MTOP_MODE, which wins, and says which it was", async () => {
  assert.deepEqual(await values({ LLD_MODE: "live" }), { mode: "live" });
  assert.deepEqual(await values({ LLD_MODE: "nonsense", MTOP_MODE: "mock" }), { mode: "mock" });
  assert.deepEqual(await values({ LLD_MODE: "live", MTOP_MODE: "" }), { mode: "live" });
  const { values: layer } = await readEnvironment({ LLD_MODE: "live" });
  assert.equal(layer.get("mode")?.origin, "environment LLD_MODE");
  const { problems } = await readEnvironment({ LLD_MODE: "lve" });
  assert.deepEqual(problems, ['Cannot use "lve" as LLD_MODE: write one of mock, live']);
});

Deno.test("readEnvironment() names the variable that it cannot use, and what to write", async () => {
  const bad = {
    MTOP_NAMESPACE: "../x",
    MTOP_COLUMNS: ",",
    MTOP_REFRESH: "99ms",
    MTOP_THRESHOLDS_ERROR_RATE_WARN: "70",
    MTOP_THRESHOLDS_SLO_CRITICAL: "-1%",
    MTOP_SLO_TTFT_P95: "500",
    MTOP_GPU_PRICES: "L4=cheap",
    MTOP_LOG_LEVEL: "Debug",
  };
  const percentage = "write a percentage such as 70%, or 0.7, at most";
  const { problems, values } = await readEnvironment(bad);
  assert.deepEqual([...values], []);
  assert.deepEqual(problems, [
    'Cannot use "../x" as MTOP_NAMESPACE: write small letters, digits and -, at most 63',
    "Cannot use [] as MTOP_COLUMNS: write a list of columns, such as NAME, STATE, RPS",
    'Cannot use "99ms" as MTOP_REFRESH: write a duration such as 1s or 500ms, at least 100ms',
    `Cannot use "70" as MTOP_THRESHOLDS_ERROR_RATE_WARN: ${percentage} 100%`,
    `Cannot use "-1%" as MTOP_THRESHOLDS_SLO_CRITICAL: ${percentage} 1000%`,
    'Cannot use "500" as MTOP_SLO_TTFT_P95: write a duration such as 1s or 500ms, at least 1us',
    'Cannot use "L4=cheap" as MTOP_GPU_PRICES: write USD by GPU, such as H100-SXM=2.5,L4=0.7',
    'Cannot use "Debug" as MTOP_LOG_LEVEL: write one of silent, error, warn, info, debug',
  ]);
});

Deno.test("readEnvironment() refuses prices in the file's form with the form of the variable", async () => {
  for (const part of ["H100-SXM: 2.5", "=2.5", "L4=-1", "L4=1=2"]) {
    const { problems } = await readEnvironment({ MTOP_GPU_PRICES: `T4=1,${part}` });
    assert.deepEqual(problems, [
      `Cannot use "${part}" as MTOP_GPU_PRICES: write USD by GPU, such as H100-SXM=2.5,L4=0.7`,
    ]);
  }
});

Deno.test("readEnvironment() warns of variables that are like mtop's and are none", async () => {
  const { warnings, problems } = await readEnvironment({
    MTOP_COLOUR: "never",
    MTOP_OUTPUT_FORMAT: "json",
    MTOP_CONFIG: "x",
    MTOP_DATA: "y",
    PATH: "/bin",
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(warnings, [
    'Unknown variable "MTOP_COLOUR" has no effect: did you mean "MTOP_COLOR"?',
    'Unknown variable "MTOP_OUTPUT_FORMAT" has no effect: "mtop settings --help" lists those known',
  ]);
});
