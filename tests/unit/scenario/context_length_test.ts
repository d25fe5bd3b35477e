// `--max-model-len`: how vLLM writes numbers of tokens, and the most that a model has.
import assert from "node:assert/strict";
import { problem, serving } from "./flags_rig.ts";

Deno.test("servingOf() reads tokens as vLLM does when they have a suffix", () => {
  const length = (text: string) => serving(["--max-model-len", text]).maxModelLen;
  assert.deepEqual(["8192", "32k", "8K", "1.5k", "0.1m", "0.5k"].map(length), [
    ...[8192, 32_000, 8192, 1500, 100_000, 500],
  ]);
  const budget = (text: string) =>
    serving([`--max-num-batched-tokens=${text}`]).maxNumBatchedTokens;
  assert.deepEqual(["16K", "1m", "1M"].map(budget), [16_384, 1_000_000, 1_048_576]);
});

Deno.test("servingOf() refuses tokens that vLLM cannot read", () => {
  const told = (text: string) => problem(["--max-model-len", text])[1];
  assert.equal(
    told("1.5K"),
    'Cannot read --max-model-len of "chat": decimals are not allowed with binary suffixes like K; ' +
      "did you mean 1.5k?",
  );
  for (const text of ["k", "1kk", ".5k", "1..5k", "0k", "0.0001k", "9999999T", "4x"]) {
    assert.match(told(text), /is not a whole number from 1$/, text);
  }
});

Deno.test("servingOf() refuses the context length that vLLM would choose by itself", () => {
  for (const text of ["auto", "-1"]) {
    assert.match(problem(["--max-model-len", text])[1], /the longest that fits the memory, is not/);
  }
});

Deno.test("servingOf() has vLLM's words for a context beyond the model's positions", () => {
  const args = ["--max-model-len=131073"];
  assert.equal(serving(["--max-model-len=131072"]).maxModelLen, 131_072);
  assert.deepEqual(problem(args), [
    "spec.template.containers",
    "ValueError: User-specified max_model_len (131073) is greater than the derived max_model_len " +
    "(max_position_embeddings=131072 or model_max_length=None in model's config.json). To allow " +
    "overriding this maximum, set the env var VLLM_ALLOW_LONG_MAX_MODEL_LEN=1.",
  ]);
  const allowed = (value: string) => [{ name: "VLLM_ALLOW_LONG_MAX_MODEL_LEN", value }];
  assert.equal(serving(args, { env: allowed("1") }).maxModelLen, 131_073);
  assert.equal(serving(args, { env: allowed("True") }).maxModelLen, 131_073);
  assert.match(problem(args, { env: allowed("0") })[1], /^ValueError: User-specified/);
});
