// Whether engines plan a step while the one before it runs: flags, vLLM's version, and what goes without.
import assert from "node:assert/strict";
import type { ServingPlan } from "../../../src/fleet/engine_limits.ts";
import { engineLimits } from "../../../src/fleet/engine_limits.ts";
import { findGpu } from "../../../src/serving/gpus.ts";
import { problem, serving } from "./flags_rig.ts";

const isAsync = (args: readonly string[], image?: string) =>
  serving(args, image === undefined ? {} : { image }).asyncScheduling;

const speculating = (config: Readonly<Record<string, unknown>>, ...args: readonly string[]) =>
  serving([`--speculative-config=${JSON.stringify(config)}`, ...args], {
    annotations: { "mtop.dev/acceptance-rate": "0.5" },
  });

Deno.test("servingOf() schedules ahead from vLLM 0.14 on, and where the image does not say", () => {
  const before = ["vllm/vllm-openai:v0.13.0", "vllm/vllm-openai:v0.9.2-cu118"];
  const mirror = "mirror:5000/vllm/vllm-openai:v0.11.2@sha256:0123";
  for (const image of [...before, mirror]) assert.equal(isAsync([], image), false, image);
  const since = ["vllm/vllm-openai:v0.14.0", "vllm/vllm-openai:v0.19.1-cu130"];
  // The tags of others number their own releases.
  const unknown = ["vllm/vllm-openai:latest", "ghcr.io/llm-d/llm-d-cuda:v0.3.0", "my/vllm-openai"];
  for (const image of [...since, ...unknown, "vllm/vllm-openai:v1.0.0"]) {
    assert.equal(isAsync([], image), true, image);
  }
});

Deno.test("servingOf() reads --async-scheduling and its opposite, whatever the version", () => {
  const old = "vllm/vllm-openai:v0.12.0";
  assert.equal(isAsync(["--async-scheduling"], old), true);
  assert.equal(isAsync(["--no-async-scheduling"]), false);
  assert.match(problem(["--async-scheduling=false"])[1], /opposite is --no-async-scheduling$/);
});

Deno.test("servingOf() never schedules ahead over pipeline stages", () => {
  assert.equal(isAsync(["-pp=2"]), false);
  assert.equal(isAsync(["-pp=2", "--async-scheduling"]), false);
  assert.equal(isAsync(["-tp=2", "-dp=2"]), true);
});

Deno.test("servingOf() schedules ahead of EAGLE's drafts, by the flag of a draft model's, never of n-grams", () => {
  const drafts = { num_speculative_tokens: 2 };
  const ngram = { method: "ngram", ...drafts };
  const model = { method: "draft_model", model: "meta-llama/Llama-3.2-1B", ...drafts };
  assert.equal(speculating({ method: "eagle3", ...drafts }).asyncScheduling, true);
  assert.equal(speculating(ngram).asyncScheduling, false);
  assert.equal(speculating(model).asyncScheduling, false);
  assert.equal(speculating(model, "--async-scheduling").asyncScheduling, true);
  assert.equal(
    problem([`--speculative-config=${JSON.stringify(ngram)}`, "--async-scheduling"], {
      annotations: { "mtop.dev/acceptance-rate": "0.5" },
    })[1],
    "ValueError: Currently, async scheduling is only supported with EAGLE/MTP kind of " +
      "speculative decoding.",
  );
});

Deno.test("engineLimits() hands on whether a server schedules ahead", () => {
  const limitsOf = (plan: ServingPlan) => engineLimits(plan, findGpu("H100-SXM")!);
  for (const [args, expected] of [[[], true], [["--no-async-scheduling"], false]] as const) {
    const limits = limitsOf(serving(args));
    assert.ok("kvBlocks" in limits);
    assert.equal(limits.asyncScheduling, expected);
  }
});
