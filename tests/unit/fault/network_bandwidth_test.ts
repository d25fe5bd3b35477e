import assert from "node:assert/strict";
import { networkBandwidth, pods } from "../../../src/mod.ts";
import { clients } from "./network_rig.ts";

const prompts = (rps: number) => ({
  load: [{
    ...{ kind: "constant", name: "users", to: "chat", rps },
    ...{ prompt: { kind: "fixed", tokens: 5_000 }, output: { kind: "fixed", tokens: 5 } },
  }],
});
const narrow = networkBandwidth({ on: pods().all(), rate: "1Mbit/s", when: "2m", for: "5m" });

Deno.test("networkBandwidth() costs a prompt its bytes at that rate, while it is in force", () => {
  const [calm, slow] = [clients([], prompts(1)), clients([narrow], prompts(1))];
  // 20,000 bytes at 125,000 bytes a second.
  const extra = slow.meanMs("ttftUs", 121, 419) - calm.meanMs("ttftUs", 121, 419);
  assert.ok(Math.abs(extra - 160) < 1, `${extra} ms`);
  assert.ok(Math.abs(slow.meanMs("ttftUs", 425, 600) - calm.meanMs("ttftUs", 425, 600)) < 1);
});

Deno.test("networkBandwidth() is shared by the requests to a pod: above its rate they pile up", () => {
  // Two pods take 12.5 prompts a second together; 14 come.
  const { meanMs } = clients([narrow], prompts(14));
  const [early, later] = [meanMs("ttftUs", 125, 150), meanMs("ttftUs", 390, 419)];
  assert.ok(later > 4 * early && later > 10_000, `${early} ms, then ${later} ms`);
});
