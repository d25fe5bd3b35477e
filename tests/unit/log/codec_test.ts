// The lines of a run file, and every sentence that refuses one.
import assert from "node:assert/strict";
import {
  assertPortable,
  decodeHeader,
  decodeLine,
  encodeEvent,
  encodeFooter,
  encodeHeader,
} from "../../../src/log/codec.ts";
import type { LogEvent, LogHeader } from "../../../src/log/codec.ts";
import { LogFormatError } from "../../../src/log/format_error.ts";
import fc from "../../fast_check.ts";
import { HEADER, windowEvent } from "./sample_log.ts";

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof LogFormatError);
    return error.message;
  }
  throw new Error("Nothing was refused");
}

const headerOf = (value: unknown) =>
  refusal(() => decodeHeader(JSON.stringify(value), "run.jsonl"));
const lineOf = (line: string) => refusal(() => decodeLine(line, "run.jsonl", 12));

Deno.test("encodeHeader() and decodeHeader() are inverse", () => {
  assert.deepEqual(decodeHeader(encodeHeader(HEADER), "run.jsonl"), HEADER);
  const fork: LogHeader = {
    ...HEADER,
    parent: { name: "run.jsonl", identity: "f00d", at: 600_000_000, seq: 81 },
  };
  assert.deepEqual(decodeHeader(encodeHeader(fork), "fork.jsonl"), fork);
});

Deno.test("encodeHeader() begins with the format's number and has no newline", () => {
  const { formatVersion, ...rest } = HEADER;
  const line = encodeHeader({ ...rest, scenario: "a\nb", formatVersion });
  assert.ok(line.startsWith(`{"formatVersion":1,`));
  assert.ok(!line.includes("\n"));
});

Deno.test("decodeHeader() refuses in one sentence when the line is no header", () => {
  const refuse = (line: string) => refusal(() => decodeHeader(line, "run.jsonl"));
  assert.equal(refuse(""), `Cannot read "run.jsonl": the file is empty`);
  for (const line of ["hello", "[]", "null", "7", `{"a":1}`, `{"formatVersion":"1"}`]) {
    assert.equal(refuse(line), `Cannot read "run.jsonl": this is not an mtop log`);
  }
});

Deno.test("decodeHeader() names both formats when the log is newer or older", () => {
  assert.equal(
    headerOf({ formatVersion: 7 }),
    `Cannot read "run.jsonl": written by a newer mtop (format 7, this one reads up to 1)`,
  );
  assert.equal(
    headerOf({ formatVersion: 0 }),
    `Cannot read "run.jsonl": written by an older mtop (format 0, this one reads from 1)`,
  );
});

Deno.test("decodeHeader() names the field when the header is not right", () => {
  assert.match(
    headerOf({ ...HEADER, seed: 1.5 }),
    /^Cannot read "run\.jsonl": the header is not right, seed: /,
  );
  assert.match(headerOf({ ...HEADER, inputs: { a: 1 } }), /not right, inputs\.a: /);
  assert.match(headerOf({ ...HEADER, kind: "dream" }), /not right, kind: /);
});

Deno.test("decodeLine() gives back any event that encodeEvent() wrote, on one line", () => {
  const events = fc.record({
    at: fc.nat(),
    seq: fc.nat(),
    kind: fc.string(),
    data: fc.dictionary(fc.string({ unit: "grapheme" }), fc.oneof(fc.integer(), fc.string())),
  });
  fc.assert(fc.property(events, (event) => {
    const line = encodeEvent(event);
    assert.ok(!line.includes("\n"));
    const decoded = decodeLine(line, "run.jsonl", 2);
    assert.deepEqual(decoded, { event: JSON.parse(JSON.stringify(event)) });
  }));
});

Deno.test("decodeLine() tells a footer from an event", () => {
  const footer = { events: 3, hash: "ab" };
  assert.deepEqual(decodeLine(encodeFooter(footer), "run.jsonl", 5), { footer });
  const event = { at: 1, seq: 2, kind: "x", events: 3, hash: "ab" };
  assert.deepEqual(decodeLine(JSON.stringify(event), "run.jsonl", 5), { event });
});

Deno.test("decodeLine() names file and line when it is not an event", () => {
  const lines = [
    "",
    "{",
    "[]",
    `{"at":1,"seq":1}`,
    `{"at":1.5,"seq":1,"kind":"x"}`,
    `{"at":-1,"seq":1,"kind":"x"}`,
    `{"at":1,"seq":"1","kind":"x"}`,
    `{"events":-1,"hash":"x"}`,
    "\u0000\u0000",
  ];
  for (const line of lines) {
    assert.equal(lineOf(line), `Cannot read "run.jsonl": line 12 is not an event`);
  }
});

Deno.test("assertPortable() takes whole numbers, strings, booleans and null", () => {
  assertPortable(windowEvent(3));
  assertPortable({ at: 0, seq: 0, kind: "x", gone: null, yes: true, list: [-1] } as LogEvent);
});

Deno.test("assertPortable() names the place when a value would not come back the same", () => {
  const portable = (extra: object) => () =>
    assertPortable({ at: 1, seq: 12, kind: "weight", ...extra } as LogEvent);
  assert.throws(portable({ spec: { list: [1, 0.5] } }), {
    message: `Cannot log event 12 ("weight"): spec.list.1 is 0.5, no integer`,
  });
  assert.throws(portable({ x: NaN }), { message: /x is NaN, no integer$/ });
  assert.throws(portable({ x: 2 ** 53 }), { message: /no integer$/ });
  assert.throws(portable({ x: -0 }), { message: /x is -0, no integer$/ });
  for (const value of [undefined, 1n, () => 1, new Map(), new Date(0), Symbol("s")]) {
    assert.throws(portable({ x: { y: value } }), { message: /: x\.y is no plain data$/ });
  }
});
