import assert from "node:assert/strict";
import { readSettingsText } from "../../../src/cli/settings_file.ts";

const read = (text: string) => readSettingsText(text, "/etc/m/config.yaml", { HOME: "/home/me" });

Deno.test("readSettingsText() knows the line of each value", () => {
  const { values, problems } = read(
    "# mine\nthresholds:\n  kvCacheUsage: { warn: 65%,\n    critical: 0.8 }\n\ncolor: never\n",
  );
  assert.deepEqual(problems, []);
  assert.deepEqual([...values].map(([key, { value, origin }]) => [key, value, origin]), [
    ["color", "never", "/etc/m/config.yaml:6"],
    ["thresholds.kvCacheUsage.warn", 0.65, "/etc/m/config.yaml:3"],
    ["thresholds.kvCacheUsage.critical", 0.8, "/etc/m/config.yaml:4"],
  ]);
});

Deno.test("readSettingsText() knows the column of a value and of each part of it", () => {
  const { values } = read("columns: [NAME, RPS]\ngpuPrices: { L4: 1, T4: 2 }\n");
  assert.equal(values.get("columns")?.place?.(), "/etc/m/config.yaml:1:1");
  assert.equal(values.get("columns")?.place?.(1), "/etc/m/config.yaml:1:17");
  assert.equal(values.get("gpuPrices")?.place?.("T4"), "/etc/m/config.yaml:2:21");
});

Deno.test("readSettingsText() tells of every problem with its line and column, from the top", () => {
  const { problems } = read(`colour: never
refresh: fast
thresholds:
  kvCacheUsage:
    wran: 65%
    critical: 90
slo: 3
columns: [NAME, 3]
gpuPrices:
  H100-SXM: -1
`);
  assert.deepEqual(problems.map((line) => line.replace("/etc/m/config.yaml:", "")), [
    '1:1: Unknown setting "colour": did you mean "color"?',
    '2:1: Cannot use "fast" as refresh: write a duration such as 1s or 500ms, at least 100ms',
    '5:5: Unknown setting "thresholds.kvCacheUsage.wran": did you mean "warn"?',
    "6:5: Cannot use 90 as thresholds.kvCacheUsage.critical: " +
    "write a percentage such as 70%, or 0.7, at most 100%",
    "7:1: Cannot use 3 as slo: write the keys ttftP95, itlP95, e2eP95",
    "8:17: Cannot use 3 as columns[1]: write a list of columns, such as NAME, STATE, RPS",
    "10:3: Cannot use -1 as gpuPrices.H100-SXM: write USD by GPU, such as H100-SXM: 2.5",
  ]);
});

Deno.test("readSettingsText() tells where text is no YAML, or no settings", () => {
  const cases: Record<string, string> = {
    "a: [1\nb: 2": "/etc/m/config.yaml:2:1: Cannot read the YAML: deficient indentation",
    "mode: mock\nmode: live":
      "/etc/m/config.yaml:2:1: Cannot read the YAML: duplicated mapping key",
    "mode: mock\n---\nmode: live": "/etc/m/config.yaml: Cannot read more than one YAML document",
  };
  for (const [text, problem] of Object.entries(cases)) {
    assert.deepEqual(read(text).problems, [problem], text);
  }
  const [problem, ...others] = read("[1]").problems;
  assert.match(
    problem!,
    /^\/etc\/m\/config\.yaml:1:1: Cannot use \[1\] as settings: write the keys/,
  );
  assert.deepEqual(others, []);
});

Deno.test("readSettingsText() sets nothing by an empty file or an empty key", () => {
  const texts = ["", "# nothing\n", "mode:\nslo:\n  # ttftP95: 1s\nthresholds: { slo: }\n"];
  for (const text of texts) {
    assert.deepEqual(read(text), { values: new Map(), problems: [], warnings: [] }, text);
  }
});

Deno.test("readSettingsText() means a folder from where the file is, or from home", () => {
  const folder = (text: string) => read(`mocks: ${text}`).values.get("mocks")?.value;
  assert.equal(folder("../mocks"), "/etc/mocks");
  assert.equal(folder("~/mocks"), "/home/me/mocks");
  assert.equal(folder("/mocks"), "/mocks");
  assert.equal(folder('"~mocks"'), "/etc/m/~mocks");
});

Deno.test("readSettingsText() finds what came through an alias by what holds it", () => {
  const { problems } = read("thresholds:\n  slo: &x { warn: 2000% }\n  errorRate: *x\n");
  assert.deepEqual(problems.map((line) => line.split(" ")[0]), [
    "/etc/m/config.yaml:2:13:",
    "/etc/m/config.yaml:3:3:",
  ]);
});
