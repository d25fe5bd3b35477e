import assert from "node:assert/strict";
import type { ServingPlan } from "../../../src/fleet/engine_limits.ts";
import { acceptedDrafts } from "../../../src/scenario/speculation.ts";
import { findModel } from "../../../src/serving/models.ts";
import { problem, serving } from "./flags_rig.ts";

Deno.test("servingOf() reads policy and prefix caching, and leaves vLLM's defaults out", () => {
  const plain = serving([]);
  assert.deepEqual([plain.policy, plain.prefixCaching, plain.lora], [
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(serving(["--scheduling-policy", "priority"]).policy, "priority");
  assert.equal(serving(["--no-enable-prefix-caching"]).prefixCaching, false);
  assert.equal(serving(["--enable-prefix-caching"]).prefixCaching, undefined);
  assert.match(problem(["--scheduling-policy=sjf"])[1], /modelled are fcfs, priority$/);
});

Deno.test("servingOf() refuses numbers that are none, and a flag without its value", () => {
  const count = '" is not a whole number from 1';
  for (const text of ["0", "-5", "1.5", "many"]) {
    for (const flag of ["max-num-seqs", "max-model-len", "pipeline-parallel-size"]) {
      assert.deepEqual(problem([`--${flag}`, text]), [
        "spec.template.containers",
        `Cannot read --${flag} of "chat": "${text}${count}`,
      ]);
    }
  }
  assert.match(problem(["--gpu-memory-utilization=1.1"])[1], /a number above 0, at most 1$/);
  assert.match(problem(["--max-num-seqs", "--enable-lora"])[1], /it has no value$/);
});

Deno.test("servingOf() refuses a value when a switch has one", () => {
  const path = "spec.template.containers";
  assert.deepEqual(problem(["--enable-prefix-caching=False"]), [
    path,
    'Cannot read --enable-prefix-caching of "chat": it takes no value, but has "False"; its ' +
    "opposite is --no-enable-prefix-caching",
  ]);
  assert.match(problem(["--enable-chunked-prefill", "false"])[1], /^Cannot read --enable-chunked/);
  assert.match(
    problem(["--no-enable-prefix-caching=1"])[1],
    /opposite is --enable-prefix-caching$/,
  );
  // In a script, other words may follow.
  serving(["--enable-prefix-caching $EXTRA"]);
});

Deno.test("servingOf() has vLLM's words for a budget below the sequences", () => {
  assert.equal(
    problem(["--max-num-batched-tokens=64", "--max-num-seqs=65"])[1],
    "ValueError: max_num_batched_tokens (64) must be greater than or equal to max_num_seqs (65).",
  );
  serving(["--max-num-batched-tokens=64", "--max-num-seqs=64"]);
});

Deno.test("servingOf() reads adapters as KServe or vLLM's flags have them", () => {
  assert.deepEqual(serving(["--enable-lora"]).lora, { slots: 1, rank: 16 });
  const flags = ["--enable-lora", "--max-loras=4", "--max-lora-rank=64"];
  assert.deepEqual(serving(flags).lora, { slots: 4, rank: 64 });
  const lora = { adapters: [{ name: "tone" }], maxAdapters: 3, maxRank: 32, maxCpuAdapters: 6 };
  assert.deepEqual(serving([], { lora }).lora, { slots: 3, rank: 32 });
  assert.equal(serving(["--max-loras=4"]).lora, undefined);
});

Deno.test("servingOf() refuses adapters that vLLM would not start with", () => {
  assert.match(problem(["--enable-lora", "--max-lora-rank=24"])[1], /vLLM takes 1, 8, 16, 32/);
  assert.deepEqual(problem([], { lora: { maxAdapters: 3, maxCpuAdapters: 2 } }), [
    "spec.model.lora",
    "ValueError: max_cpu_loras (2) must be >= max_loras (3)",
  ]);
  assert.equal(problem([], { lora: { maxRank: "high" } })[0], "spec.model.lora.maxRank");
});

Deno.test("servingOf() makes fp8 of weights in 16 bits, and of no others", () => {
  const { model } = serving(["--quantization", "fp8"]);
  assert.deepEqual([model.precision, model.dtype], ["fp8", "bf16"]);
  const mixture = serving(["--quantization", "fp8"], { model: "Qwen/Qwen3-30B-A3B" }).model;
  assert.equal(mixture.experts?.precision, "fp8");
  const published = serving([], { model: "deepseek-ai/DeepSeek-V3", parallelism: { tensor: 8 } });
  assert.equal(published.model.precision, "fp8");
  const again = serving(["--quantization=fp8"], {
    model: "deepseek-ai/DeepSeek-V3",
    parallelism: { tensor: 8 },
  });
  assert.deepEqual(again.model, published.model);
  assert.match(problem(["--quantization=awq"])[1], /is not for weights in bf16/);
  assert.match(problem(["--quantization=gguf"])[1], /--quantization gguf is not modelled/);
  serving(["--quantization=mxfp4"], { model: "openai/gpt-oss-20b" });
});

Deno.test("servingOf() reads the precision of activations and of the KV cache", () => {
  const { model } = serving(["--dtype=half"]);
  assert.deepEqual([model.dtype, model.precision], ["fp16", "fp16"]);
  assert.match(problem(["--dtype=float32"])[1], /--dtype float32 is not modelled/);
  assert.equal(serving(["--kv-cache-dtype=fp8_e4m3"]).kvDtype, "fp8");
  assert.match(problem(["--kv-cache-dtype=nvfp4"])[1], /modelled are auto, /);
});

Deno.test("servingOf() spreads a model as the spec says, else as the flags do", () => {
  const spread = (plan: ServingPlan) => [
    plan.tensorParallel,
    plan.pipelineParallel,
    plan.dataParallel,
    plan.gpusPerPod,
  ];
  assert.deepEqual(spread(serving(["-tp", "2", "-pp", "2"])), [2, 2, 1, 4]);
  assert.deepEqual(spread(serving(["-dp=3"])), [1, 1, 3, 3]);
  const parallelism = { tensor: 2, data: 4, dataLocal: 4 };
  assert.deepEqual(spread(serving(["-tp", "8"], { parallelism })), [2, 1, 4, 8]);
  const [path, message] = problem([], { parallelism: { data: 16, dataLocal: 8 } });
  assert.equal(path, "spec.parallelism.data");
  assert.match(message, /^Cannot simulate "chat": 16 data-parallel ranks with 8 in a pod/);
});

Deno.test("servingOf() refuses parallelism that the model does not divide by", () => {
  assert.equal(
    problem(["-tp=3"])[1],
    "ValueError: Total number of attention heads (32) must be divisible by tensor parallel size (3).",
  );
  // 40 heads, but 10 KV heads.
  assert.equal(
    problem(["-tp=4"], { model: "microsoft/phi-4" })[1],
    "Cannot share out 10 KV heads over 4 GPUs",
  );
  assert.match(problem(["-pp=33"])[1], /^Cannot make 33 pipeline stages of 32 layers/);
  assert.match(problem(["--enable-expert-parallel"])[1], /^ValueError: Number of experts/);
  const wide = { model: "Qwen/Qwen3-30B-A3B" };
  assert.match(problem(["-dp=5"], wide)[1], /^Cannot slice experts of width 768 over 5 GPUs/);
  serving(["-dp=5", "--enable-expert-parallel"], wide);
});

Deno.test("servingOf() reads speculation from JSON with spaces and from single flags", () => {
  const annotations = { "mtop.dev/acceptance-rate": "0.5" };
  const json = `{"method": "ngram", "num_speculative_tokens": 2, "prompt_lookup_max": 4}`;
  const expected = { tokens: 2, method: "ngram", acceptedPpm: 750_000 };
  assert.deepEqual(serving(["--speculative-config", json], { annotations }).speculative, expected);
  const quoted = [`--speculative-config '${json}' --max-num-seqs 8`];
  assert.deepEqual(serving(quoted, { annotations }).speculative, expected);
  assert.equal(serving(quoted, { annotations }).maxNumSeqs, 8);
  const single = [
    "--speculative-config.method=ngram",
    "--speculative-config.num_speculative_tokens=2",
  ];
  assert.deepEqual(serving(single, { annotations }).speculative, expected);
});

Deno.test("servingOf() knows what drafts, and how much of it is accepted where that was measured", () => {
  const eagle = (config: unknown) =>
    serving([`--speculative-config=${JSON.stringify(config)}`]).speculative;
  const drafts = { num_speculative_tokens: 3 };
  assert.deepEqual(
    eagle({ ...drafts, method: "eagle3" }),
    eagle({ ...drafts, model: "x/EAGLE3-y" }),
  );
  assert.deepEqual(eagle({ ...drafts, method: "eagle3" }), {
    tokens: 3,
    method: "eagle",
    acceptedPpm: Math.round((0.75 + 0.75 ** 2 + 0.75 ** 3) * 1e6),
  });
  const mtp = serving([`--speculative-config={"method":"deepseek_mtp"}`], {
    model: "deepseek-ai/DeepSeek-V3",
    parallelism: { tensor: 8 },
  });
  assert.deepEqual(mtp.speculative, { tokens: 1, method: "mtp", acceptedPpm: 850_000 });
  const pair = serving(
    [`--speculative-config={"model":"Qwen/Qwen3-8B","num_speculative_tokens":2}`],
    { model: "Qwen/Qwen3-32B", annotations: { "mtop.dev/acceptance-rate": "1" } },
  );
  assert.equal(pair.speculative?.acceptedPpm, 2_000_000);
  assert.equal(pair.speculative?.draft, findModel(["Qwen/Qwen3-8B"]));
});

Deno.test("servingOf() says what speculation lacks", () => {
  const told = (config: string, annotations = {}) =>
    problem([`--speculative-config=${config}`], { annotations });
  const [path, message] = told(`{"method":"ngram","num_speculative_tokens":2}`);
  assert.equal(path, 'metadata.annotations["mtop.dev/acceptance-rate"]');
  assert.match(message, /how many drafts of ngram are accepted depends on the text/);
  const rate = { "mtop.dev/acceptance-rate": "1.5" };
  assert.match(
    told(`{"method":"ngram","num_speculative_tokens":2}`, rate)[1],
    /"1.5" is not a number from 0 to 1$/,
  );
  assert.match(told(`{"method":"eagle"}`)[1], /^ValueError: num_speculative_tokens must be/);
  assert.match(told(`{"method":"eagle","num_speculative_tokens":0}`)[1], /0 is not a whole number/);
  assert.match(told(`{"method":"medusa"}`)[1], /speculation by medusa is not modelled/);
  assert.match(
    told(`{"method":"mtp","num_speculative_tokens":1}`)[1],
    /no layers for multi-token prediction/,
  );
  assert.match(told("[1]")[1], /it is no JSON object$/);
  assert.match(
    problem([`--speculative-config={"model":"a/b","num_speculative_tokens":1}`], {
      annotations: { "mtop.dev/acceptance-rate": "0.5" },
    })[1],
    /no facts about the model "a\/b"/,
  );
});

Deno.test("acceptedDrafts() comes within 5 % of the lengths that were measured with EAGLE", () => {
  // vllm-project/vllm#20780: drafts, acceptance length of EAGLE and of EAGLE-3.
  const measured = [[2, 2.1, 2.36], [3, 2.29, 2.79], [4, 2.39, 3.08], [7, 2.47, 3.54]] as const;
  for (const [tokens, eagle, eagle3] of measured) {
    assert.ok(Math.abs((1 + acceptedDrafts(0.62, tokens)) / eagle - 1) < 0.05);
    assert.ok(Math.abs((1 + acceptedDrafts(0.75, tokens)) / eagle3 - 1) < 0.05);
  }
  assert.equal(acceptedDrafts(0, 5), 0);
  assert.equal(acceptedDrafts(1, 5), 5);
  assert.ok(Math.abs(acceptedDrafts(0.5, Number.MAX_SAFE_INTEGER) - 1) < 1e-9);
});
