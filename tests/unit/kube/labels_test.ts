// Tests of what labels and annotations may be called and be worth.
import assert from "node:assert/strict";
import { labelCauses } from "../../../src/kube/labels.ts";

Deno.test("labelCauses() takes names with and without a prefix, and values or none", () => {
  const labels = { app: "x", "app.kubernetes.io/name": "", "A_b.c": "a".repeat(63) };
  assert.deepEqual(labelCauses({ labels, annotations: { "x.y/Z": "any text\n" } }), []);
  assert.deepEqual(labelCauses(undefined), []);
});

for (
  const [what, metadata, said] of [
    ["a value with a space", { labels: { a: "b c" } }, /^metadata\.labels: .*"b c": a valid label/],
    ["a long value", { labels: { a: "b".repeat(64) } }, /: must be no more than 63 characters$/],
    ["a name with a space", { labels: { "a b": "" } }, /"a b": name part must consist of alphanum/],
    ["an empty name", { labels: { "x/": "" } }, /"x\/": name part must be non-empty$/],
    ["a long name", { labels: { ["a".repeat(64)]: "" } }, /name part must be no more than 63 char/],
    ["an empty prefix", { labels: { "/a": "" } }, /"\/a": prefix part must be non-empty$/],
    ["a prefix in capitals", { labels: { "A/a": "" } }, /"A\/a": prefix part a lowercase RFC 1123/],
    [
      "two slashes",
      { annotations: { "a/b/c": "" } },
      /^metadata\.annotations: .* a qualified name/,
    ],
    [
      "more than 256 KiB of annotations",
      { annotations: { a: "b".repeat(2 ** 18) } },
      /^metadata\.annotations: Too long: may not be more than 262144 bytes$/,
    ],
  ] as const
) {
  Deno.test(`labelCauses() refuses ${what}`, () => {
    const causes = labelCauses(metadata);
    assert.ok(causes.some((cause) => said.test(cause)), causes.join("\n"));
  });
}
