import assert from "node:assert/strict";
import { canaryFailure } from "../../../scenarios/canary-failure.ts";
import { fold } from "../../../src/fleet/fold.ts";
import { type FleetState, initialState } from "../../../src/fleet/state.ts";
import { summaryJson } from "../../../src/report/json.ts";
import { planText } from "../../../src/report/plan_text.ts";
import { instantText, runText } from "../../../src/report/text.ts";
import { assertGolden } from "../../golden/golden.ts";
import { planned, run } from "../scenario/small_run.ts";

const whole = run(canaryFailure, { seed: 42 });
const { simulation: { hash, events } } = whole;
const AT_12M30S = 750_000_000;

function stateAt(atUs: number): FleetState {
  const state = initialState();
  for (const event of whole.events) if (event.at <= atUs) fold(state, event);
  return state;
}

const FINAL = runText(whole.state, { hash, events });
const INSTANT = instantText(stateAt(AT_12M30S), AT_12M30S);

Deno.test("runText() of canary-failure is the golden text", () => {
  assertGolden("canary-failure.txt", FINAL);
});

Deno.test("instantText() of canary-failure at 12m30s is the golden text", () => {
  assertGolden("canary-failure-12m30s.txt", INSTANT);
});

Deno.test("planText() of canary-failure is the golden text", () => {
  assertGolden("canary-failure-plan.txt", planText(planned(canaryFailure)));
});

function keysOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [path];
  const parts = Array.isArray(value) ? value.slice(0, 1).entries() : Object.entries(value);
  return [...parts].flatMap(([key, item]) => {
    const part = typeof key === "number" ? "[]" : `.${key}`;
    return keysOf(item, `${path}${part}`);
  });
}

const JSON_TEXT = summaryJson(whole.state, { hash, events, wallSeconds: 1.5 });

Deno.test("summaryJson() of canary-failure has the golden keys", () => {
  const keys = keysOf(JSON.parse(JSON_TEXT)).map((key) => key.slice(1));
  assertGolden("canary-failure-keys.txt", keys.join("\n") + "\n");
});

Deno.test("texts of canary-failure have no trailing blanks and end in one newline", () => {
  for (const text of [FINAL, INSTANT, planText(planned(canaryFailure))]) {
    assert.match(text, /[^\n]\n$/);
    for (const line of text.split("\n")) assert.equal(line, line.trimEnd());
  }
});

Deno.test("runText() fits the width it is given", () => {
  for (const width of [60, 80, 120]) {
    for (const line of runText(whole.state, { hash, events, width }).split("\n")) {
      // Sentences that are no table are not cut: verdicts, counts, the title of a service.
      if (!/^ {4}\S+( {3,}\S+)+$/.test(line)) continue;
      assert.ok(line.length <= width, `${line.length} > ${width}: ${line}`);
    }
  }
});

Deno.test("summaryJson() says what the text says", () => {
  const json = JSON.parse(JSON_TEXT);
  const service = json.services["llama-3-70b"];
  const { arrived, completed, failed, rejected, inFlight } = service.requests;
  assert.equal(arrived, completed + failed + rejected + inFlight);
  const counts = [arrived, completed, failed, rejected, inFlight]
    .map((count: number) => count.toLocaleString("en-US"));
  const [a, c, f, r, i] = counts;
  assert.ok(
    FINAL.includes(`${a} arrived = ${c} completed + ${f} failed + ${r} rejected + ${i} in flight`),
  );
  assert.equal(json.logHash, hash);
  assert.equal(json.events, events);
  assert.equal(json.wallSeconds, 1.5);
  assert.deepEqual([json.virtualSeconds, json.warmupSeconds, json.ended], [1800, 120, true]);
  assert.ok(
    FINAL.trimEnd().endsWith(`${events.toLocaleString("en-US")} events, log ${hash.slice(0, 12)}`),
  );
});

Deno.test("summaryJson() shows each revision's KV usage while it served", () => {
  const { revisions } = JSON.parse(JSON_TEXT).services["llama-3-70b"];
  assert.ok(revisions.canary.kvCacheUsage > 0);
  assert.ok(
    revisions.stable.kvCacheUsage > revisions.canary.kvCacheUsage &&
      revisions.stable.kvCacheUsage < 1,
  );
  const then = JSON.parse(summaryJson(stateAt(AT_12M30S), {}, AT_12M30S));
  assert.ok(then.services["llama-3-70b"].revisions.canary.kvCacheUsage > 0);
});
