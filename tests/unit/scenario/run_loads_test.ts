// What a load says of its requests reaches the servers: what prompts share, and how long clients wait.
import assert from "node:assert/strict";
import { parseTrace } from "../../../src/load/trace_file.ts";
import type { Totals } from "../../../src/metrics/totals.ts";
import { llm } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "./small_run.ts";

function totalsOf(fields: Readonly<Record<string, unknown>>): Totals {
  const services = [llm("chat", { replicas: 1 })];
  const { state } = run(smallScenario({ services, duration: "2m", ...fields }));
  return state.services["chat"]!.revisions["stable"]!.measured;
}

/** The same prompt of 600 tokens at 0 s and at 20 s: 37 full blocks of 16 tokens, and 8 tokens more. */
const twice = (name: string) => ({
  kind: "trace",
  name,
  to: "chat",
  requests: parseTrace(
    [0, 20_000].map((timestamp) =>
      JSON.stringify({ timestamp, input_length: 600, output_length: 5, hash_ids: [1, 2] })
    ).join("\n"),
  ),
});

Deno.test("Simulation finds a trace's shared prompts in the prefix cache", () => {
  const { requests, prefixQueries, prefixHits } = totalsOf({ load: [twice("a")] });
  assert.equal(requests.completed, 2);
  assert.deepEqual([prefixQueries, prefixHits], [1200, 592]);
});

Deno.test("Simulation finds nothing of one trace's prompts for another's", () => {
  const both = totalsOf({ load: [twice("a"), { ...twice("b"), start: "10s" }] });
  assert.deepEqual([both.prefixQueries, both.prefixHits], [2400, 1184]);
});

Deno.test("Simulation gives requests up after their load's timeout", () => {
  const slow = {
    kind: "constant",
    name: "users",
    to: "chat",
    rps: 1,
    end: "60s",
    prompt: { kind: "fixed", tokens: 100 },
    // Above 5 s at the 7 ms or more that a step of an 8B model takes.
    output: { kind: "fixed", tokens: 1000 },
  };
  const patient = totalsOf({ load: [slow] });
  assert.deepEqual([patient.requests.completed, patient.requests.failed], [60, 0]);
  const { requests, outputTokens } = totalsOf({ load: [{ ...slow, timeout: "3s" }] });
  assert.deepEqual([requests.completed, requests.failed], [0, 60]);
  // They had tokens, but not all of them.
  assert.ok(outputTokens > 60 * 100 && outputTokens < 60 * 1000, `${outputTokens} tokens`);
});
