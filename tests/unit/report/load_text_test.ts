// Loads of a plan, each in a line.
import assert from "node:assert/strict";
import { loadSchema } from "../../../src/load/loads.ts";
import { loadCells } from "../../../src/report/load_text.ts";

const fixed = (tokens: number) => ({ kind: "fixed", tokens });
const lengths = { prompt: fixed(500), output: fixed(200) };
const requests = {
  ...{ kind: "sharedPrefix", groups: 150, usersPerGroup: 5, systemTokens: 6000 },
  ...{ questionTokens: fixed(1200), outputTokens: fixed(1000) },
};
const text = (load: object) =>
  loadCells(loadSchema.parse({ name: "chat", to: "qwen", ...load })).slice(1).join(" | ");

Deno.test("loadCells() says how fast a load is, whatever its kind", () => {
  const rate = (load: object) => text({ ...lengths, ...load });
  assert.equal(rate({ kind: "poisson", rps: 2.5 }), "poisson 2.5 rps | to qwen");
  assert.equal(rate({ kind: "constant", rps: 2 }), "constant 2 rps | to qwen");
  assert.equal(
    rate({ kind: "gamma", rps: 2, burstiness: 0.5 }),
    "gamma 2 rps, burstiness 0.5 | to qwen",
  );
  const stages = [{ rps: 5, for: "2m" }, { rampTo: 40, for: "5m" }];
  assert.equal(
    rate({ kind: "stages", stages }),
    "poisson stages: 5 rps for 2m, to 40 rps in 5m | to qwen",
  );
  const spike = { kind: "spike", rps: 1, peak: 9, at: "5m", for: "1m" };
  assert.equal(rate(spike), "poisson 1 rps, 9 rps at 5m for 1m | to qwen");
  assert.equal(
    rate({ ...spike, ramp: "10s", arrivals: "constant" }),
    "constant 1 rps, 9 rps at 5m for 1m (ramp 10s) | to qwen",
  );
  const diurnal = { kind: "diurnal", low: 0, high: 5, period: "24h" };
  assert.equal(rate(diurnal), "poisson 0 to 5 rps every 24h | to qwen");
  assert.equal(
    rate({ ...diurnal, peakAt: "14h" }),
    "poisson 0 to 5 rps every 24h, highest at 14h | to qwen",
  );
});

Deno.test("loadCells() says how many users there are, and what they do between", () => {
  const users = (load: object) => text({ kind: "users", users: 64, ...lengths, ...load });
  assert.equal(users({}), "64 users | to qwen");
  assert.equal(
    users({ think: "5s", rampUp: "1m", multiTurn: true }),
    "64 users, think 5s, ramp-up 1m, multi-turn | to qwen",
  );
  assert.equal(
    users({ think: { mean: "5s" }, multiTurn: { maxTurns: 4, maxTokens: 8000 } }),
    "64 users, think 5s on average, multi-turn up to 4 turns or 8000 tokens | to qwen",
  );
});

Deno.test("loadCells() says how a trace is played", () => {
  const columns = { atUs: [0, 1], promptTokens: [1, 1], outputTokens: [1, 1] };
  const trace = (load: object) => text({ kind: "trace", requests: columns, ...load });
  assert.equal(trace({}), "trace of 2 requests | to qwen");
  assert.equal(trace({ speedup: 2.5 }), "trace of 2 requests at 2.5x speed | to qwen");
});

Deno.test("loadCells() says what requests are, and what their clients do", () => {
  assert.equal(
    text({
      ...{ kind: "poisson", rps: 2, requests: { ...requests, multiTurn: true } },
      ...{ start: "1m", end: "2m", priority: -1, objective: 5, fairness: "tenant", adapter: "sql" },
      ...{ timeout: "30s", retries: { attempts: 3 }, slo: {} },
    }),
    "poisson 2 rps | to qwen, 150 groups of 5 users, multi-turn, from 1m, until 2m, priority -1, " +
      "objective 5, fairness tenant, adapter sql, timeout 30s, up to 3 attempts, an SLO of its own",
  );
});
