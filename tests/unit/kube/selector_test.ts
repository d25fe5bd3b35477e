import assert from "node:assert/strict";
import type { Labels } from "../../../src/kube/label_selector.ts";
import { parseLabelSelector } from "../../../src/kube/selector.ts";
import fc from "../../fast_check.ts";

function matches(selector: string, labels: Labels): boolean {
  const parsed = parseLabelSelector(selector);
  if ("problem" in parsed) assert.fail(parsed.problem);
  return parsed.matches(labels);
}

Deno.test("parseLabelSelector() knows equality, sets and existence", () => {
  const labels = { "app.kubernetes.io/name": "gpt2", tier: "gold" };
  const holding = [
    ...["app.kubernetes.io/name=gpt2", "tier==gold", "tier = gold", "tier!=iron", "other!=x"],
    ...["tier in (iron, gold)", "tier notin (iron)", "other notin (x)", "tier", "!other"],
    ...["tier=gold,!other,app.kubernetes.io/name in (gpt2,phi-4)"],
  ];
  for (const selector of holding) assert.equal(matches(selector, labels), true, selector);
  const not = ["tier=", "tier!=gold", "tier in ()", "other", "!tier", "tier,other", "other in (x)"];
  for (const selector of not) assert.equal(matches(selector, labels), false, selector);
  assert.equal(matches("empty=", { empty: "" }), true);
});

Deno.test("parseLabelSelector() is not misled by names that every object inherits", () => {
  assert.equal(matches("constructor", {}), false);
  assert.equal(matches("constructor!=x", {}), true);
});

Deno.test("parseLabelSelector() says which requirement it cannot read", () => {
  for (const part of ["a==b==c", "=x", "a in b", "a b", "a in (b", "-a=b"]) {
    const parsed = parseLabelSelector(`ok=yes,${part}`);
    assert.deepEqual(parsed, { problem: `unable to parse requirement: "${part}"` });
  }
});

Deno.test("parseLabelSelector() with = and != are each other's opposite", () => {
  const word = fc.stringMatching(/^[a-z]([a-z0-9-]{0,5}[a-z0-9])?$/);
  fc.assert(fc.property(word, word, fc.dictionary(word, word), (key, value, labels) => {
    const equal = matches(`${key}=${value}`, labels);
    assert.equal(equal, Object.hasOwn(labels, key) && labels[key] === value);
    assert.equal(matches(`${key}!=${value}`, labels), !equal);
  }));
});
