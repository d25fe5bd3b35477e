import assert from "node:assert/strict";
import type { FleetEvent } from "../../../src/fleet/events.ts";
import { fold } from "../../../src/fleet/fold.ts";
import { initialState } from "../../../src/fleet/state.ts";
import { emptyCounts } from "../../../src/metrics/request_counts.ts";
import type { WindowMetrics } from "../../../src/metrics/window.ts";
import { summaryJson } from "../../../src/report/json.ts";
import { problemsText } from "../../../src/report/problems_text.ts";
import { instantText, runText } from "../../../src/report/text.ts";
import { llm } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "../scenario/small_run.ts";

const [LOAD] = smallScenario().load;
/** Nobody asks `code`; `chat` has no pod and refuses everybody. */
const QUIET = run(smallScenario({
  duration: "20s",
  services: [llm("chat", { replicas: 0 }), llm("code")],
  load: [{ ...LOAD, kind: "constant" }],
}));

function leaves(value: unknown, path = ""): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, `${path}.${key}`));
}

const TEXTS = /\.(scenario|calibration|source|id|about|expected|got|logHash)$/;

Deno.test("summaryJson() writes numbers as numbers and what is unknown as null", () => {
  const json = JSON.parse(summaryJson(QUIET.state, { hash: "abc" }));
  for (const [path, value] of leaves(json)) {
    if (TEXTS.test(path) || typeof value === "boolean") continue;
    assert.ok(value === null || Number.isFinite(value), `${path} is ${value}`);
  }
  const { chat, code } = json.services;
  assert.equal(chat.requests.rejected, 40);
  assert.equal(chat.errorRate, 1);
  const unknown = ["ttftMs", "itlMs", "tpotMs", "e2eMs", "queueMs", "goodput", "kvCacheUsage"];
  unknown.push("prefixHitRate");
  for (const field of unknown) assert.equal(chat[field], null, field);
  for (const field of [...unknown, "errorRate"]) assert.equal(code[field], null, field);
  assert.equal(code.requests.arrived, 0);
  assert.equal(json.wallSeconds, null);
});

Deno.test("summaryJson() of a state of which nothing is known is all null or 0", () => {
  const json = JSON.parse(summaryJson(initialState(), {}));
  assert.deepEqual(json.services, {});
  assert.deepEqual([json.ended, json.logHash, json.events], [false, null, 0]);
});

Deno.test("runText() writes what is unknown as -, never as 0", () => {
  const text = runText(QUIET.state);
  const [, code] = text.split(/ {2}code, .*\n/);
  assert.match(code!, /errors {5}-\n/);
  assert.match(code!, /goodput {4}-\n/);
  assert.match(code!, /ttft +- +- +- +- +-\n/);
  assert.match(text, /errors {5}100%\n/);
  assert.match(text, /no expectations/);
  assert.match(text, /small, seed 1: nothing was expected\n$/);
});

Deno.test("summaryJson() and runText() have the prefix hit rate where tokens were looked up", () => {
  const window = { requests: emptyCounts(), promptTokens: 9, outputTokens: 0, latencyUs: {} };
  const pods = { name: [], running: [], waiting: [], kvPpm: [], outputTokens: [], preemptions: [] };
  const told = (measured: WindowMetrics) =>
    fold(initialState(), {
      ...{ at: 1_000_000, seq: 0, kind: "window", service: "chat", revision: "stable" },
      ...{ measured, pods },
    } as FleetEvent);
  const known = told({ ...window, prefixQueries: 9, prefixHits: 6 });
  const { chat } = JSON.parse(summaryJson(known, {})).services;
  assert.equal(chat.prefixHitRate, 0.666667);
  assert.equal(chat.revisions.stable.prefixHitRate, 0.666667);
  assert.match(runText(known), /^ {4}prefixes {3}66\.67% of prompt tokens found in the cache$/m);
  assert.ok(!runText(told(window)).includes("prefixes"));
});

Deno.test("runText() tells of a failed expectation what was expected and what was found", () => {
  const expectation = { kind: "metric", service: "chat", metric: "errorRate" };
  const { state } = run(smallScenario({
    duration: "10s",
    services: [llm("chat", { replicas: 0 })],
    expect: [{ ...expectation, comparison: "below", threshold: "1%" }],
  }));
  const text = runText(state, { marks: { passed: "ok", failed: "NO" } });
  assert.match(text, /NO chat: errorRate below 1% {3}expected below 1%, got 100% \(at 10s\)/);
  assert.match(text, /1 of 1 expectations failed$/m);
  const again = "mtop run x.ts --seed 1";
  assert.match(
    runText(state, { again }),
    /expectations failed\nonce more: mtop run x.ts --seed 1\n$/,
  );
});

Deno.test("instantText() shows a pod's gauges when it serves and - when it does not", () => {
  const { state } = run(smallScenario({ services: [llm("chat", { replicas: 7 })] }));
  const text = instantText(state, state.at);
  const rows = text.split("\n").filter((line) => line.includes("-kserve-"));
  const pending = rows.filter((line) => /0\/1 +Pending +- +- +- +-$/.test(line));
  const ready = rows.filter((line) => /1\/1 +Running +node-\d +\d+ +\d+ +[\d.]+%$/.test(line));
  assert.deepEqual([pending.length, ready.length], [1, 6]);
});

Deno.test("problemsText() is a line a problem, with the path where there is one", () => {
  const text = problemsText("x.ts", [
    { path: "load[0].to", message: "Cannot find it" },
    { path: "", message: "this is not a scenario" },
  ]);
  assert.equal(text, "x.ts: load[0].to: Cannot find it\nx.ts: this is not a scenario\n");
});
