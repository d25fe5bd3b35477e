import assert from "node:assert/strict";
import { pullThrottled } from "mtop";
import { llm } from "../fleet/small_fleet.ts";
import { faultProblems, hit } from "./fault_rig.ts";

/** So many pods are made at 1 min, each on a node of its own that has no image. */
function scaled(replicas: number, fault: unknown) {
  return hit([fault], {
    duration: "30m",
    cluster: { nodes: [{ count: replicas, gpus: "1xH100-SXM" }] },
    services: [llm("chat", { replicas: 0 })],
    changes: [{ kind: "change", service: "chat", replicas, when: "1m" }],
    load: [],
  });
}

const pulled = ({ told }: ReturnType<typeof scaled>) =>
  told("Pulled").filter(([, message]) => /^Successfully/.test(message)).map(([at]) => at);

Deno.test("pullThrottled shares its bandwidth among all nodes: 4 images of 8.91 GB in 4 × 89.1 s at 100 MB/s", () => {
  const fault = pullThrottled({ bandwidth: "100MB/s", when: "0s", permanent: true });
  const result = scaled(4, fault);
  const begunAt = result.firstAt("Pulling");
  for (const at of pulled(result)) assert.equal(Math.round((at - begunAt) * 10), 3564);
  const alone = scaled(1, fault);
  assert.equal(Math.round((pulled(alone)[0]! - alone.firstAt("Pulling")) * 10), 891);
});

Deno.test("pullThrottled ends for pulls that are under way", () => {
  const result = scaled(1, pullThrottled({ bandwidth: "10MB/s", when: "0s", for: "182s" }));
  const begunAt = result.firstAt("Pulling");
  // 1 GB or so until 182 s, the rest at the usual 129 MB/s.
  const slowS = 182 - begunAt;
  const expected = slowS + (8910 - slowS * 10) / (8910 / 69);
  assert.ok(Math.abs(pulled(result)[0]! - begunAt - expected) < 0.1);
});

Deno.test("pullThrottled answers 429 beyond so many pulls, until the window is over", () => {
  const fault = pullThrottled({ pulls: 2, per: "5m", when: "0s", permanent: true });
  const result = scaled(5, fault);
  const failed = result.told("Failed").filter(([, message]) => /^Failed to pull/.test(message));
  assert.match(failed[0]![1], /429 Too Many Requests - Server message: toomanyrequests: You have/);
  const at = pulled(result).map((second) => second - result.firstAt("Pulling"));
  assert.equal(at.length, 5);
  assert.equal(at.filter((second) => second < 70).length, 2);
  assert.equal(at.filter((second) => second >= 300 && second < 600).length, 2);
  assert.equal(at.filter((second) => second >= 600).length, 1);
  result.ready(0, 2, 4, 5);
});

Deno.test("pullThrottled says what is left, as a bandwidth or a count", () => {
  const rest = { kind: "pull-throttled", when: "1m", permanent: true };
  assert.deepEqual(faultProblems(rest), {
    "faults[0]": 'say what is left: bandwidth: "100MB/s", pulls: 10, or both',
  });
  assert.deepEqual(Object.keys(faultProblems({ ...rest, bandwidth: "fast" })), [
    "faults[0].bandwidth",
  ]);
});
