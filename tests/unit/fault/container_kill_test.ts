import assert from "node:assert/strict";
import { containerKill, pods } from "mtop";
import { hit } from "./fault_rig.ts";

Deno.test("containerKill fails the requests of the pod, which stays and restarts with exit code 137", () => {
  const result = hit([containerKill({ on: pods({ service: "chat" }).first(), when: "2m" })]);
  assert.ok(result.metrics().requests.failed > 0);
  assert.equal(result.restarts, 1);
  assert.equal(result.of("object.deleted").length, 0);
  const [pod] = result.pods();
  const [main] = pod!.status!["containerStatuses"] as unknown as {
    lastState: { terminated: { exitCode: number; reason: string } };
  }[];
  const { exitCode, reason } = main!.lastState.terminated;
  assert.deepEqual([exitCode, reason], [137, "Error"]);
  // The first restart has no back-off; weights are on the node already: imports, loading, engine init.
  const [, down, up] = result.ready(2, 1, 2);
  assert.equal(down, 121);
  assert.ok(up - down > 150 && up - down < 175, `down for ${up - down}s`);
});
