// Lines out of blocks, events out of lines, and how a log ends.
import assert from "node:assert/strict";
import { LOG_START } from "../../../src/log/checkpoint.ts";
import { encodeEvent, encodeFooter, encodeHeader } from "../../../src/log/codec.ts";
import { sha256 } from "../../../src/log/hash.ts";
import { EventReader, linesOf, LineSplitter } from "../../../src/log/lines.ts";
import fc from "../../fast_check.ts";
import { HEADER, windowEvent, windowEvents } from "./sample_log.ts";

const LINES = windowEvents(4, 1).map(encodeEvent);
const FOOTER = encodeFooter({ events: 4, hash: "ab" });

function readerAtFirstEvent(): EventReader {
  const reader = new EventReader("run.jsonl", LOG_START);
  const header = encodeHeader(HEADER);
  reader.takeHeader(header, sha256(header));
  return reader;
}

/** Reads lines to the end and says how they end. */
function endingOf(lines: readonly string[], tornBytes = 0) {
  const reader = readerAtFirstEvent();
  const events = reader.take(lines);
  reader.finish(tornBytes);
  const ending = reader.ending;
  assert.ok(ending);
  return { events: events.length, ...ending, message: "message" in ending ? ending.message : "" };
}

Deno.test("LineSplitter.push() gives the same lines however the bytes are cut", () => {
  const texts = fc.array(fc.string({ unit: "grapheme" }).filter((it) => !it.includes("\n")));
  fc.assert(fc.property(texts, fc.array(fc.nat(40)), fc.string(), (texts, cuts, rest) => {
    const tail = rest.replaceAll("\n", "");
    const bytes = new TextEncoder().encode(texts.map((it) => it + "\n").join("") + tail);
    const splitter = new LineSplitter();
    const lines: string[] = [];
    let from = 0;
    for (const length of [...cuts, bytes.length]) {
      const block = bytes.slice(from, from + length);
      lines.push(...linesOf(splitter.push(block)));
      block.fill(0); // blocks are read into again
      from += length;
    }
    assert.deepEqual(lines, texts);
    assert.equal(splitter.carriedBytes, new TextEncoder().encode(tail).length);
  }));
});

Deno.test("EventReader.take() ends whole when the footer fits", () => {
  const ending = endingOf([...LINES, FOOTER]);
  assert.deepEqual([ending.kind, ending.events, ending.line, ending.at], [
    "whole",
    4,
    6,
    1_000_000,
  ]);
});

Deno.test("EventReader.take() ends as died when there is no footer, and names the place", () => {
  const ending = endingOf(LINES, 17);
  assert.equal(ending.kind, "died");
  assert.equal(
    ending.message,
    `"run.jsonl" has no footer, its run died or goes on: it is whole up to line 5, virtual time 1 s`,
  );
  assert.equal(endingOf([]).line, 1);
});

Deno.test("EventReader.take() ends as corrupt, with what was good before, when a line is wrong", () => {
  const at = (line: string) => endingOf([...LINES.slice(0, 2), line, ...LINES.slice(2)]);
  const message = (what: string) => `Cannot read "run.jsonl": line 4 ${what}`;
  const cases: [string, string][] = [
    ["{oops", "is not an event"],
    ["", "is not an event"],
    [LINES[1]!, "is out of order, seq 1 after 1"],
    [LINES[3]!.replace(`"at":1000000`, `"at":0`).replace(`"seq":3`, `"seq":0`), "is out of order"],
    [FOOTER, "is a footer for 4 events, after 2"],
    [encodeFooter({ events: 2, hash: "ab" }), "comes after the footer"],
  ];
  for (const [line, what] of cases) {
    const ending = at(line);
    assert.equal(ending.kind, "corrupt");
    assert.equal(ending.events, 2);
    const named = what === "comes after the footer"
      ? message(what).replace("4", "5")
      : message(what);
    assert.ok(ending.message.startsWith(named), ending.message);
  }
});

Deno.test("EventReader.take() ends as corrupt when time goes back", () => {
  const back = encodeEvent({ ...windowEvent(9, 1), at: 999_999 });
  assert.match(endingOf([...LINES, back]).message, /line 6 goes back in time$/);
});

Deno.test("EventReader.finish() ends as corrupt when bytes follow the footer", () => {
  assert.match(endingOf([...LINES, FOOTER], 3).message, /line 7 comes after the footer$/);
});

Deno.test("EventReader.take() asks the validation about every event", () => {
  const validate = (event: { seq: number }) => event.seq === 2 ? "pods: too few" : undefined;
  const reader = new EventReader("run.jsonl", { ...LOG_START, line: 1 }, validate);
  assert.equal(reader.take(LINES).length, 2);
  assert.equal(reader.ending?.kind, "corrupt");
  assert.match(
    JSON.stringify(reader.ending),
    /line 4 is not a valid .*window.* event: pods: too few/,
  );
});

Deno.test("EventReader.positionAt() is where reading goes on, and nothing after the footer", () => {
  const reader = readerAtFirstEvent();
  reader.take(LINES.slice(0, 2));
  const place = reader.positionAt(500);
  assert.deepEqual(place, { offset: 500, line: 3, at: 0, seq: 1 });
  const rest = new EventReader("run.jsonl", place!);
  assert.equal(rest.take([...LINES.slice(2), FOOTER]).length, 2);
  assert.equal(rest.positionAt(900), undefined);
  rest.finish(0);
  assert.equal(rest.ending?.kind, "whole");
});
