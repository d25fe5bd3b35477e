import assert from "node:assert/strict";
import { pods, stall } from "mtop";
import { llm } from "../fleet/small_fleet.ts";
import { hit } from "./fault_rig.ts";

const fault = stall({ on: pods({ service: "chat" }).first(), when: "2m" });

Deno.test("stall hangs requests until the probes take the pod out and the liveness probe kills it", () => {
  const result = hit([fault]);
  const { requests } = result.metrics();
  // Readiness asks every second, twice: what was sent there until then is lost with the process.
  assert.ok(requests.failed >= 2 && requests.failed < 20, `${requests.failed} failed`);
  assert.equal(result.restarts, 1);
  const [[unready, readiness] = assert.fail(), [killed, liveness] = assert.fail()] = result.told(
    "Unhealthy",
  );
  assert.match(readiness, /^Readiness probe failed: Get "http:\/\/10\..*context deadline exceeded/);
  assert.match(liveness, /^Liveness probe failed:/);
  assert.ok(unready - 120 <= 4, `out of the endpoints after ${unready - 120}s`);
  // 10 probes, one every 10 s.
  assert.ok(killed - 120 > 90 && killed - 120 <= 102, `killed after ${killed - 120}s`);
  assert.equal(result.firstAt("Killing", /failed liveness probe/), killed);
  result.ready(2, 1, 2);
});

Deno.test("stall of a server whose liveness probe is patient lasts as long as it is", () => {
  const service = llm("chat", { replicas: 2 });
  const [main] = service.spec.template.containers;
  const livenessProbe = { periodSeconds: 30, timeoutSeconds: 1, failureThreshold: 10 };
  const template = { containers: [{ ...main, livenessProbe }] };
  const result = hit([fault], { services: [{ ...service, spec: { ...service.spec, template } }] });
  const killedAt = result.firstAt("Killing", /failed liveness probe/);
  assert.ok(killedAt - 120 > 270 && killedAt - 120 <= 302, `killed after ${killedAt - 120}s`);
  result.ready(2, 1);
});
