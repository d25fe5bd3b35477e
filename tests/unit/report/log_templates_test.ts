import assert from "node:assert/strict";
import {
  fillTemplate,
  LOG_PHASES,
  mergeTemplates,
  parseTemplates,
  PLACEHOLDERS,
} from "../../../src/report/log_templates.ts";
import fc from "../../fast_check.ts";

Deno.test("parseTemplates() takes phase and text of each line, comments and blank lines left out", () => {
  const text = "# about\n\nstart\tone {{pod}}\r\nloaded\ttwo\nstart\tthree\twith a tab\n";
  assert.deepEqual(parseTemplates(text), {
    templates: { start: ["one {{pod}}", "three\twith a tab"], loaded: ["two"] },
    problems: [],
  });
});

Deno.test("parseTemplates() tells what it cannot read, and reads the rest", () => {
  const { templates, problems } = parseTemplates(
    "start one\nlunch\tsoup\ndied\tof {{thirst}}\ndied\ty",
  );
  assert.deepEqual(templates, { died: ["y"] });
  assert.deepEqual(problems, [
    "line 1 begins with no phase and tab",
    "line 2 begins with no phase and tab",
    "line 3 has an unknown {{thirst}}",
  ]);
});

Deno.test("parseTemplates() keeps every line of a known phase", () => {
  const line = fc.tuple(fc.constantFrom(...LOG_PHASES), fc.stringMatching(/^[a-z ]{1,20}$/));
  fc.assert(fc.property(fc.array(line), (lines) => {
    const { templates } = parseTemplates(lines.map((each) => each.join("\t")).join("\n"));
    const read = Object.values(templates).flat().sort();
    assert.deepEqual(read, lines.map(([, text]) => text).sort());
  }));
});

Deno.test("mergeTemplates() puts the lines of a phase one file after the other", () => {
  const merged = mergeTemplates([{ start: ["a"] }, { start: ["b"], died: ["c"] }]);
  assert.deepEqual([merged.start, merged.died, merged.stop], [["a", "b"], ["c"], []]);
});

Deno.test("fillTemplate() gives no line when a value of it is not known", () => {
  const text = "{{pod}} has {{kvTokens}}, {{pod}}";
  assert.equal(fillTemplate(text, { pod: "p" }), undefined);
  assert.equal(fillTemplate(text, { pod: "p", kvTokens: "16" }), "p has 16, p");
  assert.equal(fillTemplate("plain", {}), "plain");
  assert.equal(fillTemplate("{{reason}}", { reason: "$& {{pod}}" }), "$& {{pod}}");
});

Deno.test("fillTemplate() leaves a part in [[ ]] out when a value of it is not known", () => {
  const text = "[[{{pod}} of {{pool}}, ]]{{running}}[[, {{waiting}}]]";
  assert.equal(fillTemplate(text, { pod: "p", running: "1", waiting: "2" }), "1, 2");
  assert.equal(fillTemplate(text, { pod: "p", pool: "q", running: "1" }), "p of q, 1");
});

Deno.test("fillTemplate() fills every placeholder that there is", () => {
  const values = Object.fromEntries(PLACEHOLDERS.map((name) => [name, name]));
  const text = PLACEHOLDERS.map((name) => `{{${name}}}`).join(" ");
  assert.equal(fillTemplate(text, values), PLACEHOLDERS.join(" "));
});
