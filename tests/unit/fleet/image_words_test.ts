import assert from "node:assert/strict";
import {
  cutOff,
  notFound,
  registryOf,
  tooManyRequests,
  unavailable,
} from "../../../src/fleet/image_words.ts";

Deno.test("registryOf() completes a reference as the distribution project does", () => {
  const registries = [
    ["vllm:1", "docker.io"],
    ["vllm/vllm-openai:v0.15.1", "docker.io"],
    ["docker.io/vllm/vllm-openai", "docker.io"],
    ["ghcr.io/llm-d/llm-d-cuda:v0.4", "ghcr.io"],
    ["registry:5000/vllm", "registry:5000"],
    ["localhost/vllm", "localhost"],
    [`quay.io/a/b@sha256:${"0".repeat(64)}`, "quay.io"],
  ] as const;
  assert.deepEqual(
    registries.map(([image]) => registryOf(image)),
    registries.map(([, host]) => host),
  );
});

Deno.test("image words name the image in full, and whom containerd asked for it", () => {
  assert.equal(
    notFound("vllm/vllm-openai:v9"),
    'failed to pull and unpack image "docker.io/vllm/vllm-openai:v9": failed to resolve reference ' +
      '"docker.io/vllm/vllm-openai:v9": docker.io/vllm/vllm-openai:v9: not found',
  );
  assert.match(
    unavailable("vllm"),
    /HEAD request to https:\/\/registry-1\.docker\.io\/v2\/library\/vllm\/manifests\/latest: 503/,
  );
  assert.match(
    tooManyRequests("ghcr.io/llm-d/llm-d-cuda:v0.4"),
    /status code https:\/\/ghcr\.io\/v2\/llm-d\/llm-d-cuda\/manifests\/v0\.4: 429 Too Many Requests/,
  );
  assert.match(
    cutOff("vllm:1"),
    /^failed to pull and unpack image "docker\.io\/library\/vllm:1": /,
  );
});
