// Closed loops in the rows of single requests, and statistics as numpy has them.
import assert from "node:assert/strict";
import { closedLoopOf } from "../../../../src/calibration/formats/client_rows.ts";
import { drawRequests } from "../../../../src/calibration/formats/drawn_workload.ts";
import { latencyStatistics } from "../../../../src/calibration/formats/statistics.ts";

const row = (atUs: number, e2eMs: number) => ({ atUs, e2eMs, promptTokens: 1, outputTokens: 1 });

Deno.test("closedLoopOf() finds the clients when each request follows the end of another", () => {
  // Three clients whose requests last 100, 130 and 170 ms, each sent 1 ms after the one before.
  const rows = [100, 130, 170].flatMap((ms) =>
    Array.from({ length: 20 }, (_, i) => row(i * (ms + 1) * 1000, ms))
  );
  const lastUs = 20 * 101 * 1000;
  assert.equal(closedLoopOf(rows.filter(({ atUs }) => atUs < lastUs)), 3);
});

Deno.test("closedLoopOf() finds none in requests that come at their own pace", () => {
  assert.equal(
    closedLoopOf(Array.from({ length: 50 }, (_, i) => row(i * 200_000, 100))),
    undefined,
  );
  assert.equal(closedLoopOf([row(0, 100), row(100_000, 100)]), undefined);
  const poisson = drawRequests(500, { mean: 1 }, { mean: 1 }, { rps: 10, burstiness: 1 });
  assert.equal(closedLoopOf(poisson.map(({ atUs }) => row(atUs, 800))), undefined);
});

Deno.test("latencyStatistics() interpolates between ranks as numpy.percentile does", () => {
  assert.deepEqual(latencyStatistics([4, 1, 3, 2]), {
    ...{ mean: 2.5, p50: 2.5, p90: 3.7, p95: 3.8499999999999996, p99: 3.9699999999999998 },
  });
  assert.deepEqual(latencyStatistics([]), {});
});

Deno.test("drawRequests() keeps the mean length and the burstiness of its file", () => {
  const quantiles = [[0, 10], [0.5, 50], [1, 400]] as const;
  const pace = { rps: 20, burstiness: 0.25 };
  const requests = drawRequests(2000, { mean: 120, quantiles }, { mean: 7.4 }, pace);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  assert.ok(Math.abs(mean(requests.map(({ promptTokens }) => promptTokens)) - 120) < 0.5);
  assert.ok(requests.every(({ outputTokens }) => outputTokens === 7));
  const gaps = requests.slice(1).map(({ atUs }, i) => atUs - requests[i]!.atUs);
  const spread = Math.sqrt(mean(gaps.map((gap) => (gap - 50_000) ** 2))) / 50_000;
  // A gamma distribution of shape k has a standard deviation of 1/√k means.
  assert.ok(spread > 1.7 && spread < 2.3, `${spread}`);
});
