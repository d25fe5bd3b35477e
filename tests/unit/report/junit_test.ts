// JUnit's XML: a suite a run, a case an expectation, and nothing that a parser would stumble over.
import assert from "node:assert/strict";
import { junitXml } from "../../../src/report/junit.ts";
import { xmlText } from "../../../src/report/junit_xml.ts";
import fc from "../../fast_check.ts";
import { expectation, failed, outcome, run } from "./outcomes.ts";

Deno.test("junitXml() has a suite a scenario, a case an expectation and the line that reproduces it", () => {
  const late = failed({
    id: "expect[1]",
    about: "ttft p95 below 2s",
    expected: "below 2s",
    got: "3s",
  });
  const xml = junitXml([outcome({ runs: [run(7, [expectation(), late])] })]);
  assert.equal(
    xml,
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="mtop" tests="2" failures="1" errors="0" time="1.234">
  <testsuite name="small" tests="2" failures="1" errors="0" skipped="0" time="1.234" file="ci/small.ts">
    <properties>
      <property name="seed" value="7"/>
      <property name="virtualTime" value="30m00s"/>
      <property name="events" value="10"/>
      <property name="log" value="${"7".padStart(64, "0")}"/>
    </properties>
    <testcase name="goodput above 95%" classname="mtop.small"/>
    <testcase name="ttft p95 below 2s" classname="mtop.small">
      <failure type="ExpectationFailed" message="expected below 2s, got 3s">expected: below 2s
got: 3s
at: 12m30s virtual time
once more: mtop run ci/small.ts --seed 7</failure>
    </testcase>
  </testsuite>
</testsuites>
`,
  );
});

Deno.test("junitXml() has a suite a seed when there are many, and tells their cases apart by class", () => {
  const xml = junitXml([
    outcome({ overSeeds: true, runs: [run(1, [expectation()]), run(2, [failed()])] }),
  ]);
  assert.match(xml, /^<testsuites name="mtop" tests="2" failures="1" /m);
  for (const seed of [1, 2]) {
    assert.match(xml, new RegExp(`<testsuite name="small, seed ${seed}" tests="1"`));
    assert.match(xml, new RegExp(`classname="mtop.small.seed ${seed}"`));
  }
});

Deno.test("junitXml() has an error for what did not come to its verdicts, beside what did", () => {
  const problems = [{ path: "load[0].rps", message: "Too small" }, { path: "seed", message: "No" }];
  const xml = junitXml([
    outcome({ runs: [], trouble: { kind: "invalid", message: "it has 2 problems", problems } }),
    outcome({ runs: [], trouble: { kind: "threw", message: "it threw" } }),
    outcome({
      overSeeds: true,
      trouble: { kind: "interrupted", message: "Interrupted at seed 8 of 20" },
    }),
  ]);
  assert.match(xml, /^<testsuites name="mtop" tests="4" failures="0" errors="3" /m);
  assert.match(
    xml,
    /<error type="InvalidScenario" [^>]*>ci\/small.ts: load\[0\].rps: Too small\nci\/small.ts: seed: No\n</,
  );
  assert.match(xml, /<error type="ScenarioThrew" message="it threw">it threw</);
  assert.match(xml, /<testsuite name="small, seed 7"[\s\S]*<error type="Interrupted"/);
});

Deno.test("junitXml() has a case for a run of which nothing was expected", () => {
  assert.match(junitXml([outcome({ runs: [run(7, [])] })]), /<testcase name="runs to its end"/);
});

Deno.test("junitXml() writes seconds without an exponent when a run was short", () => {
  const short = { ...run(7, [expectation()]), wallMs: 0.0004 };
  assert.match(junitXml([outcome({ runs: [short] })]), / time="0.000"/);
});

Deno.test("xmlText() holds no character that XML has not, and ends no element early, whatever the text", () => {
  const nasty = fc.string({ unit: "binary" });
  fc.assert(fc.property(nasty, nasty, (attribute, text) => {
    const xml = xmlText({ name: "a", attributes: { b: attribute }, children: [text] });
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(xml, /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/);
    assert.ok(xml.isWellFormed());
    assert.match(xml, /^<\?xml [^>]*>\n<a b="[^<>"]*">[^<>]*<\/a>\n$/);
    const entities = xml.match(/&[^;]*;?/g) ?? [];
    assert.ok(entities.every((one) => /^&(?:amp|lt|gt|quot|#10|#9|#13);$/.test(one)), xml);
  }));
});
