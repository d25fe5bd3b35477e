import assert from "node:assert/strict";
import { defaultConfig } from "../../../src/fleet/picker/defaults.ts";
import type { Routing } from "../../../src/fleet/picker/plan.ts";
import { readConfig } from "../../../src/fleet/picker/read_config.ts";
import { routingText } from "../../../src/report/routing_text.ts";

function routed(config: unknown, failureMode: Routing["failureMode"] = "FailOpen"): Routing {
  const read = readConfig(config);
  assert.ok("plan" in read, JSON.stringify(read));
  return { balancing: "round-robin", picker: read.plan, failureMode, loraSlots: 0 };
}

Deno.test("routingText() names the balancing where there is no endpoint picker", () => {
  assert.equal(routingText(), "balanced round-robin");
  const routing = { balancing: "least-request", failureMode: "FailOpen", loraSlots: 0 } as const;
  assert.equal(routingText(routing), "balanced least-request");
});

Deno.test("routingText() lists the picker's plugins and their weights", () => {
  assert.equal(
    routingText(routed(defaultConfig(false, false))),
    "routed by its endpoint picker: queue-scorer 2, kv-cache-utilization-scorer 2, " +
      "prefix-cache-scorer 3, no-hit-lru-scorer 2, max-score-picker",
  );
});

Deno.test("routingText() tells both profiles of prefill and decode, and who decides", () => {
  assert.equal(
    routingText(routed(defaultConfig(true, false))),
    "routed by its endpoint picker: decode by decode-filter, active-request-scorer 2, " +
      "prefix-cache-scorer 3, max-score-picker; prefill by prefill-filter, prefix-cache-scorer 3, " +
      "queue-scorer 2, kv-cache-utilization-scorer 2, max-score-picker, if always-disagg-pd-decider",
  );
});

Deno.test("routingText() says what else there is: flow control, and a pool that fails closed", () => {
  const config = {
    ...defaultConfig(false, false) as object,
    plugins: [{ type: "random-picker" }],
    schedulingProfiles: [{ name: "default", plugins: [{ pluginRef: "random-picker" }] }],
    featureGates: ["flowControl"],
  };
  assert.equal(
    routingText(routed(config, "FailClose")),
    "routed by its endpoint picker: random-picker; flow control; FailClose",
  );
});
