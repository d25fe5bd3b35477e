// Files that are none, are cut, or hold what no measurement can: one sentence each, and never a throw.
import assert from "node:assert/strict";
import { readMeasuredRuns } from "../../../../src/calibration/formats/read.ts";
import fc from "../../../fast_check.ts";
import {
  AIPERF_SUMMARY,
  aiperfRecord,
  GUIDELLM,
  INFERENCE_PERF_REQUESTS,
  INFERENCE_PERF_STAGE,
  problemOf,
  recordingText,
  VLLM_DETAILED,
  VLLM_SUMMED,
} from "./fixtures.ts";

const FILES: Readonly<Record<string, string>> = {
  vllm: JSON.stringify(VLLM_DETAILED),
  vllmSummed: JSON.stringify(VLLM_SUMMED),
  guidellm: JSON.stringify(GUIDELLM),
  stage: JSON.stringify(INFERENCE_PERF_STAGE),
  requests: JSON.stringify(INFERENCE_PERF_REQUESTS),
  aiperf: JSON.stringify(AIPERF_SUMMARY),
  records: [0, 300].map((ms) => JSON.stringify(aiperfRecord(ms, 9))).join("\n"),
  recording: recordingText([{}, { arrivedUs: 10 }]),
};

Deno.test("readMeasuredRuns() names the five programs when a file is of none", () => {
  for (const text of ["{}", "[]", "12", '"x"', "null", '[{"a":1}]', '{"a":1}\n{"a":2}']) {
    assert.match(problemOf(text), /guidellm, inference-perf, AIPerf and vllm bench serve/);
  }
  assert.match(problemOf({ experiments: [] }), /profile_export_genai_perf\.json/);
});

Deno.test("readMeasuredRuns() says in one sentence that a file is empty, cut or no JSON", () => {
  assert.equal(problemOf(" \n"), 'Cannot read "runs/a.json": it is empty');
  assert.match(problemOf("a,b\n1,2"), /it is no whole JSON/);
  for (const name of ["vllm", "guidellm", "stage", "requests", "aiperf"]) {
    const text = FILES[name]!;
    assert.match(problemOf(text.slice(0, text.length / 2)), /it is no whole JSON/, name);
  }
  const { records = "" } = FILES;
  assert.match(problemOf(`${records}\n{"met`), /line 3 is no JSON/);
});

Deno.test("readMeasuredRuns() names the field of a number that no measurement can have", () => {
  const cases: [unknown, RegExp][] = [
    [{ ...VLLM_DETAILED, ttfts: [-1, 0, 0, 0] }, /ttfts\[0\]: /],
    [{ ...VLLM_DETAILED, input_lens: [1e12, 1, 1, 1] }, /input_lens\[0\]: /],
    [{ ...VLLM_DETAILED, input_lens: [1.5, 1, 1, 1] }, /input_lens\[0\]: /],
    [{ ...VLLM_DETAILED, ttfts: [0.1] }, /differ in length/],
    [{ ...VLLM_SUMMED, mean_ttft_ms: -3 }, /mean_ttft_ms: /],
    [{ ...VLLM_SUMMED, mean_ttft_ms: "3" }, /mean_ttft_ms: /],
    [{ ...VLLM_SUMMED, num_prompts: 1e9 }, /num_prompts: /],
    [{ ...VLLM_SUMMED, completed: 0 }, /none of its requests completed/],
    [{ ...AIPERF_SUMMARY, request_latency: { unit: "parsec", avg: 1 } }, /request_latency\.unit: /],
    [{ benchmarks: [] }, /benchmarks: /],
    [
      { benchmarks: [{ ...GUIDELLM.benchmarks[0], config: undefined, requests: null }] },
      /benchmarks\[0\]: it tells neither its strategy nor all of its requests/,
    ],
  ];
  for (const [data, pattern] of cases) {
    const problem = problemOf(data);
    assert.match(problem, pattern);
    assert.ok(!problem.includes("\n") && problem.length < 300, problem);
  }
});

Deno.test("readMeasuredRuns() never throws, wherever a file is cut or changed", () => {
  const cut = fc.record({
    name: fc.constantFrom(...Object.keys(FILES)),
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    put: fc.constantFrom("", "null", "-1", "1e400", "[]", "{}", '"', "\n", "NaN", "9".repeat(40)),
  });
  fc.assert(fc.property(cut, ({ name, place, put }) => {
    const text = FILES[name]!;
    const at = Math.floor(place * text.length);
    const read = readMeasuredRuns(text.slice(0, at) + put + text.slice(at + put.length), "x");
    if ("problem" in read) assert.match(read.problem, /^Cannot read "x": [^\n]+$/);
    else for (const { workload } of read.runs) assert.ok(workload.requests.length > 0);
  }));
});
