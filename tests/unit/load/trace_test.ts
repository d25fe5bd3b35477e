// Recorded traces: told apart by their first line, held as columns that fit together, and played.
import assert from "node:assert/strict";
import { parseAzureTrace } from "../../../src/load/azure_trace.ts";
import { parseMooncakeTrace } from "../../../src/load/mooncake_trace.ts";
import { parseTrace } from "../../../src/load/trace_file.ts";
import { arrivalsOf, complaintsAbout, S, traceLoad } from "./load_rig.ts";

const HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";
const azure = (...lines: readonly string[]) => parseAzureTrace([HEADER, ...lines].join("\n"));

Deno.test("parseTrace() knows a format by its first line", () => {
  const csv = `${HEADER}\n2023-11-16 18:00:00,1,2\n`;
  assert.deepEqual(parseTrace(csv), parseAzureTrace(csv));
  const jsonl = `{"timestamp": 0, "input_length": 1, "output_length": 2, "hash_ids": [0]}\n`;
  assert.deepEqual(parseTrace(jsonl), parseMooncakeTrace(jsonl));
  assert.deepEqual(parseTrace(`${HEADER}\noops`), parseAzureTrace(`${HEADER}\noops`));
  assert.deepEqual(parseTrace("{oops"), parseMooncakeTrace("{oops"));
});

Deno.test("parseTrace() reads a file when it begins with a byte order mark", () => {
  const csv = `${HEADER}\n2023-11-16 18:00:00,1,2\n`;
  const jsonl = `{"timestamp": 0, "input_length": 1, "output_length": 2}\n`;
  for (const [text, parse] of [[csv, parseAzureTrace], [jsonl, parseMooncakeTrace]] as const) {
    const expected = { atUs: [0], promptTokens: [1], outputTokens: [2] };
    assert.deepEqual(parseTrace(`\uFEFF${text}`), expected);
    assert.deepEqual(parse(`\uFEFF${text}`), expected);
  }
});

Deno.test("parseTrace() says what a first line may be when it is none of them", () => {
  for (const text of ["", "\n", "timestamp,input_length\n1,2", "[1]", "undefined"]) {
    assert.deepEqual(parseTrace(text), {
      problem: `this is not a trace: line 1 is neither "${HEADER}" (Azure) nor a JSON object ` +
        `(Mooncake)`,
    });
  }
});

Deno.test("loadSchema passes on what was wrong with a trace, and nothing else", () => {
  assert.deepEqual(complaintsAbout(traceLoad(azure("oops"))), [
    { path: "requests", message: `line 2 of the trace is not a request: "oops"` },
  ]);
  assert.deepEqual(complaintsAbout(traceLoad(azure())), [
    { path: "requests", message: "the trace has no requests" },
  ]);
  assert.deepEqual(complaintsAbout(traceLoad(azure("2023-11-16 18:00:00,1,2"))), []);
});

Deno.test("loadSchema refuses a trace whose columns do not fit together", () => {
  const columns = { atUs: [0, 5, 5], promptTokens: [1, 2, 3], outputTokens: [4, 5, 6] };
  assert.deepEqual(complaintsAbout(traceLoad(columns)), []);
  const messageOf = (change: Partial<typeof columns>) => {
    const [complaint, ...others] = complaintsAbout(traceLoad({ ...columns, ...change }));
    assert.deepEqual(others, []);
    assert.equal(complaint!.path, "requests");
    return complaint!.message;
  };
  const uneven = "the trace's columns are not equally long";
  assert.equal(messageOf({ promptTokens: [1, 2] }), uneven);
  assert.equal(messageOf({ outputTokens: [1, 2, 3, 4] }), uneven);
  assert.equal(messageOf({ atUs: [0, 6, 5] }), "the trace's times must not go back");
});

Deno.test("loadSchema refuses a trace's request of more tokens than one can hold", () => {
  const pathsOf = (line: string) => complaintsAbout(traceLoad(azure(line))).map(({ path }) => path);
  assert.deepEqual(pathsOf(`2023-11-16 18:00:00,${2 ** 31 - 1},${2 ** 31 - 1}`), []);
  assert.deepEqual(pathsOf(`2023-11-16 18:00:00,${2 ** 31},5`), ["requests.promptTokens.0"]);
  assert.deepEqual(pathsOf(`2023-11-16 18:00:00,5,${2 ** 31}`), ["requests.outputTokens.0"]);
});

Deno.test("loadSchema refuses lengths and times that are no whole numbers from 0", () => {
  const columns = { atUs: [0, 5], promptTokens: [1, 2], outputTokens: [4, 5] };
  const bad = [-1, 1.5, NaN, Infinity, "7", null];
  for (const column of ["atUs", "promptTokens", "outputTokens"] as const) {
    for (const value of bad) {
      const [complaint] = complaintsAbout(traceLoad({ ...columns, [column]: [0, value] }));
      assert.equal(complaint?.path, `requests.${column}.1`, `${column} ${value}`);
    }
  }
  for (const speedup of [0, -1, NaN, Infinity]) {
    const load = { ...traceLoad(columns), speedup };
    assert.deepEqual(complaintsAbout(load).map(({ path }) => path), ["speedup"]);
  }
});

Deno.test("loadSchema refuses shared segments that do not fit together", () => {
  const columns = { atUs: [0, 5], promptTokens: [30, 20], outputTokens: [4, 5] };
  const shared = { parents: [-1, 0], ends: [10, 20], lasts: [0, 1] };
  const complaintOf = (change: Partial<typeof shared>) =>
    complaintsAbout(traceLoad({ ...columns, shared: { ...shared, ...change } }));
  assert.deepEqual(complaintOf({}), []);
  assert.deepEqual(complaintOf({ lasts: [1, -1] }), []);
  const unfit = {
    path: "requests.shared",
    message: "the trace's shared segments do not fit together",
  };
  // A segment before itself, one that ends where its parent does, one that is not there.
  assert.deepEqual(complaintOf({ parents: [-1, 1] }), [unfit]);
  assert.deepEqual(complaintOf({ ends: [20, 20] }), [unfit]);
  assert.deepEqual(complaintOf({ parents: [-1] }), [unfit]);
  assert.deepEqual(complaintOf({ lasts: [0, 2] }), [unfit]);
  // A prompt that ends before its last segment does.
  assert.deepEqual(complaintOf({ ends: [10, 21] }), [unfit]);
  const uneven = { path: "requests", message: "the trace's columns are not equally long" };
  assert.deepEqual(complaintOf({ lasts: [0] }), [uneven]);
});

const REQUESTS = { atUs: [0, 0, 5, 1000], promptTokens: [0, 7, 8, 9], outputTokens: [3, 0, 5, 6] };

Deno.test("A trace is played from the load's start, with at least one token each way", () => {
  const arrivals = arrivalsOf([traceLoad(REQUESTS)], { startUs: 40, endUs: S });
  assert.deepEqual(arrivals, [
    { load: "recorded", atUs: 40, prompt: 1, output: 3 },
    { load: "recorded", atUs: 40, prompt: 7, output: 1 },
    { load: "recorded", atUs: 45, prompt: 8, output: 5 },
    { load: "recorded", atUs: 1040, prompt: 9, output: 6 },
  ]);
});

Deno.test("A trace stops before the load's end", () => {
  const times = (endUs: number) =>
    arrivalsOf([traceLoad(REQUESTS)], { startUs: 40, endUs }).map(({ atUs }) => atUs);
  assert.deepEqual(times(1041), [40, 40, 45, 1040]);
  assert.deepEqual(times(1040), [40, 40, 45]);
  assert.deepEqual(times(40), []);
});

Deno.test("A trace is played as many times faster as its speedup says, rounded to the µs", () => {
  const times = (speedup: number) =>
    arrivalsOf([{ ...traceLoad(REQUESTS), speedup }], { startUs: 40, endUs: S }).map(({ atUs }) =>
      atUs
    );
  assert.deepEqual(times(1), [40, 40, 45, 1040]);
  assert.deepEqual(times(2), [40, 40, 43, 540]);
  assert.deepEqual(times(0.5), [40, 40, 50, 2040]);
});

Deno.test("A trace's prompts come with their segments, from the first to the last", () => {
  const shared = { parents: [-1, 0, 0], ends: [2, 7, 8], lasts: [-1, 1, 2, 0] };
  const arrivals = arrivalsOf([traceLoad({ ...REQUESTS, shared })], { endUs: S });
  assert.deepEqual(arrivals.map(({ content }) => content), [
    undefined,
    { ids: [0, 1], ends: [2, 7] },
    { ids: [0, 2], ends: [2, 8] },
    { ids: [0], ends: [2] },
  ]);
});

Deno.test("Two traces share no segment with each other", () => {
  const shared = { parents: [-1, 0], ends: [2, 7], lasts: [-1, 1, 1, 0] };
  const load = traceLoad({ ...REQUESTS, shared });
  const arrivals = arrivalsOf([load, { ...load, name: "again" }], { endUs: S });
  const idsOf = (name: string) =>
    arrivals.filter((arrival) => arrival.load === name).map(({ content }) => content?.ids);
  assert.deepEqual(idsOf("recorded"), [undefined, [0, 1], [0, 1], [0]]);
  assert.deepEqual(idsOf("again"), [undefined, [2, 3], [2, 3], [2]]);
});
