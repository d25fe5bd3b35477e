// Tests of how the API server's answers quote what users named.
import assert from "node:assert/strict";
import { notFound, printable, quoted } from "../../../src/kube/errors.ts";
import { SERVICE_RESOURCE } from "../../../src/kube/resources.ts";

Deno.test("quoted() writes out what a terminal would obey, as Go's %q", () => {
  assert.equal(quoted("gpt2"), '"gpt2"');
  assert.equal(quoted('a"b\\c\n\t'), String.raw`"a\"b\\c\n\t"`);
  assert.equal(quoted("\x1b]0;x\x07\x7f\x9b\u202eü"), String.raw`"\x1b]0;x\x07\x7f\u009b\u202eü"`);
});

Deno.test("printable() leaves the lines of a text", () => {
  assert.equal(
    printable("a\n* b\x1b"),
    String.raw`a
* b\x1b`,
  );
});

Deno.test("notFound() quotes the name", () => {
  const said = String.raw`llminferenceservices.serving.kserve.io "\x1b" not found`;
  assert.equal(notFound(SERVICE_RESOURCE, "\x1b").message, said);
});
