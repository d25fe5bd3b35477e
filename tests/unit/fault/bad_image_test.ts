import assert from "node:assert/strict";
import { badImage, canary, podKill, pods, setWeight } from "mtop";
import { faultProblems, hit } from "./fault_rig.ts";

const first = pods({ service: "chat" }).first();
/** A pod is made at 2 min on a node that has no image. */
const killed = podKill({ on: first, when: "2m" });

Deno.test("badImage backs off 10 s, 20 s, 40 s, and the pod starts with its first try after the end", () => {
  const result = hit([badImage({ image: "vllm:1", when: "1m", for: "5m" }), killed], {
    duration: "20m",
  });
  const tries = result.told("Pulling").map(([at]) => Math.round(at));
  const gaps = tries.slice(1).map((at, index) => at - tries[index]!);
  // The kubelet looks again after 10 s, and then waits for its back-off.
  assert.deepEqual(gaps, [20, 30, 50, 90, 170].slice(0, gaps.length));
  assert.ok(tries.at(-1)! > 360 && tries.at(-2)! < 360);
  assert.match(
    result.told("Failed")[0]![1],
    /^Failed to pull image "vllm:1": .* docker\.io\/library\/vllm:1: not found$/,
  );
  const [, , up] = result.ready(2, 1, 2);
  // 69 s of the image, 157 s until it is ready.
  assert.ok(up - tries.at(-1)! > 220 && up - tries.at(-1)! < 240);
});

Deno.test("badImage shows in the pod's status as kubectl does", () => {
  const result = hit([badImage({ image: "vllm:1", when: "1m", permanent: true }), killed], {
    duration: "200s",
  });
  const waiting = result.pods().map(({ status }) =>
    (status!["containerStatuses"] as unknown as { state: { waiting?: { reason: string } } }[])[0]!
      .state.waiting?.reason
  );
  assert.ok(waiting.some((reason) => reason === "ErrImagePull" || reason === "ImagePullBackOff"));
});

Deno.test("badImage of a revision keeps a canary from coming up, and nobody else", () => {
  const bad = badImage({ service: "chat", of: "canary", when: "0s", permanent: true });
  const rollouts = [canary("chat", {
    ...{ at: "1m", to: { image: "vllm:2" }, steps: [setWeight(50)] },
  })];
  const result = hit([bad, killed], { duration: "15m", rollouts });
  assert.equal(result.metrics().requests.failed, 0);
  result.ready(2, 1, 2);
  const failed = result.of("event").filter(({ message }) => message === "Error: ErrImagePull");
  assert.ok(failed.length > 3);
  assert.ok(failed.every(({ object }) => object.includes("chat-canary-")));
});

Deno.test("badImage leaves pods alone whose node has the image", () => {
  const cluster = { nodes: [{ count: 1, gpus: "4xH100-SXM" }] };
  const result = hit([badImage({ image: "vllm:1", when: "1m", permanent: true }), killed], {
    cluster,
  });
  assert.equal(result.told("Failed").length, 0);
  result.ready(2, 1, 2);
});

Deno.test("badImage names an image or a revision", () => {
  const rest = { kind: "bad-image", when: "1m", permanent: true };
  const message = 'say which image: image: "vllm/vllm-openai:v0.15", or service: and of:';
  assert.deepEqual(faultProblems(rest), { "faults[0]": message });
  assert.deepEqual(faultProblems({ ...rest, image: "vllm:1", service: "chat" }), {
    "faults[0]": message,
  });
  assert.deepEqual(Object.keys(faultProblems({ ...rest, image: "vllm:1", of: "stable" })), [
    "faults[0].of",
  ]);
});
