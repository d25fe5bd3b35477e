// Azure's traces: every line read as it stands, or named with its number.
import assert from "node:assert/strict";
import { parseAzureTrace } from "../../../src/load/azure_trace.ts";
import type { TraceColumns } from "../../../src/load/trace_columns.ts";
import fc from "../../fast_check.ts";
import { isPresent, readText, shared } from "../serving/shared_data.ts";
import { arrivalsOf, S, traceLoad } from "./load_rig.ts";

const HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";

function parsed(...lines: readonly string[]): TraceColumns {
  const trace = parseAzureTrace([HEADER, ...lines].join("\n"));
  assert.ok(!("problem" in trace), JSON.stringify(trace));
  return trace;
}

function problemOf(text: string): string {
  const trace = parseAzureTrace(text);
  assert.ok("problem" in trace);
  return trace.problem;
}

Deno.test("parseAzureTrace() gives columns, times in µs since the first request", () => {
  const trace = parsed(
    "2023-11-16 18:15:46.6805900,374,44",
    "2023-11-16 18:15:50.9951690,396,109",
    "2023-11-16 18:15:51,1,0",
  );
  assert.deepEqual(trace, {
    atUs: [0, 4_314_579, 4_319_410],
    promptTokens: [374, 396, 1],
    outputTokens: [44, 109, 0],
  });
});

Deno.test("parseAzureTrace() rounds 100 ns down to the µs, and takes fewer decimals", () => {
  const { atUs } = parsed(
    "2023-11-16 18:00:00,1,1",
    "2023-11-16 18:00:00.0000019,1,1",
    "2023-11-16 18:00:00.00001,1,1",
    "2023-11-16 18:00:00.5,1,1",
    "2023-11-16 18:00:00.9999999,1,1",
  );
  assert.deepEqual(atUs, [0, 1, 10, 500_000, 999_999]);
});

Deno.test("parseAzureTrace() sorts lines that are out of order, and keeps the order of equal ones", () => {
  const trace = parsed(
    "2023-11-16 18:00:02,30,3",
    "2023-11-16 18:00:01,10,1",
    "2023-11-16 18:00:02,20,2",
  );
  assert.deepEqual(trace, {
    atUs: [0, S, S],
    promptTokens: [10, 30, 20],
    outputTokens: [1, 3, 2],
  });
});

Deno.test("parseAzureTrace() goes across midnight, month, leap day and year", () => {
  const gap = (from: string, to: string) => parsed(`${from},1,1`, `${to},1,1`).atUs[1];
  assert.equal(gap("2023-11-16 23:59:59.5", "2023-11-17 00:00:00.25"), 750_000);
  assert.equal(gap("2023-11-30 23:59:59", "2023-12-01 00:00:00"), S);
  assert.equal(gap("2023-12-31 23:59:59", "2024-01-01 00:00:01"), 2 * S);
  assert.equal(gap("2024-02-28 12:00:00", "2024-03-01 12:00:00"), 2 * 86_400 * S);
  assert.equal(gap("2023-02-28 12:00:00", "2023-03-01 12:00:00"), 86_400 * S);
  assert.equal(gap("2100-02-28 12:00:00", "2100-03-01 12:00:00"), 86_400 * S);
});

Deno.test("parseAzureTrace() counts time as Date does", () => {
  const date = fc.date({
    min: new Date("1600-01-01T00:00:00Z"),
    max: new Date("2400-01-01T00:00:00Z"),
    noInvalidDate: true,
  });
  const line = (date: Date) => `${date.toISOString().replace("T", " ").replace("Z", "0000")},5,6`;
  fc.assert(fc.property(date, date, (a, b) => {
    const { atUs } = parsed(line(a), line(b));
    assert.equal(atUs[1], Math.abs(a.getTime() - b.getTime()) * 1000);
  }));
});

Deno.test("parseAzureTrace() reads CRLF, blank lines and a last line without an end alike", () => {
  const lines = [HEADER, "2023-11-16 18:00:00,1,2", "2023-11-16 18:00:01,3,4"];
  const plain = parseAzureTrace(lines.join("\n"));
  assert.deepEqual(parseAzureTrace(lines.join("\r\n") + "\r\n"), plain);
  assert.deepEqual(parseAzureTrace(lines.join("\n\n") + "\n\n"), plain);
  assert.deepEqual(plain, { atUs: [0, S], promptTokens: [1, 3], outputTokens: [2, 4] });
});

Deno.test("parseAzureTrace() says that it is no trace when the header is another", () => {
  const problem = `this is not an Azure LLM inference trace: line 1 is not "${HEADER}"`;
  for (const text of ["", "\n", "timestamp,input_length\n1,2", `\n${HEADER}\n`]) {
    assert.equal(problemOf(text), problem);
  }
});

Deno.test("parseAzureTrace() names the first bad line with its number in the file", () => {
  const good = "2023-11-16 18:00:00,1,2";
  const at4 = problemOf([HEADER, good, "", "oops", "worse"].join("\n"));
  assert.equal(at4, `line 4 of the trace is not a request: "oops"`);
  const long = "x".repeat(100);
  const at2 = problemOf([HEADER, long].join("\r\n"));
  assert.equal(at2, `line 2 of the trace is not a request: "${"x".repeat(60)}"`);
});

Deno.test("parseAzureTrace() refuses lines that are nearly requests", () => {
  const bad = [
    "2023-11-16 18:00:00,1",
    "2023-11-16 18:00:00,1,2,3",
    "2023-11-16 18:00:00,-1,2",
    "2023-11-16 18:00:00,1.5,2",
    "2023-11-16T18:00:00,1,2",
    "2023-11-16 18:00:00.12345678,1,2",
    "2023-11-16 18:00,1,2",
    "2023-13-01 18:00:00,1,2",
    "2023-00-01 18:00:00,1,2",
    "2023-11-32 18:00:00,1,2",
    "2023-11-00 18:00:00,1,2",
    "2023-11-16 24:00:00,1,2",
    "2023-11-16 18:60:00,1,2",
    "2023-11-16 18:00:60,1,2",
  ];
  for (const line of bad) {
    assert.equal(
      problemOf(`${HEADER}\n${line}`),
      `line 2 of the trace is not a request: "${line}"`,
    );
  }
});

const CONV = shared("data/traces/azure2023/AzureLLMInferenceTrace_conv.csv");
const CODE = shared("data/traces/azure2023/AzureLLMInferenceTrace_code.csv");

/** The real trace, and every one of its requests played. */
function playAzure(path: typeof CONV) {
  const requests = parseAzureTrace(readText(path));
  assert.ok(!("problem" in requests));
  const arrivals = arrivalsOf([traceLoad(requests)], { endUs: 2 * 3600 * S });
  assert.equal(arrivals.length, requests.atUs.length);
  assert.deepEqual(arrivals.map(({ atUs }) => atUs), requests.atUs);
  return requests;
}

Deno.test({
  name: `parseAzureTrace() reads the 2023 conversation trace${CONV.skipped}`,
  ignore: !isPresent(CONV),
  fn() {
    const { atUs, promptTokens, outputTokens } = playAzure(CONV);
    assert.equal(atUs.length, 19_366);
    // From 18:15:46.6805900 to 19:14:08.4025270, as its first and last lines say.
    assert.equal(atUs.at(-1), 3_501_721_937);
    assert.deepEqual([promptTokens[0], outputTokens[0]], [374, 44]);
    assert.deepEqual([promptTokens.at(-1), outputTokens.at(-1)], [197, 183]);
  },
});

Deno.test({
  name: `parseAzureTrace() reads the 2023 code trace${CODE.skipped}`,
  ignore: !isPresent(CODE),
  fn() {
    const { atUs, promptTokens, outputTokens } = playAzure(CODE);
    assert.equal(atUs.length, 8819);
    assert.equal(atUs.at(-1), 3_435_948_056);
    assert.deepEqual([promptTokens[0], outputTokens[0]], [4808, 10]);
    assert.deepEqual([promptTokens.at(-1), outputTokens.at(-1)], [549, 173]);
  },
});
