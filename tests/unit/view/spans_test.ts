import assert from "node:assert/strict";
import { cells, cut, line, padEnd, padStart, printable } from "../../../src/view/spans.ts";
import { COLOR, PLAIN } from "../../../src/view/theme.ts";
import fc from "../../fast_check.ts";

Deno.test("cut() ends in … what does not fit, by cells", () => {
  assert.equal(cut("llama-3-70b", 11), "llama-3-70b");
  assert.equal(cut("llama-3-70b", 10), "llama-3-7…");
  assert.equal(cut("模型-模型", 6), "模型-…");
  assert.equal(cut("abc", 1), "…");
  assert.equal(cut("abc", 0), "");
});

Deno.test("cut() and line() never take more cells than they may", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 30 });
  fc.assert(fc.property(text, fc.nat(30), (written, width) => {
    assert.ok(cells(cut(printable(written), width)) <= width);
    const pieces = [{ text: written }, { text: written, style: "bold" as const }];
    assert.ok(cells(line(pieces, width, PLAIN)) <= width);
  }));
});

Deno.test("pads count cells, not characters", () => {
  assert.equal(padEnd("模", 4), "模  ");
  assert.equal(padStart("模", 4), "  模");
});

Deno.test("line() paints its pieces and cuts across them", () => {
  const spans = [{ text: "a " }, { text: "bcd", style: "critical" as const }, { text: "e  " }];
  assert.equal(line(spans, 10, PLAIN), "a bcde");
  assert.equal(line(spans, 5, PLAIN), "a bc…");
  assert.equal(line(spans, 4, COLOR), "a \x1b[1;31mb\x1b[0m…");
});

Deno.test("line() lets no control character of a stranger through", () => {
  assert.equal(line([{ text: "a\x1b[31mb\nc\u202ed\x9b1m" }], 40, PLAIN), "a [31mb c d 1m");
});
