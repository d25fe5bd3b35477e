// What the table of vLLM's metrics says of windows, of the summary and of top is there.
import assert from "node:assert/strict";
import { fleetEventSchema } from "../../../src/fleet/events.ts";
import { VLLM_METRICS } from "../../../src/metrics/names.ts";
import { summarize } from "../../../src/report/summary.ts";
import { findColumn } from "../../../src/view/columns.ts";
import { sampleFleet } from "./sample_fleet.ts";

Deno.test("VLLM_METRICS names columns of top by their heads", () => {
  const heads = VLLM_METRICS.flatMap(({ top }) => top ?? []);
  for (const head of heads) assert.equal(findColumn(head)?.head, head);
});

Deno.test("VLLM_METRICS names keys of a service's summary", () => {
  const [service] = Object.values(summarize(sampleFleet()).services);
  for (const path of VLLM_METRICS.flatMap(({ json }) => json ?? [])) {
    let found: unknown = service;
    for (const key of path.split(".")) found = (found as Record<string, unknown>)[key];
    assert.notEqual(found, undefined, path);
  }
});

Deno.test("VLLM_METRICS names fields of a window", () => {
  const schema = fleetEventSchema.options.find(({ shape }) => shape.kind.value === "window")!;
  for (const { window } of VLLM_METRICS) {
    // Whatever is no such field has no problem of its own when it holds a text.
    const keys = window.split(".");
    const event = keys.reduceRight<unknown>((value, key) => ({ [key]: value }), "no number");
    const issues = schema.safeParse(event).error!.issues.map(({ path }) => path.join("."));
    assert.ok(issues.includes(window), window);
  }
});
