import assert from "node:assert/strict";
import { podOom, pods } from "mtop";
import { hit } from "./fault_rig.ts";

const oom = (when: `${number}m`) =>
  podOom({ name: `at-${when}`, on: pods({ service: "chat" }).first(), when });

Deno.test("podOom kills with OOMKilled and 137: requests fail, one pod of two is left until it restarted", () => {
  const result = hit([oom("2m")]);
  assert.ok(result.metrics().requests.failed > 0);
  assert.equal(result.restarts, 1);
  const states = result.of("object.applied").map(({ patch }) => JSON.stringify(patch ?? {}));
  assert.ok(states.some((text) => text.includes('"exitCode":137,"reason":"OOMKilled"')));
  result.ready(2, 1, 2);
});

Deno.test("podOom that comes again soon after the restart waits for CrashLoopBackOff's 10 s", () => {
  const result = hit([oom("2m"), oom("5m")], { duration: "12m" });
  assert.equal(result.restarts, 2);
  assert.match(
    result.told("BackOff")[0]![1],
    /^Back-off restarting failed container main in pod chat-/,
  );
  const [, down1, up1, down2, up2] = result.ready(2, 1, 2, 1, 2);
  const longer = (up2! - down2!) - (up1 - down1);
  assert.ok(Math.abs(longer - 10) <= 10, `the second takes ${longer}s longer`);
});
