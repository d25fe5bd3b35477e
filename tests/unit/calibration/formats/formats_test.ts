// Each program's files as runs.
import assert from "node:assert/strict";
import {
  AIPERF_SUMMARY,
  aiperfRecord,
  GUIDELLM,
  INFERENCE_PERF_REQUESTS,
  INFERENCE_PERF_STAGE,
  problemOf,
  recordingText,
  runsOf,
  VLLM_DETAILED,
  VLLM_SUMMED,
} from "./fixtures.ts";

/** To the nanosecond: seconds times a thousand are no whole numbers. */
function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 1e6) / 1e6;
}

Deno.test("readVllmBench() has each request of --save-detailed, and the clients of --max-concurrency", () => {
  const [run] = runsOf(VLLM_DETAILED, "runs/c2.json");
  assert.equal(run!.id, "c2.json");
  assert.equal(run!.model, "Qwen/Qwen3-32B");
  assert.equal(run!.workload.concurrency, 2);
  assert.deepEqual(
    run!.workload.requests.map(({ promptTokens, atUs }) => [promptTokens, atUs]),
    [[90, 0], [110, 0], [95, 200_000], [105, 200_000]],
  );
  const { ttftMs, tpotMs, itlMs, e2eMs, outputTokensPerSecond } = run!.measured;
  assert.deepEqual(
    [ttftMs, tpotMs, itlMs, e2eMs].map((latency) => rounded(latency?.p99)),
    [100, 10, 10, 200],
  );
  assert.equal(outputTokensPerSecond, 110);
  assert.deepEqual(run!.notes, []);
});

Deno.test("readVllmBench() leaves out requests that failed, and says so", () => {
  const errors = ["", "timeout", "", ""];
  const [run] = runsOf({ ...VLLM_DETAILED, completed: 3, errors });
  assert.deepEqual(run!.workload.requests.map(({ promptTokens }) => promptTokens), [90, 95, 105]);
  assert.deepEqual(run!.notes, ["1 request did not complete, and are left out"]);
});

Deno.test("readVllmBench() gives all requests the mean length when the file sums them up", () => {
  const [run] = runsOf(VLLM_SUMMED);
  assert.equal(run!.workload.requests.length, 4);
  assert.ok(
    run!.workload.requests.every((each) => each.promptTokens === 100 && each.outputTokens === 11),
  );
  assert.deepEqual(run!.measured.ttftMs, { mean: 100, p50: 100, p99: 100 });
  // Without --percentile-metrics e2el there is none.
  assert.equal(run!.measured.e2eMs, undefined);
  assert.match(run!.notes[0]!, /--save-detailed/);
});

Deno.test("readVllmBench() draws arrivals at the rate when nobody noted them", () => {
  const data = { ...VLLM_SUMMED, max_concurrency: null, request_rate: 10, num_prompts: 200 };
  const [run] = runsOf({ ...data, completed: 200, total_input_tokens: 20_000 });
  const times = run!.workload.requests.map(({ atUs }) => atUs);
  assert.equal(run!.workload.concurrency, undefined);
  assert.equal(times.at(-1), 19_900_000);
  assert.deepEqual(times, times.toSorted((a, b) => a - b));
  const again = runsOf({ ...data, completed: 200, total_input_tokens: 20_000 });
  assert.deepEqual(again[0]!.workload, run!.workload);
});

Deno.test("readVllmBench() takes the limit for the load when the rate was not reached", () => {
  const data = { ...VLLM_SUMMED, request_rate: 100 };
  assert.equal(runsOf(data)[0]!.workload.concurrency, 2);
  assert.equal(runsOf({ ...data, request_rate: 10 })[0]!.workload.concurrency, undefined);
});

Deno.test("readVllmBench() reads results that were appended to each other, and NaN", () => {
  const text = [VLLM_SUMMED, VLLM_SUMMED].map((each) => JSON.stringify(each)).join("\n")
    .replaceAll('"p99_itl_ms":10', '"p99_itl_ms": NaN');
  const runs = runsOf(text, "all.json");
  assert.deepEqual(runs.map(({ id }) => id), ["all.json #0", "all.json #1"]);
  assert.deepEqual(runs[0]!.measured.itlMs, { mean: 10, p50: 10 });
});

Deno.test("readVllmBench() takes the infinities that Python writes for what they mean", () => {
  const text = JSON.stringify({ ...VLLM_SUMMED, max_concurrency: null });
  const [atOnce] = runsOf(text.replace('"request_rate":"inf"', '"request_rate": Infinity'));
  assert.deepEqual(atOnce!.workload.requests.map(({ atUs }) => atUs), [0, 0, 0, 0]);
  const [even] = runsOf(
    text.replace('"request_rate":"inf"', '"request_rate": 10')
      .replace('"burstiness":1', '"burstiness": Infinity'),
  );
  assert.deepEqual(even!.workload.requests.map(({ atUs }) => atUs), [0, 100_000, 200_000, 300_000]);
});

Deno.test("readVllmBench() says what a ramp without start times lacks", () => {
  const ramp = { ...VLLM_SUMMED, max_concurrency: null, ramp_up_strategy: "linear" };
  assert.match(problemOf(ramp), /^Cannot read "runs\/a\.json": .*--save-detailed/);
});

Deno.test("readGuidellm() has the requests in order, those before the measurement as warm-up", () => {
  const [run] = runsOf(GUIDELLM);
  assert.deepEqual(
    run!.workload.requests.map(({ promptTokens, atUs }) => [promptTokens, atUs]),
    [[80, 0], [90, 200_000], [110, 700_000], [100, 1_600_000]],
  );
  assert.equal(run!.workload.warmupRequests, 1);
  assert.equal(run!.workload.concurrency, undefined);
  // (200 − 100) / 10, and not its time_per_output_token_ms.
  assert.equal(rounded(run!.measured.tpotMs?.mean), 10);
  assert.equal(rounded(run!.measured.e2eMs?.p90), 200);
  assert.deepEqual(run!.notes, ["1 request failed, and are left out"]);
});

Deno.test("readGuidellm() has a run for each benchmark, with its streams", () => {
  const [benchmark] = GUIDELLM.benchmarks;
  const streams = (n: number) => ({
    ...benchmark,
    config: { strategy: { type_: "concurrent", streams: n } },
  });
  const runs = runsOf({ ...GUIDELLM, benchmarks: [streams(1), streams(8)] });
  assert.deepEqual(runs.map(({ id }) => id), ["a.json #0 concurrent@1", "a.json #1 concurrent@8"]);
  assert.deepEqual(runs.map(({ workload }) => workload.concurrency), [1, 8]);
});

Deno.test("readGuidellm() does without a strategy when all requests are there", () => {
  const [{ config: _, ...benchmark } = assert.fail()] = GUIDELLM.benchmarks;
  const [bare] = runsOf({ benchmarks: [benchmark] });
  assert.deepEqual(bare!.workload, runsOf(GUIDELLM)[0]!.workload);
  const [named] = runsOf({ benchmarks: [{ ...benchmark, args: { strategy: "synchronous" } }] });
  assert.equal(named!.workload.concurrency, 1);
});

Deno.test("readGuidellm() falls back on the summary when the file has a sample of the requests", () => {
  const [benchmark] = GUIDELLM.benchmarks;
  const { metrics } = benchmark!;
  const sampled = {
    ...benchmark,
    metrics: { ...metrics, request_totals: { successful: 50, errored: 0 } },
  };
  const [run] = runsOf({ ...GUIDELLM, benchmarks: [sampled] });
  assert.equal(run!.workload.requests.length, 50);
  // Weighted by tokens it is the mean of the gaps, and no mean of requests.
  assert.deepEqual(run!.measured.itlMs, { mean: 10 });
  assert.equal(run!.measured.tpotMs, undefined);
  assert.match(run!.notes[0]!, /not all requests/);
});

Deno.test("readInferencePerfStage() draws lengths from the percentiles, evenly at the rate", () => {
  const [run] = runsOf(INFERENCE_PERF_STAGE);
  const { requests } = run!.workload;
  assert.equal(requests.length, 38);
  assert.equal(requests[1]!.atUs, 250_000);
  const prompts = requests.map(({ promptTokens }) => promptTokens);
  const mean = prompts.reduce((sum, tokens) => sum + tokens, 0) / prompts.length;
  assert.ok(Math.abs(mean - 100) < 1, `${mean}`);
  assert.ok(Math.min(...prompts) < 70 && Math.max(...prompts) > 130);
  assert.deepEqual(run!.measured.ttftMs, { mean: 100, p50: 100, p90: 100, p99: 100 });
  assert.equal(run!.measured.outputTokensPerSecond, 41.8);
});

Deno.test("readInferencePerfStage() refuses the summary of all stages", () => {
  const { requested_rate: _, ...load } = INFERENCE_PERF_STAGE.load_summary;
  assert.match(problemOf({ ...INFERENCE_PERF_STAGE, load_summary: load }), /sums up all stages/);
});

Deno.test("readInferencePerfRequests() prefers the server's count of tokens", () => {
  const [run] = runsOf(INFERENCE_PERF_REQUESTS);
  assert.deepEqual(
    run!.workload.requests,
    [
      { atUs: 0, promptTokens: 200, outputTokens: 3 },
      { atUs: 1_000_000, promptTokens: 120, outputTokens: 3 },
    ],
  );
  assert.equal(rounded(run!.measured.ttftMs?.mean), 100);
  assert.deepEqual(run!.notes, ["1 request failed, and are left out"]);
});

Deno.test("readAiperfRecords() finds the clients of a closed loop in the times", () => {
  const starts = [0, 0, 200, 200, 400, 400, 600, 600];
  const text = starts.map((ms, index) => JSON.stringify(aiperfRecord(ms, 100 + index))).join("\n");
  const [run] = runsOf(text, "profile_export.jsonl");
  assert.equal(run!.workload.concurrency, 2);
  assert.equal(run!.workload.requests.length, 8);
  assert.deepEqual(run!.measured.itlMs?.mean, 10);
  assert.equal(run!.measured.tpotMs?.mean, 10);
});

Deno.test("readAiperfRecords() keeps the times of an open loop, and warm-up apart", () => {
  const rows = [[0, "warmup"], [50, "profiling"], [900, "profiling"], [1000, "profiling"]] as const;
  const text = rows.map(([ms, phase]) => JSON.stringify(aiperfRecord(ms, 100, phase))).join("\n");
  const [run] = runsOf(text);
  assert.equal(run!.workload.concurrency, undefined);
  assert.equal(run!.workload.warmupRequests, 1);
  assert.deepEqual(run!.workload.requests.map(({ atUs }) => atUs), [0, 50_000, 900_000, 1_000_000]);
});

Deno.test("readAiperfSummary() has concurrency or rate from either shape of its configuration", () => {
  const phases = [{ exclude_from_results: true, concurrency: 1 }, { rate: 40, concurrency: 99 }];
  const [closed] = runsOf(AIPERF_SUMMARY);
  const [open] = runsOf({ ...AIPERF_SUMMARY, input_config: { phases } });
  assert.equal(closed!.workload.concurrency, 8);
  assert.equal(open!.workload.concurrency, undefined);
  assert.equal(open!.workload.requests.at(-1)!.atUs, 475_000);
  // Its inter-token latency is what is called TPOT here.
  assert.deepEqual(closed!.measured.tpotMs, { mean: 10, p50: 10, p99: 12 });
  assert.match(problemOf({ ...AIPERF_SUMMARY, input_config: {} }), /profile_export\.jsonl/);
});

Deno.test("readRecording() has a run for each pod, and the warm-up first", () => {
  const text = recordingText([
    { arrivedUs: 5_000_000, promptTokens: 7 },
    { arrivedUs: 1_000_000, promptTokens: 8, warmup: true },
    { arrivedUs: 2_000_000, pod: "chat-1", cachedTokens: 64 },
    { arrivedUs: 3_000_000, pod: "chat-1", outcome: "failed", outputTokens: 0 },
  ]);
  const [first, second] = runsOf(text, "night.jsonl");
  assert.equal(first!.id, "night.jsonl chat/chat-0");
  assert.deepEqual(first!.workload, {
    requests: [
      { atUs: 0, promptTokens: 8, outputTokens: 11 },
      { atUs: 4_000_000, promptTokens: 7, outputTokens: 11 },
    ],
    warmupRequests: 1,
  });
  assert.equal(first!.measured.tpotMs?.mean, 10);
  assert.deepEqual(second!.workload.requests[0]!.prefix, { group: 0, tokens: 64 });
  assert.equal(second!.notes.length, 2);
  assert.match(problemOf(recordingText([])), /--record-requests/);
});

Deno.test("readRecording() reads a run that died up to its last whole line, and says so", () => {
  const text = recordingText([{}, { arrivedUs: 9 }]);
  const [whole] = runsOf(text);
  const [cut] = runsOf(text.slice(0, -60));
  assert.equal(whole!.workload.requests.length, 2);
  assert.deepEqual(whole!.notes, []);
  assert.equal(cut!.workload.requests.length, 1);
  assert.match(cut!.notes[0]!, /has no end/);
});
