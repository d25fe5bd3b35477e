import assert from "node:assert/strict";
import { formatObjects, parseOutput } from "../../../src/cli/output.ts";
import { node, service } from "./reading_rig.ts";

const ITEMS = [service("a"), node("n")];

const text = (output: string) => formatObjects(parseOutput(output), { items: ITEMS });

Deno.test("formatObjects() prints names, paths, columns, YAML and JSON", async () => {
  assert.equal(await text("name"), "llminferenceservice.serving.kserve.io/a\nnode/n\n");
  assert.equal(await text("jsonpath={.items[*].metadata.name}"), "a n");
  assert.equal(
    await text("jsonpath-as-json={.items[*].kind}"),
    '[\n    "LLMInferenceService",\n    "Node"\n]\n',
  );
  assert.equal(await text("custom-columns=N:.metadata.name"), "N\na\nn\n");
  assert.match(await text("yaml"), /^apiVersion: v1\nitems:\n- apiVersion: /);
  assert.match(await text("=json"), /^\{\n {4}"apiVersion": "v1",\n {4}"items": \[/);
});

Deno.test("parseOutput() says what to use instead of what mtop has not", () => {
  assert.throws(() => parseOutput("go-template={{.kind}}"), {
    message:
      "Cannot print with go-template: mtop has none, use -o 'jsonpath={.items[*].metadata.name}'",
  });
});

Deno.test("parseOutput() names the formats that there are", () => {
  assert.throws(() => parseOutput("x", ["json", "yaml"]), {
    message: 'unable to match a printer suitable for the output format "x", ' +
      "allowed formats are: json,yaml",
  });
});

Deno.test("formatObjects() refuses a path or columns in kubectl's words", async () => {
  await assert.rejects(text("jsonpath={.items[*}"), {
    message: "error parsing jsonpath {.items[*}, unterminated array",
  });
  await assert.rejects(text("custom-columns=A"), {
    message: "unexpected custom-columns spec: A, expected <header>:<json-path-expr>",
  });
  await assert.rejects(text("custom-columns=A:{.x"), { message: /^unexpected path string/ });
});
