// Texts that Go takes for formats.
import assert from "node:assert/strict";
import { sprintfOf } from "../../../src/kube/go_format.ts";
import fc from "../../fast_check.ts";

Deno.test("sprintfOf() garbles a percent sign as Go does when a format has no values", () => {
  const garbled = {
    "100%": "100%!(NOVERB)",
    "50% of 2": "50%!o(MISSING)f 2",
    "%x": "%!x(MISSING)",
    "%5.2f": "%!f(MISSING)",
    "a%%b": "a%b",
    "%-é": "%!é(MISSING)",
  };
  for (const [text, wanted] of Object.entries(garbled)) assert.equal(sprintfOf(text), wanted);
});

Deno.test("sprintfOf() leaves a text without a percent sign as it is", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const plain = text.replaceAll("%", "");
    assert.equal(sprintfOf(plain), plain);
  }));
});
