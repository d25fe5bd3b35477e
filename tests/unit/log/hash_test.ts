// The hash of a run, whatever pieces it comes in.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { RunHash, sha256, stateHash } from "../../../src/log/hash.ts";
import fc from "../../fast_check.ts";

Deno.test("RunHash.digest() is the sha256 of the lines with their newlines", () => {
  const lines = fc.array(fc.string({ unit: "grapheme" }));
  fc.assert(fc.property(lines, (lines) => {
    const hash = new RunHash();
    for (const line of lines) hash.add(line);
    const text = lines.map((line) => line + "\n").join("");
    assert.equal(hash.digest(), createHash("sha256").update(text).digest("hex"));
    assert.equal(hash.events, lines.length);
  }));
});

Deno.test("RunHash.digest() takes lines of any length, whatever waits before them", () => {
  // Around a third of the buffer and beyond it, in characters of one to four bytes.
  for (const length of [1, 65_535, 65_536, 100_000, 300_000]) {
    const lines = ["a", "é", "界", "😀"].map((character) => character.repeat(length));
    const hash = new RunHash();
    for (const line of lines) hash.add(line);
    assert.equal(hash.digest(), sha256(lines.map((line) => line + "\n").join("")));
  }
});

Deno.test("RunHash.digest() does not end the hash when lines follow", () => {
  const asked = new RunHash();
  const quiet = new RunHash();
  for (let n = 0; n < 300; n += 1) {
    const line = `${n}`.repeat(300);
    asked.add(line);
    quiet.add(line);
    if (n % 50 === 0) assert.equal(asked.digest(), asked.digest());
  }
  assert.equal(asked.digest(), quiet.digest());
});

Deno.test("RunHash.digest() differs when two lines change places", () => {
  const of = (...lines: string[]) => {
    const hash = new RunHash();
    lines.forEach((line) => hash.add(line));
    return hash.digest();
  };
  assert.notEqual(of("a", "b"), of("b", "a"));
  assert.notEqual(of("ab"), of("a", "b"));
  assert.equal(of(), sha256(""));
});

Deno.test("stateHash() does not see the order of keys, and sees all else", () => {
  const a = { x: [1, { p: 1, q: "2" }], y: null };
  const b = { y: null, x: [1, { q: "2", p: 1 }] };
  assert.equal(stateHash(a), stateHash(b));
  assert.notEqual(stateHash(a), stateHash({ ...a, x: [{ p: 1, q: "2" }, 1] }));
  assert.notEqual(stateHash({ a: 1 }), stateHash({ a: "1" }));
  assert.equal(stateHash(undefined), stateHash(null));
});

Deno.test("stateHash() is the same after a round trip through JSON", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.equal(stateHash(JSON.parse(JSON.stringify(value))), stateHash(value));
  }));
});
