import assert from "node:assert/strict";
import { formatBytes, formatMilli, parseQuantity } from "../../../src/kube/quantity.ts";

Deno.test("parseQuantity() reads every suffix and exponents", () => {
  const read: [unknown, number][] = [
    ["2", 2],
    [2, 2],
    ["250m", 0.25],
    ["1.5Gi", 1.5 * 2 ** 30],
    ["32Gi", 32 * 2 ** 30],
    ["1k", 1000],
    ["500M", 5e8],
    ["1e3", 1000],
    ["12E", 12e18],
    ["1Ei", 2 ** 60],
    [".5", 0.5],
    ["-1", -1],
  ];
  for (const [text, value] of read) assert.equal(parseQuantity(text), value, String(text));
});

Deno.test("parseQuantity() gives nothing for what is no quantity", () => {
  for (const text of ["", "2 Gi", "Gi", "1gi", "1KB", "0x10", null, undefined, {}, NaN]) {
    assert.equal(parseQuantity(text), undefined, String(text));
  }
});

Deno.test("formatBytes() takes the largest unit that divides them", () => {
  assert.equal(formatBytes(32 * 2 ** 30), "32Gi");
  assert.equal(formatBytes(1536 * 2 ** 20), "1536Mi");
  assert.equal(formatBytes(1000), "1000");
  assert.equal(formatBytes(0), "0");
});

Deno.test("formatMilli() writes whole ones without a suffix", () => {
  assert.equal(formatMilli(2000), "2");
  assert.equal(formatMilli(1500), "1500m");
});
