import assert from "node:assert/strict";
import { canary, configError, containerKill, pause, pods, setWeight } from "mtop";
import { hit } from "./fault_rig.ts";

Deno.test("configError keeps a canary from coming up; stable goes on and no request is lost", () => {
  const result = hit(
    [configError({ service: "chat", of: "canary", when: "0s", permanent: true })],
    {
      duration: "15m",
      rollouts: [canary("chat", {
        at: "1m",
        to: { image: "vllm:2" },
        steps: [setWeight(50), pause("1m")],
      })],
    },
  );
  assert.equal(result.metrics().requests.failed, 0);
  result.ready(2);
  const canaryPod = result.pods().find(({ metadata }) => metadata.name.startsWith("chat-canary-"));
  const [main] = canaryPod!.status!["containerStatuses"] as unknown as {
    restartCount: number;
    lastState: { terminated: { exitCode: number; message: string } };
  }[];
  assert.ok(main!.restartCount >= 2);
  const { exitCode, message } = main!.lastState.terminated;
  assert.equal(exitCode, 2);
  assert.match(message, /^vllm serve: error: unrecognized arguments/);
  // It ends before it loads anything.
  assert.deepEqual(result.phases().initialising, []);
});

Deno.test("configError leaves servers alone that run, until they restart, and is over when it ends", () => {
  const fault = configError({ service: "chat", when: "1m", for: "4m", message: "no such model" });
  hit([fault]).ready(2);
  const restarted = hit([
    fault,
    containerKill({ on: pods({ service: "chat" }).first(), when: "2m" }),
  ], { duration: "12m" });
  const [, , up] = restarted.ready(2, 1, 2);
  assert.ok(up > 300);
  assert.ok(restarted.restarts > 1);
});
