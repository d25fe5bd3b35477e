import assert from "node:assert/strict";
import {
  parseTimestamp,
  virtualTimestamp,
  virtualTimestampMicro,
} from "../../../src/sim/timestamp.ts";
import fc from "../../fast_check.ts";

const VIRTUAL_ZERO_MS = Date.UTC(2026, 0, 1);

Deno.test("virtualTimestamp() agrees with Date, from before virtual 0 to 2^53 µs", () => {
  const us = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -1e9, max: 1e9 }));
  fc.assert(fc.property(us, (us) => {
    const date = new Date(VIRTUAL_ZERO_MS + Math.floor(us / 1e6) * 1000).toISOString();
    assert.equal(virtualTimestamp(us), date.replace(".000Z", "Z"));
    const micros = String(us - Math.floor(us / 1e6) * 1e6).padStart(6, "0");
    assert.equal(virtualTimestampMicro(us), date.replace(".000Z", `.${micros}Z`));
  }));
});

Deno.test("virtualTimestamp() agrees with Date on every day of 285 years", () => {
  for (let day = 0; day < 285 * 365; day++) {
    const date = new Date(VIRTUAL_ZERO_MS + day * 86_400_000).toISOString();
    assert.equal(virtualTimestamp(day * 86_400_000_000), date.replace(".000Z", "Z"));
  }
});

Deno.test("virtualTimestamp() writes whole seconds, virtualTimestampMicro() microseconds", () => {
  assert.equal(virtualTimestamp(0), "2026-01-01T00:00:00Z");
  assert.equal(virtualTimestamp(750_999_999), "2026-01-01T00:12:30Z");
  assert.equal(virtualTimestampMicro(750_000_250), "2026-01-01T00:12:30.000250Z");
  assert.throws(() => virtualTimestamp(0.5), RangeError);
});

Deno.test("parseTimestamp() is the inverse of virtualTimestamp() and virtualTimestampMicro()", () => {
  const us = fc.integer({ min: -40 * 365 * 86_400 * 1e6, max: 2 ** 52 });
  fc.assert(fc.property(us, (us) => {
    assert.equal(parseTimestamp(virtualTimestampMicro(us)), us);
    assert.equal(parseTimestamp(virtualTimestamp(us)), Math.floor(us / 1e6) * 1e6);
  }));
});

Deno.test("parseTimestamp() is undefined for what is no UTC timestamp", () => {
  for (const text of ["", "2026-01-01", "2026-01-01T00:00:00", "yesterday"]) {
    assert.equal(parseTimestamp(text), undefined);
  }
});
