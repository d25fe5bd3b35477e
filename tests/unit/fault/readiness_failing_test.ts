import assert from "node:assert/strict";
import { containerKill, pods, readinessFailing } from "mtop";
import { faultProblems, hit } from "./fault_rig.ts";

const on = pods({ service: "chat" }).first();

Deno.test("readinessFailing takes pods out of the endpoints, restarts none, and loses no request", () => {
  const result = hit([readinessFailing({ on, when: "2m", for: "3m" })]);
  // Twice a second apart it fails, and it passes at the next beat.
  const [, out, back] = result.ready(2, 1, 2);
  assert.deepEqual([out, back], [121, 300]);
  assert.equal(result.restarts, 0);
  assert.equal(result.metrics().requests.failed, 0);
  assert.deepEqual(result.told("Unhealthy").map(([, message]) => message), [
    "Readiness probe failed: HTTP probe failed with statuscode: 503",
  ]);
});

Deno.test("readinessFailing of all pods leaves requests without an endpoint until it is over", () => {
  const all = pods({ service: "chat" }).all();
  const { requests } = hit([readinessFailing({ on: all, when: "2m", for: "1m" })]).metrics();
  // 4 rps for a minute but for a second.
  assert.ok(requests.rejected > 225 && requests.rejected < 245, `${requests.rejected} rejected`);
});

Deno.test("readinessFailing keeps a pod that restarts meanwhile unready until it is over", () => {
  const result = hit([
    readinessFailing({ on, when: "2m", for: "6m" }),
    containerKill({ on, when: "3m" }),
  ]);
  assert.equal(result.restarts, 1);
  const [, , back] = result.ready(2, 1, 2);
  assert.ok(back >= 480);
});

Deno.test("readinessFailing that begins twice is over when both are", () => {
  const twice = hit([
    readinessFailing({ name: "a", on, when: "2m", for: "2m" }),
    readinessFailing({ name: "b", on, when: "3m", for: "3m" }),
  ]);
  const [, , back] = twice.ready(2, 1, 2);
  assert.ok(back >= 360, `ready again at ${back}`);
});

Deno.test("readinessFailing says when it ends", () => {
  const { for: _, ...endless } = readinessFailing({ on, when: "2m", for: "1m" }) as {
    for?: string;
  };
  assert.deepEqual(faultProblems(endless), {
    "faults[0]": 'say when it ends: for: "10m", or permanent: true',
  });
});
