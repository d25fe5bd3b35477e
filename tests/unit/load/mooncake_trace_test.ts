// Mooncake's traces: every line read or named, and the compressed prefixes exactly as telling as the ids.
import assert from "node:assert/strict";
import type { SharedContent } from "../../../src/load/load.ts";
import { parseMooncakeTrace } from "../../../src/load/mooncake_trace.ts";
import type { TraceColumns } from "../../../src/load/trace_columns.ts";
import fc from "../../fast_check.ts";
import { isPresent, readText, shared } from "../serving/shared_data.ts";
import { arrivalsOf, complaintsAbout, S, traceLoad } from "./load_rig.ts";

interface Row {
  readonly timestamp: number;
  readonly input_length: number;
  readonly output_length: number;
  readonly hash_ids: readonly number[];
}

const write = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join("\n");

function parsed(rows: readonly object[]): TraceColumns {
  const trace = parseMooncakeTrace(write(rows));
  assert.ok(!("problem" in trace), JSON.stringify(trace));
  return trace;
}

/** A request at 0 s of an answer of one token. */
const row = (input_length: number, hash_ids: readonly number[]): Row => ({
  timestamp: 0,
  input_length,
  output_length: 1,
  hash_ids,
});

const BLOCK = 16;
const HASHED = 512;

/** Blocks of 16 tokens that a cache without end would find, for each request in turn. */
function infiniteHits(prompts: readonly { keys: readonly string[] }[]): number[] {
  const cache = new Set<string>();
  return prompts.map(({ keys }) => {
    const miss = keys.findIndex((key) => !cache.has(key));
    for (const key of keys) cache.add(key);
    return miss === -1 ? keys.length : miss;
  });
}

/** What each full block of a prompt is, told by the ids up to it. */
function keysByIds({ input_length, hash_ids }: Row) {
  // Two requests share an id's block only when it ends at the same token in both.
  const path = hash_ids.map((id, n) => `${id}:${Math.min((n + 1) * HASHED, input_length)}`);
  const whole = path.map((_, n) => path.slice(0, n + 1).join("/"));
  const blocks = Math.floor(input_length / BLOCK);
  return {
    keys: Array.from({ length: blocks }, (_, n) => `${n} ${whole[Math.floor(n * BLOCK / HASHED)]}`),
  };
}

/** The same told by the segments: a block belongs to the one that has its last token. */
function keysBySegments(prompt: number, content: SharedContent | undefined, request: number) {
  const ends = Array.from(content?.ends ?? []);
  const blocks = Math.floor(prompt / BLOCK);
  return {
    keys: Array.from({ length: blocks }, (_, n) => {
      const segment = ends.findIndex((end) => end >= (n + 1) * BLOCK);
      return segment === -1 ? `${n} private ${request}` : `${n} ${content!.ids[segment]}`;
    }),
  };
}

function segmentHits(trace: TraceColumns): number[] {
  const arrivals = arrivalsOf([traceLoad(trace)], { endUs: 100_000 * S });
  return infiniteHits(
    arrivals.map(({ prompt, content }, request) => keysBySegments(prompt, content, request)),
  );
}

Deno.test("parseMooncakeTrace() gives columns in order of time, in µs since the first", () => {
  const trace = parsed([
    { timestamp: 27_482, input_length: 600, output_length: 5, hash_ids: [1, 2] },
    { timestamp: 3000.25, input_length: 0, output_length: 0, hash_ids: [] },
    { timestamp: 30_000, input_length: 7, output_length: 9 },
  ]);
  assert.deepEqual(trace, {
    atUs: [0, 24_481_750, 26_999_750],
    promptTokens: [0, 600, 7],
    outputTokens: [0, 5, 9],
  });
});

Deno.test("parseMooncakeTrace() makes one segment of a run that the same prompts go through", () => {
  const { shared } = parsed([
    row(2048, [0, 1, 2, 3]),
    row(2048, [0, 1, 2, 4]),
    row(1024, [0, 5]),
    row(600, [7, 8]),
  ]);
  // [0] leads to three prompts, [1, 2] to two; 3, 4, 5, 7 and 8 are of one alone.
  assert.deepEqual(shared, { parents: [-1, 0], ends: [512, 1536], lasts: [1, 1, 0, -1] });
});

Deno.test("parseMooncakeTrace() ends a segment where a prompt ends", () => {
  const { shared } = parsed([row(1000, [0, 1]), row(512, [0]), row(1000, [0, 1])]);
  assert.deepEqual(shared, { parents: [-1, 0], ends: [512, 1000], lasts: [1, 0, 1] });
});

Deno.test("parseMooncakeTrace() tells equal ids apart that come after others or end elsewhere", () => {
  const apart = (...rows: readonly Row[]) => parsed(rows).shared === undefined;
  assert.ok(apart(row(1024, [0, 9]), row(1024, [1, 9])));
  assert.ok(apart(row(500, [0]), row(512, [0])));
  assert.ok(!apart(row(512, [0]), row(512, [0])));
  const { shared } = parsed([row(1024, [5, 5]), row(1024, [5, 5]), row(1536, [6, 5, 5])]);
  assert.deepEqual(shared, { parents: [-1], ends: [1024], lasts: [0, 0, -1] });
});

Deno.test("parseMooncakeTrace() keeps what an endless cache finds, whatever the ids", () => {
  const prompt = fc.record({
    ids: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }),
    lastTokens: fc.constantFrom(1, 15, 16, 100, 511, 512, 512, 512),
  }).map(({ ids, lastTokens }) => row((ids.length - 1) * HASHED + lastTokens, ids));
  let hits = 0;
  fc.assert(fc.property(fc.array(prompt, { minLength: 1, maxLength: 20 }), (rows) => {
    const trace = parsed(rows);
    assert.deepEqual(complaintsAbout(traceLoad(trace)), []);
    const expected = infiniteHits(rows.map(keysByIds));
    assert.deepEqual(segmentHits(trace), expected);
    hits += expected.reduce((sum, blocks) => sum + blocks, 0);
  }));
  assert.ok(hits > 5000, `only ${hits} blocks were found`);
});

Deno.test("parseMooncakeTrace() reads CRLF, blank lines and a last line without an end alike", () => {
  const lines = [row(600, [1, 2]), row(600, [1, 2])].map((one) => JSON.stringify(one));
  const plain = parseMooncakeTrace(lines.join("\n"));
  assert.ok("shared" in plain);
  assert.deepEqual(parseMooncakeTrace(lines.join("\r\n") + "\r\n"), plain);
  assert.deepEqual(parseMooncakeTrace("\n" + lines.join("\n\n") + "\n\n"), plain);
});

Deno.test("parseMooncakeTrace() names the first bad line with its number in the file", () => {
  const good = JSON.stringify(row(600, [1, 2]));
  const problemOf = (line: string) => {
    const trace = parseMooncakeTrace([good, "", line, "worse"].join("\n"));
    return "problem" in trace ? trace.problem : assert.fail(line);
  };
  const changed = (change: object) => problemOf(JSON.stringify({ ...row(600, [1, 2]), ...change }));
  assert.equal(problemOf("oops"), `line 3 of the trace is not a request: "oops"`);
  assert.equal(problemOf("[1]"), `line 3 of the trace is not a request: "[1]"`);
  assert.equal(problemOf("null"), `line 3 of the trace is not a request: "null"`);
  assert.equal(
    problemOf("{}"),
    "line 3 of the trace has no timestamp in ms from 0: it is missing",
  );
  assert.equal(
    changed({ timestamp: -1 }),
    "line 3 of the trace has no timestamp in ms from 0: -1",
  );
  for (const field of ["input_length", "output_length"]) {
    for (const value of [-1, 1.5, "7", null, 2 ** 31]) {
      assert.equal(
        changed({ [field]: value }),
        `line 3 of the trace has no whole number of tokens as ${field}: ${JSON.stringify(value)}`,
      );
    }
  }
  assert.equal(
    changed({ hash_ids: [1, 2.5] }),
    "line 3 of the trace has hash_ids that are not a list of whole numbers",
  );
  assert.equal(
    changed({ hash_ids: [1] }),
    "line 3 of the trace has 1 hash_ids where 600 tokens in blocks of 512 have 2",
  );
});

const CONVERSATION = shared("data/traces/mooncake/conversation_trace.jsonl");

Deno.test({
  name: `parseMooncakeTrace() reads the conversation trace${CONVERSATION.skipped}`,
  ignore: !isPresent(CONVERSATION),
  fn() {
    const text = readText(CONVERSATION);
    const trace = parseMooncakeTrace(text);
    assert.ok(!("problem" in trace));
    const rows = text.trim().split("\n").map((line) => JSON.parse(line) as Row);
    assert.equal(trace.atUs.length, 12_031);
    assert.equal(trace.atUs.at(-1), 3_536_999_000);
    assert.deepEqual(trace.promptTokens, rows.map((one) => one.input_length));
    assert.deepEqual(trace.outputTokens, rows.map((one) => one.output_length));
    assert.deepEqual(complaintsAbout(traceLoad(trace)), []);

    // The published rate, 36.6 %, is of its blocks of 512 tokens.
    const found = wholeHits(rows.map(({ hash_ids }) => hash_ids));
    const blocks = rows.reduce((sum, { hash_ids }) => sum + hash_ids.length, 0);
    assert.equal((found.reduce((sum, count) => sum + count, 0) / blocks).toFixed(3), "0.366");

    const byIds = rows.map(({ input_length }, n) =>
      Math.floor(Math.min(found[n]! * HASHED, input_length) / BLOCK)
    );
    const contents = arrivalsOf([traceLoad(trace)], { endUs: 3600 * S })
      .map(({ content }) => content ?? { ids: [], ends: [] });
    const segments = wholeHits(contents.map(({ ids }) => Array.from(ids)));
    const bySegments = contents.map(({ ends }, n) =>
      Math.floor((ends[segments[n]! - 1] ?? 0) / BLOCK)
    );
    assert.deepEqual(bySegments, byIds);
  },
});

/** How many of each prompt's first ids, in turn, came before. */
function wholeHits(prompts: readonly (readonly number[])[]): number[] {
  const seen = new Set<number>();
  return prompts.map((ids) => {
    const miss = ids.findIndex((id) => !seen.has(id));
    for (const id of ids) seen.add(id);
    return miss === -1 ? ids.length : miss;
  });
}
