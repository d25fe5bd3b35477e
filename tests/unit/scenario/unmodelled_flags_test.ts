// Flags that would change figures: refused, unless their value is what is simulated anyway.
import assert from "node:assert/strict";
import { problem, serving } from "./flags_rig.ts";

Deno.test("servingOf() refuses flags that would change figures", () => {
  const told = [
    ...["--block-size=32", "--num-gpu-blocks-override=100", "--kv-cache-memory-bytes=10G"],
    ...["--enforce-eager", "--long-prefill-token-threshold=4", "--max-num-partial-prefills=2"],
    ...["--max-long-partial-prefills=2", "--watermark=0.05", "--no-enable-chunked-prefill"],
    ...["--max-num-scheduled-tokens=9", "--stream-interval=10", "--hf-overrides={}"],
    ...["--decode-context-parallel-size=2", "--eplb-config.num_redundant_experts=2"],
  ];
  for (const arg of told) {
    const flag = arg.split(/[=.]/)[0];
    assert.deepEqual(problem([arg]), [
      "spec.template.containers",
      `Cannot simulate "chat": the flag ${flag} is not modelled yet`,
    ]);
  }
});

Deno.test("servingOf() passes over flags when their value changes nothing", () => {
  const plain = serving([]);
  const harmless = [
    ...["--block-size 16", "--long-prefill-token-threshold 0", "--max-num-partial-prefills=1"],
    ...["--max-long-partial-prefills=1", "--watermark=0", "--cpu-offload-gb=0"],
    ...["--disable-cascade-attn", "--compilation-config={}"],
    ...["--swap-space=4", "--enable-chunked-prefill", "--seed=1"],
  ];
  for (const arg of harmless) assert.deepEqual(serving([arg]), plain, arg);
});

Deno.test("servingOf() refuses switches about windows when the model has any", () => {
  const windowed = { model: "google/gemma-3-4b-it" };
  for (const flag of ["--disable-sliding-window", "--disable-hybrid-kv-cache-manager"]) {
    assert.deepEqual(serving([flag]), serving([]));
    assert.match(
      problem([flag], windowed)[1],
      /not modelled yet for a model with sliding windows$/,
    );
  }
});

Deno.test("servingOf() takes NIXL for what sends keys and values, and refuses other connectors", () => {
  const plain = serving([]);
  const json = (connector: string) =>
    `--kv-transfer-config='{"kv_connector": "${connector}", "kv_role": "kv_both"}'`;
  assert.deepEqual(serving([json("NixlConnector")]), plain);
  const single = "--kv-transfer-config.kv_connector";
  assert.deepEqual(serving([`${single}=NixlConnector`]), plain);
  for (const arg of [json("LMCacheConnectorV1"), `${single}=LMCacheConnectorV1`]) {
    assert.equal(
      problem([arg])[1],
      'Cannot simulate "chat": the flag --kv-transfer-config with LMCacheConnectorV1 is not ' +
        "modelled yet, other than with NixlConnector",
    );
  }
  for (
    const arg of ["--kv-transfer-config=oops", "--kv-transfer-config", "--kv-transfer-config=3"]
  ) {
    assert.match(
      problem([arg])[1],
      /^Cannot simulate "chat": the flag --kv-transfer-config is not/,
    );
  }
});
