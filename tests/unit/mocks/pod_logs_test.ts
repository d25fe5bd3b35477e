// The log line templates: read without a problem, each file with the phases of its pods' state.
import assert from "node:assert/strict";
import {
  fillTemplate,
  type LogPhase,
  parseTemplates,
  PLACEHOLDERS,
} from "../../../src/report/log_templates.ts";
import { fileNames } from "./mock_files.ts";

const PHASES: Readonly<Record<string, readonly LogPhase[]>> = {
  "epp-serving.txt": ["every10s"],
  "epp-starting.txt": ["start"],
  "storage-initializer.txt": ["start", "ready", "died"],
  "vllm-crashed.txt": ["died"],
  "vllm-serving.txt": ["every10s"],
  "vllm-starting.txt": ["start", "imported", "loaded", "initialised", "ready"],
  "vllm-terminating.txt": ["stop"],
};

function read(name: string) {
  return parseTemplates(Deno.readTextFileSync(`mocks/pod_logs/${name}`));
}

Deno.test("mocks/pod_logs has a file a state, without a problem", () => {
  assert.deepEqual(fileNames("pod_logs"), Object.keys(PHASES));
  for (const [name, phases] of Object.entries(PHASES)) {
    const { templates, problems } = read(name);
    assert.deepEqual(problems, [], name);
    assert.deepEqual(Object.keys(templates), phases, name);
  }
});

Deno.test("mocks/pod_logs says every line of an engine with its time, its reason when it died", () => {
  const engines = Object.keys(PHASES).filter((name) => name !== "storage-initializer.txt");
  const lines = engines.flatMap((name) => Object.values(read(name).templates).flat());
  for (const line of lines) {
    // uvicorn, the HTTP server, says no time.
    const timeless = line.startsWith("INFO:     ");
    assert.equal(line.includes("{{time}}"), !timeless, line);
  }
  const died = read("vllm-crashed.txt").templates.died ?? [];
  assert.equal(died.filter((line) => line.includes("{{reason}}")).length, 1);
});

Deno.test("mocks/pod_logs writes the endpoint picker's lines as JSON", () => {
  const values = Object.fromEntries(PLACEHOLDERS.map((name) => [name, "1"]));
  for (const name of ["epp-starting.txt", "epp-serving.txt"]) {
    for (const line of Object.values(read(name).templates).flat()) {
      assert.ok(JSON.parse(fillTemplate(line, values)!).msg, line);
    }
  }
});
