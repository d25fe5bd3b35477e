import assert from "node:assert/strict";
import { podKill, pods, registryDown } from "mtop";
import { hit } from "./fault_rig.ts";

/** A pod is made at 2 min on a node that has no image; it pulls from 142 s to 211 s. */
const killed = podKill({ on: pods({ service: "chat" }).first(), when: "2m" });

function down(when: `${number}s`, lasts: `${number}s`, registry?: string) {
  const fault = registryDown({ when, for: lasts, ...(registry === undefined ? {} : { registry }) });
  return hit([fault, killed], { duration: "20m" });
}

Deno.test("registryDown refuses pulls with 503, and the pod comes up with its first try after the end", () => {
  const result = down("60s", "200s");
  const [[, message] = assert.fail()] = result.told("Failed");
  assert.match(
    message,
    /unexpected status from HEAD request to https:\/\/registry-1\.docker\.io\/.*: 503/,
  );
  const tries = result.told("Pulling").map(([at]) => at);
  assert.ok(tries.length > 2 && tries.at(-1)! >= 260);
  const [, , up] = result.ready(2, 1, 2);
  assert.ok(up > 260 + 220);
});

Deno.test("registryDown breaks pulls off that are under way: they begin anew", () => {
  const result = down("200s", "5s");
  const [[at, message] = assert.fail()] = result.told("Failed");
  assert.equal(at, 200);
  assert.match(message, /failed to copy: unexpected EOF$/);
  const [, second] = result.told("Pulling").map(([at]) => at);
  const pulled = result.told("Pulled").find(([, text]) => /^Successfully/.test(text))!;
  assert.equal(Math.round(pulled[0] - second!), 69);
});

Deno.test("registryDown leaves other registries and running pods alone", () => {
  const other = down("60s", "600s", "ghcr.io");
  assert.equal(other.told("Failed").length, 0);
  assert.equal(other.metrics().requests.failed, 0);
  assert.ok(down("60s", "600s", "docker.io").told("Failed").length > 0);
});
