// Empirical lengths: what was measured is drawn, as often as it came.
import assert from "node:assert/strict";
import { readEmpirical } from "../../../src/load/empirical_text.ts";
import { lengthSampler, lengthSchema } from "../../../src/load/lengths.ts";
import { Streams } from "../../../src/sim/streams.ts";
import fc from "../../fast_check.ts";

const empirical = (given: unknown) => ({ kind: "empirical", ...readEmpirical(given) });

function draws(given: unknown, count: number): Map<number, number> {
  const length = lengthSchema.parse(empirical(given));
  const draw = lengthSampler(length, new Streams(3).stream("load/chat/prompt"));
  const found = new Map<number, number>();
  for (let n = 0; n < count; n++) {
    const tokens = draw();
    found.set(tokens, (found.get(tokens) ?? 0) + 1);
  }
  return found;
}

function complaints(given: unknown): string[] {
  const parsed = lengthSchema.safeParse(empirical(given));
  if (parsed.success) return [];
  return parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

Deno.test("lengthSampler() draws each empirical value as often as another without weights", () => {
  const found = draws([5, 70, 900, 70], 8000);
  assert.deepEqual([...found.keys()].toSorted((a, b) => a - b), [5, 70, 900]);
  assert.ok(Math.abs(found.get(70)! - 4000) < 300, `${found.get(70)}`);
});

Deno.test("lengthSampler() draws empirical values by their weights", () => {
  const found = draws([[5, 1], [70, 6.5], [900, 2.5]], 10_000);
  for (const [tokens, share] of [[5, 0.1], [70, 0.65], [900, 0.25]] as const) {
    assert.ok(
      Math.abs(found.get(tokens)! / 10_000 - share) < 0.02,
      `${tokens}: ${found.get(tokens)}`,
    );
  }
});

Deno.test("readEmpirical() reads from text what it was written from", () => {
  const value = fc.integer({ min: 1, max: 2 ** 31 - 1 });
  const weight = fc.integer({ min: 1, max: 1e6 });
  const separator = fc.constantFrom(",", " ", "\t", ";", ", ");
  const end = fc.constantFrom("\n", "\r\n", "\n\n");
  const pairs = fc.array(fc.tuple(value, weight), { minLength: 1 });
  fc.assert(fc.property(pairs, separator, end, (pairs, separator, end) => {
    const text = "\uFEFF" + pairs.map((pair) => pair.join(separator)).join(end);
    const { values, weights = pairs.map(() => 1) } = readEmpirical(text);
    assert.deepEqual(values, pairs.map(([value]) => value));
    assert.deepEqual(weights, pairs.map(([, weight]) => weight));
  }));
});

Deno.test("readEmpirical() names the line that it cannot read", () => {
  assert.deepEqual(complaints("120\n80\n"), []);
  assert.deepEqual(complaints("tokens\n80"), [
    'values: line 1 is neither a value nor a value and its weight: "tokens"',
  ]);
  assert.deepEqual(complaints("80\n\n-3"), [
    'values: line 3 is neither a value nor a value and its weight: "-3"',
  ]);
});

Deno.test("lengthSchema says where when empirical lengths are wrong", () => {
  assert.deepEqual(complaints([1, 2 ** 31 - 1]), []);
  assert.deepEqual(complaints([]), ["values: give a value at least"]);
  assert.deepEqual(complaints(""), ["values: give a value at least"]);
  for (const value of [0, -1, 1.5, NaN, "7", null, 2 ** 31]) {
    assert.ok(complaints([5, value])[0]?.startsWith("values.1: "), String(value));
    if (value === 1.5 || value === 2 ** 31) continue;
    const weighed = complaints([[5, 1], [6, value]]);
    assert.ok(weighed[0]?.startsWith("weights.1: "), `${value}: ${weighed}`);
  }
  assert.ok(complaints(7)[0]?.startsWith("values: "));
  assert.ok(complaints(null)[0]?.startsWith("values: "));
});
